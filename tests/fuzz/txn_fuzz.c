/* Any bytes as what transactions leave in logs: records of __transaction_state, producer snapshots,
 * markers, indexes of aborted transactions. An error or a state that holds its invariants; a snapshot
 * that was read and printed again reads the same. The first byte chooses. */

#include "broker/log/txn_index.h"
#include "broker/replica/producer_snapshot.h"
#include "broker/replica/txn_marker.h"
#include "broker/txn/txn.h"
#include "common/cursor.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Records one after the other: a length of one byte in front of key and value; 255 is null. */
static void fuzz_records(struct slice s)
{
    struct cursor c = cursor_over(s);
    struct txns *x = txns_new();
    OWNED_BUF dump = { 0 };

    while (cursor_left(&c)) {
        size_t key_n = cursor_u8(&c);
        const uint8_t *key = cursor_take(&c, key_n);
        size_t value_n = cursor_u8(&c);
        const uint8_t *value = value_n == 255 ? NULL : cursor_take(&c, value_n);

        if (cursor_bad(&c))
            break;
        (void)txns_apply(x, slice_make(key, key_n), slice_make(value, value ? value_n : 0), -1);
    }
    txns_dump(x, &dump);
    txns_free(x);
}

static void fuzz_snapshot(struct slice s)
{
    struct producer_state p = { 0 }, again = { 0 };
    OWNED_BUF out = { 0 };

    if (!producer_snapshot_decode(&p, s)) {
        producer_state_check(&p);
        (void)producer_state_last_stable(&p, 1000);
        producer_snapshot_encode(&p, &out);
        err_t e = producer_snapshot_decode(&again, buf_slice(&out));
        INVARIANT(!e && producer_state_n(&again) == producer_state_n(&p));
    }
    producer_state_done(&p);
    producer_state_done(&again);
}

static void fuzz_index(struct slice s)
{
    OWNED_BUF found = { 0 };

    if (!txn_index_check(s, 0, NULL))
        (void)txn_index_collect(s, 10, 1000, &found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct producer_marker m;

    if (!n)
        return 0;
    switch (data[0] % 4) {
    case 0:
        fuzz_records(slice_make(data + 1, n - 1));
        break;
    case 1:
        fuzz_snapshot(slice_make(data + 1, n - 1));
        break;
    case 2:
        (void)txn_marker_parse(slice_make(data + 1, n - 1), &m);
        break;
    default:
        fuzz_index(slice_make(data + 1, n - 1));
    }
    return 0;
}
