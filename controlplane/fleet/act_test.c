#include "tests/lib/stores.h"

#include "controlplane/fleet/act.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/fleet/grow.h"

static const int64_t gib = 1 << 30;

/* klammd's store with a node in each of three zones and one cluster of three m7g.large that is asked for. */
struct world {
    struct store *store;
    struct config config;
    struct cluster *cluster;
    struct act act;
    char *dir;
};

static void put_node(struct world *w, const char *name, const char *zone, int64_t cpus)
{
    struct node *n = store_node_new(w->store, name, zone);

    n->cpus = cpus;
    n->memory_bytes = 64 * gib;
    n->disk_bytes = 100 * gib;
    store_put_node(w->store, n);
}

static struct cluster *put_cluster(struct world *w, const char *name)
{
    json_t *spec = json_pack("{s:{s:[s,s,s], s:s, s:{s:{s:i}}}}", "brokerNodeGroupInfo", "clientSubnets",
                             "s-a", "s-b", "s-c", "instanceType", "kafka.m7g.large", "storageInfo",
                             "ebsStorageInfo", "volumeSize", 40);
    struct cluster *c = store_cluster_new(w->store, name, name, spec, json_object());

    store_set_text(&c->uuid, name);
    store_set_text(&c->kafka_id, "AAAAAAAAAAAAAAAAAAAAAA");
    store_set_text(&c->current_version, "K1");
    c->created_ms = w->act.now_ms;
    c->brokers_n = 3;
    store_put_cluster(w->store, c);
    store_put_operation(w->store, store_operation_new(w->store, name, name, "CREATE_CLUSTER"));
    return c;
}

static void init(struct world *w, int64_t cpus_of_c)
{
    static char ids[3][4] = { "s-a", "s-b", "s-c" }, zones[3][2] = { "a", "b", "c" };

    *w = (struct world){ .dir = test_dir() };
    for (unsigned i = 0; i < 3; i++)
        w->config.subnets[i] = (struct subnet){ ids[i], zones[i], 0x7f100000 + (i << 8), 0xffffff00, NULL };
    w->config.subnets_n = 3;
    w->config.cpu_overcommit = w->config.memory_overcommit = w->config.storage_overcommit = 1;
    w->store = stores_open(w->dir);
    w->act = (struct act){ w->store, &w->config, 1000000 };
    store_begin(w->store);
    put_node(w, "na", "a", 4);
    put_node(w, "nb", "b", 4);
    put_node(w, "nc", "c", cpus_of_c);
    w->cluster = put_cluster(w, "one");
    stores_commit(w->store);
}

static void done(struct world *w)
{
    store_free(w->store);
    mem_free(w->dir);
}

static int64_t place(struct world *w, struct cluster *c)
{
    struct reconcile_next next = { .action = RECONCILE_PLACE };
    struct why reason;
    int64_t again = -1;

    if (act_on(&w->act, c, &next, &again, &reason))
        fail_msg("%s", reason.text);
    return again;
}

static void a_cluster_that_fits_nowhere_waits_and_says_why(void **state)
{
    struct world w;
    struct node_facts more = { .cpus = 2, .memory_bytes = 64 * gib, .disk_bytes = 100 * gib };
    struct why reason;
    bool changed;

    (void)state;
    init(&w, 1);
    assert_true(place(&w, w.cluster) > 0);
    assert_int_equal(w.cluster->state, CLUSTER_CREATING);
    assert_string_equal(w.cluster->state_code, "WaitingForCapacity");
    assert_string_equal(w.cluster->state_message,
                        "no node of zone c has room for broker 3 (kafka.m7g.large: 2 vCPUs, 8 GiB memory, "
                        "40 GiB storage): nc has 1 of 1 vCPUs free");
    assert_ok(act_facts(&w.act, store_node(w.store, str_of("nc")), &more, &changed, &reason));
    assert_true(changed);
    assert_ok(act_facts(&w.act, store_node(w.store, str_of("nc")), &more, &changed, &reason));
    assert_false(changed);
    assert_int_equal(place(&w, w.cluster), 0);
    assert_null(w.cluster->state_message);
    assert_false(list_empty(&w.cluster->processes));
    done(&w);
}

static void a_cluster_that_finds_no_room_in_time_fails_with_the_reason(void **state)
{
    struct world w;
    const struct operation *o;

    (void)state;
    init(&w, 1);
    o = store_active_operation(w.store, w.cluster);
    w.act.now_ms += RECONCILE_PLACE_MS_MAX + 1;
    assert_int_equal(place(&w, w.cluster), 0);
    assert_int_equal(w.cluster->state, CLUSTER_FAILED);
    assert_string_equal(w.cluster->state_code, "InsufficientCapacity");
    assert_int_equal(o->state, OPERATION_FAILED);
    assert_string_equal(o->error_code, "InsufficientCapacity");
    assert_non_null(strstr(o->error_message, "nc has 1 of 1 vCPUs free"));
    done(&w);
}

static void what_runs_on_a_node_is_taken_until_it_is_gone(void **state)
{
    struct world w;
    struct cluster *two, *three;

    (void)state;
    init(&w, 4);
    assert_int_equal(place(&w, w.cluster), 0);
    store_begin(w.store);
    two = put_cluster(&w, "two");
    three = put_cluster(&w, "three");
    stores_commit(w.store);
    assert_int_equal(place(&w, two), 0);
    assert_true(place(&w, three) > 0);
    assert_non_null(strstr(three->state_message, "na has 0 of 4 vCPUs free"));
    list_each(at, &two->processes)
        list_item(at, struct process, node)->seen = SEEN_GONE;
    assert_int_equal(place(&w, three), 0);
    done(&w);
}

static void overcommit_makes_room(void **state)
{
    struct world w;

    (void)state;
    init(&w, 1);
    w.config.cpu_overcommit = 2;
    assert_int_equal(place(&w, w.cluster), 0);
    done(&w);
}

static struct process *broker(struct world *w, int32_t id)
{
    OWNED_MEM char *text = mem_printf("one/broker-%d", id);

    return store_process(w->store, str_of(text));
}

static int64_t replace(struct world *w, int32_t id)
{
    struct reconcile_next next = { .action = RECONCILE_REPLACE, .process = broker(w, id) };
    struct why reason;
    int64_t again = -1;

    if (act_on(&w->act, w->cluster, &next, &again, &reason))
        fail_msg("%s", reason.text);
    return again;
}

static void a_broker_is_placed_anew_with_its_id_and_address_under_a_new_revision(void **state)
{
    struct world w;
    struct process *p;
    OWNED_MEM char *address = NULL;
    int64_t revision;
    struct why reason;

    (void)state;
    init(&w, 4);
    assert_int_equal(place(&w, w.cluster), 0);
    w.cluster->state = CLUSTER_HEALING;
    p = broker(&w, 2);
    address = mem_strdup(p->address);
    revision = p->revision;
    p->seen = SEEN_RUNNING;
    assert_ok(act_remove_node(&w.act, store_node(w.store, str_of("nb")), &reason));
    assert_int_equal(p->seen, SEEN_STOPPED); /* so nobody counts on it until it is placed anew */
    w.act.now_ms += RECONCILE_PLACE_MS_MAX + 1; /* a cluster that has served is not given up */
    assert_true(replace(&w, 2) > 0);
    assert_string_equal(w.cluster->state_message, "zone b has no node: start an agent there");
    assert_int_equal(w.cluster->state, CLUSTER_HEALING);
    store_begin(w.store);
    put_node(&w, "nb2", "b", 2);
    stores_commit(w.store);
    assert_int_equal(replace(&w, 2), 0);
    assert_string_equal(p->host, "nb2");
    assert_string_equal(p->address, address);
    assert_true(p->revision > revision);
    assert_int_equal(p->seen, SEEN_NOTHING);
    assert_int_equal(store_node(w.store, str_of("nb2"))->revision, p->revision);
    assert_string_equal(w.cluster->state_message, "Broker 2 starts anew on node nb2: node nb was removed.");
    done(&w);
}

static bool report(struct world *w, int32_t id, const char *state, int64_t revision)
{
    OWNED_MEM char *text = mem_printf("one/broker-%d", id);
    json_t *all = json_pack("[{s:s, s:s, s:I}]", "id", text, "state", state, "revision",
                            (json_int_t)revision);
    struct why reason;
    bool changed;

    assert_ok(act_report(&w->act, store_node(w->store, str_of(broker(w, id)->host)), all, &changed, &reason));
    json_decref(all);
    return changed;
}

/* klammd was restored from an old backup: what is stored is asked for again, by the newest revision. */
static void what_an_old_backup_knows_nothing_of_is_asked_for_anew(void **state)
{
    struct world w;
    struct process *p;
    int64_t opened;

    (void)state;
    init(&w, 4);
    opened = store_opened_revision(w.store);
    assert_int_equal(place(&w, w.cluster), 0);
    p = broker(&w, 2);
    assert_true(report(&w, 2, "running", p->revision));
    p->revision = opened - 10;
    assert_true(report(&w, 2, "gone", opened));
    assert_int_equal(p->seen, SEEN_STARTING);
    assert_true(p->revision > opened);
    assert_int_equal(store_node(w.store, str_of(p->host))->revision, p->revision);
    assert_false(report(&w, 2, "gone", p->revision + 1)); /* nobody has asked for that: a lie */
    assert_true(report(&w, 2, "running", p->revision));
    done(&w);
}

/* --- storage that grows by itself --- */

static void set_policy(struct world *w, double percent, int max, bool suspended)
{
    store_set_json(&w->cluster->scaling,
                   json_pack("{s:{s:i, s:i, s:{s:b}}, s:{s:s, s:f}}", "target", "min", 1, "max", max,
                             "suspended", "DynamicScalingOutSuspended", suspended, "policy", "name", "p",
                             "percent", percent));
}

/* Broker 1 of the cluster uses so much of its volume of 40 GiB; whether an operation is begun for that. */
static bool grows_at(struct world *w, int64_t used_gib)
{
    struct process *p = store_process(w->store, str_of("one/broker-1"));
    struct why reason;
    bool begun;

    p->used_bytes = used_gib * gib;
    if (grow_by_itself(&w->act, w->cluster, &begun, &reason))
        fail_msg("%s", reason.text);
    return begun;
}

static void volumes_grow_by_themselves_as_their_policy_says(void **state)
{
    const struct operation *o;
    struct world w;

    (void)state;
    init(&w, 4);
    assert_int_equal(place(&w, w.cluster), 0);
    w.cluster->state = CLUSTER_ACTIVE;
    assert_false(grows_at(&w, 39)); /* no policy */
    set_policy(&w, 50, 80, true);
    assert_false(grows_at(&w, 39)); /* suspended */
    set_policy(&w, 50, 80, false);
    assert_false(grows_at(&w, 20));
    w.cluster->state = CLUSTER_UPDATING;
    assert_false(grows_at(&w, 39)); /* one operation at a time */
    w.cluster->state = CLUSTER_ACTIVE;
    assert_true(grows_at(&w, 25));
    assert_int_equal(grow_gib(w.cluster), 50);
    assert_int_equal(w.cluster->state, CLUSTER_UPDATING);
    o = list_item(store_operations(w.store)->next, struct operation, node);
    assert_string_equal(o->type, "UPDATE_BROKER_STORAGE");
    assert_string_equal(json_string_value(json_object_get(o->plan, "how")), "apply");
    assert_non_null(json_object_get(o->plan, "cause"));
    assert_false(grows_at(&w, 49));
    done(&w);
}

static void what_keeps_volumes_from_growing_is_kept_for_who_asks(void **state)
{
    struct world w;

    (void)state;
    init(&w, 4);
    assert_int_equal(place(&w, w.cluster), 0);
    w.cluster->state = CLUSTER_ACTIVE;
    set_policy(&w, 50, 45, false);
    assert_false(grows_at(&w, 30));
    assert_non_null(strstr(w.cluster->scaling_refusal, "maximum"));
    set_policy(&w, 50, 1000, false);
    assert_false(grows_at(&w, 60)); /* 120 GiB, and its node has 100 */
    assert_non_null(strstr(w.cluster->scaling_refusal, "GiB storage free"));
    assert_int_equal(w.cluster->scaling_refused_ms, w.act.now_ms);
    assert_int_equal(grow_gib(w.cluster), 40);
    assert_false(grows_at(&w, 10));
    assert_null(w.cluster->scaling_refusal);
    done(&w);
}

TEST_MAIN(TEST(volumes_grow_by_themselves_as_their_policy_says),
          TEST(what_keeps_volumes_from_growing_is_kept_for_who_asks),
          TEST(what_an_old_backup_knows_nothing_of_is_asked_for_anew),
          TEST(a_broker_is_placed_anew_with_its_id_and_address_under_a_new_revision),
          TEST(a_cluster_that_fits_nowhere_waits_and_says_why),
          TEST(a_cluster_that_finds_no_room_in_time_fails_with_the_reason),
          TEST(what_runs_on_a_node_is_taken_until_it_is_gone), TEST(overcommit_makes_room))
