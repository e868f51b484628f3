/* A partition's log as its replica sees it: records with epochs, what of it is synced, the epoch
 * cache (the real one), the high watermark and its checkpoint. */
#include "tests/sim/cluster.h"

#include "common/invariant.h"
#include "common/mem.h"

void part_log_done(struct part_log *l)
{
    mem_free(l->v);
    epochs_done(&l->epochs);
    *l = (struct part_log){ 0 };
}

void part_log_put(struct part_log *l, const struct record *x)
{
    if (l->end == l->capacity) {
        l->capacity = 2 * l->end + 64;
        l->v = mem_resize_array(l->v, (size_t)l->capacity, sizeof(*l->v));
    }
    epochs_assign(&l->epochs, x->epoch, l->end);
    l->v[l->end++] = *x;
}

void part_log_cut(struct part_log *l, int64_t end)
{
    INVARIANT(end >= l->start && end <= l->end);
    l->end = end;
    if (l->synced > end)
        l->synced = end;
    if (l->high_watermark > end)
        l->high_watermark = end;
    if (l->checkpoint > end)
        l->checkpoint = end;
    epochs_truncate_end(&l->epochs, end);
}

void part_log_raise_start(struct part_log *l, int64_t start)
{
    INVARIANT(start >= l->start && start <= l->end);
    l->start = start;
    if (l->synced < start)
        l->synced = start;
    if (l->high_watermark < start)
        l->high_watermark = start;
    epochs_truncate_start(&l->epochs, start);
}

void part_log_restart(struct part_log *l, int64_t offset)
{
    if (offset > l->capacity) {
        l->capacity = 2 * offset + 64;
        l->v = mem_resize_array(l->v, (size_t)l->capacity, sizeof(*l->v));
    }
    l->start = l->end = l->synced = l->high_watermark = l->checkpoint = offset;
    epochs_clear(&l->epochs);
}

void part_log_open(struct part_log *l)
{
    epochs_clear(&l->epochs);
    for (int64_t k = l->start; k < l->end; k++)
        epochs_assign(&l->epochs, l->v[k].epoch, k);
    if (l->checkpoint > l->end)
        l->checkpoint = l->end;
    if (l->checkpoint < l->start)
        l->checkpoint = l->start;
    if (l->synced > l->end)
        l->synced = l->end;
    l->high_watermark = l->checkpoint;
}

struct producer_batch part_log_batch(const struct part_log *l, int64_t offset)
{
    const struct record *x = &l->v[offset];

    return (struct producer_batch){ .producer_id = x->producer,
                                    .first_sequence = x->sequence,
                                    .last_sequence = x->sequence,
                                    .base_offset = offset,
                                    .last_offset = offset };
}
