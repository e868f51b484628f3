#include "broker/server/config_keys.h"

/* Names, types, bounds and defaults of Apache Kafka 4.3: of groups and of subscriptions to clients'
 * metrics (KIP-714), each in order of names. */
#define MIN INT64_MIN
#define MAX INT64_MAX
#define K(name, type, low, high, value, choices, synonyms)                                         \
    { name, CONFIG_##type, CONFIG_CLUSTER_WIDE, 0, low, high, value, choices, synonyms },

const struct config_key config_group_keys[] = {
    K("consumer.assignment.interval.ms", INT, 0, MAX, "1000", NULL,
      "group.consumer.assignment.interval.ms") K("consumer.heartbeat.interval.ms", INT, 1, MAX,
                                                 "5000", NULL,
                                                 "group.consumer.heartbeat.interval.ms")
        K("consumer.session.timeout.ms", INT, 1, MAX, "45000", NULL,
          "group.consumer.session.timeout.ms") K("share.assignment.interval.ms", INT, 0, MAX,
                                                 "1000", NULL, "group.share.assignment.interval.ms")
            K("share.auto.offset.reset", STRING, MIN, MAX, "latest", NULL,
              NULL) K("share.delivery.count.limit", INT, 2, MAX, "5", NULL,
                      "group.share.delivery.count.limit") K("share.heartbeat.interval.ms", INT, 1,
                                                            MAX, "5000", NULL,
                                                            "group.share.heartbeat.interval.ms")
                K("share.isolation.level", STRING, MIN, MAX, "read_uncommitted",
                  "read_committed,read_uncommitted",
                  NULL) K("share.partition.max.record.locks", INT, 100, MAX, "2000", NULL,
                          "group.share.partition.max.record.locks")
                    K("share.record.lock.duration.ms", INT, 1000, MAX, "30000", NULL,
                      "group.share.record.lock.duration.ms")
                        K("share.renew.acknowledge.enable", BOOLEAN, MIN, MAX, "true", NULL, NULL)
                            K("share.session.timeout.ms", INT, 1, MAX, "45000", NULL,
                              "group.share.session.timeout.ms")
                                K("streams.assignment.interval.ms", INT, 0, MAX, "1000", NULL,
                                  "group.streams.assignment.interval.ms")
                                    K("streams.heartbeat.interval.ms", INT, 1, MAX, "5000", NULL,
                                      "group.streams.heartbeat.interval.ms")
                                        K("streams.initial.rebalance.delay.ms", INT, 0, MAX, "3000",
                                          NULL, "group.streams.initial.rebalance.delay.ms")
                                            K("streams.num.standby.replicas", INT, 0, MAX, "0",
                                              NULL, "group.streams.num.standby.replicas")
                                                K("streams.session.timeout.ms", INT, 1, MAX,
                                                  "45000", NULL, "group.streams.session.timeout.ms")
};

const size_t config_group_keys_n = sizeof(config_group_keys) / sizeof(config_group_keys[0]);

const struct config_key config_client_metrics_keys[] = {
    K("interval.ms", INT, MIN, MAX, "300000", NULL, NULL) K("match", LIST, MIN, MAX, "", NULL, NULL)
        K("metrics", LIST, MIN, MAX, "", NULL, NULL)
};

const size_t config_client_metrics_keys_n =
    sizeof(config_client_metrics_keys) / sizeof(config_client_metrics_keys[0]);
