#include "broker/replica/producer_snapshot.h"

#include "common/crc32c.h"
#include "common/cursor.h"

enum {
    SNAPSHOT_VERSION = 1,
    SNAPSHOT_HEADER = 10, /* version, crc, count */
    SNAPSHOT_CRC_AT = 2,
    SNAPSHOT_CRC_FROM = 6,
    SNAPSHOT_ENTRY = 46,
};

static void put(const struct producer_view *v, struct buf *b)
{
    buf_put_be64(b, (uint64_t)v->id);
    buf_put_be16(b, (uint16_t)v->epoch);
    buf_put_be32(b, (uint32_t)v->last_sequence);
    buf_put_be64(b, (uint64_t)v->last_offset);
    buf_put_be32(b, (uint32_t)v->offset_delta);
    buf_put_be64(b, (uint64_t)v->last_timestamp);
    buf_put_be32(b, (uint32_t)v->coordinator_epoch);
    buf_put_be64(b, (uint64_t)v->txn_first_offset);
}

void producer_snapshot_encode(const struct producer_state *s, struct buf *ret)
{
    size_t from = ret->n;
    struct producer_view v;

    buf_put_be16(ret, SNAPSHOT_VERSION);
    buf_put_be32(ret, 0);
    buf_put_be32(ret, (uint32_t)producer_state_n(s));
    for (size_t at = 0; producer_state_next(s, &at, &v);)
        put(&v, ret);
    be32_put(ret->p + from + SNAPSHOT_CRC_AT,
             crc32c(0, ret->p + from + SNAPSHOT_CRC_FROM, ret->n - from - SNAPSHOT_CRC_FROM));
}

static struct producer_view get(struct cursor *c)
{
    struct producer_view v;

    v.id = (int64_t)cursor_be64(c);
    v.epoch = (int16_t)cursor_be16(c);
    v.last_sequence = (int32_t)cursor_be32(c);
    v.last_offset = (int64_t)cursor_be64(c);
    v.offset_delta = (int32_t)cursor_be32(c);
    v.last_timestamp = (int64_t)cursor_be64(c);
    v.coordinator_epoch = (int32_t)cursor_be32(c);
    v.txn_first_offset = (int64_t)cursor_be64(c);
    return v;
}

err_t producer_snapshot_decode(struct producer_state *s, struct slice file)
{
    struct cursor c = cursor_over(file);
    uint32_t crc, count;

    if (file.n < SNAPSHOT_HEADER || cursor_be16(&c) != SNAPSHOT_VERSION)
        return ERR_CORRUPT;
    crc = cursor_be32(&c);
    count = cursor_be32(&c);
    if (crc != crc32c(0, file.p + SNAPSHOT_CRC_FROM, file.n - SNAPSHOT_CRC_FROM) ||
        cursor_left(&c) != (size_t)count * SNAPSHOT_ENTRY)
        return ERR_CORRUPT;
    for (uint32_t i = 0; i < count; i++) {
        struct producer_view v = get(&c);

        if (!producer_state_add(s, &v)) {
            producer_state_done(s);
            return ERR_CORRUPT;
        }
    }
    return ERR_OK;
}
