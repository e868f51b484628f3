#include "broker/group/topics_hash.h"

#include <endian.h>
#include <stdlib.h>

#include "broker/group/xxh3.h"
#include "common/mem.h"
#include "common/utf8.h"

enum { MAGIC = 0 };

static void put32(struct buf *b, int32_t v)
{
    uint32_t le = htole32((uint32_t)v);

    buf_put(b, &le, sizeof(le));
}

static void put64(struct buf *b, uint64_t v)
{
    uint64_t le = htole64(v);

    buf_put(b, &le, sizeof(le));
}

static void put_string(struct buf *b, struct str s)
{
    uint16_t unit[2];
    int32_t count = 0;

    for (size_t at = 0; at < s.n;)
        for (int n = utf16_units(utf8_next(s, &at), unit), i = 0; i < n; i++, count++) {
            buf_put_u8(b, (uint8_t)unit[i]);
            buf_put_u8(b, (uint8_t)(unit[i] >> 8));
        }
    put32(b, count);
}

static void put_id(struct buf *b, const struct uuid *id)
{
    uint64_t half[2];

    memcpy(half, id->b, sizeof(half));
    put64(b, be64toh(half[0]));
    put64(b, be64toh(half[1]));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_racks(struct buf *b, const struct image *image, const struct partition_state *p)
{
    const char **racks = mem_zero(((size_t)p->replicas_n + 1) * sizeof(*racks));
    int32_t n = 0;

    for (int32_t i = 0; i < p->replicas_n; i++) {
        const struct broker_registration *reg = image_broker(image, p->replicas[i]);

        if (reg && reg->rack)
            racks[n++] = reg->rack;
    }
    qsort(racks, (size_t)n, sizeof(*racks), compare);
    put32(b, n);
    for (int32_t i = 0; i < n; i++)
        put_string(b, str_of(racks[i]));
    mem_free(racks);
}

static uint64_t topic_hash(const struct image *image, const struct topic_state *t)
{
    OWNED_BUF b = { 0 };

    buf_put_u8(&b, MAGIC);
    put_id(&b, &t->id);
    put_string(&b, str_of(t->name));
    put32(&b, t->partitions_n);
    for (int32_t i = 0; i < t->partitions_n; i++) {
        put32(&b, i);
        put_racks(&b, image, &t->partitions[i]);
    }
    return xxh3_64(b.p, b.n);
}

int64_t topics_hash(const struct image *image, const struct str *names, int32_t n)
{
    OWNED_BUF b = { 0 };

    for (int32_t i = 0; i < n; i++) {
        const struct topic_state *t = image_topic(image, names[i]);

        if (!t)
            continue;
        put_string(&b, names[i]);
        put64(&b, topic_hash(image, t));
    }
    return b.n ? (int64_t)xxh3_64(b.p, b.n) : 0;
}
