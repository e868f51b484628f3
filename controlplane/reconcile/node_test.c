#include "tests/lib/test.h"

#include <string.h>

#include "controlplane/reconcile/cluster.h"
#include "controlplane/reconcile/node.h"

/* Cluster "c" with a broker on node "b" and controllers on "a", "b" and "c", all running; node "b" has
 * been away for long, and whoever asks says that its data is lost. */
struct world {
    struct cluster cluster;
    struct process processes[4];
    struct node node;
    struct list clusters;
    struct node_removal removal;
    struct why reason;
};

static void init(struct world *w)
{
    static char hosts[4][2] = { "b", "a", "b", "c" }, name[] = "c";

    *w = (struct world){ .node = { .name = hosts[0] } };
    list_init(&w->clusters);
    list_init(&w->cluster.processes);
    w->cluster.name = name;
    w->cluster.state = CLUSTER_ACTIVE;
    list_push(&w->clusters, &w->cluster.node);
    for (int i = 0; i < 4; i++) {
        w->processes[i] = (struct process){ .cluster = &w->cluster, .host = hosts[i], .seen = SEEN_RUNNING,
                                            .kind = i ? PROCESS_CONTROLLER : PROCESS_BROKER,
                                            .node_id = i ? 10000 + i : 1 };
        list_push(&w->cluster.processes, &w->processes[i].node);
    }
    w->removal = (struct node_removal){ &w->node, &w->clusters, 1000000, 1000000 - RECONCILE_SILENT_MS,
                                        true };
}

static void expect(struct world *w, err_t e, const char *says)
{
    assert_int_equal(reconcile_may_remove(&w->removal, &w->reason), e);
    if (e && !strstr(w->reason.text, says))
        fail_msg("wanted '%s', got '%s'", says, w->reason.text);
}

static void a_node_that_is_lost_may_go(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    expect(&w, ERR_OK, "");
    w.node.removed_ms = 5;
    w.removal.silent_since_ms = 0;
    expect(&w, ERR_OK, ""); /* once more */
}

static void a_node_that_is_there_stays_unless_nothing_is_on_it(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    w.removal.silent_since_ms = 0;
    expect(&w, ERR_BUSY, "node b is there: its agent is connected and 2 processes are placed on it, such as "
                         "controller 10002 of cluster c");
    for (int i = 0; i < 4; i++)
        w.processes[i].seen = SEEN_GONE;
    expect(&w, ERR_OK, "");
}

static void a_node_that_has_just_gone_is_waited_for(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    w.removal.silent_since_ms += 1;
    expect(&w, ERR_BUSY, "node b: its agent has been away for 9999 ms, it must be 10000 at least");
}

static void nobodys_data_is_given_up_by_accident(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    w.removal.data_is_lost = false;
    expect(&w, ERR_INVALID, "2 processes are placed on it");
    expect(&w, ERR_INVALID, "say that the data on it is lost");
}

static void the_only_controller_is_never_given_up(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    w.processes[1].kind = w.processes[3].kind = PROCESS_BROKER;
    expect(&w, ERR_CONFLICT, "node b holds controller 10002 of cluster c, and the cluster's metadata lies "
                             "nowhere else");
    w.cluster.state = CLUSTER_DELETING;
    expect(&w, ERR_OK, "");
}

static void a_second_controller_is_not_given_up_while_one_is_away(void **state)
{
    struct world w;

    (void)state;
    init(&w);
    w.processes[3].seen = SEEN_STARTING;
    expect(&w, ERR_CONFLICT, "node b holds controller 10002 of cluster c, and controller 10003 on node c "
                             "does not run");
    w.processes[3].seen = SEEN_RUNNING;
    w.processes[3].host = w.node.name;
    expect(&w, ERR_CONFLICT, "node b holds 2 of the 3 controllers of cluster c");
}

static void a_node_has_one_agent_and_only_its_newest_word_counts(void **state)
{
    struct node n = { 0 };

    (void)state;
    assert_true(reconcile_is_agent_of(&n, "disk-1"));
    assert_false(reconcile_is_run_of(&n, ""));
    assert_false(reconcile_is_run_of(&n, "run-1"));
    assert_true(reconcile_bind(&n, "disk-1", "run-1"));
    assert_false(reconcile_bind(&n, "disk-1", "run-1")); /* nothing new to keep */
    assert_false(reconcile_is_agent_of(&n, "disk-2"));
    assert_false(reconcile_is_agent_of(&n, ""));
    assert_true(reconcile_is_run_of(&n, "run-1"));
    assert_true(reconcile_is_news(&n, 1));
    assert_true(reconcile_is_news(&n, 3));
    assert_false(reconcile_is_news(&n, 2)); /* late */
    assert_false(reconcile_is_news(&n, 3)); /* twice */
    assert_false(reconcile_bind(&n, "disk-1", "run-2"));
    assert_false(reconcile_is_run_of(&n, "run-1"));
    assert_true(reconcile_is_news(&n, 1));
}

TEST_MAIN(TEST(a_node_has_one_agent_and_only_its_newest_word_counts),
          TEST(a_node_that_is_lost_may_go), TEST(a_node_that_is_there_stays_unless_nothing_is_on_it),
          TEST(a_node_that_has_just_gone_is_waited_for), TEST(nobodys_data_is_given_up_by_accident),
          TEST(the_only_controller_is_never_given_up),
          TEST(a_second_controller_is_not_given_up_while_one_is_away))
