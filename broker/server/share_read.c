#include "broker/server/share_read.h"

#include "api/kafka/batch.h"
#include "broker/log/aborted.h"
#include "broker/server/broker.h"
#include "broker/server/directories.h"
#include "broker/server/producers.h"

enum {
    READ_BYTES_MAX = 1024 * 1024, /* of one read; a fetch is for few records */
    READS_MAX = 8,                /* when reads show nothing but what consumers do not get */
};

/* A read: its batches, and where each of them lies in the bytes. */
struct batches {
    struct slice bytes;
    struct share_chunk *chunks;
    size_t *at; /* chunks_n + 1 */
    int32_t n;
};

static struct partition *partition_of(const struct share_reading *q)
{
    return q->lead->p;
}

/* Where reading begins and ends; false: there is nothing. */
static bool find_range(struct share_reading *q, const struct share_limits *l, int64_t *ret_from,
                       int64_t *ret_until)
{
    struct partition *p = partition_of(q);
    int64_t begin = log_start_offset(p->log);
    err_t e = ERR_OK;

    *ret_until = partition_high_watermark(p);
    if (share_reads_committed(q->lead->b, q->lead->group))
        e = producers_last_stable(p, ret_until);
    q->error = directories_read_error(q->lead->b, p, begin, e);
    if (q->error)
        return false;
    if (q->lead->core->start < begin)
        share_partition_log_begins(q->lead->core, begin);
    *ret_from = share_partition_next(q->lead->core, l);
    return *ret_from >= 0 && *ret_from < *ret_until;
}

static err_t open_span(struct share_reading *q, int64_t from, int64_t until, struct log_span *ret)
{
    size_t most = q->bytes_max < READ_BYTES_MAX ? q->bytes_max : READ_BYTES_MAX;

    return log_read(partition_of(q)->log, from, most, until, true, ret);
}

size_t share_read_size(struct share_reading *q)
{
    struct share_limits l = share_lead_limits(q->lead->b, q->lead->group);
    struct log_span span;
    int64_t from, until;
    size_t n;

    if (!find_range(q, &l, &from, &until) || open_span(q, from, until, &span))
        return 0;
    n = span.n;
    if (n)
        log_span_done(&span);
    return n;
}

static err_t read_bytes(struct share_reading *q, int64_t from, int64_t until, struct slice *ret,
                        struct slice *ret_aborted)
{
    struct log *log = partition_of(q)->log;
    OWNED_BUF aborted = { 0 };
    struct log_span span;
    uint8_t *bytes;
    err_t e = open_span(q, from, until, &span);

    *ret = *ret_aborted = slice_make(NULL, 0);
    if (e || !span.n)
        return e;
    bytes = arena_alloc(q->arena, span.n);
    e = fs_pread(fs_posix(), span.fd, bytes, span.n, span.position);
    if (!e && share_reads_committed(q->lead->b, q->lead->group) && log_has_aborted(log, from))
        e = log_aborted(log, from, log_span_upper(log, &span, until), &aborted);
    *ret = slice_make(bytes, e ? 0 : span.n);
    if (!e && aborted.n) {
        uint8_t *copy = arena_alloc(q->arena, aborted.n);

        memcpy(copy, aborted.p, aborted.n);
        *ret_aborted = slice_make(copy, aborted.n);
    }
    log_span_done(&span);
    return e;
}

static bool is_aborted(const struct kf_batch *b, struct slice aborted)
{
    struct aborted_txn t;

    if (!(b->attributes & KF_ATTR_TRANSACTIONAL))
        return false;
    for (size_t i = 0; txn_entry_get(aborted, i, &t); i++)
        if (t.producer_id == b->producer_id && t.first_offset <= b->base_offset &&
            b->base_offset <= t.last_offset)
            return true;
    return false;
}

/* Headers alone are looked at. */
static err_t cut_batches(struct share_reading *q, struct slice bytes, struct slice aborted,
                         struct batches *ret)
{
    size_t most = bytes.n / KF_BATCH_HEADER + 1, at = 0;

    *ret = (struct batches){ .bytes = bytes };
    ret->chunks = arena_array(q->arena, most, sizeof(*ret->chunks));
    ret->at = arena_array(q->arena, most + 1, sizeof(*ret->at));
    while (at < bytes.n) {
        struct kf_batch b;
        err_t e = kf_batch_parse(slice_make(bytes.p + at, bytes.n - at), &b);

        if (e)
            return e;
        ret->at[ret->n] = at;
        ret->chunks[ret->n++] = (struct share_chunk){
            b.base_offset, b.last_offset,
            !(b.attributes & KF_ATTR_CONTROL) && !is_aborted(&b, aborted)
        };
        at += b.bytes.n;
    }
    ret->at[ret->n] = at;
    return ERR_OK;
}

static void answer(struct share_reading *q, const struct batches *b, const struct buf *got)
{
    const struct share_acquired *v;
    int32_t first = 0, last = b->n - 1;
    uint8_t *copy = arena_alloc(q->arena, got->n);

    memcpy(copy, got->p, got->n);
    v = (const struct share_acquired *)(const void *)copy;
    q->acquired = v;
    q->acquired_n = (int32_t)(got->n / sizeof(*v));
    while (b->chunks[first].last < v[0].first)
        first++;
    while (b->chunks[last].first > v[q->acquired_n - 1].last)
        last--;
    q->records = slice_make(b->bytes.p + b->at[first], b->at[last + 1] - b->at[first]);
}

/* False: there is nothing more to look at. */
static bool read_once(struct share_reading *q, const struct share_limits *l)
{
    struct share_acquire a = { .owner = q->owner, .records_max = q->records_max,
                               .batch_size = q->batch_size, .strict = q->strict,
                               .now_ms = loop_now_ms(q->lead->b->loop) };
    struct slice bytes, aborted;
    OWNED_BUF got = { 0 };
    struct batches b = { 0 };
    int64_t from, until;
    err_t e;

    if (!find_range(q, l, &from, &until))
        return false;
    e = read_bytes(q, from, until, &bytes, &aborted);
    if (!e)
        e = cut_batches(q, bytes, aborted, &b);
    q->error = directories_read_error(q->lead->b, partition_of(q), from, e);
    if (q->error || !b.n)
        return false;
    a.chunks = b.chunks;
    a.chunks_n = b.n;
    q->taken = share_partition_acquire(q->lead->core, &a, l, &got);
    if (got.n)
        answer(q, &b, &got);
    return !got.n && share_partition_next(q->lead->core, l) != from;
}

void share_read(struct share_reading *q)
{
    struct share_limits l = share_lead_limits(q->lead->b, q->lead->group);

    q->error = KF_ERR_NONE;
    q->acquired_n = 0;
    q->taken = 0;
    for (int i = 0; i < READS_MAX && read_once(q, &l); i++)
        ;
    share_lead_changed(q->lead);
}
