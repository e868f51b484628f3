/* Offsets by timestamp (ListOffsets): time index, offset index, heads, and only in the one
 * batch that holds the answer the records. */
#include "broker/log/log_internal.h"

#include "api/kafka/batch.h"
#include "common/limits.h"

/* What a record is looked for by. */
struct wanted {
    int64_t timestamp;  /* at least this */
    int64_t offset;     /* at least this */
};

struct found {
    int64_t offset, timestamp;
};

/* First record of the batch at the scan's place that fits; ERR_AGAIN when none does. */
static err_t record_find(struct scan *scan, const struct head *h, const struct wanted *w, struct found *ret)
{
    OWNED_BUF bytes = { 0 };
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record record;
    struct kf_batch batch;
    err_t e;

    e = fs_pread(scan->fs, scan->fd, buf_reserve(&bytes, (size_t)h->size), (size_t)h->size, scan->pos);
    if (e)
        return e;
    bytes.n = (size_t)h->size;
    e = kf_batch_parse(buf_slice(&bytes), &batch);
    if (!e)
        e = kf_records_open(&batch, &scratch, REQUEST_BYTES_MAX, &records);
    while (!e && !(e = kf_records_next(&records, &record)))
        if (record.timestamp >= w->timestamp && record.offset >= w->offset) {
            *ret = (struct found){ record.offset, record.timestamp };
            return ERR_OK;
        }
    return e == ERR_OUT_OF_RANGE ? ERR_AGAIN : e;
}

static err_t segment_find_time(struct segment *s, const struct wanted *w, struct found *ret)
{
    uint8_t buf[SCAN_STACK_BYTES];
    struct offset_entry entry;
    struct time_entry time;
    struct scan scan;
    struct head h;
    err_t e;

    e = segment_open(s);
    if (!e)
        e = segment_load(s);
    /* Below the entry every timestamp is smaller: its own batch may hold the answer only when
     * the timestamps are equal. */
    if (!e)
        e = index_find_time(&s->index, w->timestamp - 1, &time);
    if (!e)
        e = index_find_offset(&s->index, time.offset, &entry);
    if (e)
        return e;
    scan_init(&scan, s->fs, s->fd, entry.position, s->size, buf, sizeof(buf));
    while (!(e = scan_next(&scan, &h))) {
        if (h.max_timestamp >= w->timestamp && h.last >= w->offset) {
            e = record_find(&scan, &h, w, ret);
            if (e != ERR_AGAIN)
                return e;
        }
        scan_skip(&scan, &h);
    }
    return e;
}

err_t log_offset_for_time(struct log *l, int64_t timestamp, int64_t *ret_offset, int64_t *ret_timestamp,
                          int32_t *ret_epoch)
{
    struct wanted w = { timestamp, l->start };
    struct found found;

    *ret_offset = *ret_timestamp = *ret_epoch = -1;
    l->used = true;
    for (uint32_t i = log_floor(l, l->start); i < l->segments_n; i++) {
        struct segment *s = l->segments[i];
        bool loaded = s->index_loaded;
        err_t e;

        e = segment_load(s);
        if (!loaded)
            index_close_files(&s->index);
        if (!e && (segment_empty(s) || s->max_timestamp < timestamp))
            continue;
        log_warm(l, s);
        if (!e)
            e = segment_find_time(s, &w, &found);
        if (e == ERR_AGAIN)
            continue;
        if (e)
            return e == ERR_OUT_OF_RANGE ? ERR_CORRUPT : e; /* the file is shorter than it was */
        *ret_offset = found.offset;
        *ret_timestamp = found.timestamp;
        *ret_epoch = epochs_of(&l->epochs, found.offset);
        return ERR_OK;
    }
    return ERR_OK;
}

err_t log_max_timestamp(struct log *l, int64_t *ret_offset, int64_t *ret_timestamp, int32_t *ret_epoch)
{
    int64_t largest = log_largest_timestamp(l);

    *ret_offset = *ret_timestamp = *ret_epoch = -1;
    return largest < 0 ? ERR_OK : log_offset_for_time(l, largest, ret_offset, ret_timestamp, ret_epoch);
}
