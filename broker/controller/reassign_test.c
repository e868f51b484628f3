#include <stdio.h>

#include "api/kafka/msg/list_partition_reassignments.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct partition_state *r0(const struct world *w)
{
    return image_partition(w->image, str_of("r"), 0);
}

static void assert_ids(const int32_t *ids, int32_t n, const char *expected)
{
    char text[64] = "";

    for (int32_t i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", i ? "," : "", ids[i]);
    assert_string_equal(text, expected);
}

static void assert_moving(const struct world *w, const char *replicas, const char *adding,
                          const char *removing)
{
    const struct partition_state *p = r0(w);

    assert_ids(p->replicas, p->replicas_n, replicas);
    assert_ids(p->adding, p->adding_n, adding);
    assert_ids(p->removing, p->removing_n, removing);
}

#define IDS(...) (int32_t[]){ __VA_ARGS__ }, (int32_t)(sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t))

/* Brokers 1..5, r-0 on 1, 2, 3. */
static void open_r(struct world *w, bool elr)
{
    world_open(w, elr);
    world_brokers(w, 5);
    assert_int_equal(world_assign(w, "r", IDS(1, 2, 3)), 0);
}

static int32_t listed(struct world *w)
{
    struct kf_list_partition_reassignments_request r = { 1000, NULL, -1 };
    const struct kf_list_partition_reassignments_response *res =
        world_decide(w, KF_API_LIST_PARTITION_REASSIGNMENTS, &r);

    return res->topics_n ? res->topics[0].partitions_n : 0;
}

static void a_reassignment_ends_when_the_new_replicas_are_in_sync(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, IDS(4, 2, 5)), 0);
    assert_moving(&w, "4,2,5,1,3", "4,5", "1,3");
    assert_int_equal(r0(&w)->leader, 1);
    assert_int_equal(r0(&w)->leader_epoch, 0); /* nobody was dropped yet */
    assert_int_equal(listed(&w), 1);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3, 4)), 0);
    assert_moving(&w, "4,2,5,1,3", "4,5", "1,3");
    /* The leader is among those that leave: it is told to look for the new one. */
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3, 4, 5)), KF_ERR_NEW_LEADER_ELECTED);
    assert_moving(&w, "4,2,5", "", "");
    assert_ids(r0(&w)->isr, r0(&w)->isr_n, "2,4,5");
    assert_int_equal(r0(&w)->leader, 4);
    assert_int_equal(r0(&w)->leader_epoch, 1);
    assert_int_equal(listed(&w), 0);
    world_close(&w);
}

static void a_leader_that_stays_keeps_leading_in_a_new_epoch(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, IDS(4, 1, 2)), 0);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3, 4)), 0);
    assert_moving(&w, "4,1,2", "", "");
    assert_int_equal(r0(&w)->leader, 1);
    assert_int_equal(r0(&w)->leader_epoch, 1); /* a replica was dropped */
    world_close(&w);
}

static void a_reassignment_that_only_reorders_or_shrinks_ends_at_once(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, IDS(3, 2, 1)), 0);
    assert_moving(&w, "3,2,1", "", "");
    assert_int_equal(r0(&w)->leader, 1);
    assert_int_equal(r0(&w)->leader_epoch, 0);
    assert_int_equal(world_move(&w, "r", 0, IDS(3)), 0);
    assert_moving(&w, "3", "", "");
    assert_int_equal(r0(&w)->leader, 3);
    assert_ids(r0(&w)->isr, r0(&w)->isr_n, "3");
    world_close(&w);
}

static void a_shrink_waits_until_all_that_stay_are_in_sync(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2)), 0);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 3)), 0);
    assert_moving(&w, "1,3,2", "", "2");
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3)), 0);
    assert_moving(&w, "1,3", "", "");
    world_close(&w);
}

static void a_cancelled_reassignment_goes_back(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, NULL, -1), KF_ERR_NO_REASSIGNMENT_IN_PROGRESS);
    assert_int_equal(world_move(&w, "r", 0, IDS(4, 5, 1)), 0);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3, 4)), 0);
    assert_int_equal(world_move(&w, "r", 0, NULL, -1), 0);
    assert_moving(&w, "1,2,3", "", "");
    assert_ids(r0(&w)->isr, r0(&w)->isr_n, "1,2,3");
    assert_int_equal(r0(&w)->leader_epoch, 1);
    world_close(&w);
}

static void going_back_needs_one_of_the_old_in_sync_or_leave_to_lose(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, IDS(4, 5)), 0);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 4)), 0);
    world_beat(&w, 1, true, false);
    assert_int_equal(r0(&w)->leader, 4);
    assert_ids(r0(&w)->isr, r0(&w)->isr_n, "4");
    assert_int_equal(world_move(&w, "r", 0, NULL, -1), KF_ERR_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(world_configure(&w, 2, "r", "unclean.leader.election.enable", 0, "true"), 0);
    assert_int_equal(world_move(&w, "r", 0, NULL, -1), 0);
    assert_ids(r0(&w)->replicas, r0(&w)->replicas_n, "1,2,3");
    assert_true(r0(&w)->leader == 2);
    world_close(&w);
}

static void a_new_reassignment_takes_the_place_of_the_one_under_way(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 2, 4)), 0);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3)), 0);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 2, 5)), 0);
    assert_moving(&w, "1,2,5,3", "5", "3");
    assert_int_equal(r0(&w)->leader_epoch, 1); /* 4 was dropped */
    assert_int_equal(world_move(&w, "r", 0, NULL, -1), 0);
    assert_moving(&w, "1,2,3", "", "");
    world_close(&w);
}

static void the_last_one_in_sync_is_never_dropped(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, IDS(4)), 0);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 4)), KF_ERR_NEW_LEADER_ELECTED);
    assert_moving(&w, "4", "", "");
    assert_int_equal(world_move(&w, "r", 0, IDS(5)), 0);
    assert_moving(&w, "5,4", "5", "4");
    assert_int_equal(world_isr(&w, "r", 0, IDS(4)), 0);
    assert_int_equal(world_move(&w, "r", 0, IDS(2)), 0);
    assert_moving(&w, "2,4", "2", "4");
    assert_int_equal(r0(&w)->leader, 4);
    world_close(&w);
}

static void a_list_of_replicas_is_checked(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_move(&w, "r", 0, NULL, 0), KF_ERR_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 1)), KF_ERR_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 9)), KF_ERR_INVALID_REPLICA_ASSIGNMENT);
    assert_int_equal(world_move(&w, "r", 1, IDS(1, 2)), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(world_move(&w, "x", 0, IDS(1, 2)), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    w.factor_fixed = true;
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 2)), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 2, 4)), 0);
    assert_int_equal(world_grow(&w, "r", 2), KF_ERR_REASSIGNMENT_IN_PROGRESS);
    world_close(&w);
}

static void a_reassignment_ends_too_when_a_fence_makes_it_complete(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, false);
    assert_int_equal(world_move(&w, "r", 0, IDS(1, 2, 4)), 0);
    world_beat(&w, 3, true, false);
    assert_moving(&w, "1,2,4,3", "4", "3");
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 4)), 0);
    assert_moving(&w, "1,2,4", "", "");
    world_close(&w);
}

TEST_MAIN(TEST(a_reassignment_ends_when_the_new_replicas_are_in_sync),
          TEST(a_leader_that_stays_keeps_leading_in_a_new_epoch),
          TEST(a_reassignment_that_only_reorders_or_shrinks_ends_at_once),
          TEST(a_shrink_waits_until_all_that_stay_are_in_sync),
          TEST(a_cancelled_reassignment_goes_back),
          TEST(going_back_needs_one_of_the_old_in_sync_or_leave_to_lose),
          TEST(a_new_reassignment_takes_the_place_of_the_one_under_way),
          TEST(the_last_one_in_sync_is_never_dropped), TEST(a_list_of_replicas_is_checked),
          TEST(a_reassignment_ends_too_when_a_fence_makes_it_complete))
