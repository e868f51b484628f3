#include "agent/supervise/usage.h"

#include "tests/lib/test.h"

typedef struct kf_describe_log_dirs_response_describe_log_dirs_result result;

static void the_directories_of_a_broker_are_added_up(void **state)
{
    result r[] = { { .total_bytes = 100, .usable_bytes = 30 }, { .total_bytes = 50, .usable_bytes = 50 },
                   { .error_code = 56, .total_bytes = 7, .usable_bytes = 1 },
                   { .total_bytes = -1, .usable_bytes = -1 },      /* of an older broker: not known */
                   { .total_bytes = 10, .usable_bytes = 20 } };    /* nothing is used below zero */
    struct kf_describe_log_dirs_response m = { .results = r, .results_n = ARRAY_LEN(r) };
    int64_t used, total;

    (void)state;
    assert_true(usage_sum(&m, &used, &total));
    assert_int_equal(used, 70);
    assert_int_equal(total, 160);
    m.results += 2;
    m.results_n = 2;
    assert_false(usage_sum(&m, &used, &total));
}

static void sizes_that_no_disk_has_are_left_out(void **state)
{
    result r[] = { { .total_bytes = INT64_MAX, .usable_bytes = 0 },
                   { .total_bytes = 100, .usable_bytes = 60 } };
    struct kf_describe_log_dirs_response m = { .results = r, .results_n = 2 };
    int64_t used, total;

    (void)state;
    assert_true(usage_sum(&m, &used, &total));
    assert_int_equal(used, 40);
    assert_int_equal(total, 100);
}

static void replicas_are_counted_once_while_they_move_between_directories(void **state)
{
    typedef struct kf_describe_log_dirs_response_describe_log_dirs_topic topic;
    typedef struct kf_describe_log_dirs_response_describe_log_dirs_partition partition;
    partition p[] = { { .partition_index = 0 }, { .partition_index = 1 }, { .is_future_key = true } };
    topic t[] = { { .partitions = p, .partitions_n = 3 }, { .partitions = p, .partitions_n = 1 } };
    result r[] = { { .topics = t, .topics_n = 2 }, { .topics = t, .topics_n = 1 }, { .topics_n = 0 } };
    struct kf_describe_log_dirs_response m = { .results = r, .results_n = 3 };

    (void)state;
    assert_int_equal(usage_replicas(&m), 5);
}

static void a_step_of_half_a_percent_is_told(void **state)
{
    struct usage u = { .used_bytes = 500, .total_bytes = 1000 };

    (void)state;
    assert_false(usage_differs(&u, 505, 1000));
    assert_true(usage_differs(&u, 506, 1000));
    assert_false(usage_differs(&u, 495, 1000));
    assert_true(usage_differs(&u, 494, 1000));
    assert_true(usage_differs(&u, 500, 1001));
}

TEST_MAIN(TEST(the_directories_of_a_broker_are_added_up), TEST(sizes_that_no_disk_has_are_left_out),
          TEST(replicas_are_counted_once_while_they_move_between_directories),
          TEST(a_step_of_half_a_percent_is_told))
