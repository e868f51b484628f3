/* share_acknowledge - request and response as field tables (api/kafka/fields.h).
 *
 *   ShareAcknowledgeRequest: key 79, versions 1-2, flexible from 0
 *   ShareAcknowledgeResponse: key 79, versions 1-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_ACKNOWLEDGE_H
#define KLAMM_API_KAFKA_MSG_SHARE_ACKNOWLEDGE_H

#include "api/kafka/fields.h"

#define KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGEMENT_BATCH(F, S) \
    F(int64, first_offset, 0, KF_MAX)                            \
    F(int64, last_offset, 0, KF_MAX)                             \
    F(int8s, acknowledge_types, 0, KF_MAX)
KF_STRUCT(share_acknowledge_request_acknowledgement_batch,
          KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGEMENT_BATCH)

#define KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGE_PARTITION(F, S)                          \
    F(int32, partition_index, 0, KF_MAX)                                                  \
    S(array, acknowledgement_batches, share_acknowledge_request_acknowledgement_batch, 0, \
      KF_MAX)
KF_STRUCT(share_acknowledge_request_acknowledge_partition,
          KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGE_PARTITION)

#define KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGE_TOPIC(F, S)                         \
    F(uuid, topic_id, 0, KF_MAX)                                                     \
    S(array, partitions, share_acknowledge_request_acknowledge_partition, 0, KF_MAX)
KF_STRUCT(share_acknowledge_request_acknowledge_topic,
          KF_SHARE_ACKNOWLEDGE_REQUEST_ACKNOWLEDGE_TOPIC)

#define KF_SHARE_ACKNOWLEDGE_REQUEST(F, S)                                   \
    F(string, group_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                     \
    F(string, member_id, 0, KF_MAX, KF_NULL)                                 \
    F(int32, share_session_epoch, 0, KF_MAX)                                 \
    F(bool, is_renew_ack, 2, KF_MAX)                                         \
    S(array, topics, share_acknowledge_request_acknowledge_topic, 0, KF_MAX)
KF_STRUCT(share_acknowledge_request, KF_SHARE_ACKNOWLEDGE_REQUEST)

#define KF_SHARE_ACKNOWLEDGE_RESPONSE_LEADER_ID_AND_EPOCH(F, S) \
    F(int32, leader_id, 0, KF_MAX)                              \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(share_acknowledge_response_leader_id_and_epoch,
          KF_SHARE_ACKNOWLEDGE_RESPONSE_LEADER_ID_AND_EPOCH)

#define KF_SHARE_ACKNOWLEDGE_RESPONSE_PARTITION_DATA(F, S)                            \
    F(int32, partition_index, 0, KF_MAX)                                              \
    F(int16, error_code, 0, KF_MAX)                                                   \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                         \
    S(one, current_leader, share_acknowledge_response_leader_id_and_epoch, 0, KF_MAX)
KF_STRUCT(share_acknowledge_response_partition_data, KF_SHARE_ACKNOWLEDGE_RESPONSE_PARTITION_DATA)

#define KF_SHARE_ACKNOWLEDGE_RESPONSE_SHARE_ACKNOWLEDGE_TOPIC_RESPONSE(F, S)   \
    F(uuid, topic_id, 0, KF_MAX)                                               \
    S(array, partitions, share_acknowledge_response_partition_data, 0, KF_MAX)
KF_STRUCT(share_acknowledge_response_share_acknowledge_topic_response,
          KF_SHARE_ACKNOWLEDGE_RESPONSE_SHARE_ACKNOWLEDGE_TOPIC_RESPONSE)

#define KF_SHARE_ACKNOWLEDGE_RESPONSE_NODE_ENDPOINT(F, S) \
    F(int32, node_id, 0, KF_MAX)                          \
    F(string, host, 0, KF_MAX)                            \
    F(int32, port, 0, KF_MAX)                             \
    F(string, rack, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(share_acknowledge_response_node_endpoint, KF_SHARE_ACKNOWLEDGE_RESPONSE_NODE_ENDPOINT)

#define KF_SHARE_ACKNOWLEDGE_RESPONSE(F, S)                                                     \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                       \
    F(int16, error_code, 0, KF_MAX)                                                             \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                   \
    F(int32, acquisition_lock_timeout_ms, 2, KF_MAX, KF_IGNORABLE)                              \
    S(array, responses, share_acknowledge_response_share_acknowledge_topic_response, 0, KF_MAX) \
    S(array, node_endpoints, share_acknowledge_response_node_endpoint, 0, KF_MAX)
KF_STRUCT(share_acknowledge_response, KF_SHARE_ACKNOWLEDGE_RESPONSE)

#endif
