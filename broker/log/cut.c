#include "broker/log/log_internal.h"

#include "common/clock.h"
#include "common/invariant.h"

/* Offsets that may not stay above the new end. */
static void lower_to(struct log *l, int64_t end)
{
    PUBLISH(l->end, end);
    if (l->recovery_point > end)
        PUBLISH(l->recovery_point, end);
    if (l->high_watermark > end)
        PUBLISH(l->high_watermark, end);
    log_flush_cut(l, end);
}

/* The checkpoint on disk must not promise what is cut next. */
static err_t announce(struct log *l, int64_t end)
{
    int64_t promised = l->recovery_point;
    err_t e;

    if (!l->lowered || end >= promised)
        return ERR_OK;
    PUBLISH(l->recovery_point, end);
    log_flush_cut(l, end);
    e = l->lowered(l->arg, l, end);
    if (e) /* nothing is cut, and the next try announces again */
        PUBLISH(l->recovery_point, promised);
    return e;
}

/* Newest first: whatever interrupts this, what is left is a prefix. */
static err_t drop_above(struct log *l, int64_t offset)
{
    int64_t now_ms = clock_wall_ms();
    err_t e = ERR_OK;

    while (!e && l->segments_n > 1 && log_active(l)->base > offset)
        e = log_drop_segment(l, l->segments_n - 1, now_ms);
    return e;
}

/* ret_end: `offset`, or where the batch begins that holds it. */
static err_t cut_segment(struct log *l, int64_t offset, int64_t *ret_end)
{
    struct segment *s = log_active(l);
    int64_t position, size = s->size;
    struct head h;
    err_t e;

    *ret_end = offset;
    e = segment_find(s, offset, &position, &h);
    if (e)
        return e == ERR_AGAIN ? ERR_OK : e;
    if (h.base < s->base)
        return ERR_CORRUPT;
    if (h.base < offset)
        *ret_end = h.base;
    e = segment_truncate(s, *ret_end, position);
    PUBLISH(l->bytes, l->bytes - size + s->size);
    return e;
}

/* A leader may have announced an epoch and written nothing in it: its entry goes. */
static err_t drop_empty_epoch(struct log *l)
{
    bool wait = !l->epochs.changed || l->epochs_wait;

    epochs_truncate_end(&l->epochs, l->end);
    l->epochs_wait = wait && l->epochs.changed;
    return l->epochs_wait ? ERR_OK : log_store_epochs(l);
}

err_t log_truncate(struct log *l, int64_t offset)
{
    int64_t end = offset, promised = l->recovery_point;
    err_t e;

    if (l->broken)
        return ERR_IO;
    if (offset >= l->end)
        return drop_empty_epoch(l);
    if (offset <= l->start)
        return log_restart_at(l, offset);
    e = announce(l, offset);
    if (e)
        return e;
    if (l->tail)
        l->tail->n = 0;
    e = drop_above(l, offset);
    if (!e)
        e = cut_segment(l, offset, &end);
    /* No later flush looks at a segment that ends at the recovery point: were the cut not
     * durable now, a power cut could bring the old batches back into it for good. */
    if (!e && end <= promised && log_active(l)->fd >= 0)
        e = fs_sync(l->fs, log_active(l)->fd, false);
    if (e) { /* half cut: only a new start can tell what is there */
        l->broken = true;
        return e;
    }
    lower_to(l, end > l->start ? end : l->start);
    log_active(l)->next = l->end;
    epochs_truncate_end(&l->epochs, l->end);
    e = log_prune_snapshots(l);
    return e ? e : log_store_epochs(l);
}

err_t log_restart_at(struct log *l, int64_t offset)
{
    struct segment *s;
    int64_t now_ms = clock_wall_ms();
    err_t e;

    if (l->broken)
        return ERR_IO;
    e = announce(l, 0);
    if (e)
        return e;
    if (l->tail)
        l->tail->n = 0;
    while (!e && l->segments_n)
        e = log_drop_segment(l, l->segments_n - 1, now_ms);
    s = segment_new(l->fs, l->dir, offset, now_ms);
    if (!e)
        e = segment_create(s);
    log_push_segment(l, s);
    l->names_dirty = true;
    l->broken |= e != ERR_OK;
    epochs_clear(&l->epochs);
    PUBLISH(l->start, offset);
    lower_to(l, offset);
    PUBLISH(l->end, offset);
    PUBLISH(l->recovery_point, offset);
    PUBLISH(l->high_watermark, offset);
    if (!e)
        e = log_prune_snapshots(l);
    return e ? e : log_store_epochs(l);
}

err_t log_raise_start(struct log *l, int64_t offset)
{
    int64_t now_ms = clock_wall_ms();
    err_t e = ERR_OK;

    if (l->broken)
        return ERR_IO;
    if (offset <= l->start)
        return ERR_OK;
    if (offset > l->end)
        return ERR_OUT_OF_RANGE;
    PUBLISH(l->start, offset);
    if (l->high_watermark < offset)
        PUBLISH(l->high_watermark, offset);
    epochs_truncate_start(&l->epochs, offset);
    while (!e && l->segments_n > 1 && l->segments[1]->base <= offset)
        e = log_drop_segment(l, 0, now_ms);
    if (l->recovery_point < l->segments[0]->base)
        PUBLISH(l->recovery_point, l->segments[0]->base);
    return e ? e : log_store_epochs(l);
}
