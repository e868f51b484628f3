#include "broker/controller/monitor.h"

#include "broker/controller/shell_internal.h"
#include "broker/server/monitor_page.h"
#include "broker/server/request_counters.h"
#include "common/metrics_process.h"

static void put_partitions(const struct controller *c, struct metrics *m)
{
    size_t at = 0, offline = 0, unpreferred = 0;
    const struct topic_state *t;

    while ((t = image_topic_next(c->image, &at)))
        for (int32_t i = 0; i < t->partitions_n; i++) {
            const struct partition_state *p = &t->partitions[i];

            if (!p->directories) /* a gap */
                continue;
            offline += p->leader < 0;
            unpreferred += p->replicas_n && p->leader != p->replicas[0];
        }
    monitoring_value(m, "GlobalTopicCount", NULL, 0, (double)image_topics_n(c->image));
    monitoring_value(m, "GlobalPartitionCount", NULL, 0, (double)image_partitions_n(c->image));
    monitoring_value(m, "OfflinePartitionsCount", NULL, 0, (double)offline);
    monitoring_value(m, "PreferredReplicaImbalanceCount", NULL, 0, (double)unpreferred);
}

static void put_brokers(const struct controller *c, struct metrics *m)
{
    size_t at = 0, active = 0, fenced = 0, leaving = 0;
    const struct broker_registration *b;

    while ((b = image_broker_next(c->image, &at))) {
        active += !b->fenced;
        fenced += b->fenced;
        leaving += !b->fenced && b->in_controlled_shutdown;
    }
    monitoring_value(m, "ActiveBrokerCount", NULL, 0, (double)active);
    monitoring_value(m, "FencedBrokerCount", NULL, 0, (double)fenced);
    monitoring_value(m, "ControlledShutdownBrokerCount", NULL, 0, (double)leaving);
}

static void put_raft(const struct controller *c, struct metrics *m)
{
#define RAFT(name, value)                                                                          \
    metrics_single(m, "kafka_server_raft_metrics_" name, "untyped",                                \
                   "Attribute of the MBean kafka.server:type=raft-metrics", (double)(value))
    RAFT("current_leader", c->raft.durable.leader);
    RAFT("current_epoch", c->raft.durable.epoch);
    RAFT("current_vote", c->raft.durable.voted);
    RAFT("high_watermark", c->raft.high_watermark);
    RAFT("log_end_offset", c->raft.end);
    RAFT("log_end_epoch", c->raft.log_epoch);
    RAFT("number_of_voters", c->raft.voters_n);
#undef RAFT
}

static void put_connections(const struct controller *c, struct metrics *m)
{
    struct metric_label l[] = { { "listener", str_of(c->listener_name) },
                                { "networkProcessor", STR_LIT("0") } };

    metrics_family(m, "kafka_server_socket_server_metrics_connection_count", "untyped",
                   "Attribute of the MBean kafka.server:type=socket-server-metrics");
    metrics_sample(m, l, 2, listener_connections(c->listener));
}

void controller_monitor_page(void *controller, enum monitoring_level level, struct metrics *m)
{
    const struct controller *c = controller;

    metrics_family(m, "kafka_controller_KafkaController_Value", "untyped",
                   "Attribute of the MBean kafka.controller:type=KafkaController");
    monitoring_value(m, "ActiveControllerCount", NULL, 0, c->active);
    if (c->image) {
        put_brokers(c, m);
        put_partitions(c, m);
        monitoring_value(m, "LastAppliedRecordOffset", NULL, 0, (double)(c->applied - 1));
        monitoring_value(m, "LastCommittedRecordOffset", NULL, 0,
                         (double)(c->raft.high_watermark - 1));
        put_raft(c, m);
        put_connections(c, m);
    }
    if (level >= MONITORING_BROKER)
        monitor_requests(m, c->counters);
    metrics_process(m);
}

void controller_monitor_switched(void *controller, bool on)
{
    struct controller *c = controller;

    c->counters->timed = on;
}
