#include "broker/replica/client_batch.h"

#include "api/kafka/errors.h"
#include "common/cursor.h"

enum { CODEC_ZSTD = 4, ZSTD_SINCE = 7, RECORD_NULL = -1 };

static struct client_batch refuse(struct client_batch b, int16_t error, const char *message)
{
    b.error = error;
    b.message = message;
    return b;
}

static struct client_batch check_counts(struct client_batch b)
{
    const struct head *h = &b.head;

    if (h->attributes & HEAD_ATTR_CONTROL)
        return refuse(b, KF_ERR_INVALID_RECORD, "Clients are not allowed to write control records");
    if (h->base)
        return refuse(b, KF_ERR_INVALID_RECORD, "The base offset of a client's batch must be 0");
    if (h->count <= 0 || h->count != h->last - h->base + 1)
        return refuse(b, KF_ERR_INVALID_RECORD, "The record count must be positive and match the "
                      "batch's last offset delta");
    if (h->producer_id >= 0 && (h->producer_epoch < 0 || h->base_sequence < 0))
        return refuse(b, KF_ERR_INVALID_RECORD, "A batch with a producer id needs a producer epoch "
                      "and a base sequence");
    if ((h->attributes & HEAD_ATTR_TRANSACTIONAL) && h->producer_id < 0)
        return refuse(b, KF_ERR_INVALID_RECORD, "A transactional batch needs a producer id");
    return b;
}

static struct client_batch check_times(struct client_batch b, const struct log_config *config,
                                       int64_t now_ms)
{
    const struct head *h = &b.head;

    if (h->attributes & HEAD_ATTR_APPEND_TIME)
        return refuse(b, KF_ERR_INVALID_TIMESTAMP, "A client's batch must not claim LogAppendTime");
    if (config->log_append_time || h->max_timestamp == -1)
        return b;
    if (h->max_timestamp - now_ms > config->timestamp_after_max_ms)
        return refuse(b, KF_ERR_INVALID_TIMESTAMP, "A timestamp is later than now by more than "
                      "message.timestamp.after.max.ms");
    if (h->base_timestamp >= 0 && now_ms - h->base_timestamp > config->timestamp_before_max_ms)
        return refuse(b, KF_ERR_INVALID_TIMESTAMP, "A timestamp is earlier than now by more than "
                      "message.timestamp.before.max.ms");
    return b;
}

/* True when a record of an uncompressed batch has no key, which compaction needs. */
static bool lacks_key(const struct head *h, struct slice batch, bool *malformed)
{
    struct cursor c = cursor_over(slice_make(batch.p + HEAD_BYTES, batch.n - HEAD_BYTES));

    for (int32_t i = 0; i < h->count && !cursor_bad(&c); i++) {
        int32_t n = cursor_varint(&c);
        const uint8_t *p = n < 0 ? NULL : cursor_take(&c, (size_t)n);
        struct cursor record;

        if (!p)
            break;
        record = cursor_over(slice_make(p, (size_t)n));
        (void)cursor_u8(&record);
        (void)cursor_varlong(&record);
        (void)cursor_varint(&record);
        if (cursor_varint(&record) == RECORD_NULL && !cursor_bad(&record))
            return true;
        if (cursor_bad(&record))
            cursor_fail(&c);
    }
    *malformed = cursor_bad(&c) || cursor_left(&c);
    return false;
}

static struct client_batch check_keys(struct client_batch b, struct slice batch)
{
    bool malformed = false;

    if (b.head.attributes & HEAD_ATTR_CODEC)
        return b; /* compressed: the cleaner meets it */
    if (lacks_key(&b.head, batch, &malformed))
        return refuse(b, KF_ERR_INVALID_RECORD,
                      "Compacted topic cannot accept message without key");
    return malformed ? refuse(b, KF_ERR_CORRUPT_MESSAGE, "The records do not parse") : b;
}

struct client_batch client_batch_check(struct slice records, int16_t version,
                                       const struct log_config *config, int64_t now_ms)
{
    struct client_batch b = { .head = { 0 } };

    if (records.n < HEAD_BYTES)
        return refuse(b, KF_ERR_CORRUPT_MESSAGE, "The records hold no whole batch");
    if (records.p[16] != 2)
        return refuse(b, KF_ERR_INVALID_RECORD, "Only record batches of magic 2 are accepted");
    if (!head_parse(records.p, &b.head) || b.head.size > (int64_t)records.n)
        return refuse(b, KF_ERR_CORRUPT_MESSAGE, "The batch header does not fit the records");
    if (b.head.size != (int64_t)records.n)
        return refuse(b, KF_ERR_INVALID_RECORD,
                      "Exactly one record batch per partition is allowed");
    if (b.head.size > config->max_message_bytes)
        return refuse(b, KF_ERR_MESSAGE_TOO_LARGE, "The batch is larger than max.message.bytes");
    if (b.head.size > config->segment_bytes)
        return refuse(b, KF_ERR_RECORD_LIST_TOO_LARGE, "The batch is larger than segment.bytes");
    if (!head_crc_ok(&b.head, records.p))
        return refuse(b, KF_ERR_CORRUPT_MESSAGE, "The batch fails its checksum");
    if ((b.head.attributes & HEAD_ATTR_CODEC) == CODEC_ZSTD && version < ZSTD_SINCE)
        return refuse(b, KF_ERR_UNSUPPORTED_COMPRESSION_TYPE,
                      "zstd needs Produce version 7 or later");
    if ((b.head.attributes & HEAD_ATTR_CODEC) > CODEC_ZSTD)
        return refuse(b, KF_ERR_UNSUPPORTED_COMPRESSION_TYPE, "The compression type is unknown");
    b = check_counts(b);
    if (!b.error)
        b = check_times(b, config, now_ms);
    if (!b.error && config->compact)
        b = check_keys(b, records);
    return b;
}
