/* describe_quorum - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeQuorumRequest: key 55, versions 0-2, flexible from 0
 *   DescribeQuorumResponse: key 55, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_QUORUM_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_QUORUM_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_QUORUM_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition_index, 0, KF_MAX)
KF_STRUCT(describe_quorum_request_partition_data, KF_DESCRIBE_QUORUM_REQUEST_PARTITION_DATA)

#define KF_DESCRIBE_QUORUM_REQUEST_TOPIC_DATA(F, S)                         \
    F(string, topic_name, 0, KF_MAX)                                        \
    S(array, partitions, describe_quorum_request_partition_data, 0, KF_MAX)
KF_STRUCT(describe_quorum_request_topic_data, KF_DESCRIBE_QUORUM_REQUEST_TOPIC_DATA)

#define KF_DESCRIBE_QUORUM_REQUEST(F, S)                            \
    S(array, topics, describe_quorum_request_topic_data, 0, KF_MAX)
KF_STRUCT(describe_quorum_request, KF_DESCRIBE_QUORUM_REQUEST)

#define KF_DESCRIBE_QUORUM_RESPONSE_REPLICA_STATE(F, S)                     \
    F(int32, replica_id, 0, KF_MAX)                                         \
    F(uuid, replica_directory_id, 2, KF_MAX)                                \
    F(int64, log_end_offset, 0, KF_MAX)                                     \
    F(int64, last_fetch_timestamp, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)     \
    F(int64, last_caught_up_timestamp, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)
KF_STRUCT(describe_quorum_response_replica_state, KF_DESCRIBE_QUORUM_RESPONSE_REPLICA_STATE)

#define KF_DESCRIBE_QUORUM_RESPONSE_PARTITION_DATA(F, S)                        \
    F(int32, partition_index, 0, KF_MAX)                                        \
    F(int16, error_code, 0, KF_MAX)                                             \
    F(string, error_message, 2, KF_MAX, KF_NULL, KF_IGNORABLE)                  \
    F(int32, leader_id, 0, KF_MAX)                                              \
    F(int32, leader_epoch, 0, KF_MAX)                                           \
    F(int64, high_watermark, 0, KF_MAX)                                         \
    S(array, current_voters, describe_quorum_response_replica_state, 0, KF_MAX) \
    S(array, observers, describe_quorum_response_replica_state, 0, KF_MAX)
KF_STRUCT(describe_quorum_response_partition_data, KF_DESCRIBE_QUORUM_RESPONSE_PARTITION_DATA)

#define KF_DESCRIBE_QUORUM_RESPONSE_TOPIC_DATA(F, S)                         \
    F(string, topic_name, 0, KF_MAX)                                         \
    S(array, partitions, describe_quorum_response_partition_data, 0, KF_MAX)
KF_STRUCT(describe_quorum_response_topic_data, KF_DESCRIBE_QUORUM_RESPONSE_TOPIC_DATA)

#define KF_DESCRIBE_QUORUM_RESPONSE_LISTENER(F, S) \
    F(string, name, 2, KF_MAX)                     \
    F(string, host, 2, KF_MAX)                     \
    F(uint16, port, 2, KF_MAX)
KF_STRUCT(describe_quorum_response_listener, KF_DESCRIBE_QUORUM_RESPONSE_LISTENER)

#define KF_DESCRIBE_QUORUM_RESPONSE_NODE(F, S)                        \
    F(int32, node_id, 2, KF_MAX)                                      \
    S(array, listeners, describe_quorum_response_listener, 2, KF_MAX)
KF_STRUCT(describe_quorum_response_node, KF_DESCRIBE_QUORUM_RESPONSE_NODE)

#define KF_DESCRIBE_QUORUM_RESPONSE(F, S)                            \
    F(int16, error_code, 0, KF_MAX)                                  \
    F(string, error_message, 2, KF_MAX, KF_NULL, KF_IGNORABLE)       \
    S(array, topics, describe_quorum_response_topic_data, 0, KF_MAX) \
    S(array, nodes, describe_quorum_response_node, 2, KF_MAX)
KF_STRUCT(describe_quorum_response, KF_DESCRIBE_QUORUM_RESPONSE)

#endif
