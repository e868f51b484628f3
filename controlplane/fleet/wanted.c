#include "controlplane/fleet/wanted.h"

#include "api/agent/messages.h"
#include "api/rest/configuration.h"
#include "common/buf.h"
#include "controlplane/fleet/rebalance.h"
#include "common/limits.h"
#include "controlplane/fleet/capacity.h"

/* id@host:port of the cluster's controllers. */
static void put_voters(struct buf *b, const struct cluster *c)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->kind == PROCESS_CONTROLLER)
            buf_printf(b, "%s%d@%s:%d", b->n ? "," : "", p->node_id, p->address, WANTED_CONTROLLER_PORT);
    }
}

/* Zones that hold brokers, as the replicas of a partition are spread over them. */
static int zones(const struct cluster *c)
{
    int n = 0;

    list_each(at, &c->processes) {
        const struct process *p = list_item(at, struct process, node);
        bool first = p->kind == PROCESS_BROKER;

        list_each(before, &c->processes) {
            const struct process *q = list_item(before, struct process, node);

            if (q == p)
                break;
            if (q->kind == PROCESS_BROKER && strcmp(q->zone, p->zone) == 0)
                first = false;
        }
        n += first;
    }
    return n;
}

/* MSK's defaults: a replica in every zone, at most three; with three, one may be away. Sessions are
 * shorter than Kafka's: what is cut off is given up in a blink. */
static json_t *defaults(const struct cluster *c)
{
    int n = zones(c);
    int replicas = n > 3 ? 3 : n < 1 ? 1 : n;
    int in_sync = replicas == 3 ? 2 : 1;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
                     "broker.session.timeout.ms", json_sprintf("%d", SESSION_MS),
                     "broker.heartbeat.interval.ms", json_sprintf("%d", HEARTBEAT_MS),
                     "default.replication.factor", json_sprintf("%d", replicas),
                     "min.insync.replicas", json_sprintf("%d", in_sync),
                     "offsets.topic.replication.factor", json_sprintf("%d", replicas),
                     "transaction.state.log.replication.factor", json_sprintf("%d", replicas),
                     "transaction.state.log.min.isr", json_sprintf("%d", in_sync),
                     "replica.selector.class",
                     "org.apache.kafka.common.replica.RackAwareReplicaSelector");
}

static int at_least(int low, int n)
{
    return n < low ? low : n;
}

/* MSK's numbers of threads (its column of tiered storage: in the other one they stay at what 8 vCPUs have).
 * klamm-broker tells of them and obeys the last one alone (docs/nodes.md): so many open logs. */
static void add_threads(const struct instance_type *t, json_t *to)
{
    json_object_set_new(to, "num.io.threads", json_sprintf("%d", at_least(8, t->vcpus)));
    json_object_set_new(to, "num.network.threads", json_sprintf("%d", at_least(5, t->vcpus / 2)));
    json_object_set_new(to, "num.replica.fetchers", json_sprintf("%d", at_least(2, t->vcpus / 4)));
    json_object_set_new(to, "num.recovery.threads.per.data.dir", json_sprintf("%d", at_least(2, t->vcpus)));
}

/* What clients may send to a broker of the type and get from it. */
static void add_network(const struct instance_type *t, json_t *to)
{
    int64_t bytes_per_s = (int64_t)t->network_mbps * 1000000 / 8;

    json_object_set_new(to, "klamm.network.ingress.bytes.per.second",
                        json_sprintf("%lld", (long long)bytes_per_s));
    json_object_set_new(to, "klamm.network.egress.bytes.per.second",
                        json_sprintf("%lld", (long long)bytes_per_s));
}

/* The properties of the cluster's configuration, checked when it was stored. */
static void add_configured(struct store *s, const struct cluster *c, json_t *to)
{
    const json_t *info = json_object_get(c->spec, "configurationInfo");
    const char *arn = json_string_value(json_object_get(info, "arn"));
    const struct configuration *k = arn ? store_configuration(s, str_of(arn)) : NULL;
    long number = (long)json_integer_value(json_object_get(info, "revision"));
    const struct configuration_revision *r = k ? store_configuration_revision(k, number) : NULL;
    struct refusal refusal;
    json_t *properties = r ? configuration_properties(str_of(r->properties), &refusal) : NULL;

    json_object_update(to, properties);
    json_decref(properties);
}

static bool exports(const struct cluster *c, const char *exporter)
{
    const json_t *open = json_object_get(json_object_get(c->spec, "openMonitoring"), "prometheus");

    return json_is_true(json_object_get(json_object_get(open, exporter), "enabledInBroker"));
}

static json_t *encode(struct store *s, const struct process *p)
{
    OWNED_MEM char *id = store_process_id(p);
    OWNED_BUF voters = { 0 };
    json_t *properties = defaults(p->cluster), *encoded;
    const struct placement_amount type = capacity_of_broker(p->cluster);
    bool broker = p->kind == PROCESS_BROKER;
    const struct instance_type *t = broker ? instance_type_find(capacity_instance_type(p->cluster)) : NULL;
    struct wanted_process w = {
        .id = id,
        .cluster_id = p->cluster->kafka_id,
        .cluster_name = p->cluster->name,
        .kind = broker ? (char[]){ "broker" } : (char[]){ "controller" },
        .zone = p->zone,
        .address = p->address,
        .release = (char *)(uintptr_t)json_string_value(json_object_get(p->cluster->spec, "kafkaVersion")),
        .node_id = p->node_id,
        .port = broker ? WANTED_BROKER_PORT : WANTED_CONTROLLER_PORT,
        .revision = p->revision,
        .restart = p->restart,
        .volume_bytes = broker ? type.storage_bytes : 0,
        .cpus = broker ? type.vcpus : 0,
        .memory_bytes = broker ? type.memory_bytes : 0,
        .gone = p->wanted == WANTED_GONE,
        .stopped = p->wanted == WANTED_STOPPED,
        .monitoring = { exports(p->cluster, "jmxExporter"), exports(p->cluster, "nodeExporter"),
                        json_string_value(json_object_get(p->cluster->spec, "enhancedMonitoring")) },
        .properties = properties,
    };

    if (t) {
        add_threads(t, properties);
        add_network(t, properties);
    }
    add_configured(s, p->cluster, properties);
    put_voters(&voters, p->cluster);
    buf_put_u8(&voters, 0);
    w.voters = (char *)voters.p;
    encoded = wanted_encode(&w);
    json_decref(properties);
    return encoded;
}

json_t *wanted_of_node(struct store *s, const struct node *n)
{
    json_t *processes = json_array();

    list_each(node, store_clusters(s)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes) {
            const struct process *p = list_item(at, struct process, node);

            if (strcmp(p->host, n->name) == 0)
                json_array_append_new(processes, encode(s, p));
        }
    }
    return json_pack("{s:I, s:o, s:o}", "revision", (json_int_t)n->revision, "processes", processes,
                     "rebalances", rebalance_of_node(s, n));
}
