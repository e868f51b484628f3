#include "broker/replica/producer_state.h"

#include "common/crc32c.h"
#include "common/cursor.h"
#include "common/invariant.h"
#include "common/mem.h"

enum {
    SNAPSHOT_VERSION = 1,
    SNAPSHOT_HEADER = 10, /* version, crc, count */
    SNAPSHOT_CRC_AT = 2,
    SNAPSHOT_CRC_FROM = 6,
    SNAPSHOT_ENTRY = 46,
};

struct kept_batch {
    int32_t first_sequence, last_sequence;
    int64_t base_offset, last_offset;
    int64_t timestamp;
};

struct producer {
    int64_t id;
    int16_t epoch;
    int32_t coordinator_epoch;
    int64_t txn_first_offset;
    int64_t last_timestamp;
    unsigned batches_n;
    struct kept_batch batches[PRODUCER_BATCHES]; /* oldest first */
};

static struct producer *find(const struct producer_state *s, int64_t id)
{
    return map_get(&s->producers, &id, sizeof(id));
}

void producer_state_done(struct producer_state *s)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&s->producers, &at, &key, &value);)
        mem_free(value);
    map_done(&s->producers);
    s->next_offset = 0;
}

size_t producer_state_n(const struct producer_state *s)
{
    return s->producers.n;
}

/* Sequences run from 0 to INT32_MAX and start over. */
static int32_t next_sequence(int32_t last)
{
    return last == INT32_MAX ? 0 : last + 1;
}

static const struct kept_batch *find_duplicate(const struct producer *p, const struct producer_batch *b)
{
    for (unsigned i = 0; i < p->batches_n; i++)
        if (p->batches[i].first_sequence == b->first_sequence &&
            p->batches[i].last_sequence == b->last_sequence)
            return &p->batches[i];
    return NULL;
}

enum producer_verdict producer_decide(const struct producer_state *s, const struct producer_batch *b,
                                      struct producer_batch *ret_old)
{
    const struct producer *p = find(s, b->producer_id);
    const struct kept_batch *old;

    if (!p)
        return PRODUCER_APPEND; /* new, or forgotten: any sequence may be next */
    if (b->epoch < p->epoch)
        return PRODUCER_OLD_EPOCH;
    if (b->epoch > p->epoch)
        return b->first_sequence ? PRODUCER_OUT_OF_ORDER : PRODUCER_APPEND;
    old = find_duplicate(p, b);
    if (old) {
        *ret_old = *b;
        ret_old->base_offset = old->base_offset;
        ret_old->last_offset = old->last_offset;
        ret_old->timestamp = old->timestamp;
        return PRODUCER_DUPLICATE;
    }
    if (!p->batches_n)
        return PRODUCER_APPEND;
    return b->first_sequence == next_sequence(p->batches[p->batches_n - 1].last_sequence)
               ? PRODUCER_APPEND
               : PRODUCER_OUT_OF_ORDER;
}

static struct producer *find_or_add(struct producer_state *s, int64_t id)
{
    struct producer *p = find(s, id);

    if (p)
        return p;
    p = mem_new(struct producer);
    p->id = id;
    p->epoch = -1;
    p->coordinator_epoch = -1;
    p->txn_first_offset = -1;
    (void)map_set(&s->producers, &id, sizeof(id), p);
    return p;
}

void producer_apply(struct producer_state *s, const struct producer_batch *b)
{
    struct producer *p;

    s->next_offset = b->last_offset + 1;
    if (b->producer_id < 0)
        return;
    p = find_or_add(s, b->producer_id);
    if (b->epoch != p->epoch) {
        p->epoch = b->epoch;
        p->batches_n = 0;
    }
    if (p->batches_n == PRODUCER_BATCHES)
        memmove(p->batches, p->batches + 1, sizeof(p->batches[0]) * --p->batches_n);
    p->batches[p->batches_n++] = (struct kept_batch){ b->first_sequence, b->last_sequence,
                                                      b->base_offset, b->last_offset, b->timestamp };
    p->last_timestamp = b->timestamp;
}

bool producer_state_cut(struct producer_state *s, int64_t log_end)
{
    if (s->next_offset <= log_end)
        return true;
    producer_state_done(s);
    return false;
}

void producer_state_expire(struct producer_state *s, int64_t now_ms, int64_t age_ms)
{
    struct slice key;
    void *value;

    /* The map may not change while it is walked: one removal, then from the start again. */
    for (size_t at = 0; map_next(&s->producers, &at, &key, &value);) {
        struct producer *p = value;

        if (p->txn_first_offset >= 0 || now_ms - p->last_timestamp < age_ms)
            continue;
        (void)map_remove(&s->producers, &p->id, sizeof(p->id));
        mem_free(p);
        at = 0;
    }
}

static void encode_producer(const struct producer *p, struct buf *b)
{
    const struct kept_batch *last = p->batches_n ? &p->batches[p->batches_n - 1] : NULL;

    buf_put_be64(b, (uint64_t)p->id);
    buf_put_be16(b, (uint16_t)p->epoch);
    buf_put_be32(b, (uint32_t)(last ? last->last_sequence : -1));
    buf_put_be64(b, (uint64_t)(last ? last->last_offset : -1));
    buf_put_be32(b, last ? (uint32_t)(last->last_offset - last->base_offset) : 0);
    buf_put_be64(b, (uint64_t)p->last_timestamp);
    buf_put_be32(b, (uint32_t)p->coordinator_epoch);
    buf_put_be64(b, (uint64_t)p->txn_first_offset);
}

void producer_state_encode(const struct producer_state *s, struct buf *ret)
{
    size_t from = ret->n;
    struct slice key;
    void *value;

    buf_put_be16(ret, SNAPSHOT_VERSION);
    buf_put_be32(ret, 0);
    buf_put_be32(ret, (uint32_t)s->producers.n);
    for (size_t at = 0; map_next(&s->producers, &at, &key, &value);)
        encode_producer(value, ret);
    be32_put(ret->p + from + SNAPSHOT_CRC_AT,
             crc32c(0, ret->p + from + SNAPSHOT_CRC_FROM, ret->n - from - SNAPSHOT_CRC_FROM));
}

/* Only the last batch is in the file: the window of five shrinks to one. */
static void decode_producer(struct producer_state *s, struct cursor *c)
{
    struct producer *p = find_or_add(s, (int64_t)cursor_be64(c));
    struct kept_batch last = { 0 };
    int32_t delta;

    p->epoch = (int16_t)cursor_be16(c);
    last.last_sequence = (int32_t)cursor_be32(c);
    last.last_offset = (int64_t)cursor_be64(c);
    delta = (int32_t)cursor_be32(c);
    last.timestamp = p->last_timestamp = (int64_t)cursor_be64(c);
    p->coordinator_epoch = (int32_t)cursor_be32(c);
    p->txn_first_offset = (int64_t)cursor_be64(c);
    last.base_offset = last.last_offset - delta;
    last.first_sequence = last.last_sequence - delta;
    if (last.first_sequence < 0) /* the sequence wrapped inside the batch */
        last.first_sequence = (int32_t)((int64_t)last.first_sequence + INT32_MAX + 1);
    if (last.last_offset >= 0 && delta >= 0 && last.last_sequence >= 0)
        p->batches[p->batches_n++] = last;
}

err_t producer_state_decode(struct producer_state *s, struct slice file)
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
        int64_t id = (int64_t)be64_get(c.p);

        if (find(s, id)) {
            producer_state_done(s);
            return ERR_CORRUPT;
        }
        decode_producer(s, &c);
    }
    return ERR_OK;
}

void producer_state_check(const struct producer_state *s)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&s->producers, &at, &key, &value);) {
        const struct producer *p = value;

        INVARIANT(p->batches_n <= PRODUCER_BATCHES);
        for (unsigned i = 1; i < p->batches_n; i++)
            INVARIANT(p->batches[i].base_offset > p->batches[i - 1].last_offset);
    }
}
