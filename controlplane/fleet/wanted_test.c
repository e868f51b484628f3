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

/* The spec of the clusters below, and the text of their configuration; NULL: neither. And of which of the
 * processes `want` tells. */
static const char *instance_type, *configured;
static size_t looked_at;

static json_t *spec(struct store *s)
{
    struct configuration *k;
    json_t *o = json_object();

    if (instance_type)
        json_object_set_new(o, "brokerNodeGroupInfo", json_pack("{s:s}", "instanceType", instance_type));
    if (configured) {
        k = store_configuration_new(s, "arn-k", "k");
        (void)store_configuration_revision_new(k, configured);
        json_object_set_new(o, "configurationInfo", json_pack("{s:s, s:i}", "arn", "arn-k", "revision", 1));
    }
    return o;
}

/* What is wanted of `controllers` and a broker in each of `zones`, as an agent reads it. */
static void want(const char *const *zones, int controllers, int brokers, struct wanted_process *ret)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = stores_open(dir);
    struct cluster *c;
    struct why reason = { "" };
    json_t *wanted;

    c = store_cluster_new(s, "arn", "orders", spec(s), json_object());
    store_set_text(&c->uuid, "3c4513cf-7b59-41cd-ad80-8e9781745c39-1");
    store_set_text(&c->kafka_id, "abcdefghijklmnopqrstuv");
    for (int i = 0; i < controllers; i++)
        add(c, PROCESS_CONTROLLER, 10001 + i, zones[i]);
    for (int i = 0; i < brokers; i++)
        add(c, PROCESS_BROKER, 1 + i, zones[i]);
    wanted = wanted_of_node(s, store_node_new(s, "h", "z"));
    if (wanted_decode(json_array_get(json_object_get(wanted, "processes"), looked_at), ret, &reason))
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

static void want_of_type(const char *type, const char *text, bool broker, struct wanted_process *ret)
{
    static const char *const zones[] = { "a", "b", "c" };

    instance_type = type;
    configured = text;
    looked_at = broker;
    want(zones, 1, 3, ret);
    instance_type = configured = NULL;
    looked_at = 0;
}

static void check_threads(const char *type, const char *text, const char *io, const char *network,
                          const char *fetchers, const char *recovery)
{
    struct wanted_process w;

    want_of_type(type, text, true, &w);
    check(&w, "num.io.threads", io);
    check(&w, "num.network.threads", network);
    check(&w, "num.replica.fetchers", fetchers);
    check(&w, "num.recovery.threads.per.data.dir", recovery);
    wanted_done(&w);
}

static void threads_are_as_many_as_the_type_has_them_unless_they_are_configured(void **state)
{
    struct wanted_process w;

    (void)state;
    check_threads("kafka.t3.small", NULL, "8", "5", "2", "2");
    check_threads("kafka.m7g.2xlarge", NULL, "8", "5", "2", "8");
    check_threads("kafka.m5.24xlarge", NULL, "96", "48", "24", "96");
    check_threads("kafka.m7g.4xlarge", "num.io.threads=9\nnum.replica.fetchers=3\n", "9", "8", "3", "16");
    want_of_type("kafka.m7g.4xlarge", NULL, false, &w); /* a controller: it has no type */
    assert_null(json_object_get(w.properties, "num.io.threads"));
    wanted_done(&w);
}

static void check_network(const char *type, const char *bytes_per_s)
{
    struct wanted_process w;

    want_of_type(type, NULL, true, &w);
    check(&w, "klamm.network.ingress.bytes.per.second", bytes_per_s);
    check(&w, "klamm.network.egress.bytes.per.second", bytes_per_s);
    wanted_done(&w);
}

static void the_network_is_that_of_the_type(void **state)
{
    struct wanted_process w;

    (void)state;
    check_network("kafka.t3.small", "625000000");
    check_network("kafka.m5.large", "1250000000");
    check_network("kafka.m7g.large", "1562500000");
    check_network("kafka.m7g.12xlarge", "2812500000");
    check_network("kafka.m7g.16xlarge", "3750000000");
    want_of_type("kafka.m7g.large", NULL, false, &w);
    assert_null(json_object_get(w.properties, "klamm.network.ingress.bytes.per.second"));
    wanted_done(&w);
}

TEST_MAIN(TEST(the_network_is_that_of_the_type),
          TEST(threads_are_as_many_as_the_type_has_them_unless_they_are_configured),
          TEST(replicas_are_as_many_as_zones_with_brokers_but_three_at_most),
          TEST(every_controller_is_a_voter))
