#include "tests/lib/test.h"

#include "broker/replica/throttle.h"

static struct throttle throttle_of(int64_t bytes_per_s)
{
    struct throttle t;

    throttle_init(&t, 11, 1000, 1000);
    t.bytes_per_s = bytes_per_s;
    return t;
}

static void without_a_rate_nothing_is_too_fast(void **state)
{
    struct throttle t = throttle_of(INT64_MAX);

    (void)state;
    throttle_record(&t, INT64_MAX / 4, 1000);
    assert_false(throttle_exceeded(&t, 1000));
    assert_int_equal(throttle_wait_ms(&t, 1000), 0);
}

static void a_rate_holds_over_many_seconds(void **state)
{
    struct throttle t = throttle_of(1000);
    int64_t copied = 0;

    (void)state;
    for (int64_t now = 1000; now < 61000; now += 10)
        if (!throttle_exceeded(&t, now)) {
            throttle_record(&t, 100, now);
            copied += 100;
        }
    assert_in_range(copied, 55000, 65000);
}

static void what_a_quiet_time_has_saved_does_not_go_in_one_burst(void **state)
{
    struct throttle t = throttle_of(20000000);
    int64_t copied = 0;

    (void)state;
    for (int64_t now = 100000; now < 101000; now++)
        if (!throttle_exceeded(&t, now)) {
            throttle_record(&t, throttle_step_bytes(&t), now);
            copied += throttle_step_bytes(&t);
        }
    assert_in_range(copied, 18000000, 20500000);
}

static void a_step_is_a_moment_of_the_rate(void **state)
{
    struct throttle none = throttle_of(INT64_MAX), fast = throttle_of(100000000), slow = throttle_of(1);

    (void)state;
    assert_true(throttle_step_bytes(&none) == INT64_MAX);
    assert_int_equal(throttle_step_bytes(&fast), 1000000);
    assert_int_equal(throttle_step_bytes(&slow), THROTTLE_STEP_BYTES_MIN);
}

static void what_was_exceeded_is_not_after_the_wait(void **state)
{
    struct throttle t = throttle_of(1000);
    int64_t now = 5000, wait;

    (void)state;
    throttle_record(&t, 4500, now);
    assert_true(throttle_exceeded(&t, now));
    while ((wait = throttle_wait_ms(&t, now))) {
        assert_in_range(wait, 1, 1000);
        now += wait;
    }
    assert_in_range(now, 5000, 9600);
    assert_false(throttle_exceeded(&t, now));
}

static void a_rate_of_nothing_lets_nothing_through_once_something_went(void **state)
{
    struct throttle t = throttle_of(0);

    (void)state;
    assert_false(throttle_exceeded(&t, 1000));
    throttle_record(&t, 1, 1000);
    assert_true(throttle_exceeded(&t, 2000));
    assert_int_equal(throttle_wait_ms(&t, 2000), 1000);
}

static void what_is_older_than_all_samples_is_forgotten(void **state)
{
    struct throttle t = throttle_of(10);

    (void)state;
    throttle_record(&t, 1000000, 1000);
    assert_true(throttle_exceeded(&t, 11000));
    assert_false(throttle_exceeded(&t, 12001));
}

static void a_list_names_partitions_on_brokers_or_all(void **state)
{
    (void)state;
    assert_true(throttle_names("*", 7, 3));
    assert_true(throttle_names("0:1,7:3", 7, 3));
    assert_true(throttle_names("0:1, 7:3", 7, 3));
    assert_false(throttle_names("0:1,7:2,17:3,7:33", 7, 3));
    assert_false(throttle_names("", 7, 3));
    assert_false(throttle_names(NULL, 7, 3));
    assert_false(throttle_names("none", 0, 0));
}

TEST_MAIN(TEST(without_a_rate_nothing_is_too_fast), TEST(a_rate_holds_over_many_seconds),
          TEST(what_a_quiet_time_has_saved_does_not_go_in_one_burst), TEST(a_step_is_a_moment_of_the_rate),
          TEST(what_was_exceeded_is_not_after_the_wait),
          TEST(a_rate_of_nothing_lets_nothing_through_once_something_went),
          TEST(what_is_older_than_all_samples_is_forgotten),
          TEST(a_list_names_partitions_on_brokers_or_all))
