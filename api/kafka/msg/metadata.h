/* metadata - request and response as field tables (api/kafka/fields.h).
 *
 *   MetadataRequest: key 3, versions 0-13, flexible from 9
 *   MetadataResponse: key 3, versions 0-13, flexible from 9 */
#ifndef KLAMM_API_KAFKA_MSG_METADATA_H
#define KLAMM_API_KAFKA_MSG_METADATA_H

#include "api/kafka/fields.h"

#define KF_METADATA_REQUEST_METADATA_REQUEST_TOPIC(F, S) \
    F(uuid, topic_id, 10, KF_MAX, KF_IGNORABLE)          \
    F(string, name, 0, KF_MAX, KF_NULL_SINCE(10))
KF_STRUCT(metadata_request_metadata_request_topic, KF_METADATA_REQUEST_METADATA_REQUEST_TOPIC)

#define KF_METADATA_REQUEST(F, S)                                                          \
    S(array, topics, metadata_request_metadata_request_topic, 0, KF_MAX, KF_NULL_SINCE(1)) \
    F(bool, allow_auto_topic_creation, 4, KF_MAX, KF_DEF(1))                               \
    F(bool, include_cluster_authorized_operations, 8, 10)                                  \
    F(bool, include_topic_authorized_operations, 8, KF_MAX)
KF_STRUCT(metadata_request, KF_METADATA_REQUEST)

#define KF_METADATA_RESPONSE_METADATA_RESPONSE_BROKER(F, S)        \
    F(int32, node_id, 0, KF_MAX)                                   \
    F(string, host, 0, KF_MAX)                                     \
    F(int32, port, 0, KF_MAX)                                      \
    F(string, rack, 1, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)
KF_STRUCT(metadata_response_metadata_response_broker, KF_METADATA_RESPONSE_METADATA_RESPONSE_BROKER)

#define KF_METADATA_RESPONSE_METADATA_RESPONSE_PARTITION(F, S)  \
    F(int16, error_code, 0, KF_MAX)                             \
    F(int32, partition_index, 0, KF_MAX)                        \
    F(int32, leader_id, 0, KF_MAX)                              \
    F(int32, leader_epoch, 7, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    F(int32s, replica_nodes, 0, KF_MAX)                         \
    F(int32s, isr_nodes, 0, KF_MAX)                             \
    F(int32s, offline_replicas, 5, KF_MAX, KF_IGNORABLE)
KF_STRUCT(metadata_response_metadata_response_partition,
          KF_METADATA_RESPONSE_METADATA_RESPONSE_PARTITION)

#define KF_METADATA_RESPONSE_METADATA_RESPONSE_TOPIC(F, S)                         \
    F(int16, error_code, 0, KF_MAX)                                                \
    F(string, name, 0, KF_MAX, KF_NULL_SINCE(12))                                  \
    F(uuid, topic_id, 10, KF_MAX, KF_IGNORABLE)                                    \
    F(bool, is_internal, 1, KF_MAX, KF_IGNORABLE)                                  \
    S(array, partitions, metadata_response_metadata_response_partition, 0, KF_MAX) \
    F(int32, topic_authorized_operations, 8, KF_MAX, KF_DEF(INT32_MIN))
KF_STRUCT(metadata_response_metadata_response_topic, KF_METADATA_RESPONSE_METADATA_RESPONSE_TOPIC)

#define KF_METADATA_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 3, KF_MAX, KF_IGNORABLE)                      \
    S(array, brokers, metadata_response_metadata_response_broker, 0, KF_MAX) \
    F(string, cluster_id, 2, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)     \
    F(int32, controller_id, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)             \
    S(array, topics, metadata_response_metadata_response_topic, 0, KF_MAX)   \
    F(int32, cluster_authorized_operations, 8, 10, KF_DEF(INT32_MIN))        \
    F(int16, error_code, 13, KF_MAX, KF_IGNORABLE)
KF_STRUCT(metadata_response, KF_METADATA_RESPONSE)

#endif
