#include "broker/log/log_internal.h"

#include "common/invariant.h"

enum { APPEND_BYTES_MAX = 1 << 30 };

/* What one append writes. */
struct batch_run {
    int64_t bytes;
    int64_t first, last;    /* offsets */
    int64_t max_timestamp;
    uint32_t count;
};

err_t log_may_append(const struct log *l)
{
    if (l->broken)
        return ERR_IO;
    if (!l->metadata_log && l->no_space && OBSERVE(*l->no_space))
        return ERR_NO_SPACE;
    return ERR_OK;
}

/* Everything that can fail short of the write itself. */
static err_t append_prepare(struct log *l, const struct batch_run *r, int64_t now_ms)
{
    err_t e = ERR_OK;

    l->used = true;
    if (log_roll_due(l, r->bytes, r->last, r->max_timestamp, now_ms))
        e = log_roll(l, r->first, now_ms);
    if (!e)
        e = segment_load(log_active(l));
    if (!e)
        e = index_make_room(&log_active(l)->index, r->count);
    if (!e && !l->tail)
        l->tail = mem_new(struct tail);
    return e;
}

/* The epochs are on disk before the first batch that carries them. */
static err_t append_epochs(struct log *l)
{
    err_t e;

    if (!l->epochs.changed)
        return ERR_OK;
    e = log_store_epochs(l);
    if (e)
        epochs_truncate_end(&l->epochs, l->end);
    return e;
}

static err_t append_write(struct log *l, const struct iovec *v, int count, int64_t bytes)
{
    bool broken;
    err_t e;

    segment_make_room(log_active(l), bytes, l->config.segment_bytes);
    e = segment_append(log_active(l), v, count, &broken);
    if (!e)
        return ERR_OK;
    /* The cut-back of a torn write lasts, also if the segment is never flushed again. */
    if (!broken && log_active(l)->fd >= 0 && log_active(l)->next <= l->recovery_point)
        broken = fs_sync(l->fs, log_active(l)->fd, false) != ERR_OK;
    l->broken |= broken;
    epochs_truncate_end(&l->epochs, l->end);
    return e;
}

static void append_note(struct log *l, const struct head *h)
{
    struct segment *s = log_active(l);

    tail_put(l->tail, h->base, h->last, s->size);
    segment_note(s, h, l->config.index_interval_bytes);
}

static void append_publish(struct log *l, int64_t bytes)
{
    PUBLISH(l->bytes, l->bytes + bytes);
    PUBLISH(l->end, log_active(l)->next);
    log_flusher_note(l);
}

static err_t client_batch_check(const struct log *l, const struct log_client_batch *b, struct head *ret)
{
    if (b->n < HEAD_BYTES || !head_parse(b->p, ret) || ret->size != (int64_t)b->n)
        return ERR_MALFORMED;
    if (ret->size > l->config.max_message_bytes || ret->size > l->config.segment_bytes)
        return ERR_TOO_LARGE;
    return ERR_OK;
}

/* Stamps the batch: it becomes ours at `base`. */
static void client_batch_stamp(const struct log *l, struct log_client_batch *b, int64_t base, int64_t last,
                               int32_t epoch, int64_t now_ms)
{
    b->ret = (struct log_appended){ base, last, -1 };
    be64_put(b->p, (uint64_t)base);
    be32_put(b->p + 12, (uint32_t)epoch);
    if (!l->config.log_append_time)
        return;
    b->ret.log_append_time_ms = now_ms;
    be16_put(b->p + 21, be16_get(b->p + 21) | HEAD_ATTR_APPEND_TIME);
    be64_put(b->p + 35, (uint64_t)now_ms);
    be32_put(b->p + 17, crc32c(0, b->p + HEAD_CRC_FROM, b->n - HEAD_CRC_FROM));
}

/* Checks and stamps all; `v` is what to write. */
static err_t client_batches_run(struct log *l, struct log_client_batch *b, int count, int32_t epoch,
                                int64_t now_ms, struct iovec *v, struct batch_run *ret)
{
    struct head h;
    err_t e;

    *ret = (struct batch_run){ .first = l->end, .last = l->end - 1, .max_timestamp = -1 };
    for (int i = 0; i < count; i++) {
        e = client_batch_check(l, &b[i], &h);
        if (e)
            return e;
        client_batch_stamp(l, &b[i], ret->last + 1, ret->last + 1 + h.last - h.base, epoch, now_ms);
        v[i] = (struct iovec){ b[i].p, b[i].n };
        ret->last = b[i].ret.last_offset;
        ret->bytes += h.size;
        ret->count++;
        h.max_timestamp = l->config.log_append_time ? now_ms : h.max_timestamp;
        if (h.max_timestamp > ret->max_timestamp)
            ret->max_timestamp = h.max_timestamp;
    }
    return ret->bytes > APPEND_BYTES_MAX ? ERR_TOO_LARGE : ERR_OK;
}

err_t log_append_leader_many(struct log *l, struct log_client_batch *b, int count, int32_t leader_epoch,
                             int64_t now_ms)
{
    struct iovec v[LOG_APPEND_MAX];
    struct batch_run run;
    struct head h;
    err_t e;

    INVARIANT(count > 0 && count <= LOG_APPEND_MAX);
    e = log_may_append(l);
    if (e)
        return e;
    if (leader_epoch < epochs_last(&l->epochs))
        return ERR_STALE;
    e = client_batches_run(l, b, count, leader_epoch, now_ms, v, &run);
    if (!e)
        e = append_prepare(l, &run, now_ms);
    if (e)
        return e;
    epochs_assign(&l->epochs, leader_epoch, run.first);
    e = append_epochs(l);
    if (!e)
        e = append_write(l, v, count, run.bytes);
    if (e)
        return e;
    for (int i = 0; i < count; i++) {
        bool parsed = head_parse(b[i].p, &h);

        INVARIANT(parsed);
        append_note(l, &h);
    }
    append_publish(l, run.bytes);
    return ERR_OK;
}

err_t log_append_leader(struct log *l, uint8_t *p, size_t n, int32_t leader_epoch, int64_t now_ms,
                        struct log_appended *ret)
{
    struct log_client_batch b = { .p = p, .n = n };
    err_t e;

    e = log_append_leader_many(l, &b, 1, leader_epoch, now_ms);
    if (!e)
        *ret = b.ret;
    return e;
}

/* Whole batches at the front of p[0..n), checked; a partial one at the end is left out. */
static err_t given_batches_run(const struct log *l, const uint8_t *p, size_t n, struct batch_run *ret)
{
    struct head h;

    *ret = (struct batch_run){ .first = -1, .last = l->end - 1, .max_timestamp = -1 };
    while (n - (size_t)ret->bytes >= HEAD_BYTES) {
        const uint8_t *at = p + ret->bytes;

        if (!head_parse(at, &h))
            return ERR_CORRUPT;
        if (h.size > (int64_t)n - ret->bytes)
            break;
        if (!head_crc_ok(&h, at))
            return ERR_CORRUPT;
        /* A gap in the metadata log is damage to every reader: it never gets in. */
        if (h.base <= ret->last || (l->metadata_log && h.base != ret->last + 1))
            return ERR_OUT_OF_RANGE;
        if (ret->first < 0)
            ret->first = h.base;
        if (h.last - ret->first > INT32_MAX)
            return ERR_TOO_LARGE;
        ret->last = h.last;
        ret->bytes += h.size;
        ret->count++;
        if (h.max_timestamp > ret->max_timestamp)
            ret->max_timestamp = h.max_timestamp;
    }
    return ret->bytes > APPEND_BYTES_MAX ? ERR_TOO_LARGE : ERR_OK;
}

err_t log_append_as_is(struct log *l, const uint8_t *p, size_t n)
{
    struct batch_run run;
    struct iovec v;
    struct head h;
    err_t e;

    e = log_may_append(l);
    if (!e)
        e = given_batches_run(l, p, n, &run);
    if (e || !run.count)
        return e;
    e = append_prepare(l, &run, 0);
    if (e)
        return e;
    for (int64_t at = 0; at < run.bytes && head_parse(p + at, &h); at += h.size)
        epochs_assign(&l->epochs, h.epoch, h.base);
    e = append_epochs(l);
    v = (struct iovec){ (void *)(uintptr_t)p, (size_t)run.bytes };
    if (!e)
        e = append_write(l, &v, 1, run.bytes);
    if (e)
        return e;
    for (int64_t at = 0; at < run.bytes && head_parse(p + at, &h); at += h.size)
        append_note(l, &h);
    append_publish(l, run.bytes);
    return ERR_OK;
}
