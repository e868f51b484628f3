#include "tests/lib/stores.h"

#include "api/agent/messages.h"
#include "controlplane/fleet/wanted.h"

static struct process *add(struct cluster *c, enum process_kind kind, int32_t id, const char *zone)
{
    struct process *p = store_process_new(c, kind, id);
    OWNED_MEM char *address = mem_printf("127.0.%d.%d", kind, (int)(id % 10000));

    store_set_text(&p->host, "h");
    store_set_text(&p->zone, zone);
    store_set_text(&p->subnet_id, "s");
    store_set_text(&p->address, address);
    p->revision = 1;
    return p;
}

/* What is wanted of `controllers` and a broker in each of `zones`, as an agent reads it: of the first
 * process. */
static void want(const char *const *zones, int controllers, int brokers, struct wanted_process *ret)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c;
    struct why reason = { "" };
    json_t *wanted;

    c = store_cluster_new(s, "arn", "orders", json_object(), json_object());
    store_set_text(&c->uuid, "3c4513cf-7b59-41cd-ad80-8e9781745c39-1");
    store_set_text(&c->kafka_id, "abcdefghijklmnopqrstuv");
    for (int i = 0; i < controllers; i++)
        add(c, PROCESS_CONTROLLER, 10001 + i, zones[i]);
    for (int i = 0; i < brokers; i++)
        add(c, PROCESS_BROKER, 1 + i, zones[i]);
    wanted = wanted_of_node(s, store_node_new(s, "h", "z"));
    if (wanted_decode(json_array_get(json_object_get(wanted, "processes"), 0), ret, &reason))
        fail_msg("%s", reason.text);
    json_decref(wanted);
    store_free(s);
}

static void check(const struct wanted_process *w, const char *key, const char *value)
{
    const char *got = json_string_value(json_object_get(w->properties, key));

    assert_non_null(got);
    assert_string_equal(got, value);
}

static void check_replicas(const char *const *zones, int brokers, const char *replicas, const char *in_sync)
{
    struct wanted_process w;

    want(zones, 1, brokers, &w);
    check(&w, "default.replication.factor", replicas);
    check(&w, "offsets.topic.replication.factor", replicas);
    check(&w, "transaction.state.log.replication.factor", replicas);
    check(&w, "min.insync.replicas", in_sync);
    check(&w, "transaction.state.log.min.isr", in_sync);
    check(&w, "replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector");
    check(&w, "broker.session.timeout.ms", "1500");
    check(&w, "broker.heartbeat.interval.ms", "300");
    wanted_done(&w);
}

static void replicas_are_as_many_as_zones_with_brokers_but_three_at_most(void **state)
{
    static const char *const one[] = { "a", "a", "a" }, *const two[] = { "a", "b", "a", "b" };
    static const char *const three[] = { "a", "b", "c", "a", "b", "c" };
    static const char *const four[] = { "a", "b", "c", "d" };

    (void)state;
    check_replicas(one, 3, "1", "1");
    check_replicas(two, 4, "2", "1");
    check_replicas(three, 6, "3", "2");
    check_replicas(four, 4, "3", "2");
}

static void every_controller_is_a_voter(void **state)
{
    static const char *const zones[] = { "a", "b", "c" };
    struct wanted_process w;

    (void)state;
    want(zones, 3, 3, &w);
    assert_string_equal(w.voters, "10001@127.0.0.1:9093,10002@127.0.0.2:9093,10003@127.0.0.3:9093");
    wanted_done(&w);
}

TEST_MAIN(TEST(replicas_are_as_many_as_zones_with_brokers_but_three_at_most),
          TEST(every_controller_is_a_voter))
