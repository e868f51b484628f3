#include "broker/log/log_internal.h"

#include <sys/stat.h>

#include "broker/log/names.h"

/* The largest record timestamp, or when there is none the file's own time. */
static int64_t segment_time(struct segment *s)
{
    struct path p;
    struct stat st;

    if (!segment_load(s) && s->max_timestamp >= 0)
        return s->max_timestamp;
    p = path_of(s->dir, s->base, FILE_LOG, FILE_LIVE);
    return stat(p.text, &st) ? INT64_MAX : (int64_t)st.st_mtime * 1000;
}

static bool due_by_time(const struct log *l, struct segment *s, int64_t now_ms)
{
    int64_t t;

    if (!l->config.delete_ || l->config.retention_ms < 0)
        return false;
    t = segment_time(s);
    return t <= now_ms && now_ms - t > l->config.retention_ms;
}

static bool due_by_size(const struct log *l, const struct segment *s)
{
    return l->config.delete_ && l->config.retention_bytes >= 0 &&
           l->bytes - l->config.retention_bytes >= s->size;
}

/* The oldest segment may go; the active one only when it holds something. */
static bool oldest_due(struct log *l, int64_t now_ms, int64_t high_watermark)
{
    struct segment *s = l->segments[0];
    int64_t upper = l->segments_n > 1 ? l->segments[1]->base : l->end;

    if (segment_empty(s) && l->segments_n == 1)
        return false;
    if (high_watermark < upper)
        return false;
    return (l->segments_n > 1 && upper <= l->start) || due_by_size(l, s) || due_by_time(l, s, now_ms);
}

static err_t drop_oldest(struct log *l, int64_t now_ms)
{
    err_t e = ERR_OK;

    if (l->segments_n == 1)
        e = log_roll(l, l->end, now_ms);
    if (!e)
        e = log_drop_segment(l, 0, now_ms);
    if (e)
        return e;
    if (l->start < l->segments[0]->base)
        PUBLISH(l->start, l->segments[0]->base);
    if (l->recovery_point < l->start)
        PUBLISH(l->recovery_point, l->start);
    if (l->high_watermark < l->start)
        PUBLISH(l->high_watermark, l->start);
    return ERR_OK;
}

/* Nothing was appended or read since the last call: descriptors and buffers go. */
static void rest(struct log *l)
{
    for (uint32_t i = 0; i < l->segments_n; i++) {
        struct segment *s = l->segments[i];

        if (!l->used || s != log_active(l))
            if (s->dir && (!s->index.pending || !index_flush(&s->index)))
                segment_close_files(s);
    }
    if (!l->used) {
        mem_free(l->tail);
        l->tail = NULL;
    }
    l->used = false;
}

err_t log_retain(struct log *l, int64_t now_ms, int64_t high_watermark, int64_t *ret_freed)
{
    int64_t before = l->bytes, start = l->start;
    err_t e = ERR_OK;

    *ret_freed = 0;
    if (l->broken)
        return ERR_IO;
    if (!l->metadata_log && log_roll_due(l, 0, l->end, -1, now_ms))
        e = log_roll(l, l->end, now_ms);
    while (!e && oldest_due(l, now_ms, high_watermark))
        e = drop_oldest(l, now_ms);
    *ret_freed = before - l->bytes;
    if (l->start != start) {
        epochs_truncate_start(&l->epochs, l->start);
        if (!e)
            e = log_store_epochs(l);
    }
    rest(l);
    return e;
}
