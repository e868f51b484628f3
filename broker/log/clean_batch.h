/* clean_batch - what compaction leaves of one batch.
 *
 * A record stays when it lies behind what the map has looked at, or has the newest offset of its
 * key and is no tombstone whose time is over; a record without a key goes. Offsets never change: a
 * batch that loses records keeps its base offset, its last offset delta, its producer and sequence.
 * One that loses none is copied as it is.
 *
 * Tombstones, and markers of transactions that have no batch left, get a delete horizon when they
 * are first met (KIP-534): attribute bit 6, and the time they may go in the place of the base
 * timestamp. */
#ifndef KLAMM_BROKER_LOG_CLEAN_BATCH_H
#define KLAMM_BROKER_LOG_CLEAN_BATCH_H

#include "api/kafka/batch.h"
#include "broker/log/clean_map.h"

struct clean_rules {
    const struct clean_map *map;
    const struct clean_seeds *seeds;
    int64_t now_ms;
    int64_t delete_retention_ms;
    size_t unpacked_bytes_max; /* of a compressed batch */
};

/* What is known of the batch from outside. */
struct clean_fate {
    bool drop_records; /* of an aborted transaction, or a marker whose time is over */
    bool keep_empty;   /* it bears a producer's last sequence, or the end of the round */
    bool bare_marker;  /* a marker of a transaction that has no batch left */
};

struct clean_left {
    int32_t records;
    bool whole;        /* copied as it is */
};

/* Appends what is left to `out`: nothing, an empty batch, some or all of its records. `scratch` is
 * for its use. ERR_CORRUPT: the records do not parse; ERR_TOO_LARGE as kf_decompress. */
err_t clean_batch(const struct clean_rules *r, const struct kf_batch *b, const struct clean_fate *f,
                  struct buf *out, struct buf *scratch, struct clean_left *ret);

/* Walks the records of a batch, looking at no more than compaction needs. */
struct clean_record {
    int64_t offset, timestamp;
    struct slice key;    /* p == NULL is null */
    bool has_value;
    struct slice bytes;  /* all of it, with its length */
    struct slice body;   /* from the offset delta on: what a new base timestamp does not change */
};
struct clean_records {
    struct cursor c;
    int32_t left;
    int64_t base_offset, base_timestamp;
};
/* As kf_records_open. */
err_t clean_records_open(const struct kf_batch *b, struct buf *scratch, size_t limit,
                         struct clean_records *ret);
/* ERR_OUT_OF_RANGE after the last, ERR_CORRUPT. */
err_t clean_records_next(struct clean_records *r, struct clean_record *ret);

#endif
