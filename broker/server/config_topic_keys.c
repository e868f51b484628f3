#include "broker/server/config_keys.h"

/* Names, types, bounds and defaults of Apache Kafka 4.3
 * of topics, in order of names; a synonym with *n is in another unit. */
enum {
    NON_EMPTY = CONFIG_NON_EMPTY,
    DISTINCT = CONFIG_DISTINCT,
    ANY_CASE = CONFIG_ANY_CASE,
    INTERNAL = CONFIG_INTERNAL,
    USED = CONFIG_USED,
};

#define MIN INT64_MIN
#define MAX INT64_MAX
#define K(name, type, update, low, high, flags, value, choices, synonyms) \
    { name, CONFIG_##type, CONFIG_##update, flags, low, high, value, choices, synonyms },

const struct config_key config_topic_keys[] = {
    K("cleanup.policy", LIST, CLUSTER_WIDE, MIN, MAX, 0,
      "delete", "compact,delete", "log.cleanup.policy")
    K("compression.gzip.level", INT, CLUSTER_WIDE, -1, 9, 0, "-1", NULL, "compression.gzip.level")
    K("compression.lz4.level", INT, CLUSTER_WIDE, 1, 17, 0, "9", NULL, "compression.lz4.level")
    K("compression.type", STRING, CLUSTER_WIDE, MIN, MAX, USED,
      "producer", "uncompressed,zstd,lz4,snappy,gzip,producer", "compression.type")
    K("compression.zstd.level", INT, CLUSTER_WIDE, -131072, 22, 0,
      "3", NULL, "compression.zstd.level")
    K("delete.retention.ms", LONG, CLUSTER_WIDE, 0, MAX, USED,
      "86400000", NULL, "log.cleaner.delete.retention.ms")
    K("file.delete.delay.ms", LONG, CLUSTER_WIDE, 0, MAX, 0,
      "60000", NULL, "log.segment.delete.delay.ms")
    K("flush.messages", LONG, CLUSTER_WIDE, 1, MAX, 0,
      "9223372036854775807", NULL, "log.flush.interval.messages")
    K("flush.ms", LONG, CLUSTER_WIDE, 0, MAX, 0,
      "9223372036854775807", NULL, "log.flush.interval.ms,log.flush.scheduler.interval.ms")
    K("follower.replication.throttled.replicas", LIST, CLUSTER_WIDE, MIN, MAX, USED, "", NULL, NULL)
    K("index.interval.bytes", INT, CLUSTER_WIDE, 0, MAX, 0,
      "4096", NULL, "log.index.interval.bytes")
    K("klamm.durable.acks", BOOLEAN, CLUSTER_WIDE, MIN, MAX, INTERNAL | USED,
      "false", NULL, "klamm.durable.acks")
    K("leader.replication.throttled.replicas", LIST, CLUSTER_WIDE, MIN, MAX, USED, "", NULL, NULL)
    K("local.retention.bytes", LONG, CLUSTER_WIDE, -2, MAX, 0,
      "-2", NULL, "log.local.retention.bytes")
    K("local.retention.ms", LONG, CLUSTER_WIDE, -2, MAX, 0, "-2", NULL, "log.local.retention.ms")
    K("max.compaction.lag.ms", LONG, CLUSTER_WIDE, 1, MAX, USED,
      "9223372036854775807", NULL, "log.cleaner.max.compaction.lag.ms")
    K("max.message.bytes", INT, CLUSTER_WIDE, 0, MAX, 0, "1048588", NULL, "message.max.bytes")
    K("message.timestamp.after.max.ms", LONG, CLUSTER_WIDE, 0, MAX, 0,
      "3600000", NULL, "log.message.timestamp.after.max.ms")
    K("message.timestamp.before.max.ms", LONG, CLUSTER_WIDE, 0, MAX, 0,
      "9223372036854775807", NULL, "log.message.timestamp.before.max.ms")
    K("message.timestamp.type", STRING, CLUSTER_WIDE, MIN, MAX, 0,
      "CreateTime", "CreateTime,LogAppendTime", "log.message.timestamp.type")
    K("min.cleanable.dirty.ratio", DOUBLE, CLUSTER_WIDE, 0, 1, USED,
      "0.5", NULL, "log.cleaner.min.cleanable.ratio")
    K("min.compaction.lag.ms", LONG, CLUSTER_WIDE, 0, MAX, USED,
      "0", NULL, "log.cleaner.min.compaction.lag.ms")
    K("min.insync.replicas", INT, CLUSTER_WIDE, 1, MAX, USED, "1", NULL, "min.insync.replicas")
    K("preallocate", BOOLEAN, CLUSTER_WIDE, MIN, MAX, 0, "false", NULL, "log.preallocate")
    K("remote.log.copy.disable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, 0, "false", NULL, NULL)
    K("remote.log.delete.on.disable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, 0, "false", NULL, NULL)
    K("remote.storage.enable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, 0, "false", NULL, NULL)
    K("retention.bytes", LONG, CLUSTER_WIDE, MIN, MAX, 0, "-1", NULL, "log.retention.bytes")
    K("retention.ms", LONG, CLUSTER_WIDE, -1, MAX, 0,
      "604800000", NULL, "log.retention.ms,log.retention.minutes*60000,log.retention.hours*3600000")
    K("segment.bytes", INT, CLUSTER_WIDE, 1048576, MAX, 0, "1073741824", NULL, "log.segment.bytes")
    K("segment.index.bytes", INT, CLUSTER_WIDE, 4, MAX, 0,
      "10485760", NULL, "log.index.size.max.bytes")
    K("segment.jitter.ms", LONG, CLUSTER_WIDE, 0, MAX, 0,
      "0", NULL, "log.roll.jitter.ms,log.roll.jitter.hours*3600000")
    K("segment.ms", LONG, CLUSTER_WIDE, 1, MAX, 0,
      "604800000", NULL, "log.roll.ms,log.roll.hours*3600000")
    K("unclean.leader.election.enable", BOOLEAN, CLUSTER_WIDE, MIN, MAX, USED,
      "false", NULL, "unclean.leader.election.enable")
};

const size_t config_topic_keys_n = sizeof(config_topic_keys) / sizeof(config_topic_keys[0]);
