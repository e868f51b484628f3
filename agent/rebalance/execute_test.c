#include "tests/lib/test.h"

#include <stdio.h>

#include "agent/rebalance/execute.h"
#include "common/rng.h"

/* A cluster as the executor sees it: looks are made of real answers, copies take a few looks. */
enum { BROKERS_MAX = 8, PARTITIONS = 24, SEEDS = 300, STEPS_MAX = 4000, MIB = 1 << 20 };

struct model_partition {
    int32_t replicas[3], target[3], leader;
    int left; /* looks until the move is through; 0: none is under way */
};

struct model {
    struct rng r;
    unsigned brokers_n;
    int32_t drain[3];
    unsigned drain_n;
    struct model_partition partitions[PARTITIONS];
    bool throttled;
    unsigned submitted, elected, taken_back;
    unsigned behind; /* looks that show a partition as it was while it moved */
    struct execute x;
    struct survey s;
};

static bool in_target(const struct model_partition *p, int32_t id)
{
    return survey_holds(p->target, 3, id);
}

/* Of a moving partition the metadata shows old and new replicas together. */
static int32_t put_replicas(const struct model_partition *p, int32_t *to)
{
    int32_t n = 3;

    memcpy(to, p->replicas, sizeof(p->replicas));
    for (int32_t i = 0; p->left && i < 3; i++)
        if (!survey_holds(p->replicas, 3, p->target[i]))
            to[n++] = p->target[i];
    return n;
}

static void answer_metadata(struct model *m, struct arena *a, struct kf_metadata_response *ret)
{
    static const char *const racks[] = { "a", "b", "c" };
    struct kf_metadata_response_metadata_response_broker *b = arena_array(a, m->brokers_n, sizeof(*b));
    struct kf_metadata_response_metadata_response_partition *p = arena_array(a, PARTITIONS, sizeof(*p));
    struct kf_metadata_response_metadata_response_topic *t = arena_new(a, typeof(*t));

    kf_init(&kf_metadata_response_schema, ret);
    for (unsigned i = 0; i < m->brokers_n; i++)
        b[i] = (struct kf_metadata_response_metadata_response_broker){ (int32_t)i + 1, str_of("127.0.0.1"),
                                                                      9092, str_of(racks[i % 3]) };
    for (int32_t i = 0; i < PARTITIONS; i++) {
        p[i].partition_index = i;
        p[i].leader_id = m->partitions[i].leader;
        p[i].replica_nodes = arena_array(a, 6, sizeof(int32_t));
        p[i].replica_nodes_n = put_replicas(&m->partitions[i], p[i].replica_nodes);
        p[i].isr_nodes = p[i].replica_nodes;
        p[i].isr_nodes_n = 3;
    }
    for (int32_t i = 0; m->behind && i < 6; i++)
        p[0].replica_nodes[i] = i + 1;
    if (m->behind) {
        m->behind--;
        p[0].replica_nodes_n = 6;
    }
    t->name = str_of("t");
    t->partitions = p;
    t->partitions_n = PARTITIONS;
    ret->brokers = b;
    ret->brokers_n = (int32_t)m->brokers_n;
    ret->topics = t;
    ret->topics_n = 1;
}

static void answer_ongoing(struct model *m, struct arena *a,
                           struct kf_list_partition_reassignments_response *ret)
{
    struct kf_list_partition_reassignments_response_ongoing_topic_reassignment *t = arena_new(a, typeof(*t));

    kf_init(&kf_list_partition_reassignments_response_schema, ret);
    t->name = str_of("t");
    t->partitions = arena_array(a, PARTITIONS, sizeof(*t->partitions));
    for (int32_t i = 0; i < PARTITIONS; i++)
        if (m->partitions[i].left)
            t->partitions[t->partitions_n++].partition_index = i;
    ret->topics = t;
    ret->topics_n = 1;
}

static void answer_sizes(struct model *m, struct arena *a, int32_t broker,
                         struct kf_describe_log_dirs_response *ret)
{
    struct kf_describe_log_dirs_response_describe_log_dirs_result *d = arena_new(a, typeof(*d));
    struct kf_describe_log_dirs_response_describe_log_dirs_topic *t = arena_new(a, typeof(*t));

    kf_init(&kf_describe_log_dirs_response_schema, ret);
    t->name = str_of("t");
    t->partitions = arena_array(a, PARTITIONS, sizeof(*t->partitions));
    for (int32_t i = 0; i < PARTITIONS; i++)
        if (survey_holds(m->partitions[i].replicas, 3, broker)) {
            t->partitions[t->partitions_n].partition_index = i;
            t->partitions[t->partitions_n++].partition_size = (1 + i % 5) * MIB;
        }
    d->total_bytes = d->usable_bytes = -1;
    d->topics = t;
    d->topics_n = 1;
    ret->results = d;
    ret->results_n = 1;
}

/* Time passes: copies get on. */
static void pass(struct model *m)
{
    for (unsigned i = 0; i < PARTITIONS; i++) {
        struct model_partition *p = &m->partitions[i];

        if (!p->left || --p->left)
            continue;
        memcpy(p->replicas, p->target, sizeof(p->replicas));
        if (!in_target(p, p->leader))
            p->leader = p->replicas[1]; /* anybody in sync */
    }
}

static void look(struct model *m, bool sized)
{
    OWNED_ARENA a = { 0 };
    struct kf_metadata_response metadata;
    struct kf_list_partition_reassignments_response ongoing;
    struct kf_describe_log_dirs_response sizes;

    pass(m);
    answer_metadata(m, &a, &metadata);
    assert_ok(survey_metadata(&m->s, &metadata, m->drain, m->drain_n, NULL));
    answer_ongoing(m, &a, &ongoing);
    assert_ok(survey_ongoing(&m->s, &ongoing, NULL));
    for (int32_t b = 1; sized && b <= (int32_t)m->brokers_n; b++) {
        answer_sizes(m, &a, b, &sizes);
        assert_ok(survey_log_dirs(&m->s, b, &sizes, 0, NULL));
    }
}

static void submit(struct model *m, bool refuse)
{
    m->throttled = true;
    for (unsigned i = 0; i < m->x.batch_n; i++) {
        const struct execute_target *t = &m->x.batch[i];
        struct model_partition *p = &m->partitions[t->partition];

        assert_int_equal(p->left, 0); /* nothing is moved that moves */
        assert_int_equal(t->replicas_n, 3);
        if (refuse && !rng_below(&m->r, 5)) {
            execute_refused(&m->x, t, "INVALID_REPLICA_ASSIGNMENT");
            continue;
        }
        memcpy(p->target, t->replicas, sizeof(p->target));
        p->left = 1 + (int)rng_below(&m->r, 4);
        m->submitted++;
    }
}

static void act(struct model *m, enum execute_action action, bool refuse)
{
    switch (action) {
    case EXECUTE_SUBMIT:
        submit(m, refuse);
        break;
    case EXECUTE_ELECT:
        for (unsigned i = 0; i < m->x.batch_n; i++)
            m->partitions[m->x.batch[i].partition].leader = m->x.batch[i].replicas[0];
        m->elected++;
        break;
    case EXECUTE_UNTIE:
        m->throttled = false;
        break;
    case EXECUTE_TAKE_BACK:
        for (unsigned i = 0; i < PARTITIONS; i++)
            m->partitions[i].left = 0;
        m->taken_back++;
        break;
    default:
        break;
    }
}

static void begin(struct model *m, uint64_t seed, unsigned brokers_n, unsigned used, unsigned drain_n)
{
    memset(m, 0, sizeof(*m));
    rng_seed(&m->r, seed);
    m->brokers_n = brokers_n;
    for (unsigned i = 0; i < drain_n; i++)
        m->drain[m->drain_n++] = (int32_t)(brokers_n - i);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        for (unsigned z = 0; z < 3; z++)
            m->partitions[i].replicas[(z + i) % 3] = (int32_t)(rng_below(&m->r, used / 3) * 3 + z) + 1;
        m->partitions[i].leader = m->partitions[i].replicas[0];
    }
    execute_init(&m->x, &(struct execute_wish){ 0 });
}

static void finish(struct model *m)
{
    execute_done(&m->x);
    survey_done(&m->s);
}

/* To its end, the executor dying, requests lost and moves refused as `faults` says; the state. */
static enum execute_state run(struct model *m, bool faults)
{
    struct execute_wish wish = m->x.wish;
    bool sized = false;

    for (int i = 0; i < STEPS_MAX; i++) {
        enum execute_action action;
        bool lost = faults && !rng_below(&m->r, 8), heard = faults && rng_below(&m->r, 2);

        look(m, sized);
        action = execute_step(&m->x, &m->s, sized);
        if (action == EXECUTE_END)
            return m->x.state;
        if (!lost || heard) /* lost on the way there, or on the way back */
            act(m, action, faults && i < STEPS_MAX / 4);
        if (lost)
            execute_not_done(&m->x, action);
        sized = action == EXECUTE_SIZES;
        if (faults && i < STEPS_MAX / 2 && !rng_below(&m->r, 10)) { /* killed: the next one knows the wish */
            execute_done(&m->x);
            execute_init(&m->x, &wish);
            sized = false;
        }
    }
    fail_msg("no end after %d steps: %s", STEPS_MAX, m->x.reason);
    return EXECUTE_FAILED;
}

static unsigned count(const struct model *m, int32_t broker)
{
    unsigned n = 0;

    for (unsigned i = 0; i < PARTITIONS; i++)
        n += survey_holds(m->partitions[i].replicas, 3, broker);
    return n;
}

static void check_quiet(const struct model *m)
{
    assert_false(m->throttled);
    for (unsigned i = 0; i < PARTITIONS; i++)
        assert_int_equal(m->partitions[i].left, 0);
}

static void new_brokers_are_filled_and_preferred_leaders_lead(void **state)
{
    struct model m;

    (void)state;
    begin(&m, 1, 6, 3, 0);
    assert_int_equal(run(&m, false), EXECUTE_DONE);
    for (int32_t b = 1; b <= 6; b++)
        assert_true(count(&m, b) >= 8 && count(&m, b) <= 16);
    for (unsigned i = 0; i < PARTITIONS; i++)
        assert_int_equal(m.partitions[i].leader, m.partitions[i].replicas[0]);
    check_quiet(&m);
    assert_int_equal(m.x.done_n, m.x.total_n);
    assert_int_equal(m.x.bytes_done, m.x.bytes_total);
    finish(&m);
}

static void killed_and_cut_anywhere_it_ends_as_undisturbed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        unsigned drain = (unsigned)(seed % 4);
        enum execute_state end;
        struct model m;

        begin(&m, seed, 6, 6 - 3 * (unsigned)(seed % 2) * !drain, drain);
        end = run(&m, true);
        if (end == EXECUTE_DONE) {
            for (unsigned i = 0; i < drain; i++)
                assert_int_equal(count(&m, m.drain[i]), 0);
        } else {
            assert_true(m.x.reason[0]); /* refused again and again */
        }
        check_quiet(&m);
        finish(&m);
    }
}

/* Its answer and its effect, both: the same moves are asked for again, by the same plan. */
static void a_batch_that_was_lost_is_submitted_again(void **state)
{
    struct model m;
    bool sized = false;
    enum execute_action action;

    (void)state;
    begin(&m, 11, 6, 3, 0);
    do {
        look(&m, sized);
        action = execute_step(&m.x, &m.s, sized);
        sized = action == EXECUTE_SIZES;
    } while (action != EXECUTE_SUBMIT);
    execute_not_done(&m.x, action);
    assert_int_equal(run(&m, false), EXECUTE_DONE);
    assert_int_equal(m.x.passes, 1);
    for (int32_t b = 4; b <= 6; b++)
        assert_true(count(&m, b) >= 8);
    finish(&m);
}

/* As a topic that is made while its brokers are drained. */
static void what_comes_to_a_draining_broker_meanwhile_is_drained_as_well(void **state)
{
    struct model m;
    bool sized = false;
    enum execute_action action;

    (void)state;
    begin(&m, 13, 6, 6, 3);
    do {
        look(&m, sized);
        action = execute_step(&m.x, &m.s, sized);
        act(&m, action, false);
        sized = action == EXECUTE_SIZES;
    } while (action != EXECUTE_UNTIE); /* all of the plan is done */
    memcpy(m.partitions[0].replicas, (int32_t[]){ 4, 5, 6 }, sizeof(m.partitions[0].replicas));
    m.partitions[0].leader = 4;
    assert_int_equal(run(&m, false), EXECUTE_DONE);
    for (int32_t b = 4; b <= 6; b++)
        assert_int_equal(count(&m, b), 0);
    check_quiet(&m);
    finish(&m);
}

static void a_balanced_cluster_is_left_alone(void **state)
{
    struct model m;

    (void)state;
    begin(&m, 3, 3, 3, 0);
    assert_int_equal(run(&m, false), EXECUTE_DONE);
    assert_int_equal(m.submitted, 0);
    assert_int_equal(m.elected, 0);
    finish(&m);
}

static void a_dry_run_plans_and_touches_nothing(void **state)
{
    struct model m;

    (void)state;
    begin(&m, 5, 6, 3, 0);
    m.x.wish.dry_run = true;
    m.throttled = true; /* somebody else's */
    assert_int_equal(run(&m, false), EXECUTE_DONE);
    assert_true(m.x.plan.moves_n > 0);
    assert_int_equal(m.submitted + m.elected, 0);
    assert_true(m.throttled);
    finish(&m);
}

static void a_cancel_takes_back_what_moves_and_unties_the_throttles(void **state)
{
    struct model m;
    bool sized = false;

    (void)state;
    begin(&m, 7, 6, 3, 0);
    while (!m.submitted) {
        enum execute_action action;

        look(&m, sized);
        action = execute_step(&m.x, &m.s, sized);
        act(&m, action, false);
        sized = action == EXECUTE_SIZES;
    }
    for (unsigned i = 0; i < PARTITIONS; i++)
        m.partitions[i].left *= 100; /* slow */
    m.x.wish.cancel = true;
    assert_int_equal(run(&m, false), EXECUTE_CANCELLED);
    assert_int_equal(m.taken_back, 1);
    check_quiet(&m);
    finish(&m);
}

static void what_cannot_be_drained_fails_with_the_reason_and_the_rest_is_drained(void **state)
{
    struct model m;

    (void)state;
    begin(&m, 9, 3, 3, 1);
    assert_int_equal(run(&m, false), EXECUTE_FAILED);
    assert_non_null(strstr(m.x.reason, "broker 3 cannot be drained: t-"));
    assert_non_null(strstr(m.x.reason, "3 replicas need as many brokers, and 2 stay"));
    check_quiet(&m);
    finish(&m);
}

static void a_broker_that_knows_a_move_of_before_does_not_stop_a_drain(void **state)
{
    struct model m;

    (void)state;
    begin(&m, 10, 6, 6, 3);
    m.behind = 2; /* looks until there is a plan */
    assert_int_equal(run(&m, false), EXECUTE_DONE);
    assert_int_equal(m.behind, 0);
    for (int32_t b = 4; b <= 6; b++)
        assert_int_equal(count(&m, b), 0);
    check_quiet(&m);
    finish(&m);
}

static void the_rate_is_what_clients_leave_and_never_nothing(void **state)
{
    int32_t replicas[] = { 1, 2 };
    struct rebalance_partition p = { .replicas = replicas, .replicas_n = 2, .leader = 1,
                                     .traffic = EXECUTE_RATE_DEFAULT / 4 };
    struct execute x = { .in = { .partitions = &p, .partitions_n = 1 } };

    (void)state;
    assert_int_equal(execute_rate(&x, 1), EXECUTE_RATE_DEFAULT / 2);
    assert_int_equal(execute_rate(&x, 2), EXECUTE_RATE_DEFAULT / 4 * 3);
    assert_int_equal(execute_rate(&x, 3), EXECUTE_RATE_DEFAULT);
    p.traffic = EXECUTE_RATE_DEFAULT;
    assert_int_equal(execute_rate(&x, 1), EXECUTE_RATE_MIN);
    x.wish.rate_bytes = 12345;
    assert_int_equal(execute_rate(&x, 1), 12345);
}

TEST_MAIN(TEST(new_brokers_are_filled_and_preferred_leaders_lead),
          TEST(killed_and_cut_anywhere_it_ends_as_undisturbed),
          TEST(a_batch_that_was_lost_is_submitted_again),
          TEST(what_comes_to_a_draining_broker_meanwhile_is_drained_as_well),
          TEST(a_balanced_cluster_is_left_alone),
          TEST(a_dry_run_plans_and_touches_nothing),
          TEST(a_cancel_takes_back_what_moves_and_unties_the_throttles),
          TEST(what_cannot_be_drained_fails_with_the_reason_and_the_rest_is_drained),
          TEST(a_broker_that_knows_a_move_of_before_does_not_stop_a_drain),
          TEST(the_rate_is_what_clients_leave_and_never_nothing))
