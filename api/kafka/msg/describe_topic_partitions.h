/* describe_topic_partitions - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeTopicPartitionsRequest: key 75, version 0, flexible from 0
 *   DescribeTopicPartitionsResponse: key 75, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_TOPIC_PARTITIONS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_TOPIC_PARTITIONS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST_TOPIC_REQUEST(F, S) \
    F(string, name, 0, KF_MAX)
KF_STRUCT(describe_topic_partitions_request_topic_request,
          KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST_TOPIC_REQUEST)

#define KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST_CURSOR(F, S) \
    F(string, topic_name, 0, KF_MAX)                      \
    F(int32, partition_index, 0, KF_MAX)
KF_STRUCT(describe_topic_partitions_request_cursor, KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST_CURSOR)

#define KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST(F, S)                                              \
    S(array, topics, describe_topic_partitions_request_topic_request, 0, KF_MAX)                \
    F(int32, response_partition_limit, 0, KF_MAX, KF_DEF(2000))                                 \
    S(maybe, cursor, describe_topic_partitions_request_cursor, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(describe_topic_partitions_request, KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST)

#define KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_PARTITION(F, S) \
    F(int16, error_code, 0, KF_MAX)                                                              \
    F(int32, partition_index, 0, KF_MAX)                                                         \
    F(int32, leader_id, 0, KF_MAX)                                                               \
    F(int32, leader_epoch, 0, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                                  \
    F(int32s, replica_nodes, 0, KF_MAX)                                                          \
    F(int32s, isr_nodes, 0, KF_MAX)                                                              \
    F(int32s, eligible_leader_replicas, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                         \
    F(int32s, last_known_elr, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                   \
    F(int32s, offline_replicas, 0, KF_MAX, KF_IGNORABLE)
KF_STRUCT(describe_topic_partitions_response_describe_topic_partitions_response_partition,
          KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_PARTITION)

#define KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_TOPIC(F, S)      \
    F(int16, error_code, 0, KF_MAX)                                                               \
    F(string, name, 0, KF_MAX, KF_NULL)                                                           \
    F(uuid, topic_id, 0, KF_MAX, KF_IGNORABLE)                                                    \
    F(bool, is_internal, 0, KF_MAX, KF_IGNORABLE)                                                 \
    S(array, partitions,                                                                          \
      describe_topic_partitions_response_describe_topic_partitions_response_partition, 0, KF_MAX) \
    F(int32, topic_authorized_operations, 0, KF_MAX, KF_DEF(INT32_MIN))
KF_STRUCT(describe_topic_partitions_response_describe_topic_partitions_response_topic,
          KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_TOPIC)

#define KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_CURSOR(F, S) \
    F(string, topic_name, 0, KF_MAX)                       \
    F(int32, partition_index, 0, KF_MAX)
KF_STRUCT(describe_topic_partitions_response_cursor, KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_CURSOR)

#define KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 0, KF_MAX, KF_IGNORABLE)                                       \
    S(array, topics,                                                                          \
      describe_topic_partitions_response_describe_topic_partitions_response_topic, 0, KF_MAX) \
    S(maybe, next_cursor, describe_topic_partitions_response_cursor, 0, KF_MAX, KF_NULL,      \
      KF_DEF_NULL)
KF_STRUCT(describe_topic_partitions_response, KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE)

#endif
