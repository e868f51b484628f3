/* consumer_protocol_subscription - message as field tables (api/kafka/fields.h).
 *
 *   ConsumerProtocolSubscription: versions 0-3, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_PROTOCOL_SUBSCRIPTION_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_PROTOCOL_SUBSCRIPTION_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_PROTOCOL_SUBSCRIPTION_TOPIC_PARTITION(F, S) \
    F(string, topic, 1, KF_MAX)                                 \
    F(int32s, partitions, 1, KF_MAX)
KF_STRUCT(consumer_protocol_subscription_topic_partition,
          KF_CONSUMER_PROTOCOL_SUBSCRIPTION_TOPIC_PARTITION)

#define KF_CONSUMER_PROTOCOL_SUBSCRIPTION(F, S)                                           \
    F(strings, topics, 0, KF_MAX)                                                         \
    F(bytes, user_data, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                  \
    S(array, owned_partitions, consumer_protocol_subscription_topic_partition, 1, KF_MAX, \
      KF_IGNORABLE)                                                                       \
    F(int32, generation_id, 2, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                          \
    F(string, rack_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)
KF_STRUCT(consumer_protocol_subscription, KF_CONSUMER_PROTOCOL_SUBSCRIPTION)

#endif
