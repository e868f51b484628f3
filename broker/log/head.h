/* head - the 61 bytes in front of every record batch, as the log reads them.
 *
 *   0 baseOffset 8 | 8 batchLength 4 | 12 partitionLeaderEpoch 4 | 16 magic 1 | 17 crc 4 |
 *   21 attributes 2 | 23 lastOffsetDelta 4 | 27 baseTimestamp 8 | 35 maxTimestamp 8 |
 *   43 producerId 8 | 51 producerEpoch 2 | 53 baseSequence 4 | 57 recordsCount 4
 *
 * The CRC covers 21 to the end: offset and leader epoch may be stamped without it. */
#ifndef KLAMM_BROKER_LOG_HEAD_H
#define KLAMM_BROKER_LOG_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/crc32c.h"
#include "common/endian.h"

enum {
    HEAD_BYTES = 61,
    HEAD_OVERHEAD = 12,      /* baseOffset and batchLength, not counted in batchLength */
    HEAD_CRC_FROM = 21,
    HEAD_ATTR_CODEC = 7,
    HEAD_ATTR_APPEND_TIME = 8,
    HEAD_ATTR_TRANSACTIONAL = 16,
    HEAD_ATTR_CONTROL = 32,
    HEAD_ATTR_HORIZON = 64,
};

struct head {
    int64_t base, last;      /* offsets */
    int64_t size;            /* of the whole batch */
    int32_t epoch;
    uint32_t crc;
    int16_t attributes;
    int64_t base_timestamp, max_timestamp;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t count;
};

/* False when the 61 bytes at `p` cannot begin a batch of magic 2. The batch's own
 * length may still run past what is there: the caller compares. */
static inline bool head_parse(const uint8_t *p, struct head *ret)
{
    int32_t length = (int32_t)be32_get(p + 8);
    int32_t delta = (int32_t)be32_get(p + 23);

    ret->base = (int64_t)be64_get(p);
    if (p[16] != 2 || length < HEAD_BYTES - HEAD_OVERHEAD || delta < 0 || ret->base < 0 ||
        ret->base > INT64_MAX - delta - 1)
        return false;
    ret->last = ret->base + delta;
    ret->size = (int64_t)length + HEAD_OVERHEAD;
    ret->epoch = (int32_t)be32_get(p + 12);
    ret->crc = be32_get(p + 17);
    ret->attributes = (int16_t)be16_get(p + 21);
    ret->base_timestamp = (int64_t)be64_get(p + 27);
    ret->max_timestamp = (int64_t)be64_get(p + 35);
    ret->producer_id = (int64_t)be64_get(p + 43);
    ret->producer_epoch = (int16_t)be16_get(p + 51);
    ret->base_sequence = (int32_t)be32_get(p + 53);
    ret->count = (int32_t)be32_get(p + 57);
    return ret->count >= 0;
}

/* `p` is the whole batch of h->size bytes. */
static inline bool head_crc_ok(const struct head *h, const uint8_t *p)
{
    return crc32c(0, p + HEAD_CRC_FROM, (size_t)h->size - HEAD_CRC_FROM) == h->crc;
}

#endif
