#include "broker/server/config_keys.h"

/* Names, types, bounds and defaults of Apache Kafka 4.3
 * of brokers and controllers, in order of names. */
enum {
    NON_EMPTY = CONFIG_NON_EMPTY,
    DISTINCT = CONFIG_DISTINCT,
    ANY_CASE = CONFIG_ANY_CASE,
    INTERNAL = CONFIG_INTERNAL,
    USED = CONFIG_USED,
    DYNAMIC_ONLY = CONFIG_DYNAMIC_ONLY,
    TOLD = CONFIG_TOLD,
};

#define MIN INT64_MIN
#define MAX INT64_MAX
#define K(name, type, update, low, high, flags, value, choices, synonyms) \
    { name, CONFIG_##type, CONFIG_##update, flags, low, high, value, choices, synonyms },

const struct config_key config_broker_keys[] = {
    K("add.partitions.to.txn.retry.backoff.max.ms", INT, READ_ONLY, 0, MAX, USED, "100", NULL, NULL)
    K("add.partitions.to.txn.retry.backoff.ms", INT, READ_ONLY, 1, MAX, USED, "20", NULL, NULL)
    K("advertised.listeners", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | DISTINCT | USED,
      NULL, NULL, NULL)
    K("alter.config.policy.class.name", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("alter.log.dirs.replication.quota.window.num", INT, READ_ONLY, 1, MAX, USED, "11", NULL, NULL)
    K("alter.log.dirs.replication.quota.window.size.seconds", INT, READ_ONLY, 1, MAX, USED,
      "1", NULL, NULL)
    K("authorizer.class.name", STRING, READ_ONLY, MIN, MAX, 0, "", NULL, NULL)
    K("auto.create.topics.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED, "true", NULL, NULL)
    K("auto.leader.rebalance.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED, "true", NULL, NULL)
    K("background.threads", INT, CLUSTER_WIDE, 1, MAX, 0, "10", NULL, NULL)
    K("broker.heartbeat.interval.ms", INT, READ_ONLY, MIN, MAX, USED, "2000", NULL, NULL)
    K("broker.id", INT, READ_ONLY, MIN, MAX, USED, "-1", NULL, NULL)
    K("broker.rack", STRING, READ_ONLY, MIN, MAX, USED, NULL, NULL, NULL)
    K("broker.session.timeout.ms", INT, READ_ONLY, MIN, MAX, USED, "9000", NULL, NULL)
    K("client.quota.callback.class", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("compression.gzip.level", INT, CLUSTER_WIDE, -1, 9, 0, "-1", NULL, NULL)
    K("compression.lz4.level", INT, CLUSTER_WIDE, 1, 17, 0, "9", NULL, NULL)
    K("compression.type", STRING, CLUSTER_WIDE, MIN, MAX, USED,
      "producer", "uncompressed,zstd,lz4,snappy,gzip,producer", NULL)
    K("compression.zstd.level", INT, CLUSTER_WIDE, -131072, 22, 0, "3", NULL, NULL)
    K("config.providers", LIST, CLUSTER_WIDE, MIN, MAX, DISTINCT, "", NULL, NULL)
    K("connection.failed.authentication.delay.ms", INT, READ_ONLY, 0, MAX, 0, "100", NULL, NULL)
    K("connections.max.idle.ms", LONG, READ_ONLY, MIN, MAX, USED, "600000", NULL, NULL)
    K("connections.max.reauth.ms", LONG, READ_ONLY, MIN, MAX, 0, "0", NULL, NULL)
    K("controlled.shutdown.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED, "true", NULL, NULL)
    K("controller.listener.names", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | DISTINCT | USED,
      NULL, NULL, NULL)
    K("controller.performance.always.log.threshold.ms", LONG, READ_ONLY, 0, MAX, INTERNAL,
      "2000", NULL, NULL)
    K("controller.performance.sample.period.ms", LONG, READ_ONLY, 100, MAX, INTERNAL,
      "60000", NULL, NULL)
    K("controller.quorum.append.linger.ms", INT, READ_ONLY, 0, MAX, 0, "25", NULL, NULL)
    K("controller.quorum.auto.join.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED, "false", NULL, NULL)
    K("controller.quorum.bootstrap.servers", LIST, READ_ONLY, MIN, MAX, USED, "", NULL, NULL)
    K("controller.quorum.election.backoff.max.ms", INT, READ_ONLY, 0, MAX, USED, "1000", NULL, NULL)
    K("controller.quorum.election.timeout.ms", INT, READ_ONLY, 0, MAX, USED, "1000", NULL, NULL)
    K("controller.quorum.fetch.max.bytes", INT, READ_ONLY, 1, MAX, 0, "1048576", NULL, NULL)
    K("controller.quorum.fetch.snapshot.max.bytes", INT, READ_ONLY, 1, MAX, 0,
      "1048576", NULL, NULL)
    K("controller.quorum.fetch.timeout.ms", INT, READ_ONLY, 0, MAX, USED, "2000", NULL, NULL)
    K("controller.quorum.request.timeout.ms", INT, READ_ONLY, 0, MAX, USED, "2000", NULL, NULL)
    K("controller.quorum.retry.backoff.ms", INT, READ_ONLY, 0, MAX, 0, "20", NULL, NULL)
    K("controller.quorum.voters", LIST, READ_ONLY, MIN, MAX, USED, "", NULL, NULL)
    K("controller.quota.window.num", INT, READ_ONLY, 1, MAX, 0, "11", NULL, NULL)
    K("controller.quota.window.size.seconds", INT, READ_ONLY, 1, MAX, 0, "1", NULL, NULL)
    K("controller.socket.timeout.ms", INT, READ_ONLY, MIN, MAX, 0, "30000", NULL, NULL)
    K("cordoned.log.dirs", LIST, PER_BROKER, MIN, MAX, DISTINCT | USED, "", NULL, NULL)
    K("create.topic.policy.class.name", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("default.replication.factor", INT, READ_ONLY, MIN, MAX, USED, "1", NULL, NULL)
    K("delegation.token.expiry.check.interval.ms", LONG, READ_ONLY, 1, MAX, 0,
      "3600000", NULL, NULL)
    K("delegation.token.expiry.time.ms", LONG, READ_ONLY, 1, MAX, 0, "86400000", NULL, NULL)
    K("delegation.token.max.lifetime.ms", LONG, READ_ONLY, 1, MAX, 0, "604800000", NULL, NULL)
    K("delegation.token.secret.key", PASSWORD, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("delete.records.purgatory.purge.interval.requests", INT, READ_ONLY, MIN, MAX, 0,
      "1", NULL, NULL)
    K("delete.topic.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED, "true", NULL, NULL)
    K("early.start.listeners", LIST, READ_ONLY, MIN, MAX, DISTINCT, NULL, NULL, NULL)
    K("fetch.max.bytes", INT, READ_ONLY, 1024, MAX, USED, "57671680", NULL, NULL)
    K("fetch.purgatory.purge.interval.requests", INT, READ_ONLY, MIN, MAX, 0, "1000", NULL, NULL)
    K("follower.fetch.last.tiered.offset.enable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, 0,
      "false", NULL, NULL)
    K("follower.replication.throttled.rate", LONG, CLUSTER_WIDE, 0, MAX, DYNAMIC_ONLY | USED,
      "9223372036854775807", NULL, NULL)
    K("group.consumer.assignment.interval.ms", INT, CLUSTER_WIDE, 0, MAX, USED, "1000", NULL, NULL)
    K("group.consumer.assignors", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | DISTINCT | USED,
      "uniform,range", NULL, NULL)
    K("group.consumer.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, USED, "5000", NULL, NULL)
    K("group.consumer.max.assignment.interval.ms", INT, READ_ONLY, 0, MAX, 0, "15000", NULL, NULL)
    K("group.consumer.max.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, USED, "15000", NULL, NULL)
    K("group.consumer.max.session.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "60000", NULL, NULL)
    K("group.consumer.max.size", INT, READ_ONLY, 1, MAX, USED, "2147483647", NULL, NULL)
    K("group.consumer.migration.policy", STRING, READ_ONLY, MIN, MAX, ANY_CASE | USED,
      "bidirectional", "disabled,downgrade,upgrade,bidirectional", NULL)
    K("group.consumer.min.assignment.interval.ms", INT, READ_ONLY, 0, MAX, 0, "0", NULL, NULL)
    K("group.consumer.min.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, USED, "5000", NULL, NULL)
    K("group.consumer.min.session.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "45000", NULL, NULL)
    K("group.consumer.regex.refresh.interval.ms", INT, READ_ONLY, 10000, MAX, INTERNAL | USED,
      "600000", NULL, NULL)
    K("group.consumer.session.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "45000", NULL, NULL)
    K("group.coordinator.append.linger.ms", INT, READ_ONLY, -1, MAX, 0, "-1", NULL, NULL)
    K("group.coordinator.background.threads", INT, READ_ONLY, 1, MAX, 0, "2", NULL, NULL)
    K("group.coordinator.cached.buffer.max.bytes", INT, CLUSTER_WIDE, 524288, MAX, 0,
      "1048588", NULL, NULL)
    K("group.coordinator.rebalance.protocols", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | USED,
      "classic,consumer,streams", "classic,consumer,share,streams", NULL)
    K("group.coordinator.threads", INT, READ_ONLY, 1, MAX, 0, "4", NULL, NULL)
    K("group.initial.rebalance.delay.ms", INT, READ_ONLY, MIN, MAX, USED, "3000", NULL, NULL)
    K("group.max.session.timeout.ms", INT, READ_ONLY, MIN, MAX, USED, "1800000", NULL, NULL)
    K("group.max.size", INT, READ_ONLY, 1, MAX, USED, "2147483647", NULL, NULL)
    K("group.min.session.timeout.ms", INT, READ_ONLY, MIN, MAX, USED, "6000", NULL, NULL)
    K("group.share.assignment.interval.ms", INT, CLUSTER_WIDE, 0, MAX, 0, "1000", NULL, NULL)
    K("group.share.assignors", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | DISTINCT,
      "simple", NULL, NULL)
    K("group.share.delivery.count.limit", INT, READ_ONLY, 2, 10, USED, "5", NULL, NULL)
    K("group.share.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, USED, "5000", NULL, NULL)
    K("group.share.initialize.retry.interval.ms", INT, READ_ONLY, 1, MAX, INTERNAL | USED,
      "30000", NULL, NULL)
    K("group.share.max.assignment.interval.ms", INT, READ_ONLY, 0, MAX, 0, "15000", NULL, NULL)
    K("group.share.max.delivery.count.limit", INT, READ_ONLY, 5, 25, USED, "10", NULL, NULL)
    K("group.share.max.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, USED, "15000", NULL, NULL)
    K("group.share.max.partition.max.record.locks", INT, READ_ONLY, 2000, 10000, USED,
      "4000", NULL, NULL)
    K("group.share.max.record.lock.duration.ms", INT, READ_ONLY, 30000, 3600000, USED,
      "60000", NULL, NULL)
    K("group.share.max.session.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "60000", NULL, NULL)
    K("group.share.max.share.sessions", INT, READ_ONLY, 1, MAX, USED, "2000", NULL, NULL)
    K("group.share.max.size", INT, READ_ONLY, 1, 1000, USED, "200", NULL, NULL)
    K("group.share.min.assignment.interval.ms", INT, READ_ONLY, 0, MAX, 0, "0", NULL, NULL)
    K("group.share.min.delivery.count.limit", INT, READ_ONLY, 2, 5, USED, "2", NULL, NULL)
    K("group.share.min.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, USED, "5000", NULL, NULL)
    K("group.share.min.partition.max.record.locks", INT, READ_ONLY, 100, 2000, USED,
      "100", NULL, NULL)
    K("group.share.min.record.lock.duration.ms", INT, READ_ONLY, 1000, 30000, USED,
      "15000", NULL, NULL)
    K("group.share.min.session.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "45000", NULL, NULL)
    K("group.share.partition.max.record.locks", INT, READ_ONLY, 100, 10000, USED,
      "2000", NULL, NULL)
    K("group.share.persister.class.name", STRING, READ_ONLY, MIN, MAX, INTERNAL,
      "org.apache.kafka.server.share.persister.DefaultStatePersister", NULL, NULL)
    K("group.share.record.lock.duration.ms", INT, READ_ONLY, 1000, 3600000, USED,
      "30000", NULL, NULL)
    K("group.share.session.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "45000", NULL, NULL)
    K("group.streams.assignment.interval.ms", INT, CLUSTER_WIDE, 0, MAX, 0, "1000", NULL, NULL)
    K("group.streams.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, 0, "5000", NULL, NULL)
    K("group.streams.initial.rebalance.delay.ms", INT, READ_ONLY, 0, MAX, 0, "3000", NULL, NULL)
    K("group.streams.max.assignment.interval.ms", INT, READ_ONLY, 0, MAX, 0, "15000", NULL, NULL)
    K("group.streams.max.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, 0, "15000", NULL, NULL)
    K("group.streams.max.session.timeout.ms", INT, READ_ONLY, 1, MAX, 0, "60000", NULL, NULL)
    K("group.streams.max.size", INT, READ_ONLY, 1, MAX, 0, "2147483647", NULL, NULL)
    K("group.streams.max.standby.replicas", INT, READ_ONLY, 0, MAX, 0, "2", NULL, NULL)
    K("group.streams.min.assignment.interval.ms", INT, READ_ONLY, 0, MAX, 0, "0", NULL, NULL)
    K("group.streams.min.heartbeat.interval.ms", INT, READ_ONLY, 1, MAX, 0, "5000", NULL, NULL)
    K("group.streams.min.session.timeout.ms", INT, READ_ONLY, 1, MAX, 0, "45000", NULL, NULL)
    K("group.streams.num.standby.replicas", INT, READ_ONLY, 0, MAX, 0, "0", NULL, NULL)
    K("group.streams.session.timeout.ms", INT, READ_ONLY, 1, MAX, 0, "45000", NULL, NULL)
    K("initial.broker.registration.timeout.ms", INT, READ_ONLY, MIN, MAX, USED, "60000", NULL, NULL)
    K("inter.broker.listener.name", STRING, READ_ONLY, MIN, MAX, USED, NULL, NULL, NULL)
    K("internal.metadata.delete.delay.millis", LONG, READ_ONLY, MIN, MAX, INTERNAL,
      "60000", NULL, NULL)
    K("internal.metadata.log.segment.bytes", INT, READ_ONLY, MIN, MAX, INTERNAL, NULL, NULL, NULL)
    K("internal.metadata.max.batch.size.in.bytes", INT, READ_ONLY, MIN, MAX, INTERNAL,
      "8388608", NULL, NULL)
    K("kafka.metrics.polling.interval.secs", INT, READ_ONLY, 1, MAX, 0, "10", NULL, NULL)
    K("kafka.metrics.reporters", LIST, READ_ONLY, MIN, MAX, DISTINCT, "", NULL, NULL)
    /* Not of Kafka: acks=all, and what consumers see, mean flushed on every in-sync replica. */
    K("klamm.durable.acks", BOOLEAN, CLUSTER_WIDE, MIN, MAX, INTERNAL | USED, "false", NULL, NULL)
    /* Not of Kafka: a file that says where Prometheus' metrics are served (monitoring.h). */
    K("klamm.monitoring.file", STRING, READ_ONLY, MIN, MAX, INTERNAL | USED, NULL, NULL, NULL)
    /* Not of Kafka: what all clients together fetch and produce (client_quotas.h). */
    K("klamm.network.egress.bytes.per.second", LONG, CLUSTER_WIDE, 1, MAX, INTERNAL | USED,
      "9223372036854775807", NULL, NULL)
    K("klamm.network.ingress.bytes.per.second", LONG, CLUSTER_WIDE, 1, MAX, INTERNAL | USED,
      "9223372036854775807", NULL, NULL)
    /* Not of Kafka: a file with the number of bytes that each directory of logs may hold. */
    K("klamm.volume.limit.file", STRING, READ_ONLY, MIN, MAX, INTERNAL | USED, NULL, NULL, NULL)
    K("leader.imbalance.check.interval.seconds", LONG, READ_ONLY, 1, MAX, 0, "300", NULL, NULL)
    K("leader.replication.throttled.rate", LONG, CLUSTER_WIDE, 0, MAX, DYNAMIC_ONLY | USED,
      "9223372036854775807", NULL, NULL)
    K("listener.security.protocol.map", STRING, PER_BROKER, MIN, MAX, USED,
      "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", NULL, NULL)
    K("listeners", LIST, PER_BROKER, MIN, MAX, NON_EMPTY | DISTINCT | USED,
      "PLAINTEXT://:9092", NULL, NULL)
    K("log.cleaner.backoff.ms", LONG, CLUSTER_WIDE, 0, MAX, USED, "15000", NULL, NULL)
    K("log.cleaner.dedupe.buffer.size", LONG, CLUSTER_WIDE, MIN, MAX, USED, "134217728", NULL, NULL)
    K("log.cleaner.delete.retention.ms", LONG, CLUSTER_WIDE, 0, MAX, USED, "86400000", NULL, NULL)
    K("log.cleaner.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED, "true", NULL, NULL)
    K("log.cleaner.io.buffer.load.factor", DOUBLE, CLUSTER_WIDE, MIN, MAX, 0, "0.9", NULL, NULL)
    K("log.cleaner.io.buffer.size", INT, CLUSTER_WIDE, 0, MAX, 0, "524288", NULL, NULL)
    K("log.cleaner.io.max.bytes.per.second", DOUBLE, CLUSTER_WIDE, MIN, MAX, USED,
      "1.7976931348623157E308", NULL, NULL)
    K("log.cleaner.max.compaction.lag.ms", LONG, CLUSTER_WIDE, 1, MAX, USED,
      "9223372036854775807", NULL, NULL)
    K("log.cleaner.min.cleanable.ratio", DOUBLE, CLUSTER_WIDE, 0, 1, USED, "0.5", NULL, NULL)
    K("log.cleaner.min.compaction.lag.ms", LONG, CLUSTER_WIDE, 0, MAX, USED, "0", NULL, NULL)
    K("log.cleaner.threads", INT, CLUSTER_WIDE, 0, MAX, 0, "1", NULL, NULL)
    K("log.cleanup.policy", LIST, CLUSTER_WIDE, MIN, MAX, USED, "delete", "compact,delete", NULL)
    K("log.dir", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | DISTINCT | USED,
      "/tmp/kafka-logs", NULL, NULL)
    K("log.dir.failure.timeout.ms", LONG, READ_ONLY, 1, MAX, 0, "30000", NULL, NULL)
    K("log.dirs", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | DISTINCT | USED, NULL, NULL, NULL)
    K("log.flush.interval.messages", LONG, CLUSTER_WIDE, 1, MAX, USED,
      "9223372036854775807", NULL, NULL)
    K("log.flush.interval.ms", LONG, CLUSTER_WIDE, MIN, MAX, USED, NULL, NULL, NULL)
    K("log.flush.offset.checkpoint.interval.ms", INT, READ_ONLY, 0, MAX, USED, "60000", NULL, NULL)
    K("log.flush.scheduler.interval.ms", LONG, READ_ONLY, MIN, MAX, USED,
      "9223372036854775807", NULL, NULL)
    K("log.flush.start.offset.checkpoint.interval.ms", INT, READ_ONLY, 0, MAX, USED,
      "60000", NULL, NULL)
    K("log.index.interval.bytes", INT, CLUSTER_WIDE, 0, MAX, USED, "4096", NULL, NULL)
    K("log.index.size.max.bytes", INT, CLUSTER_WIDE, 4, MAX, USED, "10485760", NULL, NULL)
    K("log.initial.task.delay.ms", LONG, READ_ONLY, 0, MAX, INTERNAL | USED, "30000", NULL, NULL)
    K("log.local.retention.bytes", LONG, CLUSTER_WIDE, -2, MAX, 0, "-2", NULL, NULL)
    K("log.local.retention.ms", LONG, CLUSTER_WIDE, -2, MAX, 0, "-2", NULL, NULL)
    K("log.message.timestamp.after.max.ms", LONG, CLUSTER_WIDE, 0, MAX, USED, "3600000", NULL, NULL)
    K("log.message.timestamp.before.max.ms", LONG, CLUSTER_WIDE, 0, MAX, USED,
      "9223372036854775807", NULL, NULL)
    K("log.message.timestamp.type", STRING, CLUSTER_WIDE, MIN, MAX, USED,
      "CreateTime", "CreateTime,LogAppendTime", NULL)
    K("log.preallocate", BOOLEAN, CLUSTER_WIDE, MIN, MAX, USED, "false", NULL, NULL)
    K("log.retention.bytes", LONG, CLUSTER_WIDE, MIN, MAX, USED, "-1", NULL, NULL)
    K("log.retention.check.interval.ms", LONG, READ_ONLY, 1, MAX, USED, "300000", NULL, NULL)
    K("log.retention.hours", INT, READ_ONLY, MIN, MAX, USED, "168", NULL, NULL)
    K("log.retention.minutes", INT, READ_ONLY, MIN, MAX, USED, NULL, NULL, NULL)
    K("log.retention.ms", LONG, CLUSTER_WIDE, MIN, MAX, USED, NULL, NULL, NULL)
    K("log.roll.hours", INT, READ_ONLY, 1, MAX, USED, "168", NULL, NULL)
    K("log.roll.jitter.hours", INT, READ_ONLY, 0, MAX, USED, "0", NULL, NULL)
    K("log.roll.jitter.ms", LONG, CLUSTER_WIDE, MIN, MAX, USED, NULL, NULL, NULL)
    K("log.roll.ms", LONG, CLUSTER_WIDE, MIN, MAX, USED, NULL, NULL, NULL)
    K("log.segment.bytes", INT, CLUSTER_WIDE, 1048576, MAX, USED, "1073741824", NULL, NULL)
    K("log.segment.delete.delay.ms", LONG, CLUSTER_WIDE, 0, MAX, USED, "60000", NULL, NULL)
    K("max.connection.creation.rate", INT, CLUSTER_WIDE, 0, MAX, 0, "2147483647", NULL, NULL)
    K("max.connections", INT, CLUSTER_WIDE, 0, MAX, USED, "2147483647", NULL, NULL)
    K("max.connections.per.ip", INT, CLUSTER_WIDE, 0, MAX, 0, "2147483647", NULL, NULL)
    K("max.connections.per.ip.overrides", STRING, CLUSTER_WIDE, MIN, MAX, 0, "", NULL, NULL)
    K("max.incremental.fetch.session.cache.slots", INT, READ_ONLY, 0, MAX, USED, "1000", NULL, NULL)
    K("max.request.partition.size.limit", INT, READ_ONLY, 1, MAX, USED, "2000", NULL, NULL)
    K("message.max.bytes", INT, CLUSTER_WIDE, 0, MAX, USED, "1048588", NULL, NULL)
    K("metadata.log.dir", STRING, READ_ONLY, MIN, MAX, USED, NULL, NULL, NULL)
    K("metadata.log.max.record.bytes.between.snapshots", LONG, READ_ONLY, 1, MAX, USED,
      "20971520", NULL, NULL)
    K("metadata.log.max.snapshot.interval.ms", LONG, READ_ONLY, 0, MAX, USED, "3600000", NULL, NULL)
    K("metadata.log.segment.bytes", INT, READ_ONLY, 8388608, MAX, USED, "1073741824", NULL, NULL)
    K("metadata.log.segment.ms", LONG, READ_ONLY, MIN, MAX, 0, "604800000", NULL, NULL)
    K("metadata.max.idle.interval.ms", INT, READ_ONLY, 0, MAX, USED, "500", NULL, NULL)
    K("metadata.max.retention.bytes", LONG, READ_ONLY, MIN, MAX, USED, "104857600", NULL, NULL)
    K("metadata.max.retention.ms", LONG, READ_ONLY, MIN, MAX, USED, "604800000", NULL, NULL)
    K("metric.reporters", LIST, CLUSTER_WIDE, MIN, MAX, DISTINCT,
      "org.apache.kafka.common.metrics.JmxReporter", NULL, NULL)
    K("metrics.num.samples", INT, READ_ONLY, 1, MAX, 0, "2", NULL, NULL)
    K("metrics.recording.level", STRING, READ_ONLY, MIN, MAX, 0, "INFO", NULL, NULL)
    K("metrics.sample.window.ms", LONG, READ_ONLY, 1, MAX, 0, "30000", NULL, NULL)
    K("min.insync.replicas", INT, CLUSTER_WIDE, 1, MAX, USED, "1", NULL, NULL)
    K("node.id", INT, READ_ONLY, 0, MAX, USED, NULL, NULL, NULL)
    K("num.io.threads", INT, CLUSTER_WIDE, 1, MAX, TOLD, "8", NULL, NULL)
    K("num.network.threads", INT, CLUSTER_WIDE, 1, MAX, TOLD, "3", NULL, NULL)
    K("num.partitions", INT, READ_ONLY, 1, MAX, USED, "1", NULL, NULL)
    K("num.recovery.threads.per.data.dir", INT, CLUSTER_WIDE, 1, MAX, TOLD, "2", NULL, NULL)
    K("num.replica.alter.log.dirs.threads", INT, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("num.replica.fetchers", INT, CLUSTER_WIDE, 1, MAX, TOLD, "1", NULL, NULL)
    K("offset.metadata.max.bytes", INT, READ_ONLY, MIN, MAX, USED, "4096", NULL, NULL)
    K("offsets.commit.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "5000", NULL, NULL)
    K("offsets.load.buffer.size", INT, READ_ONLY, 1, MAX, 0, "5242880", NULL, NULL)
    K("offsets.retention.check.interval.ms", LONG, READ_ONLY, 1, MAX, USED, "600000", NULL, NULL)
    K("offsets.retention.minutes", INT, READ_ONLY, 1, MAX, USED, "10080", NULL, NULL)
    K("offsets.topic.compression.codec", INT, READ_ONLY, MIN, MAX, USED, "0", NULL, NULL)
    K("offsets.topic.num.partitions", INT, READ_ONLY, 1, MAX, USED, "50", NULL, NULL)
    K("offsets.topic.replication.factor", SHORT, READ_ONLY, 1, MAX, USED, "3", NULL, NULL)
    K("offsets.topic.segment.bytes", INT, READ_ONLY, 1, MAX, USED, "104857600", NULL, NULL)
    K("principal.builder.class", CLASS, PER_BROKER, MIN, MAX, 0,
      "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", NULL, NULL)
    K("process.roles", LIST, READ_ONLY, MIN, MAX, NON_EMPTY | USED, NULL, "broker,controller", NULL)
    K("producer.id.expiration.check.interval.ms", INT, READ_ONLY, 1, MAX, INTERNAL,
      "600000", NULL, NULL)
    K("producer.id.expiration.ms", INT, CLUSTER_WIDE, 1, MAX, USED, "86400000", NULL, NULL)
    K("producer.purgatory.purge.interval.requests", INT, READ_ONLY, MIN, MAX, 0, "1000", NULL, NULL)
    K("queued.max.request.bytes", LONG, READ_ONLY, MIN, MAX, 0, "-1", NULL, NULL)
    K("queued.max.requests", INT, READ_ONLY, 1, MAX, 0, "500", NULL, NULL)
    K("quota.window.num", INT, READ_ONLY, 1, MAX, USED, "11", NULL, NULL)
    K("quota.window.size.seconds", INT, READ_ONLY, 1, MAX, USED, "1", NULL, NULL)
    K("remote.fetch.max.wait.ms", INT, CLUSTER_WIDE, 1, MAX, 0, "500", NULL, NULL)
    K("remote.list.offsets.request.timeout.ms", LONG, CLUSTER_WIDE, 1, MAX, 0, "30000", NULL, NULL)
    K("remote.log.index.file.cache.total.size.bytes", LONG, CLUSTER_WIDE, 1, MAX, 0,
      "1073741824", NULL, NULL)
    K("remote.log.index.file.cache.ttl.ms", LONG, READ_ONLY, -1, MAX, INTERNAL,
      "900000", NULL, NULL)
    K("remote.log.manager.copier.thread.pool.size", INT, CLUSTER_WIDE, 1, MAX, 0, "10", NULL, NULL)
    K("remote.log.manager.copy.max.bytes.per.second", LONG, CLUSTER_WIDE, 1, MAX, 0,
      "9223372036854775807", NULL, NULL)
    K("remote.log.manager.copy.quota.window.num", INT, READ_ONLY, 1, MAX, 0, "11", NULL, NULL)
    K("remote.log.manager.copy.quota.window.size.seconds", INT, READ_ONLY, 1, MAX, 0,
      "1", NULL, NULL)
    K("remote.log.manager.expiration.thread.pool.size", INT, CLUSTER_WIDE, 1, MAX, 0,
      "10", NULL, NULL)
    K("remote.log.manager.fetch.max.bytes.per.second", LONG, CLUSTER_WIDE, 1, MAX, 0,
      "9223372036854775807", NULL, NULL)
    K("remote.log.manager.fetch.quota.window.num", INT, READ_ONLY, 1, MAX, 0, "11", NULL, NULL)
    K("remote.log.manager.fetch.quota.window.size.seconds", INT, READ_ONLY, 1, MAX, 0,
      "1", NULL, NULL)
    K("remote.log.manager.follower.thread.pool.size", INT, CLUSTER_WIDE, 1, MAX, 0, "2", NULL, NULL)
    K("remote.log.manager.task.interval.ms", LONG, READ_ONLY, 1, MAX, 0, "30000", NULL, NULL)
    K("remote.log.manager.task.retry.backoff.max.ms", LONG, READ_ONLY, 1, MAX, INTERNAL,
      "30000", NULL, NULL)
    K("remote.log.manager.task.retry.backoff.ms", LONG, READ_ONLY, 1, MAX, INTERNAL,
      "500", NULL, NULL)
    K("remote.log.manager.task.retry.jitter", DOUBLE, READ_ONLY, MIN, MAX, INTERNAL,
      "0.2", NULL, NULL)
    K("remote.log.manager.thread.pool.size", INT, READ_ONLY, 1, MAX, 0, "2", NULL, NULL)
    K("remote.log.metadata.custom.metadata.max.bytes", INT, READ_ONLY, 0, MAX, 0, "128", NULL, NULL)
    K("remote.log.metadata.manager.class.name", STRING, READ_ONLY, MIN, MAX, NON_EMPTY,
      "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
      NULL, NULL)
    K("remote.log.metadata.manager.class.path", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("remote.log.metadata.manager.impl.prefix", STRING, READ_ONLY, MIN, MAX, NON_EMPTY,
      "rlmm.config.", NULL, NULL)
    K("remote.log.metadata.manager.listener.name", STRING, READ_ONLY, MIN, MAX, NON_EMPTY,
      NULL, NULL, NULL)
    K("remote.log.reader.max.pending.tasks", INT, READ_ONLY, 1, MAX, 0, "100", NULL, NULL)
    K("remote.log.reader.threads", INT, CLUSTER_WIDE, 1, MAX, 0, "10", NULL, NULL)
    K("remote.log.storage.manager.class.name", STRING, READ_ONLY, MIN, MAX, NON_EMPTY,
      NULL, NULL, NULL)
    K("remote.log.storage.manager.class.path", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("remote.log.storage.manager.impl.prefix", STRING, READ_ONLY, MIN, MAX, NON_EMPTY,
      "rsm.config.", NULL, NULL)
    K("remote.log.storage.system.enable", BOOLEAN, READ_ONLY, MIN, MAX, 0, "false", NULL, NULL)
    K("replica.alter.log.dirs.io.max.bytes.per.second", LONG, CLUSTER_WIDE, 0, MAX, DYNAMIC_ONLY | USED,
      "9223372036854775807", NULL, NULL)
    K("replica.fetch.backoff.ms", INT, READ_ONLY, 0, MAX, USED, "1000", NULL, NULL)
    K("replica.fetch.max.bytes", INT, READ_ONLY, 0, MAX, USED, "1048576", NULL, NULL)
    K("replica.fetch.min.bytes", INT, READ_ONLY, MIN, MAX, USED, "1", NULL, NULL)
    K("replica.fetch.response.max.bytes", INT, READ_ONLY, 0, MAX, USED, "10485760", NULL, NULL)
    K("replica.fetch.wait.max.ms", INT, READ_ONLY, MIN, MAX, USED, "500", NULL, NULL)
    K("replica.high.watermark.checkpoint.interval.ms", LONG, READ_ONLY, MIN, MAX, USED,
      "5000", NULL, NULL)
    K("replica.lag.time.max.ms", LONG, READ_ONLY, MIN, MAX, USED, "30000", NULL, NULL)
    K("replica.selector.class", STRING, READ_ONLY, MIN, MAX, USED, NULL,
      "org.apache.kafka.common.replica.RackAwareReplicaSelector,"
      "org.apache.kafka.common.replica.LeaderSelector", NULL)
    K("replica.socket.receive.buffer.bytes", INT, READ_ONLY, MIN, MAX, 0, "65536", NULL, NULL)
    K("replica.socket.timeout.ms", INT, READ_ONLY, MIN, MAX, USED, "30000", NULL, NULL)
    K("replication.quota.window.num", INT, READ_ONLY, 1, MAX, USED, "11", NULL, NULL)
    K("replication.quota.window.size.seconds", INT, READ_ONLY, 1, MAX, USED, "1", NULL, NULL)
    K("request.timeout.ms", INT, READ_ONLY, MIN, MAX, USED, "30000", NULL, NULL)
    K("sasl.client.callback.handler.class", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.enabled.mechanisms", LIST, PER_BROKER, MIN, MAX, DISTINCT, "GSSAPI", NULL, NULL)
    K("sasl.jaas.config", PASSWORD, PER_BROKER, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.kerberos.kinit.cmd", STRING, PER_BROKER, MIN, MAX, 0, "/usr/bin/kinit", NULL, NULL)
    K("sasl.kerberos.min.time.before.relogin", LONG, PER_BROKER, MIN, MAX, 0, "60000", NULL, NULL)
    K("sasl.kerberos.principal.to.local.rules", LIST, PER_BROKER, MIN, MAX, DISTINCT,
      "DEFAULT", NULL, NULL)
    K("sasl.kerberos.service.name", STRING, PER_BROKER, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.kerberos.ticket.renew.jitter", DOUBLE, PER_BROKER, MIN, MAX, 0, "0.05", NULL, NULL)
    K("sasl.kerberos.ticket.renew.window.factor", DOUBLE, PER_BROKER, MIN, MAX, 0,
      "0.8", NULL, NULL)
    K("sasl.login.callback.handler.class", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.login.class", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.login.connect.timeout.ms", INT, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.login.read.timeout.ms", INT, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.login.refresh.buffer.seconds", SHORT, PER_BROKER, MIN, MAX, 0, "300", NULL, NULL)
    K("sasl.login.refresh.min.period.seconds", SHORT, PER_BROKER, MIN, MAX, 0, "60", NULL, NULL)
    K("sasl.login.refresh.window.factor", DOUBLE, PER_BROKER, MIN, MAX, 0, "0.8", NULL, NULL)
    K("sasl.login.refresh.window.jitter", DOUBLE, PER_BROKER, MIN, MAX, 0, "0.05", NULL, NULL)
    K("sasl.login.retry.backoff.max.ms", LONG, READ_ONLY, MIN, MAX, 0, "10000", NULL, NULL)
    K("sasl.login.retry.backoff.ms", LONG, READ_ONLY, MIN, MAX, 0, "100", NULL, NULL)
    K("sasl.mechanism.controller.protocol", STRING, READ_ONLY, MIN, MAX, 0, "GSSAPI", NULL, NULL)
    K("sasl.mechanism.inter.broker.protocol", STRING, PER_BROKER, MIN, MAX, 0, "GSSAPI", NULL, NULL)
    K("sasl.oauthbearer.assertion.algorithm", STRING, READ_ONLY, MIN, MAX, 0,
      "RS256", "ES256,RS256", NULL)
    K("sasl.oauthbearer.assertion.claim.aud", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.assertion.claim.exp.seconds", INT, READ_ONLY, 0, 86400, 0,
      "300", NULL, NULL)
    K("sasl.oauthbearer.assertion.claim.iss", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.assertion.claim.jti.include", BOOLEAN, READ_ONLY, MIN, MAX, 0,
      "false", NULL, NULL)
    K("sasl.oauthbearer.assertion.claim.nbf.seconds", INT, READ_ONLY, 0, 3600, 0, "60", NULL, NULL)
    K("sasl.oauthbearer.assertion.claim.sub", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.assertion.file", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.assertion.private.key.file", STRING, READ_ONLY, MIN, MAX, 0,
      NULL, NULL, NULL)
    K("sasl.oauthbearer.assertion.private.key.passphrase", PASSWORD, READ_ONLY, MIN, MAX, 0,
      NULL, NULL, NULL)
    K("sasl.oauthbearer.assertion.template.file", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.client.credentials.client.id", STRING, READ_ONLY, MIN, MAX, 0,
      NULL, NULL, NULL)
    K("sasl.oauthbearer.client.credentials.client.secret", PASSWORD, READ_ONLY, MIN, MAX, 0,
      NULL, NULL, NULL)
    K("sasl.oauthbearer.clock.skew.seconds", INT, READ_ONLY, MIN, MAX, 0, "30", NULL, NULL)
    K("sasl.oauthbearer.expected.audience", LIST, READ_ONLY, MIN, MAX, DISTINCT, "", NULL, NULL)
    K("sasl.oauthbearer.expected.issuer", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.jwks.endpoint.refresh.ms", LONG, READ_ONLY, MIN, MAX, 0,
      "3600000", NULL, NULL)
    K("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", LONG, READ_ONLY, MIN, MAX, 0,
      "10000", NULL, NULL)
    K("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", LONG, READ_ONLY, MIN, MAX, 0,
      "100", NULL, NULL)
    K("sasl.oauthbearer.jwks.endpoint.url", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.jwt.retriever.class", CLASS, READ_ONLY, MIN, MAX, 0,
      "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", NULL, NULL)
    K("sasl.oauthbearer.jwt.validator.class", CLASS, READ_ONLY, MIN, MAX, 0,
      "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", NULL, NULL)
    K("sasl.oauthbearer.scope", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.oauthbearer.scope.claim.name", STRING, READ_ONLY, MIN, MAX, 0, "scope", NULL, NULL)
    K("sasl.oauthbearer.sub.claim.name", STRING, READ_ONLY, MIN, MAX, 0, "sub", NULL, NULL)
    K("sasl.oauthbearer.token.endpoint.url", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.server.callback.handler.class", CLASS, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("sasl.server.max.receive.size", INT, READ_ONLY, MIN, MAX, 0, "524288", NULL, NULL)
    K("security.inter.broker.protocol", STRING, READ_ONLY, MIN, MAX, USED,
      "PLAINTEXT", "PLAINTEXT,SSL,SASL_PLAINTEXT,SASL_SSL", NULL)
    K("security.providers", STRING, READ_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("server.max.startup.time.ms", LONG, READ_ONLY, 0, MAX, INTERNAL,
      "9223372036854775807", NULL, NULL)
    K("share.coordinator.append.linger.ms", INT, READ_ONLY, -1, MAX, 0, "-1", NULL, NULL)
    K("share.coordinator.cached.buffer.max.bytes", INT, CLUSTER_WIDE, 524288, MAX, 0,
      "1048588", NULL, NULL)
    K("share.coordinator.cold.partition.snapshot.interval.ms", INT, READ_ONLY, 1, MAX, INTERNAL,
      "300000", NULL, NULL)
    K("share.coordinator.load.buffer.size", INT, READ_ONLY, 1, MAX, 0, "5242880", NULL, NULL)
    K("share.coordinator.snapshot.update.records.per.snapshot", INT, READ_ONLY, 0, 500, USED,
      "500", NULL, NULL)
    K("share.coordinator.state.topic.compression.codec", INT, READ_ONLY, MIN, MAX, 0,
      "0", NULL, NULL)
    K("share.coordinator.state.topic.min.isr", SHORT, READ_ONLY, 1, MAX, USED, "2", NULL, NULL)
    K("share.coordinator.state.topic.num.partitions", INT, READ_ONLY, 1, MAX, USED,
      "50", NULL, NULL)
    K("share.coordinator.state.topic.prune.interval.ms", INT, READ_ONLY, 1, MAX, INTERNAL | USED,
      "300000", NULL, NULL)
    K("share.coordinator.state.topic.replication.factor", SHORT, READ_ONLY, 1, MAX, USED,
      "3", NULL, NULL)
    K("share.coordinator.state.topic.segment.bytes", INT, READ_ONLY, 1, MAX, USED,
      "104857600", NULL, NULL)
    K("share.coordinator.threads", INT, READ_ONLY, 1, MAX, 0, "1", NULL, NULL)
    K("share.coordinator.write.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "5000", NULL, NULL)
    K("share.fetch.purgatory.purge.interval.requests", INT, READ_ONLY, MIN, MAX, 0,
      "1000", NULL, NULL)
    K("socket.connection.setup.timeout.max.ms", LONG, READ_ONLY, MIN, MAX, 0, "30000", NULL, NULL)
    K("socket.connection.setup.timeout.ms", LONG, READ_ONLY, MIN, MAX, 0, "10000", NULL, NULL)
    K("socket.listen.backlog.size", INT, READ_ONLY, 1, MAX, 0, "50", NULL, NULL)
    K("socket.receive.buffer.bytes", INT, READ_ONLY, MIN, MAX, 0, "102400", NULL, NULL)
    K("socket.request.max.bytes", INT, READ_ONLY, 1, MAX, USED, "104857600", NULL, NULL)
    K("socket.send.buffer.bytes", INT, READ_ONLY, MIN, MAX, 0, "102400", NULL, NULL)
    K("ssl.allow.dn.changes", BOOLEAN, READ_ONLY, MIN, MAX, 0, "false", NULL, NULL)
    K("ssl.allow.san.changes", BOOLEAN, READ_ONLY, MIN, MAX, 0, "false", NULL, NULL)
    K("ssl.cipher.suites", LIST, PER_BROKER, MIN, MAX, DISTINCT, "", NULL, NULL)
    K("ssl.client.auth", STRING, PER_BROKER, MIN, MAX, 0, "none", "none,requested,required", NULL)
    K("ssl.enabled.protocols", LIST, PER_BROKER, MIN, MAX, DISTINCT, "TLSv1.2,TLSv1.3", NULL, NULL)
    K("ssl.endpoint.identification.algorithm", STRING, PER_BROKER, MIN, MAX, 0, "https", NULL, NULL)
    K("ssl.engine.factory.class", CLASS, PER_BROKER, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.key.password", PASSWORD, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.keymanager.algorithm", STRING, PER_BROKER, MIN, MAX, 0,
      "SunX509", NULL, NULL)
    K("ssl.keystore.certificate.chain", PASSWORD, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.keystore.key", PASSWORD, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.keystore.location", STRING, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.keystore.password", PASSWORD, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.keystore.type", STRING, PREFIX_ONLY, MIN, MAX, 0, "JKS", NULL, NULL)
    K("ssl.principal.mapping.rules", STRING, READ_ONLY, MIN, MAX, 0, "DEFAULT", NULL, NULL)
    K("ssl.protocol", STRING, PER_BROKER, MIN, MAX, 0, "TLSv1.3", NULL, NULL)
    K("ssl.provider", STRING, PER_BROKER, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.secure.random.implementation", STRING, PER_BROKER, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.trustmanager.algorithm", STRING, PER_BROKER, MIN, MAX, 0,
      "PKIX", NULL, NULL)
    K("ssl.truststore.certificates", PASSWORD, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.truststore.location", STRING, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.truststore.password", PASSWORD, PREFIX_ONLY, MIN, MAX, 0, NULL, NULL, NULL)
    K("ssl.truststore.type", STRING, PREFIX_ONLY, MIN, MAX, 0, "JKS", NULL, NULL)
    K("telemetry.max.bytes", INT, READ_ONLY, 1, MAX, 0, "1048576", NULL, NULL)
    K("transaction.abort.timed.out.transaction.cleanup.interval.ms", INT, READ_ONLY, 1, MAX, USED,
      "10000", NULL, NULL)
    K("transaction.max.timeout.ms", INT, READ_ONLY, 1, MAX, USED, "900000", NULL, NULL)
    K("transaction.partition.verification.enable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, USED,
      "true", NULL, NULL)
    K("transaction.remove.expired.transaction.cleanup.interval.ms", INT, READ_ONLY, 1, MAX, USED,
      "3600000", NULL, NULL)
    K("transaction.state.log.load.buffer.size", INT, READ_ONLY, 1, MAX, 0, "5242880", NULL, NULL)
    K("transaction.state.log.min.isr", INT, READ_ONLY, 1, MAX, USED, "2", NULL, NULL)
    K("transaction.state.log.num.partitions", INT, READ_ONLY, 1, MAX, USED, "50", NULL, NULL)
    K("transaction.state.log.replication.factor", SHORT, READ_ONLY, 1, MAX, USED, "3", NULL, NULL)
    K("transaction.state.log.segment.bytes", INT, READ_ONLY, 1, MAX, USED, "104857600", NULL, NULL)
    K("transaction.two.phase.commit.enable", BOOLEAN, READ_ONLY, MIN, MAX, USED,
      "false", NULL, NULL)
    K("transactional.id.expiration.ms", INT, READ_ONLY, 1, MAX, USED, "604800000", NULL, NULL)
    K("unclean.leader.election.enable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, USED, "false", NULL, NULL)
    K("unclean.leader.election.interval.ms", LONG, READ_ONLY, 1, MAX, INTERNAL,
      "300000", NULL, NULL)
    K("unstable.api.versions.enable", BOOLEAN, READ_ONLY, MIN, MAX, INTERNAL, "false", NULL, NULL)
    K("unstable.feature.versions.enable", BOOLEAN, READ_ONLY, MIN, MAX, INTERNAL,
      "false", NULL, NULL)
};

const size_t config_broker_keys_n = sizeof(config_broker_keys) / sizeof(config_broker_keys[0]);
