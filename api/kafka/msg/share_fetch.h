/* share_fetch - request and response as field tables (api/kafka/fields.h).
 *
 *   ShareFetchRequest: key 78, versions 1-2, flexible from 0
 *   ShareFetchResponse: key 78, versions 1-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_FETCH_H
#define KLAMM_API_KAFKA_MSG_SHARE_FETCH_H

#include "api/kafka/fields.h"

#define KF_SHARE_FETCH_REQUEST_ACKNOWLEDGEMENT_BATCH(F, S) \
    F(int64, first_offset, 0, KF_MAX)                      \
    F(int64, last_offset, 0, KF_MAX)                       \
    F(int8s, acknowledge_types, 0, KF_MAX)
KF_STRUCT(share_fetch_request_acknowledgement_batch, KF_SHARE_FETCH_REQUEST_ACKNOWLEDGEMENT_BATCH)

#define KF_SHARE_FETCH_REQUEST_FETCH_PARTITION(F, S)                                        \
    F(int32, partition_index, 0, KF_MAX)                                                    \
    F(int32, partition_max_bytes, 0, 0)                                                     \
    S(array, acknowledgement_batches, share_fetch_request_acknowledgement_batch, 0, KF_MAX)
KF_STRUCT(share_fetch_request_fetch_partition, KF_SHARE_FETCH_REQUEST_FETCH_PARTITION)

#define KF_SHARE_FETCH_REQUEST_FETCH_TOPIC(F, S)                         \
    F(uuid, topic_id, 0, KF_MAX)                                         \
    S(array, partitions, share_fetch_request_fetch_partition, 0, KF_MAX)
KF_STRUCT(share_fetch_request_fetch_topic, KF_SHARE_FETCH_REQUEST_FETCH_TOPIC)

#define KF_SHARE_FETCH_REQUEST_FORGOTTEN_TOPIC(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                     \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(share_fetch_request_forgotten_topic, KF_SHARE_FETCH_REQUEST_FORGOTTEN_TOPIC)

#define KF_SHARE_FETCH_REQUEST(F, S)                                                \
    F(string, group_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                            \
    F(string, member_id, 0, KF_MAX, KF_NULL)                                        \
    F(int32, share_session_epoch, 0, KF_MAX)                                        \
    F(int32, max_wait_ms, 0, KF_MAX)                                                \
    F(int32, min_bytes, 0, KF_MAX)                                                  \
    F(int32, max_bytes, 0, KF_MAX, KF_DEF(INT32_MAX))                               \
    F(int32, max_records, 1, KF_MAX)                                                \
    F(int32, batch_size, 1, KF_MAX)                                                 \
    F(int8, share_acquire_mode, 2, KF_MAX, KF_IGNORABLE)                            \
    F(bool, is_renew_ack, 2, KF_MAX)                                                \
    S(array, topics, share_fetch_request_fetch_topic, 0, KF_MAX)                    \
    S(array, forgotten_topics_data, share_fetch_request_forgotten_topic, 0, KF_MAX)
KF_STRUCT(share_fetch_request, KF_SHARE_FETCH_REQUEST)

#define KF_SHARE_FETCH_RESPONSE_LEADER_ID_AND_EPOCH(F, S) \
    F(int32, leader_id, 0, KF_MAX)                        \
    F(int32, leader_epoch, 0, KF_MAX)
KF_STRUCT(share_fetch_response_leader_id_and_epoch, KF_SHARE_FETCH_RESPONSE_LEADER_ID_AND_EPOCH)

#define KF_SHARE_FETCH_RESPONSE_ACQUIRED_RECORDS(F, S) \
    F(int64, first_offset, 0, KF_MAX)                  \
    F(int64, last_offset, 0, KF_MAX)                   \
    F(int16, delivery_count, 0, KF_MAX)
KF_STRUCT(share_fetch_response_acquired_records, KF_SHARE_FETCH_RESPONSE_ACQUIRED_RECORDS)

#define KF_SHARE_FETCH_RESPONSE_PARTITION_DATA(F, S)                             \
    F(int32, partition_index, 0, KF_MAX)                                         \
    F(int16, error_code, 0, KF_MAX)                                              \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                    \
    F(int16, acknowledge_error_code, 0, KF_MAX)                                  \
    F(string, acknowledge_error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)        \
    S(one, current_leader, share_fetch_response_leader_id_and_epoch, 0, KF_MAX)  \
    F(records, records, 0, KF_MAX)                                               \
    S(array, acquired_records, share_fetch_response_acquired_records, 0, KF_MAX)
KF_STRUCT(share_fetch_response_partition_data, KF_SHARE_FETCH_RESPONSE_PARTITION_DATA)

#define KF_SHARE_FETCH_RESPONSE_SHARE_FETCHABLE_TOPIC_RESPONSE(F, S)     \
    F(uuid, topic_id, 0, KF_MAX)                                         \
    S(array, partitions, share_fetch_response_partition_data, 0, KF_MAX)
KF_STRUCT(share_fetch_response_share_fetchable_topic_response,
          KF_SHARE_FETCH_RESPONSE_SHARE_FETCHABLE_TOPIC_RESPONSE)

#define KF_SHARE_FETCH_RESPONSE_NODE_ENDPOINT(F, S)  \
    F(int32, node_id, 0, KF_MAX)                     \
    F(string, host, 0, KF_MAX)                       \
    F(int32, port, 0, KF_MAX)                        \
    F(string, rack, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(share_fetch_response_node_endpoint, KF_SHARE_FETCH_RESPONSE_NODE_ENDPOINT)

#define KF_SHARE_FETCH_RESPONSE(F, S)                                                   \
    F(int32, throttle_time_ms, 0, KF_MAX)                                               \
    F(int16, error_code, 0, KF_MAX)                                                     \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                           \
    F(int32, acquisition_lock_timeout_ms, 1, KF_MAX)                                    \
    S(array, responses, share_fetch_response_share_fetchable_topic_response, 0, KF_MAX) \
    S(array, node_endpoints, share_fetch_response_node_endpoint, 0, KF_MAX)
KF_STRUCT(share_fetch_response, KF_SHARE_FETCH_RESPONSE)

#endif
