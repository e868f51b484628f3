#include "broker/server/producers.h"

#include <stdio.h>
#include <stdlib.h>

#include "broker/log/aborted.h"
#include "broker/log/checkpoint.h"
#include "broker/log/names.h"
#include "broker/log/scan.h"
#include "broker/replica/producer_snapshot.h"
#include "broker/replica/txn_marker.h"
#include "common/log.h"

enum {
    SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024,
    SCAN_BYTES = 64 * 1024 * 1024, /* of one log_read while scanning */
};

/* --- applying --- */

struct producer_batch producers_batch_of(const struct head *h)
{
    int64_t last = h->base_sequence < 0 ? -1 : (int64_t)h->base_sequence + (h->last - h->base);

    return (struct producer_batch){
        .producer_id = h->producer_id, .epoch = h->producer_epoch,
        .first_sequence = h->base_sequence,
        .last_sequence = (int32_t)(last > INT32_MAX ? last - INT32_MAX - 1 : last),
        .base_offset = h->base, .last_offset = h->last, .timestamp = h->max_timestamp,
        .transactional = h->attributes & HEAD_ATTR_TRANSACTIONAL,
    };
}

static err_t apply_marker(struct partition *p, const struct producer_marker *m)
{
    struct producer_txn t;

    if (!producer_marker_apply(&p->producers, m, &t))
        return ERR_OK;
    (void)producer_state_last_stable(&p->producers,
                                     partition_high_watermark(p)); /* lets go of old ones */
    if (!t.aborted)
        return ERR_OK;
    return log_note_aborted(p->log, &(struct aborted_txn){ t.producer_id, t.first_offset,
                                                           t.last_offset, t.last_stable_offset });
}

/* `batch`: its bytes, if it is a control batch. Control batches that are no markers pass by. */
static err_t apply_head(struct partition *p, const struct head *h, const uint8_t *batch)
{
    struct producer_batch b = producers_batch_of(h);
    struct producer_marker m;

    if (batch && txn_marker_parse(slice_make(batch, (size_t)h->size), &m))
        return apply_marker(p, &m);
    if (h->attributes & HEAD_ATTR_CONTROL)
        b.producer_id = -1; /* a marker that compaction has emptied ends nothing any more */
    producer_apply(&p->producers, &b);
    return ERR_OK;
}

/* --- reading the state --- */

static struct path snapshot_path(const struct partition *p, int64_t offset)
{
    return path_of(log_path(p->log), offset, FILE_SNAPSHOT, FILE_LIVE);
}

static int64_t newest_below(const struct partition *p, int64_t limit)
{
    OWNED_MEM char *names = NULL;
    int64_t best = -1, offset;
    enum file_state state;
    enum file_kind kind;

    if (fs_list(log_path(p->log), &names))
        return -1;
    for (const char *s = names; *s; s += strlen(s) + 1)
        if (file_name_parse(s, &offset, &kind, &state) && kind == FILE_SNAPSHOT &&
            state == FILE_LIVE && offset > best && offset < limit)
            best = offset;
    return best;
}

static err_t load(struct partition *p, int64_t offset)
{
    struct path path = snapshot_path(p, offset);
    OWNED_BUF file = { 0 };
    err_t e = fs_read_all(fs_posix(), path.text, SNAPSHOT_BYTES_MAX, &file);

    if (!e)
        e = producer_snapshot_decode(&p->producers, buf_slice(&file));
    p->producers.next_offset = e ? 0 : offset;
    return e;
}

/* The newest snapshot that parses and that what lies beside it can be trusted with; none of
 * them: from the log's start. */
static void load_newest(struct partition *p)
{
    int64_t trusted = log_recovered(p->log)->trusted, end = log_end_offset(p->log);
    int64_t offset = (trusted < end ? trusted : end) + 1;

    while ((offset = newest_below(p, offset)) >= 0) {
        if (!load(p, offset))
            return;
        log_event(LOG_WARN, "producer_snapshot_ignored", "log=%s offset=%lld", log_path(p->log),
                  (long long)offset);
    }
    p->producers.next_offset = log_start_offset(p->log);
}

static err_t scan_batch(struct partition *p, struct scan *scan, const struct head *h)
{
    const uint8_t *bytes = NULL;
    err_t e = ERR_OK;
    size_t n = 0;

    if (head_is_marker(h))
        e = scan_bytes(scan, scan->pos, (size_t)h->size, &bytes, &n);
    return e ? e : apply_head(p, h, n == (size_t)h->size ? bytes : NULL);
}

static err_t scan_span(struct partition *p, const struct log_span *s)
{
    uint8_t buf[SCAN_STACK_BYTES];
    struct scan scan;
    struct head h;
    err_t e;

    scan_init(&scan, fs_posix(), s->fd, s->position, s->position + (int64_t)s->n, buf, sizeof(buf));
    while (!(e = scan_next(&scan, &h))) {
        if (h.last >= p->producers.next_offset)
            e = scan_batch(p, &scan, &h);
        if (e)
            return e;
        scan_skip(&scan, &h);
    }
    return e == ERR_AGAIN ? ERR_OK : e;
}

static err_t read_log(struct partition *p)
{
    int64_t end = log_end_offset(p->log);
    err_t e = ERR_OK;

    while (!e && p->producers.next_offset < end) {
        struct log_span span;

        e = log_read(p->log, p->producers.next_offset, SCAN_BYTES, end, true, &span);
        if (e || !span.n)
            break; /* only compacted offsets are left */
        e = scan_span(p, &span);
        log_span_done(&span);
    }
    return e;
}

err_t producers_ready(struct partition *p)
{
    err_t e;

    if (p->producers_ready)
        return ERR_OK;
    producer_state_done(&p->producers);
    load_newest(p);
    e = log_forget_aborted(p->log, p->producers.next_offset);
    if (p->producers.next_offset < log_start_offset(p->log))
        p->producers.next_offset = log_start_offset(p->log);
    if (!e)
        e = read_log(p);
    if (e) {
        producer_state_done(&p->producers);
        return e == ERR_OUT_OF_RANGE ? ERR_CORRUPT : e;
    }
    p->producers_ready = true;
    return ERR_OK;
}

/* --- as the log goes on --- */

static err_t write_snapshot(const struct partition *p, int64_t offset, bool durable)
{
    struct path path = snapshot_path(p, offset);
    OWNED_BUF file = { 0 };

    producer_snapshot_encode(&p->producers, &file);
    return durable ? fs_replace(fs_posix(), path.text, buf_slice(&file), 0644)
                   : checkpoint_replace_soft(fs_posix(), path.text, buf_slice(&file));
}

/* What a crash leaves of it does not pass its checksum, or is not trusted: no need to wait for
 * the device. */
static void rolled(struct log *l, int64_t base)
{
    struct partition *p = log_owner(l);
    err_t e = producers_ready(p);

    if (!e)
        e = write_snapshot(p, base, false);
    if (e)
        log_event(LOG_WARN, "producer_snapshot_failed", "log=%s offset=%lld error=%s", log_path(l),
                  (long long)base, err_name(e));
}

void producers_opened(struct partition *p)
{
    int64_t end = log_end_offset(p->log);

    log_set_rolled(p->log, rolled);
    p->producers_ready = end == log_start_offset(p->log) ||
                         (end == log_recovered(p->log)->trusted && !load(p, end));
    if (p->producers_ready)
        p->producers.next_offset = end;
}

void producers_appended(struct partition *p, const struct producer_batch *b)
{
    if (p->producers_ready)
        producer_apply(&p->producers, b);
}

void producers_marked(struct partition *p, const struct producer_marker *m)
{
    if (p->producers_ready && apply_marker(p, m))
        p->producers_ready = false; /* read anew when somebody asks */
}

/* Whole batches at the front of `bytes`: those not applied yet are; true when one is of a
 * producer with an id. */
static bool apply_bytes(struct partition *p, const uint8_t *bytes, size_t n)
{
    bool any = false;
    struct head h;

    for (size_t at = 0;
         n - at >= HEAD_BYTES && head_parse(bytes + at, &h) && (size_t)h.size <= n - at;
         at += (size_t)h.size) {
        any |= h.producer_id >= 0;
        if (!p->producers_ready || h.last < p->producers.next_offset)
            continue;
        if (apply_head(p, &h, head_is_marker(&h) ? bytes + at : NULL))
            p->producers_ready = false; /* read anew when somebody asks */
    }
    return any;
}

void producers_followed(struct partition *p, const uint8_t *bytes, size_t n)
{
    bool ready = p->producers_ready;

    if (apply_bytes(p, bytes, n) && !ready && producers_ready(p))
        log_event(LOG_WARN, "producers_not_read", "log=%s",
                  log_path(p->log)); /* again when it leads */
}

void producers_truncated(struct partition *p)
{
    if (!p->producers_ready || p->producers.next_offset == log_end_offset(p->log))
        return;
    producer_state_done(&p->producers);
    p->producers_ready = false;
}

/* Where nobody wrote with an id a lost file only costs a look at the log. */
err_t producers_save(const struct partition *p)
{
    int64_t end = log_end_offset(p->log);
    struct path path = snapshot_path(p, end);
    bool any = producer_state_n(&p->producers);

    if (!p->producers_ready || (!any && (end == log_start_offset(p->log) || fs_exists(path.text))))
        return ERR_OK;
    return write_snapshot(p, end, any);
}

err_t producers_last_stable(struct partition *p, int64_t *ret)
{
    int64_t start = log_start_offset(p->log);
    err_t e = producers_ready(p);

    if (e)
        return e;
    *ret = producer_state_last_stable(&p->producers, partition_high_watermark(p));
    if (*ret < start)
        *ret = start;
    return ERR_OK;
}
