#include "broker/replica/follower.h"

#include "api/kafka/errors.h"
#include "tests/lib/test.h"

/* Offsets 10 to 100, all below 80 committed, epochs up to 5. */
static struct follower_log log_of(int32_t last_epoch)
{
    return (struct follower_log){ .start = 10, .end = 100, .high_watermark = 80,
                                  .last_epoch = last_epoch };
}

static void assert_step(struct follower_step s, enum follower_act act, int64_t offset)
{
    assert_int_equal(s.act, act);
    if (act == FOLLOWER_TRUNCATE || act == FOLLOWER_RESTART)
        assert_int_equal(s.offset, offset);
}

static void a_log_with_epochs_is_fetched_on_and_one_without_is_cut_to_what_is_committed(void **state)
{
    struct follower_log l = log_of(5);

    (void)state;
    assert_step(follower_begin(&l), FOLLOWER_FETCH, 0);
    l = log_of(-1);
    assert_step(follower_begin(&l), FOLLOWER_TRUNCATE, 80);
    l.high_watermark = l.end;
    assert_step(follower_begin(&l), FOLLOWER_FETCH, 0);
}

static struct follower_step diverge(int32_t epoch, int64_t end, int32_t local_epoch, int64_t local_end)
{
    struct follower_answer a = { .diverging_epoch = epoch, .diverging_end = end,
                                 .local_epoch = local_epoch, .local_end = local_end,
                                 .leader_start = 20 };
    struct follower_log l = log_of(5);

    return follower_answer(&l, &a);
}

static void a_diverging_log_is_cut_to_where_both_agree(void **state)
{
    (void)state;
    assert_step(diverge(4, 90, 4, 95), FOLLOWER_TRUNCATE, 90); /* the leader's epoch ends first */
    assert_step(diverge(4, 95, 4, 90), FOLLOWER_TRUNCATE, 90); /* mine does */
    assert_step(diverge(4, 95, 3, 85), FOLLOWER_TRUNCATE, 85); /* 4 is not mine: ask about 3 next */
    assert_step(diverge(4, 120, -1, -1), FOLLOWER_TRUNCATE, 100);
    assert_step(diverge(4, -1, 4, 95), FOLLOWER_TRUNCATE, 80); /* undefined: what is committed */
}

/* Its records below may be others than those that the leader had there, and deleted. */
static void what_diverges_up_to_the_leaders_start_begins_anew_there(void **state)
{
    struct follower_answer a = { .diverging_epoch = 1, .diverging_end = 5, .local_epoch = 1, .local_end = 5,
                                 .leader_start = -1 };
    struct follower_log l = log_of(5);

    (void)state;
    assert_step(diverge(1, 21, 1, 21), FOLLOWER_TRUNCATE, 21);
    assert_step(diverge(1, 20, 1, 20), FOLLOWER_RESTART, 20);
    assert_step(diverge(1, 20, 1, 15), FOLLOWER_RESTART, 20);
    assert_step(diverge(1, 5, 1, 5), FOLLOWER_RESTART, 20); /* nothing agrees */
    assert_step(follower_answer(&l, &a), FOLLOWER_RESTART, 5);
}

static void a_log_that_ends_where_the_leaders_begins_begins_anew(void **state)
{
    struct follower_answer a = { .diverging_epoch = -1, .leader_start = 99 };
    struct follower_log l = log_of(5);

    (void)state;
    assert_step(follower_answer(&l, &a), FOLLOWER_TAKE, 0);
    a.leader_start = 100;
    assert_step(follower_answer(&l, &a), FOLLOWER_RESTART, 100);
    l.start = 100;
    assert_step(follower_answer(&l, &a), FOLLOWER_TAKE, 0);
}

static void out_of_range_asks_where_the_leaders_log_lies(void **state)
{
    struct follower_answer a = { .error = KF_ERR_OFFSET_OUT_OF_RANGE, .diverging_epoch = -1 };
    struct follower_log l = log_of(5);

    (void)state;
    assert_step(follower_answer(&l, &a), FOLLOWER_ASK_LATEST, 0);
    assert_step(follower_latest(&l, 0, 90), FOLLOWER_TRUNCATE, 90);
    assert_step(follower_latest(&l, 0, 100), FOLLOWER_ASK_EARLIEST, 0);
    assert_step(follower_latest(&l, KF_ERR_NOT_LEADER_OR_FOLLOWER, -1), FOLLOWER_BACK_OFF, 0);
    assert_step(follower_earliest(&l, 0, 150), FOLLOWER_RESTART, 150);
    assert_step(follower_earliest(&l, 0, 100), FOLLOWER_FETCH, 0);
    assert_step(follower_earliest(&l, KF_ERR_UNKNOWN_LEADER_EPOCH, -1), FOLLOWER_BACK_OFF, 0);
}

static void other_errors_wait_and_records_are_taken(void **state)
{
    struct follower_answer a = { .error = KF_ERR_NOT_LEADER_OR_FOLLOWER, .diverging_epoch = -1 };
    struct follower_log l = log_of(5);

    (void)state;
    assert_step(follower_answer(&l, &a), FOLLOWER_BACK_OFF, 0);
    a.error = KF_ERR_NONE;
    assert_step(follower_answer(&l, &a), FOLLOWER_TAKE, 0);
}

static void only_a_log_that_cannot_be_written_is_given_up(void **state)
{
    (void)state;
    assert_step(follower_not_appended(ERR_CORRUPT), FOLLOWER_BACK_OFF, 0);
    assert_step(follower_not_appended(ERR_OUT_OF_RANGE), FOLLOWER_BACK_OFF, 0);
    assert_step(follower_not_appended(ERR_NO_SPACE), FOLLOWER_BACK_OFF, 0);
    assert_step(follower_not_appended(ERR_IO), FOLLOWER_GIVE_UP, 0);
}

static void the_high_watermark_stays_within_the_log_and_the_start_below_it(void **state)
{
    struct follower_log l = log_of(5);

    (void)state;
    assert_int_equal(follower_high_watermark(&l, 90), 90);
    assert_int_equal(follower_high_watermark(&l, 120), 100);
    assert_int_equal(follower_high_watermark(&l, -1), 80);
    assert_int_equal(follower_start(&l, 50), 50);
    assert_int_equal(follower_start(&l, 5), 10);
    assert_int_equal(follower_start(&l, 81), 10);
}

static void pauses_grow_up_to_the_limit(void **state)
{
    int64_t ms = 0, last = 0;

    (void)state;
    for (int i = 0; i < 20; i++, last = ms) {
        ms = follower_pause_ms(ms, 1000);
        assert_true(ms > last || ms == 1000);
    }
    assert_int_equal(ms, 1000);
    assert_true(follower_pause_ms(0, 1000) <= 20); /* a new leader hears within moments */
}

TEST_MAIN(TEST(a_log_with_epochs_is_fetched_on_and_one_without_is_cut_to_what_is_committed),
          TEST(a_diverging_log_is_cut_to_where_both_agree),
          TEST(what_diverges_up_to_the_leaders_start_begins_anew_there),
          TEST(a_log_that_ends_where_the_leaders_begins_begins_anew),
          TEST(out_of_range_asks_where_the_leaders_log_lies), TEST(other_errors_wait_and_records_are_taken),
          TEST(only_a_log_that_cannot_be_written_is_given_up),
          TEST(the_high_watermark_stays_within_the_log_and_the_start_below_it),
          TEST(pauses_grow_up_to_the_limit))
