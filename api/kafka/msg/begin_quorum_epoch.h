/* begin_quorum_epoch - request and response as field tables (api/kafka/fields.h).
 *
 *   BeginQuorumEpochRequest: key 53, versions 0-1, flexible from 1
 *   BeginQuorumEpochResponse: key 53, versions 0-1, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_BEGIN_QUORUM_EPOCH_H
#define KLAMM_API_KAFKA_MSG_BEGIN_QUORUM_EPOCH_H

#include "api/kafka/fields.h"

#define KF_BEGIN_QUORUM_EPOCH_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition_index, 0, KF_MAX)                   \
    F(uuid, voter_directory_id, 1, KF_MAX, KF_IGNORABLE)   \
    F(int32, leader_id, 0, KF_MAX)                         \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(begin_quorum_epoch_request_partition_data, KF_BEGIN_QUORUM_EPOCH_REQUEST_PARTITION_DATA)

#define KF_BEGIN_QUORUM_EPOCH_REQUEST_TOPIC_DATA(F, S)                         \
    F(string, topic_name, 0, KF_MAX)                                           \
    S(array, partitions, begin_quorum_epoch_request_partition_data, 0, KF_MAX)
KF_STRUCT(begin_quorum_epoch_request_topic_data, KF_BEGIN_QUORUM_EPOCH_REQUEST_TOPIC_DATA)

#define KF_BEGIN_QUORUM_EPOCH_REQUEST_LEADER_ENDPOINT(F, S) \
    F(string, name, 1, KF_MAX)                              \
    F(string, host, 1, KF_MAX)                              \
    F(uint16, port, 1, KF_MAX)
KF_STRUCT(begin_quorum_epoch_request_leader_endpoint, KF_BEGIN_QUORUM_EPOCH_REQUEST_LEADER_ENDPOINT)

#define KF_BEGIN_QUORUM_EPOCH_REQUEST(F, S)                                           \
    F(string, cluster_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                            \
    F(int32, voter_id, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                           \
    S(array, topics, begin_quorum_epoch_request_topic_data, 0, KF_MAX)                \
    S(array, leader_endpoints, begin_quorum_epoch_request_leader_endpoint, 1, KF_MAX, \
      KF_IGNORABLE)
KF_STRUCT(begin_quorum_epoch_request, KF_BEGIN_QUORUM_EPOCH_REQUEST)

#define KF_BEGIN_QUORUM_EPOCH_RESPONSE_PARTITION_DATA(F, S) \
    F(int32, partition_index, 0, KF_MAX)                    \
    F(int16, error_code, 0, KF_MAX)                         \
    F(int32, leader_id, 0, KF_MAX)                          \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(begin_quorum_epoch_response_partition_data, KF_BEGIN_QUORUM_EPOCH_RESPONSE_PARTITION_DATA)

#define KF_BEGIN_QUORUM_EPOCH_RESPONSE_TOPIC_DATA(F, S)                         \
    F(string, topic_name, 0, KF_MAX)                                            \
    S(array, partitions, begin_quorum_epoch_response_partition_data, 0, KF_MAX)
KF_STRUCT(begin_quorum_epoch_response_topic_data, KF_BEGIN_QUORUM_EPOCH_RESPONSE_TOPIC_DATA)

#define KF_BEGIN_QUORUM_EPOCH_RESPONSE_NODE_ENDPOINT(F, S) \
    F(int32, node_id, 1, KF_MAX)                           \
    F(string, host, 1, KF_MAX)                             \
    F(uint16, port, 1, KF_MAX)
KF_STRUCT(begin_quorum_epoch_response_node_endpoint, KF_BEGIN_QUORUM_EPOCH_RESPONSE_NODE_ENDPOINT)

#define KF_BEGIN_QUORUM_EPOCH_RESPONSE(F, S)                                                  \
    F(int16, error_code, 0, KF_MAX)                                                           \
    S(array, topics, begin_quorum_epoch_response_topic_data, 0, KF_MAX)                       \
    S(array, node_endpoints, begin_quorum_epoch_response_node_endpoint, 1, KF_MAX, KF_TAG(0))
KF_STRUCT(begin_quorum_epoch_response, KF_BEGIN_QUORUM_EPOCH_RESPONSE)

#endif
