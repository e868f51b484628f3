#include "tests/lib/test.h"

#include "controlplane/reconcile/cluster.h"

struct world {
    struct cluster cluster;
    struct process processes[2];
    int64_t silent_ms; /* of node "b" */
    int64_t now_ms, since_ms;
    bool b_removed;
    struct operation *operation;
};

static int64_t silent_since_ms(void *ctx, const char *host)
{
    struct world *w = ctx;

    return host[0] == 'b' ? w->silent_ms : 0;
}

static struct world *new_world(enum cluster_state state)
{
    static char hosts[2][2] = { "a", "b" };
    struct world *w = mem_new(struct world);

    w->cluster.state = state;
    w->now_ms = 1000;
    list_init(&w->cluster.processes);
    for (int i = 0; i < 2; i++) {
        w->processes[i] = (struct process){ .host = hosts[i], .revision = 5, .added_ms = 1000, .node_id = i };
        list_push(&w->cluster.processes, &w->processes[i].node);
    }
    return w;
}

static bool was_removed(void *ctx, const char *host)
{
    const struct world *w = ctx;

    return host[0] == 'b' && w->b_removed;
}

static struct reconcile_next next(struct world *w)
{
    struct reconcile_view view = { w->now_ms, w->since_ms, silent_since_ms, was_removed, w,
                                   w->operation };

    return reconcile_cluster(&w->cluster, &view);
}

static void a_cluster_is_placed_then_awaited_then_active(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_CREATING);
    struct list processes = w->cluster.processes;

    (void)state;
    list_init(&w->cluster.processes);
    assert_int_equal(next(w).action, RECONCILE_PLACE);
    w->cluster.processes = processes;
    w->processes[0].seen = SEEN_RUNNING;
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
    assert_int_equal(next(w).again_ms, RECONCILE_LAUNCH_MS_MAX);
    w->processes[1].seen = SEEN_RUNNING;
    assert_int_equal(next(w).action, RECONCILE_ACTIVATE);
    w->cluster.state = CLUSTER_ACTIVE;
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
    assert_int_equal(next(w).again_ms, 0);
}

static void a_process_that_failed_or_is_late_fails_the_creation(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_CREATING);

    (void)state;
    w->processes[1].seen = SEEN_FAILED;
    assert_int_equal(next(w).action, RECONCILE_FAIL);
    assert_ptr_equal(next(w).process, &w->processes[1]);
    w->processes[0].seen = SEEN_RUNNING;
    w->processes[1].seen = SEEN_STARTING;
    w->now_ms = 1000 + RECONCILE_LAUNCH_MS_MAX;
    assert_int_equal(next(w).action, RECONCILE_FAIL);
    assert_ptr_equal(next(w).process, &w->processes[1]);
    w->since_ms = w->now_ms; /* klammd was down meanwhile */
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
}

static void a_silent_agent_is_said_and_unsaid(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_CREATING);

    (void)state;
    w->silent_ms = 900;
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
    assert_int_equal(next(w).again_ms, 900 + RECONCILE_SILENT_MS - 1000);
    w->now_ms = 900 + RECONCILE_SILENT_MS;
    assert_int_equal(next(w).action, RECONCILE_SAY);
    assert_ptr_equal(next(w).process, &w->processes[1]);
    store_set_text(&w->cluster.state_code, RECONCILE_WAITING);
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
    w->silent_ms = 0;
    assert_int_equal(next(w).action, RECONCILE_UNSAY);
    store_set_text(&w->cluster.state_code, NULL);
}

static void a_deletion_waits_for_ever_and_forgets_only_when_all_are_gone(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_DELETING);

    (void)state;
    w->processes[0].wanted = WANTED_GONE;
    assert_int_equal(next(w).action, RECONCILE_TOMBSTONE);
    w->processes[1].wanted = WANTED_GONE;
    w->processes[0].seen = SEEN_GONE;
    w->processes[1].seen = SEEN_STOPPED;
    w->now_ms += 100 * RECONCILE_LAUNCH_MS_MAX;
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
    w->processes[1].seen = SEEN_GONE;
    assert_int_equal(next(w).action, RECONCILE_FORGET);
}

static void expect(struct world *w, enum reconcile_action action)
{
    struct reconcile_next n = next(w);

    assert_int_equal(n.action, action);
    if (action != RECONCILE_NOTHING && action != RECONCILE_ACTIVATE && action != RECONCILE_FORGET &&
        action != RECONCILE_TOMBSTONE)
        assert_ptr_equal(n.process, &w->processes[1]);
}

static void the_brokers_of_a_removed_node_are_placed_anew(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_ACTIVE);

    (void)state;
    w->processes[0].kind = w->processes[1].kind = PROCESS_BROKER;
    w->processes[0].seen = w->processes[1].seen = SEEN_RUNNING;
    expect(w, RECONCILE_NOTHING);
    w->b_removed = true;
    expect(w, RECONCILE_HEAL);
    w->cluster.state = CLUSTER_HEALING;
    expect(w, RECONCILE_REPLACE);
    w->processes[1].host = w->processes[0].host;
    w->processes[1].seen = SEEN_NOTHING;
    expect(w, RECONCILE_NOTHING);
    w->processes[1].seen = SEEN_FAILED; /* its agent goes on trying */
    expect(w, RECONCILE_NOTHING);
    w->processes[1].seen = SEEN_RUNNING;
    expect(w, RECONCILE_ACTIVATE);
}

static void a_controller_is_placed_anew_only_while_the_others_run(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_HEALING);

    (void)state;
    w->processes[0].kind = w->processes[1].kind = PROCESS_CONTROLLER;
    w->processes[0].seen = SEEN_STARTING;
    w->b_removed = true;
    expect(w, RECONCILE_NOTHING);
    w->processes[0].seen = SEEN_RUNNING;
    expect(w, RECONCILE_REPLACE);
    w->cluster.state = CLUSTER_CREATING;
    expect(w, RECONCILE_REPLACE);
}

static void what_is_wanted_gone_on_a_removed_node_is_written_off(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_DELETING);

    (void)state;
    w->b_removed = true;
    w->processes[0].wanted = WANTED_GONE;
    w->processes[0].seen = SEEN_GONE;
    expect(w, RECONCILE_TOMBSTONE);
    w->processes[1].wanted = WANTED_GONE;
    expect(w, RECONCILE_WRITE_OFF);
    w->processes[1].seen = SEEN_GONE;
    expect(w, RECONCILE_FORGET);
}

static void a_stale_report_is_not_accepted(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_CREATING);
    struct process *p = &w->processes[0];

    (void)state;
    assert_true(reconcile_accepts(p, 5, SEEN_RUNNING));
    assert_false(reconcile_accepts(p, 4, SEEN_RUNNING));
    assert_false(reconcile_accepts(p, 6, SEEN_RUNNING));
    assert_false(reconcile_accepts(p, 5, SEEN_GONE)); /* without a tombstone nothing is gone */
    p->wanted = WANTED_GONE;
    assert_true(reconcile_accepts(p, 5, SEEN_GONE));
    p->seen = SEEN_GONE;
    assert_false(reconcile_accepts(p, 5, SEEN_RUNNING));
}

static void a_broker_that_goes_is_not_placed_anew_and_its_agent_is_not_waited_for(void **state)
{
    OWNED_MEM struct world *w = new_world(CLUSTER_UPDATING);
    struct operation o = { .type = (char[]){ "DECREASE_BROKER_COUNT" } };
    struct process *p = &w->processes[1];

    (void)state;
    o.plan = json_pack("{s:[i], s:i}", "remove", 1, "wish", 7);
    w->cluster.rebalance = json_pack("{s:i, s:{s:s}}", "id", 7, "seen", "state", "done");
    w->operation = &o;
    w->processes[0].kind = p->kind = PROCESS_BROKER;
    w->processes[0].seen = p->seen = SEEN_RUNNING;
    assert_int_equal(next(w).action, RECONCILE_STOP);
    p->wanted = WANTED_STOPPED;
    w->b_removed = true;
    assert_int_equal(next(w).action, RECONCILE_WRITE_OFF);
    assert_ptr_equal(next(w).process, p);
    p->seen = SEEN_STOPPED;
    assert_int_equal(next(w).action, RECONCILE_DEREGISTER);
    p->wanted = WANTED_GONE;
    assert_int_equal(next(w).action, RECONCILE_WRITE_OFF);
    w->b_removed = false;
    p->wanted = WANTED_STOPPED;
    json_object_set_new(o.plan, "farewell", json_integer(9));
    json_object_set_new(w->cluster.rebalance, "id", json_integer(9));
    json_object_del(w->cluster.rebalance, "seen");
    w->now_ms = 1000000;
    w->silent_ms = 1000; /* for long, and nothing is wanted of it any more */
    assert_int_equal(next(w).action, RECONCILE_NOTHING);
    assert_int_equal(next(w).again_ms, 0);
    json_decref(o.plan);
    json_decref(w->cluster.rebalance);
}

TEST_MAIN(TEST(a_cluster_is_placed_then_awaited_then_active),
          TEST(a_process_that_failed_or_is_late_fails_the_creation),
          TEST(a_silent_agent_is_said_and_unsaid),
          TEST(a_deletion_waits_for_ever_and_forgets_only_when_all_are_gone),
          TEST(the_brokers_of_a_removed_node_are_placed_anew),
          TEST(a_controller_is_placed_anew_only_while_the_others_run),
          TEST(what_is_wanted_gone_on_a_removed_node_is_written_off),
          TEST(a_stale_report_is_not_accepted),
          TEST(a_broker_that_goes_is_not_placed_anew_and_its_agent_is_not_waited_for))
