/* produce - request and response as field tables (api/kafka/fields.h).
 *
 *   ProduceRequest: key 0, versions 3-13, flexible from 9
 *   ProduceResponse: key 0, versions 3-13, flexible from 9 */
#ifndef KLAMM_API_KAFKA_MSG_PRODUCE_H
#define KLAMM_API_KAFKA_MSG_PRODUCE_H

#include "api/kafka/fields.h"

#define KF_PRODUCE_REQUEST_PARTITION_PRODUCE_DATA(F, S) \
    F(int32, index, 0, KF_MAX)                          \
    F(records, records, 0, KF_MAX, KF_NULL)
KF_STRUCT(produce_request_partition_produce_data, KF_PRODUCE_REQUEST_PARTITION_PRODUCE_DATA)

#define KF_PRODUCE_REQUEST_TOPIC_PRODUCE_DATA(F, S)                             \
    F(string, name, 0, 12, KF_IGNORABLE)                                        \
    F(uuid, topic_id, 13, KF_MAX, KF_IGNORABLE)                                 \
    S(array, partition_data, produce_request_partition_produce_data, 0, KF_MAX)
KF_STRUCT(produce_request_topic_produce_data, KF_PRODUCE_REQUEST_TOPIC_PRODUCE_DATA)

#define KF_PRODUCE_REQUEST(F, S)                                        \
    F(string, transactional_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL)        \
    F(int16, acks, 0, KF_MAX)                                           \
    F(int32, timeout_ms, 0, KF_MAX)                                     \
    S(array, topic_data, produce_request_topic_produce_data, 0, KF_MAX)
KF_STRUCT(produce_request, KF_PRODUCE_REQUEST)

#define KF_PRODUCE_RESPONSE_BATCH_INDEX_AND_ERROR_MESSAGE(F, S)           \
    F(int32, batch_index, 8, KF_MAX)                                      \
    F(string, batch_index_error_message, 8, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(produce_response_batch_index_and_error_message,
          KF_PRODUCE_RESPONSE_BATCH_INDEX_AND_ERROR_MESSAGE)

#define KF_PRODUCE_RESPONSE_LEADER_ID_AND_EPOCH(F, S) \
    F(int32, leader_id, 10, KF_MAX, KF_DEF(-1))       \
    F(int32, leader_epoch, 10, KF_MAX, KF_DEF(-1))
KF_STRUCT(produce_response_leader_id_and_epoch, KF_PRODUCE_RESPONSE_LEADER_ID_AND_EPOCH)

#define KF_PRODUCE_RESPONSE_PARTITION_PRODUCE_RESPONSE(F, S)                            \
    F(int32, index, 0, KF_MAX)                                                          \
    F(int16, error_code, 0, KF_MAX)                                                     \
    F(int64, base_offset, 0, KF_MAX)                                                    \
    F(int64, log_append_time_ms, 2, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                   \
    F(int64, log_start_offset, 5, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                     \
    S(array, record_errors, produce_response_batch_index_and_error_message, 8, KF_MAX,  \
      KF_IGNORABLE)                                                                     \
    F(string, error_message, 8, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)             \
    S(one, current_leader, produce_response_leader_id_and_epoch, 10, KF_MAX, KF_TAG(0))
KF_STRUCT(produce_response_partition_produce_response,
          KF_PRODUCE_RESPONSE_PARTITION_PRODUCE_RESPONSE)

#define KF_PRODUCE_RESPONSE_TOPIC_PRODUCE_RESPONSE(F, S)                                  \
    F(string, name, 0, 12, KF_IGNORABLE)                                                  \
    F(uuid, topic_id, 13, KF_MAX, KF_IGNORABLE)                                           \
    S(array, partition_responses, produce_response_partition_produce_response, 0, KF_MAX)
KF_STRUCT(produce_response_topic_produce_response, KF_PRODUCE_RESPONSE_TOPIC_PRODUCE_RESPONSE)

#define KF_PRODUCE_RESPONSE_NODE_ENDPOINT(F, S)       \
    F(int32, node_id, 10, KF_MAX)                     \
    F(string, host, 10, KF_MAX)                       \
    F(int32, port, 10, KF_MAX)                        \
    F(string, rack, 10, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(produce_response_node_endpoint, KF_PRODUCE_RESPONSE_NODE_ENDPOINT)

#define KF_PRODUCE_RESPONSE(F, S)                                                   \
    S(array, responses, produce_response_topic_produce_response, 0, KF_MAX)         \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                             \
    S(array, node_endpoints, produce_response_node_endpoint, 10, KF_MAX, KF_TAG(0))
KF_STRUCT(produce_response, KF_PRODUCE_RESPONSE)

#endif
