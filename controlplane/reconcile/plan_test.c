#include "tests/lib/test.h"

#include "controlplane/reconcile/cluster.h"
#include "controlplane/reconcile/plan.h"

/* Controllers 10001 .. 10003 and brokers 1 .. 3, all running, launched long ago. */
struct world {
    struct cluster cluster;
    struct process processes[6];
    struct operation operation;
};

enum { SINCE = 100 };

static void init(struct world *w, const char *type, json_t *plan)
{
    *w = (struct world){ .cluster = { .state = CLUSTER_UPDATING } };
    list_init(&w->cluster.processes);
    for (int i = 0; i < 6; i++) {
        struct process *p = &w->processes[i];

        *p = (struct process){ .cluster = &w->cluster, .kind = i < 3 ? PROCESS_CONTROLLER : PROCESS_BROKER,
                               .node_id = i < 3 ? 10001 + i : i - 2, .seen = SEEN_RUNNING, .revision = 5 };
        list_push(&w->cluster.processes, &p->node);
    }
    w->operation.type = mem_strdup(type);
    w->operation.plan = plan;
}

static void done(struct world *w)
{
    mem_free(w->operation.type);
    json_decref(w->operation.plan);
}

static struct plan_next next(struct world *w)
{
    return plan_next(&w->cluster, &w->operation);
}

static bool nobody(void *ctx, const char *host)
{
    (void)ctx;
    (void)host;
    return false;
}

static int64_t never(void *ctx, const char *host)
{
    (void)ctx;
    (void)host;
    return 0;
}

static void touch(const struct process *p, enum process_seen seen)
{
    struct process *it = (struct process *)(uintptr_t)p;

    it->restart = it->revision = SINCE + 1;
    it->seen = seen;
}

static void a_roll_takes_brokers_one_by_one_and_controllers_last(void **state)
{
    static const int32_t order[] = { 1, 2, 3, 10001, 10002, 10003 };
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_CONFIGURATION",
         json_pack("{s:s, s:i, s:b}", "how", "restart", "since", SINCE, "controllers", 1));
    for (unsigned i = 0; i < ARRAY_LEN(order); i++) {
        struct plan_next n = next(&w);

        assert_int_equal(n.action, PLAN_TOUCH);
        assert_int_equal(n.process->node_id, order[i]);
        touch(n.process, SEEN_STARTING);
        assert_int_equal(next(&w).action, PLAN_WAIT);
        touch(n.process, SEEN_RUNNING);
    }
    assert_int_equal(next(&w).action, PLAN_DONE);
    done(&w);
}

static void nothing_is_stopped_while_another_process_is_away(void **state)
{
    struct world w;

    (void)state;
    init(&w, "REBOOT_NODE", json_pack("{s:s, s:i, s:[i]}", "how", "restart", "since", SINCE, "brokers", 2));
    for (int i = 0; i < 6; i++) {
        w.processes[i].seen = SEEN_STARTING;
        assert_int_equal(next(&w).action, i == 4 ? PLAN_TOUCH : PLAN_WAIT); /* broker 2 itself may be ill */
        w.processes[i].seen = SEEN_RUNNING;
    }
    assert_int_equal(next(&w).process->node_id, 2);
    touch(next(&w).process, SEEN_RUNNING);
    assert_int_equal(next(&w).action, PLAN_DONE);
    done(&w);
}

static void one_that_does_not_come_up_is_undone_or_ends_the_update(void **state)
{
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_CONFIGURATION",
         json_pack("{s:s, s:i, s:{s:n}}", "how", "restart", "since", SINCE, "undo", "configurationInfo"));
    touch(&w.processes[3], SEEN_RUNNING);
    touch(&w.processes[4], SEEN_FAILED);
    assert_int_equal(next(&w).action, PLAN_FAILED);
    assert_int_equal(next(&w).process->node_id, 2);
    plan_undo(&w.cluster, &w.operation, SINCE + 10, "LaunchFailed", "because");
    /* 1 and 2 go back, 3 was never touched. */
    assert_int_equal(next(&w).action, PLAN_TOUCH); /* 2 first: 1 runs, and may not stop while 2 is away */
    assert_int_equal(next(&w).process->node_id, 2);
    assert_false(plan_covers(&w.operation, &w.processes[5]));
    assert_true(plan_covers(&w.operation, &w.processes[3]));
    assert_false(plan_has_touched(&w.operation, &w.processes[3]));
    done(&w);
}

static void a_controller_that_an_update_has_hurt_is_mended_before_the_brokers(void **state)
{
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_CONFIGURATION",
         json_pack("{s:s, s:i, s:b, s:{s:n}}", "how", "restart", "since", SINCE, "controllers", 1, "undo",
                   "configurationInfo"));
    for (int i = 3; i < 6; i++)
        touch(&w.processes[i], SEEN_RUNNING);
    touch(&w.processes[0], SEEN_FAILED);
    assert_int_equal(next(&w).action, PLAN_FAILED);
    plan_undo(&w.cluster, &w.operation, SINCE + 10, "LaunchFailed", "because");
    assert_int_equal(next(&w).action, PLAN_TOUCH);
    assert_int_equal(next(&w).process->node_id, 10001);
    done(&w);
}

static void only_controllers_that_were_touched_are_put_back(void **state)
{
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_CONFIGURATION",
         json_pack("{s:s, s:i, s:b, s:{s:n}}", "how", "restart", "since", SINCE, "controllers", 1, "undo",
                   "configurationInfo"));
    touch(&w.processes[1], SEEN_FAILED);
    assert_int_equal(next(&w).action, PLAN_FAILED);
    plan_undo(&w.cluster, &w.operation, SINCE + 10, "LaunchFailed", "because");
    assert_true(plan_covers(&w.operation, &w.processes[1]));
    assert_false(plan_covers(&w.operation, &w.processes[0]));
    assert_false(plan_covers(&w.operation, &w.processes[3]));
    done(&w);
}

/* Its node was lost, and it begins anew with what the update has brought. */
static void one_that_is_placed_anew_meanwhile_belongs_to_the_update(void **state)
{
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_CONFIGURATION",
         json_pack("{s:s, s:i, s:b, s:{s:n}}", "how", "restart", "since", SINCE, "controllers", 1, "undo",
                   "configurationInfo"));
    touch(&w.processes[3], SEEN_FAILED);
    w.processes[0].revision = SINCE + 2;
    w.processes[0].seen = SEEN_FAILED;
    assert_int_equal(next(&w).action, PLAN_FAILED);
    plan_undo(&w.cluster, &w.operation, SINCE + 10, "LaunchFailed", "because");
    /* Both serve nobody: neither waits for the other. */
    assert_int_equal(next(&w).action, PLAN_TOUCH);
    assert_int_equal(next(&w).process->node_id, 1);
    w.processes[3].restart = w.processes[3].revision = SINCE + 11;
    w.processes[3].seen = SEEN_RUNNING;
    assert_int_equal(next(&w).action, PLAN_TOUCH);
    assert_int_equal(next(&w).process->node_id, 10001);
    done(&w);
}

static void the_state_says_once_what_is_waited_for(void **state)
{
    static char reason[] = "catches up: 1 partitions are not in sync, such as t-0", host[] = "n";
    struct world w;
    struct reconcile_view view = { .operation = &w.operation, .removed = nobody, .silent_since_ms = never };
    struct reconcile_next n;

    (void)state;
    init(&w, "REBOOT_NODE", json_pack("{s:s, s:i}", "how", "restart", "since", SINCE));
    for (int i = 0; i < 6; i++)
        w.processes[i].host = host;
    touch(&w.processes[3], SEEN_STARTING);
    assert_int_equal(reconcile_cluster(&w.cluster, &view).action, RECONCILE_NOTHING);
    w.processes[3].reason = reason;
    n = reconcile_cluster(&w.cluster, &view);
    assert_int_equal(n.action, RECONCILE_TELL);
    assert_int_equal(n.process->node_id, 1);
    w.cluster.state_message = reason;
    assert_int_equal(reconcile_cluster(&w.cluster, &view).action, RECONCILE_NOTHING);
    touch(&w.processes[3], SEEN_RUNNING);
    assert_int_equal(reconcile_cluster(&w.cluster, &view).action, RECONCILE_TOUCH);
    done(&w);
}

static void steps_name_every_process_in_order(void **state)
{
    struct world w;
    json_t *steps;

    (void)state;
    init(&w, "REBOOT_NODE",
         json_pack("{s:s, s:i, s:[i,i]}", "how", "restart", "since", SINCE, "brokers", 3, 1));
    steps = plan_steps(&w.cluster, &w.operation);
    assert_int_equal(json_array_size(steps), 4);
    assert_string_equal(json_string_value(json_array_get(steps, 1)), "REBOOT_BROKER_1");
    assert_string_equal(json_string_value(json_array_get(steps, 2)), "REBOOT_BROKER_3");
    json_decref(steps);
    done(&w);
}

static void brokers_that_are_missing_are_added_and_awaited(void **state)
{
    struct world w;

    (void)state;
    init(&w, "INCREASE_BROKER_COUNT", json_pack("{s:i, s:i}", "count", 6, "since", SINCE));
    assert_int_equal(next(&w).action, PLAN_ADD);
    json_object_set_new(w.operation.plan, "count", json_integer(3));
    w.processes[5].seen = SEEN_NOTHING;
    assert_int_equal(next(&w).action, PLAN_WAIT);
    w.processes[5].seen = SEEN_RUNNING;
    assert_int_equal(next(&w).action, PLAN_DONE);
    done(&w);
}

static void seen(struct world *w, int64_t id, const char *state)
{
    json_decref(w->cluster.rebalance);
    w->cluster.rebalance = json_pack("{s:I, s:{s:s, s:s}}", "id", (json_int_t)id, "seen", "state", state,
                                     "reason", "r");
}

static void new_brokers_get_their_share_before_the_end(void **state)
{
    static const char *const ends[] = { "done", "failed", "cancelled" };
    struct world w;

    (void)state;
    init(&w, "INCREASE_BROKER_COUNT", json_pack("{s:i, s:i, s:b}", "count", 3, "since", SINCE, "fill", 1));
    w.processes[5].seen = SEEN_STARTING;
    assert_int_equal(next(&w).action, PLAN_WAIT); /* first they run */
    w.processes[5].seen = SEEN_RUNNING;
    assert_int_equal(next(&w).action, PLAN_MOVE);
    json_object_set_new(w.operation.plan, "wish", json_integer(7));
    seen(&w, 7, "planning");
    assert_int_equal(next(&w).action, PLAN_WAIT);
    seen(&w, 7, "moving");
    assert_int_equal(next(&w).action, PLAN_WAIT);
    for (unsigned i = 0; i < ARRAY_LEN(ends); i++) {
        seen(&w, 7, ends[i]);
        assert_int_equal(next(&w).action, PLAN_DONE);
    }
    json_decref(w.cluster.rebalance);
    done(&w);
}

static void a_broker_goes_when_it_is_empty_and_is_forgotten_when_it_is_gone(void **state)
{
    struct world w;

    (void)state;
    init(&w, "DECREASE_BROKER_COUNT", json_pack("{s:[i,i], s:i}", "remove", 2, 3, "since", SINCE));
    assert_int_equal(next(&w).action, PLAN_MOVE);
    json_object_set_new(w.operation.plan, "wish", json_integer(7));
    seen(&w, 7, "moving");
    assert_int_equal(next(&w).action, PLAN_WAIT);
    seen(&w, 7, "failed");
    assert_int_equal(next(&w).action, PLAN_CANNOT);
    seen(&w, 8, "done"); /* another one's end is not this one's */
    assert_int_equal(next(&w).action, PLAN_CANNOT);
    seen(&w, 7, "done");
    assert_int_equal(next(&w).action, PLAN_STOP);
    assert_int_equal(next(&w).process->node_id, 2);
    w.processes[4].wanted = WANTED_STOPPED;
    assert_int_equal(next(&w).action, PLAN_STOP);
    w.processes[5].wanted = WANTED_STOPPED;
    assert_int_equal(next(&w).action, PLAN_WAIT);
    w.processes[5].seen = SEEN_STOPPED;
    assert_int_equal(next(&w).action, PLAN_WAIT);
    w.processes[4].seen = SEEN_STOPPED;
    assert_int_equal(next(&w).action, PLAN_FORGET);
    json_object_set_new(w.operation.plan, "farewell", json_integer(9));
    seen(&w, 9, "planning");
    assert_int_equal(next(&w).action, PLAN_WAIT);
    seen(&w, 9, "done");
    assert_int_equal(next(&w).action, PLAN_REMOVE);
    w.processes[4].wanted = w.processes[5].wanted = WANTED_GONE;
    assert_int_equal(next(&w).action, PLAN_WAIT);
    w.processes[4].seen = w.processes[5].seen = SEEN_GONE;
    assert_int_equal(next(&w).action, PLAN_DONE);
    json_decref(w.cluster.rebalance);
    done(&w);
}

/* A reassignment by hand came after the drain's last look. */
static void a_broker_that_is_not_empty_after_all_comes_back_with_its_volume(void **state)
{
    struct world w;

    (void)state;
    init(&w, "DECREASE_BROKER_COUNT",
         json_pack("{s:[i,i], s:i, s:i}", "remove", 2, 3, "wish", 7, "farewell", 9));
    w.processes[4].wanted = w.processes[5].wanted = WANTED_STOPPED;
    w.processes[4].seen = w.processes[5].seen = SEEN_STOPPED;
    seen(&w, 9, "failed");
    assert_int_equal(next(&w).action, PLAN_RETURN);
    json_object_del(w.operation.plan, "farewell");
    json_object_del(w.operation.plan, "wish");
    w.processes[4].wanted = w.processes[5].wanted = WANTED_RUN;
    assert_int_equal(next(&w).action, PLAN_MOVE);
    assert_false(plan_gives_up(&w.operation));
    json_object_set_new(w.operation.plan, "returns", json_integer(PLAN_RETURNS_MAX));
    assert_true(plan_gives_up(&w.operation));
    json_decref(w.cluster.rebalance);
    done(&w);
}

static void features_are_raised_when_all_run_the_version(void **state)
{
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_KAFKA_VERSION",
         json_pack("{s:s, s:i, s:b, s:s}", "how", "restart", "since", SINCE, "controllers", 1,
                   "release", "4.3.0"));
    for (int i = 0; i < 6; i++) {
        assert_int_equal(next(&w).action, PLAN_TOUCH);
        touch(next(&w).process, SEEN_RUNNING);
    }
    assert_int_equal(next(&w).action, PLAN_RAISE);
    json_object_set_new(w.operation.plan, "raise", json_integer(7));
    seen(&w, 7, "planning");
    assert_int_equal(next(&w).action, PLAN_WAIT);
    seen(&w, 7, "failed");
    assert_int_equal(next(&w).action, PLAN_CANNOT);
    seen(&w, 7, "done");
    assert_int_equal(next(&w).action, PLAN_DONE);
    json_decref(w.cluster.rebalance);
    done(&w);
}

static void a_version_that_is_undone_raises_nothing(void **state)
{
    struct world w;

    (void)state;
    init(&w, "UPDATE_CLUSTER_KAFKA_VERSION",
         json_pack("{s:s, s:i, s:[], s:s, s:{}}", "how", "restart", "since", SINCE, "brokers",
                   "release", "4.3.0", "undoing"));
    assert_int_equal(next(&w).action, PLAN_DONE);
    done(&w);
}

static void a_version_has_one_step_for_all_processes(void **state)
{
    struct world w;
    json_t *steps;

    (void)state;
    init(&w, "UPDATE_CLUSTER_KAFKA_VERSION",
         json_pack("{s:s, s:i, s:b, s:s}", "how", "restart", "since", SINCE, "controllers", 1,
                   "release", "4.3.0"));
    steps = plan_steps(&w.cluster, &w.operation);
    assert_int_equal(json_array_size(steps), 3);
    assert_string_equal(json_string_value(json_array_get(steps, 1)), "UPDATE_APACHE_KAFKA_BINARIES");
    json_decref(steps);
    done(&w);
}

static void added_brokers_of_which_one_does_not_start_are_removed_again(void **state)
{
    struct reconcile_view view = { .silent_since_ms = never, .removed = nobody };
    struct world w;

    (void)state;
    init(&w, "INCREASE_BROKER_COUNT", json_pack("{s:i, s:i, s:b}", "count", 3, "since", 1, "fill", 1));
    w.operation.target = json_pack("{s:{s:[i,i]}}", "brokerCountUpdateInfo", "createdBrokerIds", 2, 3);
    view.operation = &w.operation;
    w.processes[5].seen = SEEN_FAILED;
    assert_int_equal(reconcile_cluster(&w.cluster, &view).action, RECONCILE_UNDO);
    plan_undo(&w.cluster, &w.operation, SINCE, "LaunchFailed", "why");
    assert_int_equal(next(&w).action, PLAN_MOVE); /* off the new brokers, of which 2 runs */
    json_object_set_new(w.operation.plan, "wish", json_integer(7));
    seen(&w, 7, "done");
    assert_int_equal(next(&w).action, PLAN_STOP);
    w.processes[4].wanted = w.processes[5].wanted = WANTED_STOPPED;
    w.processes[4].seen = w.processes[5].seen = SEEN_STOPPED;
    assert_int_equal(next(&w).action, PLAN_FORGET);
    assert_false(plan_removes(&w.operation, &w.processes[3]));
    json_decref(w.cluster.rebalance);
    json_decref(w.operation.target);
    done(&w);
}

static void added_brokers_that_were_filled_are_drained_before_they_go(void **state)
{
    struct reconcile_view view = { .silent_since_ms = never, .removed = nobody };
    struct world w;

    (void)state;
    init(&w, "INCREASE_BROKER_COUNT",
         json_pack("{s:i, s:i, s:b, s:i}", "count", 3, "since", 1, "fill", 1, "wish", 7));
    w.operation.target = json_pack("{s:{s:[i,i]}}", "brokerCountUpdateInfo", "createdBrokerIds", 2, 3);
    view.operation = &w.operation;
    seen(&w, 7, "done");
    w.processes[5].seen = SEEN_FAILED; /* it ran while they were filled */
    assert_int_equal(reconcile_cluster(&w.cluster, &view).action, RECONCILE_UNDO);
    plan_undo(&w.cluster, &w.operation, SINCE, "LaunchFailed", "why");
    assert_int_equal(next(&w).action, PLAN_MOVE);
    json_decref(w.cluster.rebalance);
    json_decref(w.operation.target);
    done(&w);
}

static void a_broker_that_was_there_before_fails_no_addition(void **state)
{
    struct world w;

    (void)state;
    init(&w, "INCREASE_BROKER_COUNT", json_pack("{s:i, s:i, s:b}", "count", 3, "since", 1, "fill", 1));
    w.operation.target = json_pack("{s:{s:[i,i]}}", "brokerCountUpdateInfo", "createdBrokerIds", 2, 3);
    w.processes[3].seen = SEEN_FAILED;
    assert_true(plan_has_touched(&w.operation, &w.processes[3]));
    assert_int_equal(next(&w).action, PLAN_WAIT);
    json_decref(w.operation.target);
    done(&w);
}

TEST_MAIN(TEST(a_roll_takes_brokers_one_by_one_and_controllers_last),
          TEST(nothing_is_stopped_while_another_process_is_away),
          TEST(one_that_does_not_come_up_is_undone_or_ends_the_update),
          TEST(a_controller_that_an_update_has_hurt_is_mended_before_the_brokers),
          TEST(only_controllers_that_were_touched_are_put_back),
          TEST(one_that_is_placed_anew_meanwhile_belongs_to_the_update),
          TEST(the_state_says_once_what_is_waited_for),
          TEST(steps_name_every_process_in_order),
          TEST(brokers_that_are_missing_are_added_and_awaited),
          TEST(new_brokers_get_their_share_before_the_end),
          TEST(a_broker_goes_when_it_is_empty_and_is_forgotten_when_it_is_gone),
          TEST(a_broker_that_is_not_empty_after_all_comes_back_with_its_volume),
          TEST(features_are_raised_when_all_run_the_version), TEST(a_version_that_is_undone_raises_nothing),
          TEST(a_version_has_one_step_for_all_processes),
          TEST(added_brokers_of_which_one_does_not_start_are_removed_again),
          TEST(added_brokers_that_were_filled_are_drained_before_they_go),
          TEST(a_broker_that_was_there_before_fails_no_addition))
