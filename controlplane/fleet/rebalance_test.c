#include "tests/lib/test.h"

#include "controlplane/fleet/rebalance.h"

/* A store with one cluster of three brokers on nodes a, b, c. */
struct world {
    char *dir, *path;
    struct store *s;
    struct cluster *c;
    const char *away; /* the node whose agent is not connected, since 1000 */
    const char *removed;
    bool all_away;
};

static int64_t silent_since_ms(void *ctx, const char *host)
{
    const struct world *w = ctx;

    return w->all_away || (w->away && strcmp(w->away, host) == 0) ? 1000 : 0;
}

static bool was_removed(void *ctx, const char *host)
{
    const struct world *w = ctx;

    return w->removed && strcmp(w->removed, host) == 0;
}

static void put_process(struct world *w, int32_t id, const char *host)
{
    struct process *p = store_process_new(w->c, PROCESS_BROKER, id);

    store_set_text(&p->host, host);
    store_set_text(&p->zone, host);
    store_set_text(&p->subnet_id, host);
    p->address = mem_printf("127.0.0.%d", id);
    p->seen = SEEN_RUNNING;
    store_put_node(w->s, store_node_new(w->s, host, host));
    store_put_process(w->s, p);
}

static void begin(struct world *w)
{
    *w = (struct world){ .dir = test_dir() };
    w->path = mem_printf("%s/klammd.db", w->dir);
    assert_ok(store_open(w->path, &w->s, NULL));
    store_begin(w->s);
    w->c = store_cluster_new(w->s, "arn:c", "c", json_object(), json_object());
    store_set_text(&w->c->uuid, "uuid");
    store_set_text(&w->c->kafka_id, "kafka-id");
    store_set_text(&w->c->current_version, "K1");
    w->c->state = CLUSTER_ACTIVE;
    store_put_cluster(w->s, w->c);
    put_process(w, 1, "a");
    put_process(w, 2, "b");
    put_process(w, 3, "c");
    assert_ok(store_commit(w->s, NULL));
}

static void finish(struct world *w)
{
    store_free(w->s);
    mem_free(w->path);
    mem_free(w->dir);
}

static int64_t want(struct world *w, json_t *drain)
{
    int64_t id;

    store_begin(w->s);
    id = rebalance_want(w->s, w->c, &(struct rebalance_options){ .drain = drain });
    assert_ok(store_commit(w->s, NULL));
    return id;
}

static int64_t place(struct world *w, int64_t now_ms)
{
    struct rebalance_view v = { now_ms, silent_since_ms, was_removed, w };
    int64_t again;

    assert_ok(rebalance_place(w->s, w->c, &v, &again, NULL));
    return again;
}

/* How many rebalances the agent of a node is asked for. */
static size_t asked(struct world *w, const char *node)
{
    json_t *all = rebalance_of_node(w->s, store_node(w->s, str_of(node)));
    size_t n = json_array_size(all);

    json_decref(all);
    return n;
}

static bool report(struct world *w, const char *node, int64_t id, const char *state)
{
    json_t *all = json_pack("[{s:s, s:I, s:s, s:s}]", "clusterId", "kafka-id", "id", (json_int_t)id, "state",
                            state, "reason", "words");
    bool changed;

    assert_ok(rebalance_report(w->s, store_node(w->s, str_of(node)), all, &changed, NULL));
    json_decref(all);
    return changed;
}

static void one_agent_is_asked_until_it_says_that_it_is_over(void **state)
{
    struct world w;
    int64_t id, revision;
    const char *reason;

    (void)state;
    begin(&w);
    id = want(&w, json_pack("[i]", 3));
    assert_int_equal(asked(&w, "a"), 0); /* nobody's yet */
    revision = store_node(w.s, str_of("a"))->revision;
    assert_int_equal(place(&w, 5000), 0);
    assert_int_equal(asked(&w, "a"), 1);
    assert_int_equal(asked(&w, "b"), 0);
    assert_true(store_node(w.s, str_of("a"))->revision > revision);
    assert_int_equal(rebalance_state_of(w.c, id, NULL), REBALANCE_WAITING);
    assert_true(report(&w, "a", id, "moving"));
    assert_false(report(&w, "a", id, "moving")); /* no news */
    assert_int_equal(rebalance_state_of(w.c, id, &reason), REBALANCE_MOVING);
    assert_string_equal(reason, "words");
    assert_true(report(&w, "a", id, "done"));
    assert_int_equal(rebalance_state_of(w.c, id, NULL), REBALANCE_DONE);
    assert_false(rebalance_under_way(w.c));
    assert_int_equal(asked(&w, "a"), 0);
    assert_false(report(&w, "a", id, "failed")); /* it was over */
    assert_int_equal(rebalance_state_of(w.c, id, NULL), REBALANCE_DONE);
    finish(&w);
}

static void an_agent_that_is_away_is_replaced_and_what_it_says_then_counts_no_more(void **state)
{
    struct world w;
    int64_t id;

    (void)state;
    begin(&w);
    id = want(&w, NULL);
    (void)place(&w, 900);
    w.away = "a";
    assert_int_equal(place(&w, 1500), REBALANCE_AWAY_MS - 500);
    assert_int_equal(asked(&w, "a"), 1);
    (void)place(&w, 1000 + REBALANCE_AWAY_MS);
    assert_int_equal(asked(&w, "a"), 0);
    assert_int_equal(asked(&w, "b"), 1);
    assert_false(report(&w, "a", id, "done"));
    w.away = NULL;
    w.removed = "b";
    (void)place(&w, 20000);
    assert_int_equal(asked(&w, "a"), 1);
    finish(&w);
}

static void a_wish_and_its_end_survive_a_restart_and_a_new_wish_replaces_the_old(void **state)
{
    struct world w;
    int64_t first, second;

    (void)state;
    begin(&w);
    first = want(&w, NULL);
    (void)place(&w, 900);
    second = want(&w, json_pack("[i]", 2));
    assert_true(second > first);
    assert_int_equal(rebalance_state_of(w.c, first, NULL), REBALANCE_FAILED);
    (void)place(&w, 900);
    assert_false(report(&w, "a", first, "done"));
    store_begin(w.s);
    rebalance_cancel(w.s, w.c);
    assert_ok(store_commit(w.s, NULL));
    store_free(w.s);
    assert_ok(store_open(w.path, &w.s, NULL));
    w.c = store_cluster(w.s, str_of("arn:c"));
    assert_int_equal(asked(&w, "a"), 1);
    assert_true(json_is_true(json_object_get(w.c->rebalance, "cancel")));
    assert_true(report(&w, "a", second, "cancelled"));
    store_free(w.s);
    assert_ok(store_open(w.path, &w.s, NULL));
    w.c = store_cluster(w.s, str_of("arn:c"));
    assert_int_equal(rebalance_state_of(w.c, second, NULL), REBALANCE_CANCELLED);
    store_begin(w.s);
    store_remove_cluster(w.s, w.c);
    assert_ok(store_commit(w.s, NULL));
    finish(&w);
}

static void a_wish_that_nobody_can_take_is_looked_at_again(void **state)
{
    struct world w = { 0 };

    (void)state;
    begin(&w);
    (void)want(&w, NULL);
    w.all_away = true;
    assert_int_equal(place(&w, 1000), REBALANCE_AGAIN_MS);
    w.all_away = false;
    assert_int_equal(place(&w, 2000), 0);
    assert_int_equal(asked(&w, "a") + asked(&w, "b") + asked(&w, "c"), 1);
    finish(&w);
}

TEST_MAIN(TEST(a_wish_that_nobody_can_take_is_looked_at_again),
          TEST(one_agent_is_asked_until_it_says_that_it_is_over),
          TEST(an_agent_that_is_away_is_replaced_and_what_it_says_then_counts_no_more),
          TEST(a_wish_and_its_end_survive_a_restart_and_a_new_wish_replaces_the_old))
