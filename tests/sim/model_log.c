#include "tests/sim/model_log.h"

#include "common/invariant.h"
#include "common/mem.h"

void model_log_init(struct model_log *l, uint64_t voters)
{
    *l = (struct model_log){ .base = { .voters = voters, .voters_offset = -1 } };
    l->snapshot = l->base;
}

void model_log_done(struct model_log *l)
{
    mem_free(l->v);
}

void model_log_copy(struct model_log *to, const struct model_log *from)
{
    *to = *from;
    to->v = mem_resize_array(NULL, (size_t)from->capacity + 1, sizeof(*to->v));
    if (from->end)
        memcpy(to->v, from->v, (size_t)from->end * sizeof(*to->v));
}

uint64_t entry_hash(uint64_t before, const struct entry *e)
{
    uint64_t h = before ^ e->value ^ (uint64_t)e->epoch << 40 ^ (uint64_t)e->kind << 60 ^
                 (uint64_t)e->more << 59;

    h *= 0x9e3779b97f4a7c15u;
    return h ^ h >> 31;
}

void model_log_append(struct model_log *l, struct entry e)
{
    if (l->end >= l->capacity) {
        l->capacity = 2 * l->end + 64;
        l->v = mem_resize_array(l->v, (size_t)l->capacity, sizeof(*l->v));
    }
    l->v[l->end++] = e;
}

int64_t model_log_whole(const struct model_log *l, int64_t end)
{
    while (end > l->start && l->v[end - 1].more)
        end--;
    return end;
}

void model_log_truncate(struct model_log *l, int64_t end)
{
    INVARIANT(end >= l->start && end <= l->end);
    l->end = end;
    if (l->synced > end)
        l->synced = end;
}

void model_log_restart(struct model_log *l, const struct model_snapshot *s)
{
    if (s->end > l->capacity) {
        l->capacity = 2 * s->end + 64;
        l->v = mem_resize_array(l->v, (size_t)l->capacity, sizeof(*l->v));
    }
    l->start = l->end = l->synced = s->end;
    l->base = l->snapshot = *s;
}

struct model_snapshot model_log_snapshot(const struct model_log *l, int64_t end)
{
    struct model_snapshot s = l->base;

    INVARIANT(end >= l->start && end <= l->end);
    for (; s.end < end; s.end++) {
        const struct entry *e = &l->v[s.end];

        s.hash = entry_hash(s.hash, e);
        s.epoch = e->epoch;
        if (e->kind == ENTRY_VOTERS) {
            s.voters = e->value;
            s.voters_offset = s.end;
        }
    }
    return s;
}

void model_log_retain(struct model_log *l)
{
    l->base = l->snapshot;
    l->start = l->snapshot.end;
}

int32_t model_log_last_epoch(const struct model_log *l)
{
    return l->end > l->start ? l->v[l->end - 1].epoch : l->base.epoch;
}

uint64_t model_log_voters_at(const struct model_log *l, int64_t end, int64_t *ret_offset)
{
    for (int64_t n = end; n-- > l->start;) {
        if (l->v[n].kind == ENTRY_VOTERS) {
            *ret_offset = n;
            return l->v[n].value;
        }
    }
    *ret_offset = l->base.voters_offset;
    return l->base.voters;
}

static struct snapshot_id epoch_end(const struct model_log *l, int32_t epoch)
{
    int64_t end = l->end;

    if (l->end == l->start || epoch > l->v[l->end - 1].epoch)
        return (struct snapshot_id){ -1, -1 };
    while (end > l->start && l->v[end - 1].epoch > epoch)
        end--;
    return (struct snapshot_id){ end, end > l->start ? l->v[end - 1].epoch : epoch };
}

struct snapshot_id model_log_end_for_epoch(const struct model_log *l, int32_t epoch)
{
    struct snapshot_id e = epoch_end(l, epoch);

    if (l->start && e.end_offset == l->start && e.epoch == epoch)
        e.epoch = l->base.epoch;
    if (e.end_offset < 0)
        e = (struct snapshot_id){ l->end, model_log_last_epoch(l) };
    return e;
}

enum fetch_place model_log_validate(const struct model_log *l, int64_t offset, int32_t epoch,
                                    struct snapshot_id *ret)
{
    const struct model_snapshot *base = &l->base, *latest = &l->snapshot;

    *ret = (struct snapshot_id){ latest->end, latest->epoch };
    if (offset == 0 && latest->end)
        return FETCH_SNAPSHOT;
    if (offset == 0 && l->start == 0)
        return FETCH_VALID;
    if (base->end &&
        (offset < l->start || (offset == l->start && epoch != base->epoch) || epoch < base->epoch))
        return FETCH_SNAPSHOT;
    *ret = model_log_end_for_epoch(l, epoch);
    return ret->epoch != epoch || ret->end_offset < offset ? FETCH_DIVERGES : FETCH_VALID;
}
