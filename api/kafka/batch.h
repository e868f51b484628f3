/* batch - record batches of magic 2 (Kafka's only format since 4.0).
 *
 *    0  8 baseOffset          21  2 attributes         51  2 producerEpoch
 *    8  4 batchLength         23  4 lastOffsetDelta    53  4 baseSequence
 *   12  4 partitionLeaderEpoch 27 8 baseTimestamp      57  4 recordsCount
 *   16  1 magic               35  8 maxTimestamp       61    records, maybe compressed
 *   17  4 crc of [21, end)    43  8 producerId
 *
 * batchLength counts what follows it. The CRC does not cover offset and leader epoch,
 * so a leader stamps them in place. */
#ifndef KLAMM_API_KAFKA_BATCH_H
#define KLAMM_API_KAFKA_BATCH_H

#include "api/kafka/compress.h"
#include "common/cursor.h"

enum {
    KF_BATCH_HEADER = 61,
    KF_BATCH_OVERHEAD = 12, /* baseOffset and batchLength */
    KF_BATCH_CRC_FROM = 21,
    KF_ATTR_CODEC = 7,
    KF_ATTR_LOG_APPEND_TIME = 8,
    KF_ATTR_TRANSACTIONAL = 16,
    KF_ATTR_CONTROL = 32,
    KF_ATTR_DELETE_HORIZON = 64,
};

struct kf_batch {
    struct slice bytes; /* the whole batch */
    int64_t base_offset, last_offset;
    int32_t leader_epoch;
    uint32_t crc;
    int16_t attributes;
    int64_t base_timestamp, max_timestamp;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t count;
};

/* The batch at the beginning of `s`, its header checked for sense (lengths, magic, counts),
 * not its CRC. ERR_AGAIN when `s` holds only a part of it, ERR_UNSUPPORTED for magic 0 and 1,
 * ERR_CORRUPT for anything that cannot be a batch. */
err_t kf_batch_parse(struct slice s, struct kf_batch *ret);
bool kf_batch_crc_ok(const struct kf_batch *b);

static inline enum kf_codec kf_batch_codec(const struct kf_batch *b)
{
    return (enum kf_codec)(b->attributes & KF_ATTR_CODEC);
}

/* Stamps; `p` is the whole batch. The first two leave the CRC as it is. */
void kf_batch_set_base_offset(uint8_t *p, int64_t offset);
void kf_batch_set_leader_epoch(uint8_t *p, int32_t epoch);
/* LogAppendTime: attribute and maxTimestamp, then the CRC anew over `n` bytes. */
void kf_batch_set_append_time(uint8_t *p, size_t n, int64_t now_ms);

struct kf_record_header {
    struct str key;
    struct slice value; /* p == NULL is null */
};

struct kf_record {
    int64_t offset, timestamp;
    struct slice key, value; /* p == NULL is null */
    int32_t headers_n;
    struct cursor headers;   /* kf_record_header_next */
};

/* Walks the records of a batch; compressed ones are unpacked into `scratch` first, which must
 * outlive the walk, at most `limit` bytes. ERR_CORRUPT, ERR_TOO_LARGE as kf_decompress. */
struct kf_records {
    struct cursor c;
    int32_t left;
    int64_t base_offset, base_timestamp, append_time;
};
err_t kf_records_open(const struct kf_batch *b, struct buf *scratch, size_t limit, struct kf_records *ret);
/* ERR_OUT_OF_RANGE after the last; ERR_CORRUPT when lengths or counts do not add up, or bytes are
 * left over behind the last record. */
err_t kf_records_next(struct kf_records *r, struct kf_record *ret);
/* False after the last. Never reads beyond the record (kf_records_next has checked it). */
bool kf_record_header_next(struct cursor *headers, struct kf_record_header *ret);

/* Builds one batch at the end of `out`. The first record's timestamp is the base. */
struct kf_batch_builder {
    struct buf *out;
    size_t begin;
    int16_t attributes;
    int32_t count;
    int64_t base_timestamp, max_timestamp;
};
/* `attributes`: codec and flags. No producer: kf_batch_builder_producer sets one. */
void kf_batch_begin(struct kf_batch_builder *b, struct buf *out, int64_t base_offset, int32_t leader_epoch,
                    int16_t attributes);
void kf_batch_put(struct kf_batch_builder *b, int64_t timestamp, struct slice key, struct slice value,
                  const struct kf_record_header *headers, int32_t headers_n);
void kf_batch_producer(struct kf_batch_builder *b, int64_t id, int16_t epoch, int32_t base_sequence);
/* Compresses when the attributes say so, writes lengths and CRC. Without any record the batch
 * is empty and legal. Errors as kf_compress; then `out` is as before kf_batch_begin. */
err_t kf_batch_end(struct kf_batch_builder *b);

/* Control records: the key is version 0 and a type. */
enum kf_control {
    KF_CONTROL_ABORT,
    KF_CONTROL_COMMIT,
    KF_CONTROL_LEADER_CHANGE,
    KF_CONTROL_SNAPSHOT_HEADER,
    KF_CONTROL_SNAPSHOT_FOOTER,
    KF_CONTROL_KRAFT_VERSION,
    KF_CONTROL_KRAFT_VOTERS,
};
/* -1 when the key is no control key. Types above are for the caller to ignore. */
int kf_control_type(struct slice key);
/* The 4 bytes of a control key. */
struct kf_control_key {
    uint8_t b[4];
};
struct kf_control_key kf_control_key(enum kf_control type);

#endif
