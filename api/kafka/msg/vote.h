/* vote - request and response as field tables (api/kafka/fields.h).
 *
 *   VoteRequest: key 52, versions 0-2, flexible from 0
 *   VoteResponse: key 52, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_VOTE_H
#define KLAMM_API_KAFKA_MSG_VOTE_H

#include "api/kafka/fields.h"

#define KF_VOTE_REQUEST_PARTITION_DATA(F, S)               \
    F(int32, partition_index, 0, KF_MAX)                   \
    F(int32, replica_epoch, 0, KF_MAX)                     \
    F(int32, replica_id, 0, KF_MAX)                        \
    F(uuid, replica_directory_id, 1, KF_MAX, KF_IGNORABLE) \
    F(uuid, voter_directory_id, 1, KF_MAX, KF_IGNORABLE)   \
    F(int32, last_offset_epoch, 0, KF_MAX)                 \
    F(int64, last_offset, 0, KF_MAX)                       \
    F(bool, pre_vote, 2, KF_MAX)
KF_STRUCT(vote_request_partition_data, KF_VOTE_REQUEST_PARTITION_DATA)

#define KF_VOTE_REQUEST_TOPIC_DATA(F, S)                         \
    F(string, topic_name, 0, KF_MAX)                             \
    S(array, partitions, vote_request_partition_data, 0, KF_MAX)
KF_STRUCT(vote_request_topic_data, KF_VOTE_REQUEST_TOPIC_DATA)

#define KF_VOTE_REQUEST(F, S)                               \
    F(string, cluster_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)  \
    F(int32, voter_id, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    S(array, topics, vote_request_topic_data, 0, KF_MAX)
KF_STRUCT(vote_request, KF_VOTE_REQUEST)

#define KF_VOTE_RESPONSE_PARTITION_DATA(F, S) \
    F(int32, partition_index, 0, KF_MAX)      \
    F(int16, error_code, 0, KF_MAX)           \
    F(int32, leader_id, 0, KF_MAX)            \
    F(int32, leader_epoch, 0, KF_MAX)         \
    F(bool, vote_granted, 0, KF_MAX)
KF_STRUCT(vote_response_partition_data, KF_VOTE_RESPONSE_PARTITION_DATA)

#define KF_VOTE_RESPONSE_TOPIC_DATA(F, S)                         \
    F(string, topic_name, 0, KF_MAX)                              \
    S(array, partitions, vote_response_partition_data, 0, KF_MAX)
KF_STRUCT(vote_response_topic_data, KF_VOTE_RESPONSE_TOPIC_DATA)

#define KF_VOTE_RESPONSE_NODE_ENDPOINT(F, S) \
    F(int32, node_id, 1, KF_MAX)             \
    F(string, host, 1, KF_MAX)               \
    F(uint16, port, 1, KF_MAX)
KF_STRUCT(vote_response_node_endpoint, KF_VOTE_RESPONSE_NODE_ENDPOINT)

#define KF_VOTE_RESPONSE(F, S)                                                  \
    F(int16, error_code, 0, KF_MAX)                                             \
    S(array, topics, vote_response_topic_data, 0, KF_MAX)                       \
    S(array, node_endpoints, vote_response_node_endpoint, 1, KF_MAX, KF_TAG(0))
KF_STRUCT(vote_response, KF_VOTE_RESPONSE)

#endif
