#include "broker/server/producers.h"

#include <stdio.h>
#include <stdlib.h>

#include "broker/log/head.h"
#include "common/log.h"

enum {
    OFFSET_DIGITS = 20,
    SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024,
    SCAN_BYTES = 64 * 1024 * 1024, /* of one log_read while scanning */
};

static const char suffix[] = ".snapshot";

/* "00000000000000000042.snapshot" -> 42; -1 for any other name. */
static int64_t snapshot_offset(const char *name)
{
    if (strlen(name) != OFFSET_DIGITS + sizeof(suffix) - 1 || strcmp(name + OFFSET_DIGITS, suffix))
        return -1;
    for (int i = 0; i < OFFSET_DIGITS; i++)
        if (name[i] < '0' || name[i] > '9')
            return -1;
    return strtoll(name, NULL, 10);
}

static char *snapshot_path(const struct partition *p, int64_t offset)
{
    return mem_printf("%s/%020lld%s", log_path(p->log), (long long)offset, suffix);
}

static int64_t newest_below(const struct partition *p, int64_t limit)
{
    OWNED_MEM char *names = NULL;
    int64_t best = -1;

    if (fs_list(log_path(p->log), &names))
        return -1;
    for (const char *s = names; *s; s += strlen(s) + 1) {
        int64_t offset = snapshot_offset(s);

        if (offset > best && offset < limit)
            best = offset;
    }
    return best;
}

/* The newest snapshot inside the log that parses; none of them: from the log's start. */
static void load_snapshot(struct partition *p)
{
    int64_t offset = log_end_offset(p->log) + 1;

    while ((offset = newest_below(p, offset)) >= 0) {
        OWNED_MEM char *path = snapshot_path(p, offset);
        OWNED_BUF file = { 0 };

        if (!fs_read_all(fs_posix(), path, SNAPSHOT_BYTES_MAX, &file) &&
            !producer_state_decode(&p->producers, buf_slice(&file))) {
            p->producers.next_offset = offset;
            return;
        }
        log_event(LOG_WARN, "producer_snapshot_ignored", "path=%s", path);
    }
    p->producers.next_offset = log_start_offset(p->log);
}

static void apply_head(struct partition *p, const struct head *h)
{
    int64_t last = (int64_t)h->base_sequence + (h->last - h->base);
    struct producer_batch b = {
        .producer_id = h->producer_id, .epoch = h->producer_epoch,
        .first_sequence = h->base_sequence,
        .last_sequence = (int32_t)(last > INT32_MAX ? last - INT32_MAX - 1 : last),
        .base_offset = h->base, .last_offset = h->last, .timestamp = h->max_timestamp,
    };

    if (h->attributes & HEAD_ATTR_CONTROL)
        b.producer_id = -1; /* a marker is no batch of the producer's own sequence */
    producer_apply(&p->producers, &b);
}

/* Whole batches at the front of `bytes`: those not applied yet are; true when one is of a
 * producer with an id. */
static bool apply_bytes(struct partition *p, const uint8_t *bytes, size_t n)
{
    bool any = false;
    struct head h;

    for (size_t at = 0; n - at >= HEAD_BYTES && head_parse(bytes + at, &h) && (size_t)h.size <= n - at;
         at += (size_t)h.size) {
        any |= h.producer_id >= 0;
        if (p->producers_ready && h.last >= p->producers.next_offset)
            apply_head(p, &h);
    }
    return any;
}

static err_t scan_span(struct partition *p, const struct log_span *s)
{
    uint8_t bytes[HEAD_BYTES];
    struct head h;

    for (size_t at = 0; at + HEAD_BYTES <= s->n; at += (size_t)h.size) {
        err_t e = fs_pread(fs_posix(), s->fd, bytes, sizeof(bytes), s->position + (int64_t)at);

        if (e)
            return e;
        if (!head_parse(bytes, &h))
            return ERR_CORRUPT;
        if (h.last >= p->producers.next_offset)
            apply_head(p, &h);
    }
    return ERR_OK;
}

err_t producers_ready(struct partition *p)
{
    if (p->producers_ready)
        return ERR_OK;
    producer_state_done(&p->producers);
    load_snapshot(p);
    if (p->producers.next_offset < log_start_offset(p->log))
        p->producers.next_offset = log_start_offset(p->log);
    while (p->producers.next_offset < log_end_offset(p->log)) {
        struct log_span span;
        err_t e = log_read(p->log, p->producers.next_offset, SCAN_BYTES, log_end_offset(p->log), true,
                           &span);

        if (!e && !span.n)
            break; /* only compacted offsets are left */
        if (!e) {
            e = scan_span(p, &span);
            log_span_done(&span);
        }
        if (e)
            return ERR_IO;
    }
    p->producers_ready = true;
    return ERR_OK;
}

void producers_appended(struct partition *p, const struct producer_batch *b)
{
    if (p->producers_ready)
        producer_apply(&p->producers, b);
}

void producers_followed(struct partition *p, const uint8_t *bytes, size_t n)
{
    bool ready = p->producers_ready;

    if (apply_bytes(p, bytes, n) && !ready && producers_ready(p))
        log_event(LOG_WARN, "producers_not_read", "log=%s", log_path(p->log)); /* again when it leads */
}

void producers_truncated(struct partition *p)
{
    if (!p->producers_ready || p->producers.next_offset == log_end_offset(p->log))
        return;
    producer_state_done(&p->producers);
    p->producers_ready = false;
}

err_t producers_save(const struct partition *p)
{
    OWNED_MEM char *path = NULL;
    OWNED_BUF file = { 0 };

    if (!p->producers_ready || !producer_state_n(&p->producers))
        return ERR_OK;
    path = snapshot_path(p, log_end_offset(p->log));
    producer_state_encode(&p->producers, &file);
    return fs_replace(fs_posix(), path, buf_slice(&file), 0644);
}
