/* Any bytes as what share groups meet: records of __share_group_state, what a coordinator says of a
 * share partition, and acknowledgements. An error or a state that holds its invariants; a state that
 * was written as a snapshot is the same when it is read. The first byte chooses. */

#include "broker/share/share_partition.h"
#include "broker/share/share_states.h"
#include "common/cursor.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Every key's state as a snapshot, in another coordinator. */
static void reread(struct share_states *s)
{
    struct share_states *again = share_states_new(500);
    OWNED_BUF before = { 0 };
    OWNED_BUF after = { 0 };
    struct share_key key;
    const struct share_kept *k;
    int64_t offset = 0;

    for (size_t at = 0; (k = share_states_next(s, &at, &key));) {
        OWNED_SHARE_DECISION d = share_states_decide_snapshot(s, &key, 1);
        err_t e = share_states_apply(again, buf_slice(&d.key), buf_slice(&d.value), offset);
        struct share_kept *kept = (struct share_kept *)(uintptr_t)k;

        INVARIANT(!e);
        /* What the snapshot says anew. */
        kept->snapshot_epoch = kept->snapshot_epoch == INT32_MAX ? 0 : kept->snapshot_epoch + 1;
        kept->updates_n = 0;
        offset++;
    }
    share_states_check(again);
    share_states_dump(s, &before);
    share_states_dump(again, &after);
    INVARIANT(slice_eq(buf_slice(&before), buf_slice(&after)));
    share_states_free(again);
}

/* Records one after the other: a length of one byte in front of key and value; 255 is null. */
static void fuzz_records(struct cursor c)
{
    struct share_states *s = share_states_new(500);

    for (int64_t offset = 0; cursor_left(&c); offset++) {
        size_t key_n = cursor_u8(&c);
        const uint8_t *key = cursor_take(&c, key_n);
        size_t value_n = cursor_u8(&c);
        const uint8_t *value = value_n == 255 ? NULL : cursor_take(&c, value_n);

        if (cursor_bad(&c))
            break;
        (void)share_states_apply(s, slice_make(key, key_n), slice_make(value, value ? value_n : 0),
                                 offset);
    }
    share_states_check(s);
    reread(s);
    share_states_free(s);
}

static void load(struct share_partition *p, struct cursor *c)
{
    struct share_batch v[8];
    int32_t n = cursor_u8(c) % 8;

    for (int32_t i = 0; i < n; i++)
        v[i] = (struct share_batch){ cursor_u8(c), cursor_u8(c), (int8_t)cursor_u8(c),
                                     (int16_t)cursor_be16(c) };
    share_partition_load(p, cursor_u8(c), 1, v, n);
}

static void acquire(struct share_partition *p, const struct share_limits *l, struct cursor *c)
{
    struct share_chunk v[8];
    struct share_acquire q = { .owner = 1 + cursor_u8(c) % 2, .chunks = v,
                               .chunks_n = cursor_u8(c) % 8, .records_max = 1 + cursor_u8(c),
                               .batch_size = cursor_u8(c), .strict = cursor_u8(c) % 2 };
    int64_t at = cursor_u8(c);
    OWNED_BUF got = { 0 };

    for (int32_t i = 0; i < q.chunks_n; i++) { /* as a log has them: ascending */
        at += cursor_u8(c) % 4;
        v[i].first = at;
        at += cursor_u8(c) % 16;
        v[i].last = at++;
        v[i].data = cursor_u8(c) % 4;
    }
    (void)share_partition_acquire(p, &q, l, &got);
}

static void acknowledge(struct share_partition *p, const struct share_limits *l, struct cursor *c)
{
    int64_t first = (int8_t)cursor_u8(c), last = (int8_t)cursor_u8(c);
    uint64_t owner = 1 + cursor_u8(c) % 2, write;
    int32_t n = cursor_u8(c) % 8;
    const uint8_t *types = cursor_take(c, (size_t)n);
    struct share_ack a = { first, last, (const int8_t *)types, types ? n : 0 };

    (void)share_partition_ack(p, owner, &a, 1, true, l, 5, &write);
}

static void step(struct share_partition *p, const struct share_limits *l, struct cursor *c)
{
    switch (cursor_u8(c) % 6) {
    case 0:
        acquire(p, l, c);
        break;
    case 1:
        acknowledge(p, l, c);
        break;
    case 2:
        share_partition_release(p, 1 + cursor_u8(c) % 2, l);
        break;
    case 3:
        (void)share_partition_expire(p, l, cursor_u8(c));
        break;
    case 4:
        share_partition_log_begins(p, cursor_u8(c));
        break;
    default:
        if (p->write_open) {
            share_partition_write_done(p, cursor_u8(c) % 2);
        } else {
            struct share_outgoing out = share_partition_write_begin(p);

            share_batches_check(&out.batches);
            share_batches_done(&out.batches);
        }
    }
}

static void fuzz_partition(struct cursor c)
{
    struct share_limits l = { .lock_ms = 10, .locks_max = 60, .count_max = 3 };
    struct share_partition *p = share_partition_new();

    load(p, &c);
    share_partition_check(p);
    while (cursor_left(&c) && !cursor_bad(&c)) {
        step(p, &l, &c);
        share_partition_check(p);
    }
    share_partition_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    if (data[0] % 2)
        fuzz_partition(cursor_over(slice_make(data + 1, n - 1)));
    else
        fuzz_records(cursor_over(slice_make(data + 1, n - 1)));
    return 0;
}
