/* describe_producers - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeProducersRequest: key 61, version 0, flexible from 0
 *   DescribeProducersResponse: key 61, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_PRODUCERS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_PRODUCERS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_PRODUCERS_REQUEST_TOPIC_REQUEST(F, S) \
    F(string, name, 0, KF_MAX)                            \
    F(int32s, partition_indexes, 0, KF_MAX)
KF_STRUCT(describe_producers_request_topic_request, KF_DESCRIBE_PRODUCERS_REQUEST_TOPIC_REQUEST)

#define KF_DESCRIBE_PRODUCERS_REQUEST(F, S)                               \
    S(array, topics, describe_producers_request_topic_request, 0, KF_MAX)
KF_STRUCT(describe_producers_request, KF_DESCRIBE_PRODUCERS_REQUEST)

#define KF_DESCRIBE_PRODUCERS_RESPONSE_PRODUCER_STATE(F, S)   \
    F(int64, producer_id, 0, KF_MAX)                          \
    F(int32, producer_epoch, 0, KF_MAX)                       \
    F(int32, last_sequence, 0, KF_MAX, KF_DEF(-1))            \
    F(int64, last_timestamp, 0, KF_MAX, KF_DEF(-1))           \
    F(int32, coordinator_epoch, 0, KF_MAX)                    \
    F(int64, current_txn_start_offset, 0, KF_MAX, KF_DEF(-1))
KF_STRUCT(describe_producers_response_producer_state, KF_DESCRIBE_PRODUCERS_RESPONSE_PRODUCER_STATE)

#define KF_DESCRIBE_PRODUCERS_RESPONSE_PARTITION_RESPONSE(F, S)                       \
    F(int32, partition_index, 0, KF_MAX)                                              \
    F(int16, error_code, 0, KF_MAX)                                                   \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                         \
    S(array, active_producers, describe_producers_response_producer_state, 0, KF_MAX)
KF_STRUCT(describe_producers_response_partition_response,
          KF_DESCRIBE_PRODUCERS_RESPONSE_PARTITION_RESPONSE)

#define KF_DESCRIBE_PRODUCERS_RESPONSE_TOPIC_RESPONSE(F, S)                         \
    F(string, name, 0, KF_MAX)                                                      \
    S(array, partitions, describe_producers_response_partition_response, 0, KF_MAX)
KF_STRUCT(describe_producers_response_topic_response, KF_DESCRIBE_PRODUCERS_RESPONSE_TOPIC_RESPONSE)

#define KF_DESCRIBE_PRODUCERS_RESPONSE(F, S)                                \
    F(int32, throttle_time_ms, 0, KF_MAX)                                   \
    S(array, topics, describe_producers_response_topic_response, 0, KF_MAX)
KF_STRUCT(describe_producers_response, KF_DESCRIBE_PRODUCERS_RESPONSE)

#endif
