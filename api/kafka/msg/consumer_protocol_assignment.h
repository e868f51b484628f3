/* consumer_protocol_assignment - message as field tables (api/kafka/fields.h).
 *
 *   ConsumerProtocolAssignment: versions 0-3, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_PROTOCOL_ASSIGNMENT_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_PROTOCOL_ASSIGNMENT_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_PROTOCOL_ASSIGNMENT_TOPIC_PARTITION(F, S) \
    F(string, topic, 0, KF_MAX)                               \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(consumer_protocol_assignment_topic_partition,
          KF_CONSUMER_PROTOCOL_ASSIGNMENT_TOPIC_PARTITION)

#define KF_CONSUMER_PROTOCOL_ASSIGNMENT(F, S)                                              \
    S(array, assigned_partitions, consumer_protocol_assignment_topic_partition, 0, KF_MAX) \
    F(bytes, user_data, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(consumer_protocol_assignment, KF_CONSUMER_PROTOCOL_ASSIGNMENT)

#endif
