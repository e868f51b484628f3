#include "common/mem.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define IDS(...) (int32_t[]){ __VA_ARGS__ }, (int32_t)(sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t))
#define UNCLEAN "unclean.leader.election.enable"

static const struct partition_state *r0(const struct world *w)
{
    return image_partition(w->image, str_of("r"), 0);
}

/* Three brokers, r-0 on 1, 2, 3. */
static void open_r(struct world *w, bool elr)
{
    world_open(w, elr);
    world_brokers(w, 3);
    assert_int_equal(world_assign(w, "r", IDS(1, 2, 3)), 0);
}

/* 1 leads alone, then falls: 2 and 3 are up but behind. */
static void lose_leader(struct world *w)
{
    assert_int_equal(world_isr(w, "r", 0, IDS(1)), 0);
    world_beat(w, 1, true, false);
    assert_int_equal(r0(w)->leader, -1);
}

static void the_preferred_leader_comes_back_on_request(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_elect(&w, 0, "r", 0), KF_ERR_ELECTION_NOT_NEEDED);
    assert_int_equal(world_elect(&w, 0, "r", 7), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(world_elect(&w, 0, "no", 0), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    world_beat(&w, 1, true, false);
    assert_int_equal(r0(&w)->leader, 2);
    world_beat(&w, 1, false, false);
    assert_int_equal(world_elect(&w, 0, "r", 0), KF_ERR_PREFERRED_LEADER_NOT_AVAILABLE);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3)), 0);
    assert_int_equal(world_elect(&w, 0, "r", 0), 0);
    assert_int_equal(r0(&w)->leader, 1);
    world_close(&w);
}

static void preferred_leaders_come_back_by_themselves_in_time(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    world_beat(&w, 1, true, false);
    world_beat(&w, 1, false, false);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2, 3)), 0);
    world_tick(&w);
    assert_int_equal(r0(&w)->leader, 2);
    w.now_ms += 300000;
    for (int32_t id = 1; id <= 3; id++)
        world_beat(&w, id, false, false);
    world_tick(&w);
    world_tick(&w);
    assert_int_equal(r0(&w)->leader, 1);
    world_close(&w);
}

static void nobody_who_is_behind_leads_unless_asked_to(void **state)
{
    struct world w;

    (void)state;
    for (int elr = 0; elr < 2; elr++) {
        open_r(&w, elr);
        lose_leader(&w);
        assert_int_equal(world_elect(&w, 0, "r", 0), KF_ERR_PREFERRED_LEADER_NOT_AVAILABLE);
        assert_int_equal(world_elect(&w, 1, "r", 0), 0);
        assert_int_equal(r0(&w)->leader, 2);
        assert_int_equal(r0(&w)->leader_recovery, 1);
        assert_int_equal(r0(&w)->isr_n, 1);
        assert_int_equal(r0(&w)->elr_n, 0);
        assert_int_equal(world_elect(&w, 1, "r", 0), KF_ERR_ELECTION_NOT_NEEDED);
        world_close(&w);
    }
}

static void with_nobody_up_there_is_nobody_to_elect(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    lose_leader(&w);
    world_beat(&w, 2, true, false);
    world_beat(&w, 3, true, false);
    assert_int_equal(world_elect(&w, 1, "r", 0), KF_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE);
    world_close(&w);
}

static void a_config_that_allows_unclean_leaders_elects_at_once(void **state)
{
    static const struct {
        int8_t type;
        const char *name;
        int32_t leader;
    } cases[] = { { 2, "r", 2 }, { 4, "", 2 }, { 4, "0", 2 }, { 4, "2", -1 } };
    struct world w;

    (void)state;
    for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
        open_r(&w, true);
        w.core.node_id = 0;
        world_enlist(&w, 0, 1, "a");
        lose_leader(&w);
        assert_int_equal(world_configure(&w, cases[n].type, cases[n].name, UNCLEAN, 0, "true"), 0);
        assert_int_equal(r0(&w)->leader, cases[n].leader);
        world_close(&w);
    }
    open_r(&w, true);
    assert_int_equal(world_configure(&w, 2, "r", UNCLEAN, 0, "false"), 0);
    lose_leader(&w);
    assert_int_equal(world_configure(&w, 4, "", UNCLEAN, 0, "true"), 0);
    assert_int_equal(r0(&w)->leader, -1); /* the topic's own value stands */
    world_close(&w);
}

static void whoever_had_everything_below_min_isr_may_lead(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_configure(&w, 2, "r", "min.insync.replicas", 0, "2"), 0);
    world_beat(&w, 3, true, false);
    assert_int_equal(r0(&w)->elr_n, 0); /* two are enough */
    world_beat(&w, 2, true, false);
    assert_int_equal(r0(&w)->isr_n, 1);
    assert_int_equal(r0(&w)->elr_n, 1);
    assert_int_equal(r0(&w)->elr[0], 2);
    world_beat(&w, 1, true, false);
    assert_int_equal(r0(&w)->leader, -1);
    assert_int_equal(r0(&w)->elr_n, 2);
    assert_int_equal(r0(&w)->last_known_elr[0], 1);
    world_beat(&w, 3, false, false);
    assert_int_equal(r0(&w)->leader, -1); /* 3 misses what was acknowledged since */
    world_beat(&w, 2, false, false);
    assert_int_equal(r0(&w)->leader, 2);
    assert_int_equal(r0(&w)->leader_recovery, 0);
    world_close(&w);
}

static void an_unclean_shutdown_costs_the_place_in_isr_and_elr(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_configure(&w, 2, "r", "min.insync.replicas", 0, "2"), 0);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2)), 0);
    world_beat(&w, 2, true, false);
    assert_int_equal(r0(&w)->elr[0], 2);
    assert_int_equal(world_enlist_after(&w, 2, 2, "a", -1), 0);
    assert_int_equal(r0(&w)->elr_n, 0);
    /* The leader itself: nobody is left, and it is remembered. */
    w.now_ms += 10000;
    assert_int_equal(world_enlist_after(&w, 1, 2, "a", -1), 0);
    assert_int_equal(r0(&w)->leader, -1);
    assert_int_equal(r0(&w)->isr_n + r0(&w)->elr_n, 0);
    assert_int_equal(r0(&w)->last_known_elr[0], 1);
    world_beat(&w, 2, false, false);
    assert_int_equal(r0(&w)->leader, -1);
    world_beat(&w, 1, false, false);
    assert_int_equal(r0(&w)->leader, 1);
    assert_int_equal(r0(&w)->leader_recovery, 1); /* it may have lost something, and says so */
    world_close(&w);
}

static void a_clean_restart_keeps_the_place_in_the_elr(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1)), 0);
    w.now_ms += 10000;
    assert_int_equal(world_enlist(&w, 1, 2, "a"), 0);
    assert_int_equal(r0(&w)->elr_n, 1);
    world_beat(&w, 1, false, false);
    assert_int_equal(r0(&w)->leader, 1);
    assert_int_equal(r0(&w)->leader_recovery, 0);
    world_close(&w);
}

static void another_min_isr_clears_the_elr_but_not_a_leaderless_one(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, true);
    assert_int_equal(world_configure(&w, 2, "r", "min.insync.replicas", 0, "2"), 0);
    world_beat(&w, 3, true, false);
    world_beat(&w, 2, true, false);
    assert_int_equal(r0(&w)->elr_n, 1);
    assert_int_equal(world_configure(&w, 2, "r", "min.insync.replicas", 0, "3"), 0);
    assert_int_equal(r0(&w)->elr_n, 0);
    world_beat(&w, 1, true, false);
    assert_int_equal(r0(&w)->elr_n, 1);
    assert_int_equal(world_configure(&w, 2, "r", "min.insync.replicas", 0, "1"), 0);
    assert_int_equal(r0(&w)->elr_n, 1);
    assert_int_equal(r0(&w)->elr[0], 1);
    world_close(&w);
}

static void a_smaller_isr_leaves_the_leader_epoch(void **state)
{
    struct world w;

    (void)state;
    open_r(&w, false);
    assert_int_equal(world_isr(&w, "r", 0, IDS(1, 2)), 0);
    assert_int_equal(r0(&w)->leader_epoch, 0);
    assert_int_equal(r0(&w)->partition_epoch, 1);
    world_close(&w);
}

static void a_broker_costs_what_it_has(void **state)
{
    struct image_place place;
    struct world w;
    struct call k = { .a = &w.arena };
    size_t at = 0;
    int n = 0;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 3);
    for (int t = 0; t < 20; t++)
        assert_int_equal(world_create(&w, core_text(&k, "t%d", t), 30, 2, NULL, NULL), 0);
    assert_int_equal(image_broker_leads(w.image, 1), 200);
    while (image_broker_partition_next(w.image, 1, IMAGE_IN_ISR, &at, &place))
        n++;
    world_beat(&w, 1, true, false);
    assert_int_equal(w.applied, n + 1);
    assert_int_equal(image_broker_leads(w.image, 1), 0);
    world_beat(&w, 1, false, false);
    assert_int_equal(w.applied, 1); /* nothing waited for it */
    world_close(&w);
}

TEST_MAIN(TEST(the_preferred_leader_comes_back_on_request),
          TEST(preferred_leaders_come_back_by_themselves_in_time),
          TEST(nobody_who_is_behind_leads_unless_asked_to), TEST(with_nobody_up_there_is_nobody_to_elect),
          TEST(a_config_that_allows_unclean_leaders_elects_at_once),
          TEST(whoever_had_everything_below_min_isr_may_lead),
          TEST(an_unclean_shutdown_costs_the_place_in_isr_and_elr),
          TEST(a_clean_restart_keeps_the_place_in_the_elr),
          TEST(another_min_isr_clears_the_elr_but_not_a_leaderless_one),
          TEST(a_smaller_isr_leaves_the_leader_epoch), TEST(a_broker_costs_what_it_has))
