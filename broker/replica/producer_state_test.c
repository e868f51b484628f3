#include "broker/replica/producer_state.h"

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

    return producer_decide(s, &b, &old);
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
    assert_int_equal(producer_decide(&s, &again, &old), PRODUCER_DUPLICATE);
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
    producer_state_encode(&s, &file);
    assert_int_equal(file.n, 10 + 2 * 46);
    assert_int_equal(producer_state_decode(&t, buf_slice(&file)), ERR_OK);
    assert_int_equal(producer_decide(&t, &again, &old), PRODUCER_DUPLICATE);
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
    producer_state_encode(&s, &file);
    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(producer_state_decode(&t, slice_make(file.p, n)), ERR_CORRUPT);
    for (size_t i = 0; i < file.n; i++) {
        file.p[i] ^= 0x40;
        assert_int_equal(producer_state_decode(&t, buf_slice(&file)), ERR_CORRUPT);
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

TEST_MAIN(TEST(sequences_must_follow_without_a_gap),
          TEST(one_of_the_last_five_batches_again_is_a_duplicate),
          TEST(a_new_epoch_starts_at_zero_and_fences_the_old),
          TEST(sequences_start_over_after_the_largest),
          TEST(a_snapshot_keeps_the_last_batch_of_each), TEST(a_damaged_snapshot_is_not_believed),
          TEST(the_silent_are_forgotten), TEST(a_cut_below_what_was_applied_forgets_all))
