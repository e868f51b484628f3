#include "tests/lib/test.h"

#include "agent/supervise/sync.h"
#include "common/buf.h"

typedef struct kf_metadata_response_metadata_response_partition partition;
typedef struct kf_metadata_response_metadata_response_topic topic;

/* One topic "t" with one partition of replicas 1, 2, 3 and this ISR. */
static int missing(int32_t *isr, int32_t isr_n, int32_t node_id, enum sync_goal goal, char *ret)
{
    int32_t replicas[] = { 1, 2, 3 };
    partition p = { .partition_index = 4, .replica_nodes = replicas, .replica_nodes_n = 3, .isr_nodes = isr,
                    .isr_nodes_n = isr_n };
    topic t = { .name = str_of("t"), .partitions = &p, .partitions_n = 1 };
    struct kf_metadata_response m = { .topics = &t, .topics_n = 1 };

    return sync_missing(&m, node_id, goal, ret);
}

static void a_broker_may_stop_when_all_its_partitions_have_all_replicas_in_sync(void **state)
{
    char text[SYNC_REASON_BYTES];

    (void)state;
    assert_int_equal(missing((int32_t[]){ 1, 2, 3 }, 3, 1, SYNC_MAY_STOP, text), 0);
    assert_string_equal(text, "");
    assert_int_equal(missing((int32_t[]){ 1, 2 }, 2, 1, SYNC_MAY_STOP, text), 1);
    assert_string_equal(text, "waits to stop: 1 partitions are not in sync, such as t-4");
}

static void a_broker_that_is_out_of_sync_keeps_nothing_going_and_may_stop(void **state)
{
    char text[SYNC_REASON_BYTES];

    (void)state;
    assert_int_equal(missing((int32_t[]){ 1, 2 }, 2, 3, SYNC_MAY_STOP, text), 0);
    assert_int_equal(missing((int32_t[]){ 1 }, 1, 4, SYNC_MAY_STOP, text), 0);
}

static void a_broker_has_caught_up_when_it_is_in_sync_wherever_it_has_a_replica(void **state)
{
    char text[SYNC_REASON_BYTES];

    (void)state;
    assert_int_equal(missing((int32_t[]){ 1, 2 }, 2, 3, SYNC_CAUGHT_UP, text), 1);
    assert_string_equal(text, "catches up: 1 partitions are not in sync, such as t-4");
    assert_int_equal(missing((int32_t[]){ 3 }, 1, 3, SYNC_CAUGHT_UP, text), 0);
    assert_int_equal(missing((int32_t[]){ 1 }, 1, 4, SYNC_CAUGHT_UP, text), 0);
}

TEST_MAIN(TEST(a_broker_may_stop_when_all_its_partitions_have_all_replicas_in_sync),
          TEST(a_broker_that_is_out_of_sync_keeps_nothing_going_and_may_stop),
          TEST(a_broker_has_caught_up_when_it_is_in_sync_wherever_it_has_a_replica))
