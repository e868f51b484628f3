#include "tests/lib/batches.h"

#include "common/crc32c.h"
#include "common/endian.h"
#include "common/rng.h"

static void put_record(struct buf *out, int32_t delta, size_t value_bytes, struct rng *r)
{
    OWNED_BUF body = { 0 };

    buf_put_u8(&body, 0);
    buf_put_varlong(&body, delta);
    buf_put_varint(&body, delta);
    buf_put_varint(&body, -1);
    buf_put_varint(&body, (int32_t)value_bytes);
    for (size_t i = 0; i < value_bytes; i++)
        buf_put_u8(&body, (uint8_t)rng_next(r));
    buf_put_varint(&body, 0);
    buf_put_varint(out, (int32_t)body.n);
    buf_put(out, body.p, body.n);
}

void test_batch_put(struct buf *out, const struct test_batch *b)
{
    int32_t count = b->count ? b->count : 1;
    size_t at = out->n;
    struct rng r;
    uint8_t *p;

    rng_seed(&r, b->seed);
    buf_put_zero(out, 61);
    for (int32_t i = 0; i < count; i++)
        put_record(out, i, b->value_bytes, &r);
    p = out->p + at;
    be64_put(p, (uint64_t)b->base);
    be32_put(p + 8, (uint32_t)(out->n - at - 12));
    be32_put(p + 12, (uint32_t)b->epoch);
    p[16] = 2;
    be32_put(p + 23, (uint32_t)count - 1);
    be64_put(p + 27, (uint64_t)b->timestamp);
    be64_put(p + 35, (uint64_t)(b->timestamp + count - 1));
    be64_put(p + 43, UINT64_MAX);
    be16_put(p + 51, UINT16_MAX);
    be32_put(p + 53, UINT32_MAX);
    be32_put(p + 57, (uint32_t)count);
    be32_put(p + 17, crc32c(0, p + 21, out->n - at - 21));
}
