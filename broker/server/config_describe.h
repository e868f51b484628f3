/* config_describe - DescribeConfigs as Apache Kafka answers it: brokers and controllers alike, each
 * for its own node.
 *
 * Every key has a value in force and the list of places that speak of it, strongest first: the
 * record of this node, that of the cluster's default, the node's file, Kafka's default. A family of
 * keys (retention in ms, minutes, hours) shares its list, which begins with the first place that
 * has the key itself; so `retention.ms` of a topic has none where only the hours are known. Pure.
 */
#ifndef KLAMM_BROKER_SERVER_CONFIG_DESCRIBE_H
#define KLAMM_BROKER_SERVER_CONFIG_DESCRIBE_H

#include "api/kafka/msg/describe_configs.h"
#include "broker/server/topic_config.h"

/* Fills `ret`, which lives in `a` and rests on the image. `logger_level` is that of the root
 * logger, the only one. */
void config_describe(const struct config_levels *l, const char *logger_level, struct arena *a,
                     const struct kf_describe_configs_request *q,
                     struct kf_describe_configs_response *ret);

#endif
