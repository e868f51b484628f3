#include "broker/server/monitor_page.h"

#include <stdio.h>

#include "broker/server/broker.h"
#include "broker/server/leading.h"
#include "broker/server/request_counters.h"
#include "common/metrics_process.h"

enum { NUMBER_TEXT = 12 };

#define OF_MBEAN(text) "Attribute of the MBean kafka." text

/* --- traffic: kafka.server:type=BrokerTopicMetrics and ReplicaManager --- */

struct counted {
    enum traffic_kind kind;
    const char *name;
    enum monitoring_level of_broker, of_topic; /* from which level on */
};

#define NEVER ((enum monitoring_level)(MONITORING_PARTITION + 1))

static const struct counted topic_metrics[] = {
    { TRAFFIC_BYTES_IN, "BytesInPerSec", MONITORING_DEFAULT, MONITORING_DEFAULT },
    { TRAFFIC_BYTES_OUT, "BytesOutPerSec", MONITORING_DEFAULT, MONITORING_DEFAULT },
    { TRAFFIC_MESSAGES_IN, "MessagesInPerSec", MONITORING_DEFAULT, MONITORING_TOPIC },
    { TRAFFIC_PRODUCES, "TotalProduceRequestsPerSec", MONITORING_BROKER, MONITORING_TOPIC },
    { TRAFFIC_PRODUCES_FAILED, "FailedProduceRequestsPerSec", MONITORING_BROKER, MONITORING_TOPIC },
    { TRAFFIC_REPLICATION_IN, "ReplicationBytesInPerSec", MONITORING_BROKER, NEVER },
    { TRAFFIC_REPLICATION_OUT, "ReplicationBytesOutPerSec", MONITORING_BROKER, NEVER },
};

static const struct counted replica_metrics[] = {
    { TRAFFIC_ISR_SHRINKS, "IsrShrinksPerSec", MONITORING_BROKER, NEVER },
    { TRAFFIC_ISR_EXPANDS, "IsrExpandsPerSec", MONITORING_BROKER, NEVER },
};

/* A meter's attributes, each a family. */
enum attribute { COUNT, ONE_MINUTE_RATE, FIVE_MINUTE_RATE, FIFTEEN_MINUTE_RATE, ATTRIBUTES };

static double value_of(const struct traffic *t, enum traffic_kind kind, enum attribute a)
{
    switch (a) {
    case COUNT:
        return (double)t->count[kind];
    case ONE_MINUTE_RATE:
        return t->rates[kind].a_second[TRAFFIC_ONE_MINUTE];
    case FIVE_MINUTE_RATE:
        return t->rates[kind].a_second[TRAFFIC_FIVE_MINUTES];
    case FIFTEEN_MINUTE_RATE:
        return t->rates[kind].a_second[TRAFFIC_FIFTEEN_MINUTES];
    case ATTRIBUTES:
        break;
    }
    return 0;
}

/* As in Kafka, a topic has a line once there is something to count. */
static void put_topics(const struct broker *b, enum monitoring_level level, const struct counted *c,
                       enum attribute a, struct metrics *m)
{
    struct replicas_walk at = { 0 };
    const struct topic *last = NULL;
    const struct partition *p;

    if (level < c->of_topic)
        return;
    while ((p = replicas_next(&b->replicas, &at))) {
        struct metric_label topic = { "topic", str_of(p->topic->name) };

        if (p->topic != last && p->topic->traffic.count[c->kind])
            monitoring_value(m, c->name, &topic, 1, value_of(&p->topic->traffic, c->kind, a));
        last = p->topic;
    }
}

static void put_counted(const struct broker *b, enum monitoring_level level,
                        const struct counted *all, size_t n, enum attribute a, struct metrics *m)
{
    for (size_t i = 0; i < n; i++) {
        if (level >= all[i].of_broker)
            monitoring_value(m, all[i].name, NULL, 0, value_of(&b->traffic, all[i].kind, a));
        put_topics(b, level, &all[i], a, m);
    }
}

static void put_traffic(const struct broker *b, enum monitoring_level level, struct metrics *m)
{
    static const char *const topics[ATTRIBUTES] = {
        "kafka_server_BrokerTopicMetrics_Count",
        "kafka_server_BrokerTopicMetrics_OneMinuteRate",
        "kafka_server_BrokerTopicMetrics_FiveMinuteRate",
        "kafka_server_BrokerTopicMetrics_FifteenMinuteRate",
    };
    static const char *const replicas[ATTRIBUTES] = {
        "kafka_server_ReplicaManager_Count",
        "kafka_server_ReplicaManager_OneMinuteRate",
        "kafka_server_ReplicaManager_FiveMinuteRate",
        "kafka_server_ReplicaManager_FifteenMinuteRate",
    };

    for (int a = 0; a < ATTRIBUTES; a++) {
        metrics_family(m, topics[a], "untyped", OF_MBEAN("server:type=BrokerTopicMetrics"));
        put_counted(b, level, topic_metrics, ARRAY_LEN(topic_metrics), (enum attribute)a, m);
    }
    for (int a = 0; level >= MONITORING_BROKER && a < ATTRIBUTES; a++) {
        metrics_family(m, replicas[a], "untyped", OF_MBEAN("server:type=ReplicaManager"));
        put_counted(b, level, replica_metrics, ARRAY_LEN(replica_metrics), (enum attribute)a, m);
    }
}

/* --- partitions --- */

struct in_sync {
    bool leads, under_replicated, under_min, at_min;
    int32_t isr, replicas;
};

static struct in_sync in_sync_of(const struct partition *p)
{
    struct in_sync s = { .leads = p->leads && p->leader };

    if (!s.leads)
        return s;
    s.isr = p->leader->committed_n;
    s.replicas = p->leader->replicas_n;
    s.under_replicated = s.isr < s.replicas;
    s.under_min = s.isr < leader_min_isr(p->leader);
    s.at_min = s.isr == leader_min_isr(p->leader);
    return s;
}

static bool is_reassigned(const struct broker *b, const struct partition *p)
{
    const struct partition_state *s = image_partition(b->image, str_of(p->topic->name), p->index);

    return s && (s->adding_n || s->removing_n);
}

static void put_replicas(const struct broker *b, struct metrics *m)
{
    size_t all = 0, leads = 0, offline = 0, under = 0, under_min = 0, at_min = 0, moving = 0;
    struct replicas_walk at = { 0 };
    const struct partition *p;

    while ((p = replicas_next(&b->replicas, &at))) {
        struct in_sync s = in_sync_of(p);

        all++;
        offline += !p->log;
        leads += s.leads;
        under += s.under_replicated;
        under_min += s.under_min;
        at_min += s.at_min;
        moving += s.leads && is_reassigned(b, p);
    }
    metrics_family(m, "kafka_server_ReplicaManager_Value", "untyped",
                   OF_MBEAN("server:type=ReplicaManager"));
    monitoring_value(m, "PartitionCount", NULL, 0, (double)all);
    monitoring_value(m, "LeaderCount", NULL, 0, (double)leads);
    monitoring_value(m, "OfflineReplicaCount", NULL, 0, (double)offline);
    monitoring_value(m, "UnderReplicatedPartitions", NULL, 0, (double)under);
    monitoring_value(m, "UnderMinIsrPartitionCount", NULL, 0, (double)under_min);
    monitoring_value(m, "AtMinIsrPartitionCount", NULL, 0, (double)at_min);
    monitoring_value(m, "ReassigningPartitions", NULL, 0, (double)moving);
}

/* Calls `put` for every partition with its two labels. */
static void each_partition(const struct broker *b, struct metrics *m,
                           void (*put)(const struct partition *p, const struct metric_label *l,
                                       struct metrics *m))
{
    struct replicas_walk at = { 0 };
    const struct partition *p;
    char number[NUMBER_TEXT];

    while ((p = replicas_next(&b->replicas, &at)) && !m->full) {
        struct metric_label labels[2] = { { "topic", str_of(p->topic->name) },
                                          { "partition", { 0 } } };

        labels[1].value =
            str_make(number, (size_t)snprintf(number, sizeof(number), "%d", p->index));
        put(p, labels, m);
    }
}

static void put_log(const struct partition *p, const struct metric_label *l, struct metrics *m)
{
    if (!p->log)
        return;
    monitoring_value(m, "Size", l, 2, (double)log_size_bytes(p->log));
    monitoring_value(m, "LogStartOffset", l, 2, (double)log_start_offset(p->log));
    monitoring_value(m, "LogEndOffset", l, 2, (double)log_end_offset(p->log));
}

static void put_in_sync(const struct partition *p, const struct metric_label *l, struct metrics *m)
{
    struct in_sync s = in_sync_of(p);

    if (!s.leads)
        return;
    monitoring_value(m, "ReplicasCount", l, 2, s.replicas);
    monitoring_value(m, "InSyncReplicasCount", l, 2, s.isr);
    monitoring_value(m, "UnderReplicated", l, 2, s.under_replicated);
    monitoring_value(m, "UnderMinIsr", l, 2, s.under_min);
    monitoring_value(m, "AtMinIsr", l, 2, s.at_min);
}

static void put_partitions(const struct broker *b, struct metrics *m)
{
    metrics_family(m, "kafka_log_Log_Value", "untyped", OF_MBEAN("log:type=Log"));
    each_partition(b, m, put_log);
    metrics_family(m, "kafka_cluster_Partition_Value", "untyped",
                   OF_MBEAN("cluster:type=Partition"));
    each_partition(b, m, put_in_sync);
}

/* --- requests: kafka.network:type=RequestMetrics --- */

static const char *request_name(int kind)
{
    if (kind == REQUEST_FETCH_CONSUMER)
        return "FetchConsumer";
    if (kind == REQUEST_FETCH_FOLLOWER)
        return "FetchFollower";
    return kf_api((int16_t)kind) ? kf_api((int16_t)kind)->name : NULL;
}

static void put_times(struct metrics *m, const struct request_counters *c, const char *family,
                      double (*value)(const struct request_counter *r))
{
    metrics_family(m, family, "untyped",
                   OF_MBEAN("network:type=RequestMetrics, since open monitoring is on"));
    for (int i = 0; i < REQUEST_KINDS; i++) {
        const char *name = request_name(i);
        struct metric_label l = { "request", str_of(name) };

        if (name && c->of[i].timed_n)
            monitoring_value(m, "TotalTimeMs", &l, 1, value(&c->of[i]));
    }
}

static double mean_ms(const struct request_counter *r)
{
    return (double)r->time_ns / (double)r->timed_n / 1e6;
}

static double max_ms(const struct request_counter *r)
{
    return (double)r->time_ns_max / 1e6;
}

static void put_request_counts(struct metrics *m, const struct request_counters *c)
{
    char number[NUMBER_TEXT];

    for (int i = 0; i < KF_API_KEYS_MAX; i++)
        for (int v = 0; v < REQUEST_VERSIONS_MAX; v++) {
            struct metric_label l[] = { { "request", str_of(request_name(i)) },
                                        { "version", { 0 } } };

            if (!l[0].value.p || !c->of[i].by_version[v])
                continue;
            l[1].value = str_make(number, (size_t)snprintf(number, sizeof(number), "%d", v));
            monitoring_value(m, "RequestsPerSec", l, 2, (double)c->of[i].by_version[v]);
        }
}

void monitor_requests(struct metrics *m, const struct request_counters *c)
{
    metrics_family(m, "kafka_network_RequestMetrics_Count", "untyped",
                   OF_MBEAN("network:type=RequestMetrics"));
    put_request_counts(m, c);
    for (int i = 0; i < REQUEST_KINDS; i++) {
        const char *name = request_name(i);
        struct metric_label l = { "request", str_of(name) };

        if (name && c->of[i].timed_n)
            monitoring_value(m, "TotalTimeMs", &l, 1, (double)c->of[i].timed_n);
    }
    put_times(m, c, "kafka_network_RequestMetrics_Mean", mean_ms);
    put_times(m, c, "kafka_network_RequestMetrics_Max", max_ms);
}

/* --- the broker as a whole --- */

/* Kafka's BrokerState. */
static int broker_state(const struct broker *b)
{
    switch (b->life.state) {
    case LIFE_FOLLOWING:
    case LIFE_REGISTERING:
    case LIFE_CATCHING_UP:
        return 1; /* STARTING */
    case LIFE_RECOVERING:
    case LIFE_UNFENCING:
        return 2; /* RECOVERY */
    case LIFE_RUNNING:
        return 3;
    case LIFE_STOPPING:
        return 6; /* PENDING_CONTROLLED_SHUTDOWN */
    case LIFE_STOPPED:
        return 7; /* SHUTTING_DOWN */
    case LIFE_STATES:
        break;
    }
    return 127; /* UNKNOWN */
}

static void put_broker(const struct broker *b, struct metrics *m)
{
    size_t offline = 0, cordoned = 0;

    for (unsigned i = 0; i < b->dirs_n; i++) {
        offline += __atomic_load_n(&b->dirs[i].offline, __ATOMIC_RELAXED);
        cordoned += b->dirs[i].cordoned;
    }
    metrics_family(m, "kafka_server_KafkaServer_Value", "untyped",
                   OF_MBEAN("server:type=KafkaServer"));
    monitoring_value(m, "BrokerState", NULL, 0, broker_state(b));
    metrics_family(m, "kafka_log_LogManager_Value", "untyped", OF_MBEAN("log:type=LogManager"));
    monitoring_value(m, "OfflineLogDirectoryCount", NULL, 0, (double)offline);
    monitoring_value(m, "CordonedLogDirectoryCount", NULL, 0, (double)cordoned);
    metrics_family(m, "kafka_server_FetchSessionCache_Value", "untyped",
                   OF_MBEAN("server:type=FetchSessionCache"));
    monitoring_value(m, "NumIncrementalFetchSessions", NULL, 0, (double)b->sessions.by_id.n);
    metrics_single(m, "kafka_server_broker_metadata_metrics_last_applied_record_offset", "untyped",
                   OF_MBEAN("server:type=broker-metadata-metrics"), (double)b->metadata_offset);
}

static void put_connections(const struct broker *b, struct metrics *m)
{
    metrics_family(m, "kafka_server_socket_server_metrics_connection_count", "untyped",
                   OF_MBEAN("server:type=socket-server-metrics"));
    for (unsigned i = 0; i < b->listeners_n; i++) {
        struct metric_label l[] = { { "listener", str_of(b->listener_names[i]) },
                                    { "networkProcessor", STR_LIT("0") } };

        metrics_sample(m, l, 2, listener_connections(b->listeners[i]));
    }
}

void monitor_page(void *broker, enum monitoring_level level, struct metrics *m)
{
    const struct broker *b = broker;

    put_broker(b, m);
    put_connections(b, m);
    put_replicas(b, m);
    put_traffic(b, level, m);
    if (level >= MONITORING_BROKER)
        monitor_requests(m, b->counters);
    if (level >= MONITORING_PARTITION)
        put_partitions(b, m);
    metrics_process(m);
}

/* --- what is measured while somebody may ask --- */

static void each_traffic(struct broker *b, void (*f)(struct traffic *t))
{
    struct replicas_walk at = { 0 };
    struct topic *last = NULL;
    struct partition *p;

    f(&b->traffic);
    while ((p = replicas_next(&b->replicas, &at))) {
        if (p->topic != last)
            f(&p->topic->traffic);
        last = p->topic;
    }
}

static void tick(struct loop_timer *t)
{
    struct broker *b = container_of(t, struct broker, traffic_tick);

    each_traffic(b, traffic_tick);
    loop_timer_in(b->loop, t, TRAFFIC_TICK_MS);
}

void monitor_switched(void *broker, bool on)
{
    struct broker *b = broker;

    b->counters->timed = on;
    if (!on) {
        loop_timer_clear(b->loop, &b->traffic_tick);
        return;
    }
    each_traffic(b, traffic_watch);
    b->traffic_tick.fire = tick;
    loop_timer_in(b->loop, &b->traffic_tick, TRAFFIC_TICK_MS);
}
