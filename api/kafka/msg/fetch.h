/* fetch - request and response as field tables (api/kafka/fields.h).
 *
 *   FetchRequest: key 1, versions 4-18, flexible from 12
 *   FetchResponse: key 1, versions 4-18, flexible from 12 */
#ifndef KLAMM_API_KAFKA_MSG_FETCH_H
#define KLAMM_API_KAFKA_MSG_FETCH_H

#include "api/kafka/fields.h"

#define KF_FETCH_REQUEST_REPLICA_STATE(F, S)        \
    F(int32, replica_id, 15, KF_MAX, KF_DEF(-1))    \
    F(int64, replica_epoch, 15, KF_MAX, KF_DEF(-1))
KF_STRUCT(fetch_request_replica_state, KF_FETCH_REQUEST_REPLICA_STATE)

#define KF_FETCH_REQUEST_FETCH_PARTITION(F, S)                                       \
    F(int32, partition, 0, KF_MAX)                                                   \
    F(int32, current_leader_epoch, 9, KF_MAX, KF_DEF(-1), KF_IGNORABLE)              \
    F(int64, fetch_offset, 0, KF_MAX)                                                \
    F(int32, last_fetched_epoch, 12, KF_MAX, KF_DEF(-1))                             \
    F(int64, log_start_offset, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                  \
    F(int32, partition_max_bytes, 0, KF_MAX)                                         \
    F(uuid, replica_directory_id, 17, KF_MAX, KF_TAG(0), KF_IGNORABLE)               \
    F(int64, high_watermark, 18, KF_MAX, KF_TAG(1), KF_DEF(INT64_MAX), KF_IGNORABLE)
KF_STRUCT(fetch_request_fetch_partition, KF_FETCH_REQUEST_FETCH_PARTITION)

#define KF_FETCH_REQUEST_FETCH_TOPIC(F, S)                         \
    F(string, topic, 0, 12, KF_IGNORABLE)                          \
    F(uuid, topic_id, 13, KF_MAX, KF_IGNORABLE)                    \
    S(array, partitions, fetch_request_fetch_partition, 0, KF_MAX)
KF_STRUCT(fetch_request_fetch_topic, KF_FETCH_REQUEST_FETCH_TOPIC)

#define KF_FETCH_REQUEST_FORGOTTEN_TOPIC(F, S)  \
    F(string, topic, 7, 12, KF_IGNORABLE)       \
    F(uuid, topic_id, 13, KF_MAX, KF_IGNORABLE) \
    F(int32s, partitions, 7, KF_MAX)
KF_STRUCT(fetch_request_forgotten_topic, KF_FETCH_REQUEST_FORGOTTEN_TOPIC)

#define KF_FETCH_REQUEST(F, S)                                                       \
    F(string, cluster_id, 12, KF_MAX, KF_NULL, KF_TAG(0), KF_DEF_NULL, KF_IGNORABLE) \
    F(int32, replica_id, 0, 14, KF_DEF(-1))                                          \
    S(one, replica_state, fetch_request_replica_state, 15, KF_MAX, KF_TAG(1))        \
    F(int32, max_wait_ms, 0, KF_MAX)                                                 \
    F(int32, min_bytes, 0, KF_MAX)                                                   \
    F(int32, max_bytes, 3, KF_MAX, KF_DEF(INT32_MAX), KF_IGNORABLE)                  \
    F(int8, isolation_level, 4, KF_MAX, KF_IGNORABLE)                                \
    F(int32, session_id, 7, KF_MAX, KF_IGNORABLE)                                    \
    F(int32, session_epoch, 7, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                     \
    S(array, topics, fetch_request_fetch_topic, 0, KF_MAX)                           \
    S(array, forgotten_topics_data, fetch_request_forgotten_topic, 7, KF_MAX)        \
    F(string, rack_id, 11, KF_MAX, KF_IGNORABLE)
KF_STRUCT(fetch_request, KF_FETCH_REQUEST)

#define KF_FETCH_RESPONSE_EPOCH_END_OFFSET(F, S) \
    F(int32, epoch, 12, KF_MAX, KF_DEF(-1))      \
    F(int64, end_offset, 12, KF_MAX, KF_DEF(-1))
KF_STRUCT(fetch_response_epoch_end_offset, KF_FETCH_RESPONSE_EPOCH_END_OFFSET)

#define KF_FETCH_RESPONSE_LEADER_ID_AND_EPOCH(F, S) \
    F(int32, leader_id, 12, KF_MAX, KF_DEF(-1))     \
    F(int32, leader_epoch, 12, KF_MAX, KF_DEF(-1))
KF_STRUCT(fetch_response_leader_id_and_epoch, KF_FETCH_RESPONSE_LEADER_ID_AND_EPOCH)

#define KF_FETCH_RESPONSE_SNAPSHOT_ID(F, S)     \
    F(int64, end_offset, 0, KF_MAX, KF_DEF(-1)) \
    F(int32, epoch, 0, KF_MAX, KF_DEF(-1))
KF_STRUCT(fetch_response_snapshot_id, KF_FETCH_RESPONSE_SNAPSHOT_ID)

#define KF_FETCH_RESPONSE_ABORTED_TRANSACTION(F, S) \
    F(int64, producer_id, 4, KF_MAX)                \
    F(int64, first_offset, 4, KF_MAX)
KF_STRUCT(fetch_response_aborted_transaction, KF_FETCH_RESPONSE_ABORTED_TRANSACTION)

#define KF_FETCH_RESPONSE_PARTITION_DATA(F, S)                                             \
    F(int32, partition_index, 0, KF_MAX)                                                   \
    F(int16, error_code, 0, KF_MAX)                                                        \
    F(int64, high_watermark, 0, KF_MAX)                                                    \
    F(int64, last_stable_offset, 4, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                      \
    F(int64, log_start_offset, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                        \
    S(one, diverging_epoch, fetch_response_epoch_end_offset, 12, KF_MAX, KF_TAG(0))        \
    S(one, current_leader, fetch_response_leader_id_and_epoch, 12, KF_MAX, KF_TAG(1))      \
    S(one, snapshot_id, fetch_response_snapshot_id, 12, KF_MAX, KF_TAG(2))                 \
    S(array, aborted_transactions, fetch_response_aborted_transaction, 4, KF_MAX, KF_NULL, \
      KF_IGNORABLE)                                                                        \
    F(int32, preferred_read_replica, 11, KF_MAX, KF_DEF(-1))                               \
    F(records, records, 0, KF_MAX, KF_NULL)
KF_STRUCT(fetch_response_partition_data, KF_FETCH_RESPONSE_PARTITION_DATA)

#define KF_FETCH_RESPONSE_FETCHABLE_TOPIC_RESPONSE(F, S)           \
    F(string, topic, 0, 12, KF_IGNORABLE)                          \
    F(uuid, topic_id, 13, KF_MAX, KF_IGNORABLE)                    \
    S(array, partitions, fetch_response_partition_data, 0, KF_MAX)
KF_STRUCT(fetch_response_fetchable_topic_response, KF_FETCH_RESPONSE_FETCHABLE_TOPIC_RESPONSE)

#define KF_FETCH_RESPONSE_NODE_ENDPOINT(F, S)         \
    F(int32, node_id, 16, KF_MAX)                     \
    F(string, host, 16, KF_MAX)                       \
    F(int32, port, 16, KF_MAX)                        \
    F(string, rack, 16, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(fetch_response_node_endpoint, KF_FETCH_RESPONSE_NODE_ENDPOINT)

#define KF_FETCH_RESPONSE(F, S)                                                   \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                           \
    F(int16, error_code, 7, KF_MAX, KF_IGNORABLE)                                 \
    F(int32, session_id, 7, KF_MAX)                                               \
    S(array, responses, fetch_response_fetchable_topic_response, 0, KF_MAX)       \
    S(array, node_endpoints, fetch_response_node_endpoint, 16, KF_MAX, KF_TAG(0))
KF_STRUCT(fetch_response, KF_FETCH_RESPONSE)

#endif
