#include "broker/replica/producer_snapshot.h"

#include "common/mem.h"
#include "tests/lib/test.h"

static struct producer_batch batch(int64_t id, int16_t epoch, int32_t first, int32_t count)
{
    return (struct producer_batch){ .producer_id = id, .epoch = epoch, .first_sequence = first,
                                    .last_sequence = (int32_t)(((int64_t)first + count - 1) &
                                                               INT32_MAX) };
}

static enum producer_verdict decide(struct producer_state *s, struct producer_batch b)
{
    struct producer_batch old;

    return producer_decide(s, &b, true, 0, &old);
}

static void append(struct producer_state *s, struct producer_batch b, int64_t offset, int32_t count)
{
    b.base_offset = offset;
    b.last_offset = offset + count - 1;
    b.timestamp = 1000 + offset;
    producer_apply(s, &b);
    producer_state_check(s);
}

static void sequences_must_follow_without_a_gap(void **state)
{
    struct producer_state s = { 0 };

    (void)state;
    assert_int_equal(decide(&s, batch(7, 0, 0, 3)), PRODUCER_APPEND);
    append(&s, batch(7, 0, 0, 3), 10, 3);
    assert_int_equal(decide(&s, batch(7, 0, 3, 1)), PRODUCER_APPEND);
    assert_int_equal(decide(&s, batch(7, 0, 4, 1)), PRODUCER_OUT_OF_ORDER);
    assert_int_equal(decide(&s, batch(7, 0, 1, 1)), PRODUCER_OUT_OF_ORDER);
    assert_int_equal(decide(&s, batch(8, 0, 55, 1)), PRODUCER_APPEND);
    producer_state_done(&s);
}

static void one_of_the_last_five_batches_again_is_a_duplicate(void **state)
{
    struct producer_batch again = batch(7, 0, 2, 2), old;
    struct producer_state s = { 0 };

    (void)state;
    for (int i = 0; i < 6; i++)
        append(&s, batch(7, 0, 2 * i, 2), 100 + 10 * i, 2);
    assert_int_equal(producer_decide(&s, &again, true, 0, &old), PRODUCER_DUPLICATE);
    assert_int_equal(old.base_offset, 110);
    assert_int_equal(old.last_offset, 111);
    assert_int_equal(old.timestamp, 1110);
    assert_int_equal(decide(&s, batch(7, 0, 0, 2)), PRODUCER_OUT_OF_ORDER);
    assert_int_equal(decide(&s, batch(7, 0, 2, 1)), PRODUCER_OUT_OF_ORDER);
    producer_state_done(&s);
}

static void a_new_epoch_starts_at_zero_and_fences_the_old(void **state)
{
    struct producer_state s = { 0 };

    (void)state;
    append(&s, batch(7, 1, 0, 5), 0, 5);
    assert_int_equal(decide(&s, batch(7, 0, 5, 1)), PRODUCER_OLD_EPOCH);
    assert_int_equal(decide(&s, batch(7, 2, 5, 1)), PRODUCER_OUT_OF_ORDER);
    assert_int_equal(decide(&s, batch(7, 2, 0, 1)), PRODUCER_APPEND);
    append(&s, batch(7, 2, 0, 1), 5, 1);
    assert_int_equal(decide(&s, batch(7, 2, 1, 1)), PRODUCER_APPEND);
    producer_state_done(&s);
}

static void sequences_start_over_after_the_largest(void **state)
{
    struct producer_state s = { 0 };

    (void)state;
    append(&s, batch(7, 0, INT32_MAX - 1, 2), 0, 2);
    assert_int_equal(decide(&s, batch(7, 0, 0, 4)), PRODUCER_APPEND);
    append(&s, batch(7, 0, INT32_MAX, 3), 2, 3); /* INT32_MAX, 0, 1 */
    assert_int_equal(decide(&s, batch(7, 0, 2, 1)), PRODUCER_APPEND);
    producer_state_done(&s);
}

static void a_snapshot_keeps_the_last_batch_of_each(void **state)
{
    struct producer_state s = { 0 }, t = { 0 };
    struct producer_batch again = batch(7, 3, 4, 4), old;
    OWNED_BUF file = { 0 };

    (void)state;
    append(&s, batch(7, 3, 0, 4), 0, 4);
    append(&s, batch(7, 3, 4, 4), 4, 4);
    append(&s, batch(9, 0, INT32_MAX - 1, 4), 8, 4);
    producer_snapshot_encode(&s, &file);
    assert_int_equal(file.n, 10 + 2 * 46);
    assert_int_equal(producer_snapshot_decode(&t, buf_slice(&file)), ERR_OK);
    assert_int_equal(producer_decide(&t, &again, true, 0, &old), PRODUCER_DUPLICATE);
    assert_int_equal(old.base_offset, 4);
    assert_int_equal(decide(&t, batch(7, 3, 8, 1)), PRODUCER_APPEND);
    assert_int_equal(decide(&t, batch(7, 3, 0, 4)), PRODUCER_OUT_OF_ORDER);
    assert_int_equal(decide(&t, batch(9, 0, INT32_MAX - 1, 4)), PRODUCER_DUPLICATE);
    assert_int_equal(decide(&t, batch(9, 0, 2, 1)), PRODUCER_APPEND);
    producer_state_done(&s);
    producer_state_done(&t);
}

static void a_damaged_snapshot_is_not_believed(void **state)
{
    struct producer_state s = { 0 }, t = { 0 };
    OWNED_BUF file = { 0 };

    (void)state;
    append(&s, batch(7, 0, 0, 4), 0, 4);
    producer_snapshot_encode(&s, &file);
    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(producer_snapshot_decode(&t, slice_make(file.p, n)), ERR_CORRUPT);
    for (size_t i = 0; i < file.n; i++) {
        file.p[i] ^= 0x40;
        assert_int_equal(producer_snapshot_decode(&t, buf_slice(&file)), ERR_CORRUPT);
        file.p[i] ^= 0x40;
    }
    assert_int_equal(producer_state_n(&t), 0);
    producer_state_done(&s);
    producer_state_done(&t);
}

static void the_silent_are_forgotten(void **state)
{
    struct producer_state s = { 0 };

    (void)state;
    append(&s, batch(7, 0, 0, 1), 0, 1);     /* at 1000 */
    append(&s, batch(8, 0, 0, 1), 5000, 1);  /* at 6000 */
    producer_state_expire(&s, 7000, 2000);
    assert_int_equal(producer_state_n(&s), 1);
    assert_int_equal(decide(&s, batch(8, 0, 1, 1)), PRODUCER_APPEND);
    producer_state_done(&s);
}

static void a_cut_below_what_was_applied_forgets_all(void **state)
{
    struct producer_state s = { 0 };

    (void)state;
    append(&s, batch(7, 0, 0, 4), 0, 4);
    assert_true(producer_state_cut(&s, 4));
    assert_false(producer_state_cut(&s, 3));
    assert_int_equal(producer_state_n(&s), 0);
}

/* --- transactions --- */

static struct producer_batch in_txn(int64_t id, int16_t epoch, int32_t first, int32_t count)
{
    struct producer_batch b = batch(id, epoch, first, count);

    b.transactional = true;
    return b;
}

static struct producer_marker marker(int64_t id, int16_t epoch, bool commit)
{
    return (struct producer_marker){ .producer_id = id, .epoch = epoch, .commit = commit,
                                     .coordinator_epoch = 3, .version = 1, .timestamp = 9000 };
}

/* The marker at `offset`; whether it ended a transaction. */
static bool end(struct producer_state *s, struct producer_marker m, int64_t offset, struct producer_txn *ret)
{
    bool ended;

    m.offset = offset;
    ended = producer_marker_apply(s, &m, ret);
    producer_state_check(s);
    return ended;
}

static void open_transactions_hold_the_last_stable_offset(void **state)
{
    struct producer_state s = { 0 };
    struct producer_txn t;

    (void)state;
    append(&s, in_txn(7, 0, 0, 2), 10, 2);
    append(&s, in_txn(8, 0, 0, 2), 12, 2);
    assert_int_equal(producer_state_last_stable(&s, 14), 10);
    assert_int_equal(producer_state_last_stable(&s, 5), 5);
    assert_true(end(&s, marker(7, 0, false), 14, &t));
    assert_true(t.aborted && t.producer_id == 7);
    assert_int_equal(t.first_offset, 10);
    assert_int_equal(t.last_offset, 14);
    assert_int_equal(t.last_stable_offset, 12); /* 8 is open still */
    assert_int_equal(producer_state_last_stable(&s, 14), 10); /* the marker is not replicated */
    assert_int_equal(producer_state_last_stable(&s, 15), 12);
    assert_true(end(&s, marker(8, 0, true), 15, &t));
    assert_false(t.aborted);
    assert_int_equal(t.last_stable_offset, 16);
    assert_int_equal(producer_state_last_stable(&s, 16), 16);
    assert_false(end(&s, marker(8, 0, true), 16, &t)); /* nothing was open */
    producer_state_done(&s);
}

static void a_long_transaction_keeps_nothing_of_the_others(void **state)
{
    struct producer_state s = { 0 };
    struct producer_txn t;
    int64_t offset = 1;

    (void)state;
    append(&s, in_txn(7, 0, 0, 1), 0, 1);
    for (int i = 0; i < 1000; i++) {
        append(&s, in_txn(8, 0, i, 1), offset++, 1);
        assert_true(end(&s, marker(8, 0, i % 2), offset++, &t));
        assert_int_equal(producer_state_last_stable(&s, offset), 0);
        assert_true(list_empty(&s.ended));
    }
    assert_true(end(&s, marker(7, 0, true), offset++, &t));
    assert_int_equal(producer_state_last_stable(&s, offset), offset);
    assert_true(list_empty(&s.txns));
    producer_state_done(&s);
}

static void a_transaction_begins_with_a_ticket_alone(void **state)
{
    struct producer_batch first = in_txn(7, 0, 0, 2), second = in_txn(7, 0, 2, 1), old;
    struct producer_state s = { 0 };
    struct producer_txn t;
    uint64_t ticket;

    (void)state;
    assert_true(producer_needs_ticket(&s, &first));
    assert_int_equal(decide(&s, first), PRODUCER_NO_TXN);
    assert_int_equal(producer_decide(&s, &first, false, 0, &old), PRODUCER_APPEND);
    ticket = producer_verify(&s, &first, false, 0);
    assert_int_equal(producer_verify(&s, &second, false, 0), ticket);
    assert_int_equal(producer_decide(&s, &first, true, ticket + 1, &old), PRODUCER_NO_TXN);
    assert_int_equal(producer_decide(&s, &second, true, ticket, &old), PRODUCER_OUT_OF_ORDER);
    assert_int_equal(producer_decide(&s, &first, true, ticket, &old), PRODUCER_APPEND);
    append(&s, first, 0, 2);
    assert_false(producer_needs_ticket(&s, &second));
    assert_int_equal(decide(&s, second), PRODUCER_APPEND);
    assert_int_equal(decide(&s, batch(7, 0, 2, 1)), PRODUCER_NO_TXN); /* outside of the open one */
    /* A marker that comes while the coordinator is asked makes the ticket void. */
    assert_true(end(&s, marker(7, 0, false), 2, &t));
    ticket = producer_verify(&s, &second, false, 0);
    (void)end(&s, marker(7, 0, false), 3, &t);
    assert_int_equal(producer_decide(&s, &second, true, ticket, &old), PRODUCER_NO_TXN);
    producer_state_done(&s);
}

static void a_producer_that_bumps_epochs_begins_at_zero(void **state)
{
    struct producer_batch late = in_txn(7, 4, 5, 1), old;
    struct producer_state s = { 0 };
    struct producer_txn t;
    uint64_t ticket;

    (void)state;
    ticket = producer_verify(&s, &late, true, 0);
    assert_int_equal(producer_decide(&s, &late, true, ticket, &old), PRODUCER_OUT_OF_ORDER);
    late = in_txn(7, 5, 0, 1);
    ticket = producer_verify(&s, &late, true, 0);
    assert_int_equal(producer_decide(&s, &late, true, ticket, &old), PRODUCER_APPEND);
    append(&s, late, 0, 1);
    assert_true(end(&s, marker(7, 6, true), 1, &t)); /* the marker has the next epoch */
    assert_int_equal(decide(&s, in_txn(7, 5, 1, 1)), PRODUCER_OLD_EPOCH);
    ticket = producer_verify(&s, &(struct producer_batch){ .producer_id = 7, .epoch = 6 }, true, 0);
    late = in_txn(7, 6, 1, 1);
    assert_int_equal(producer_decide(&s, &late, true, ticket, &old), PRODUCER_OUT_OF_ORDER);
    late = in_txn(7, 6, 0, 1);
    assert_int_equal(producer_decide(&s, &late, true, ticket, &old), PRODUCER_APPEND);
    producer_state_done(&s);
}

static void markers_are_fenced_by_epochs(void **state)
{
    struct producer_marker m = marker(7, 5, true);
    struct producer_state s = { 0 };
    struct producer_txn t;

    (void)state;
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_APPEND); /* unknown: it fences */
    append(&s, in_txn(7, 5, 0, 1), 0, 1);
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_APPEND);
    m.epoch = 4;
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_OLD_EPOCH);
    m.epoch = 5;
    m.version = TRANSACTION_V2;
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_OLD_EPOCH); /* not bumped */
    m.epoch = 6;
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_APPEND);
    assert_true(end(&s, m, 1, &t));
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_APPEND); /* the same again */
    m.coordinator_epoch = 2;
    assert_int_equal(producer_marker_decide(&s, &m), PRODUCER_OLD_COORDINATOR);
    producer_state_done(&s);
}

static void a_snapshot_keeps_open_transactions(void **state)
{
    struct producer_state s = { 0 }, u = { 0 };
    struct producer_view v;
    struct producer_txn t;
    OWNED_BUF file = { 0 };

    (void)state;
    for (int i = 0; i < 20; i++)
        append(&s, in_txn(100 - i, 0, 0, 1), i, 1);
    assert_true(end(&s, marker(90, 0, true), 20, &t));
    producer_snapshot_encode(&s, &file);
    assert_ok(producer_snapshot_decode(&u, buf_slice(&file)));
    producer_state_check(&u);
    assert_int_equal(producer_state_last_stable(&u, 21), 0);
    assert_true(producer_state_find(&u, 90, &v));
    assert_int_equal(v.txn_first_offset, -1);
    assert_int_equal(v.coordinator_epoch, 3);
    assert_true(producer_state_find(&u, 91, &v));
    assert_int_equal(v.txn_first_offset, 9);
    assert_true(end(&u, marker(100, 0, true), 21, &t));
    assert_int_equal(producer_state_last_stable(&u, 22), 1);
    producer_state_done(&s);
    producer_state_done(&u);
}

/* Offsets of consumer groups: one after the other, each once. */
static void a_coordinators_batches_have_no_sequence(void **state)
{
    struct producer_batch b = in_txn(7, 2, -1, 1), old;
    struct producer_state s = { 0 }, loaded = { 0 };
    struct producer_view view;
    OWNED_BUF file = { 0 };

    (void)state;
    b.last_sequence = -1;
    append(&s, b, 10, 2);
    assert_int_equal(producer_decide(&s, &b, true, 0, &old), PRODUCER_APPEND);
    append(&s, b, 12, 3);
    b.epoch = 1;
    assert_int_equal(producer_decide(&s, &b, true, 0, &old), PRODUCER_OLD_EPOCH);
    producer_snapshot_encode(&s, &file);
    assert_ok(producer_snapshot_decode(&loaded, buf_slice(&file)));
    assert_true(producer_state_find(&loaded, 7, &view));
    assert_int_equal(view.last_sequence, -1);
    assert_int_equal(view.last_offset, 14);
    assert_int_equal(view.offset_delta, 2);
    assert_int_equal(view.txn_first_offset, 10);
    assert_int_equal(decide(&loaded, in_txn(7, 2, 0, 1)), PRODUCER_APPEND);
    producer_state_done(&s);
    producer_state_done(&loaded);
}

static void who_is_in_a_transaction_is_not_forgotten(void **state)
{
    struct producer_state s = { 0 };

    (void)state;
    append(&s, in_txn(7, 0, 0, 1), 0, 1);
    append(&s, batch(8, 0, 0, 1), 1, 1);
    (void)producer_verify(&s, &(struct producer_batch){ .producer_id = 9 }, false, 500);
    producer_state_expire(&s, 1000000, 1000);
    assert_int_equal(producer_state_n(&s), 1);
    assert_int_equal(s.tickets.n, 0);
    assert_int_equal(producer_state_last_stable(&s, 2), 0);
    producer_state_done(&s);
}

/* A replica that changes its directory takes over what its copy has read. */
static void what_another_knew_is_moved_whole(void **state)
{
    struct producer_state *from = mem_new(struct producer_state), to = { 0 };
    struct producer_txn t;

    (void)state;
    append(&to, in_txn(5, 0, 0, 1), 0, 1);
    append(from, in_txn(7, 0, 0, 2), 10, 2);
    append(from, in_txn(8, 0, 0, 2), 12, 2);
    assert_true(end(from, marker(8, 0, true), 14, &t));
    producer_state_move(&to, from);
    producer_state_check(from);
    assert_int_equal(producer_state_n(from), 0);
    producer_state_done(from);
    mem_free(from);
    producer_state_check(&to);
    assert_int_equal(producer_state_n(&to), 2);
    assert_int_equal(producer_state_last_stable(&to, 15), 10);
    assert_true(end(&to, marker(7, 0, true), 15, &t));
    assert_int_equal(producer_state_last_stable(&to, 16), 16);
    assert_true(list_empty(&to.txns) && list_empty(&to.ended));
    producer_state_done(&to);
}

static void what_knew_nobody_is_moved_too(void **state)
{
    struct producer_state from = { 0 }, to = { 0 };

    (void)state;
    producer_state_move(&to, &from);
    producer_state_check(&to);
    append(&to, in_txn(7, 0, 0, 2), 0, 2);
    assert_int_equal(producer_state_last_stable(&to, 2), 0);
    assert_int_equal(producer_state_last_stable(&from, 2), 2);
    producer_state_done(&to);
}

TEST_MAIN(TEST(sequences_must_follow_without_a_gap),
          TEST(one_of_the_last_five_batches_again_is_a_duplicate),
          TEST(a_new_epoch_starts_at_zero_and_fences_the_old),
          TEST(sequences_start_over_after_the_largest),
          TEST(a_snapshot_keeps_the_last_batch_of_each), TEST(a_damaged_snapshot_is_not_believed),
          TEST(the_silent_are_forgotten), TEST(a_cut_below_what_was_applied_forgets_all),
          TEST(open_transactions_hold_the_last_stable_offset),
          TEST(a_long_transaction_keeps_nothing_of_the_others),
          TEST(a_transaction_begins_with_a_ticket_alone),
          TEST(a_producer_that_bumps_epochs_begins_at_zero), TEST(markers_are_fenced_by_epochs),
          TEST(a_snapshot_keeps_open_transactions), TEST(who_is_in_a_transaction_is_not_forgotten),
          TEST(a_coordinators_batches_have_no_sequence), TEST(what_another_knew_is_moved_whole),
          TEST(what_knew_nobody_is_moved_too))
