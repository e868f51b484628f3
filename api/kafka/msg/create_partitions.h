/* create_partitions - request and response as field tables (api/kafka/fields.h).
 *
 *   CreatePartitionsRequest: key 37, versions 0-3, flexible from 2
 *   CreatePartitionsResponse: key 37, versions 0-3, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_CREATE_PARTITIONS_H
#define KLAMM_API_KAFKA_MSG_CREATE_PARTITIONS_H

#include "api/kafka/fields.h"

#define KF_CREATE_PARTITIONS_REQUEST_CREATE_PARTITIONS_ASSIGNMENT(F, S) \
    F(int32s, broker_ids, 0, KF_MAX)
KF_STRUCT(create_partitions_request_create_partitions_assignment,
          KF_CREATE_PARTITIONS_REQUEST_CREATE_PARTITIONS_ASSIGNMENT)

#define KF_CREATE_PARTITIONS_REQUEST_CREATE_PARTITIONS_TOPIC(F, S)                           \
    F(string, name, 0, KF_MAX)                                                               \
    F(int32, count, 0, KF_MAX)                                                               \
    S(array, assignments, create_partitions_request_create_partitions_assignment, 0, KF_MAX, \
      KF_NULL)
KF_STRUCT(create_partitions_request_create_partitions_topic,
          KF_CREATE_PARTITIONS_REQUEST_CREATE_PARTITIONS_TOPIC)

#define KF_CREATE_PARTITIONS_REQUEST(F, S)                                         \
    S(array, topics, create_partitions_request_create_partitions_topic, 0, KF_MAX) \
    F(int32, timeout_ms, 0, KF_MAX)                                                \
    F(bool, validate_only, 0, KF_MAX)
KF_STRUCT(create_partitions_request, KF_CREATE_PARTITIONS_REQUEST)

#define KF_CREATE_PARTITIONS_RESPONSE_CREATE_PARTITIONS_TOPIC_RESULT(F, S) \
    F(string, name, 0, KF_MAX)                                             \
    F(int16, error_code, 0, KF_MAX)                                        \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(create_partitions_response_create_partitions_topic_result,
          KF_CREATE_PARTITIONS_RESPONSE_CREATE_PARTITIONS_TOPIC_RESULT)

#define KF_CREATE_PARTITIONS_RESPONSE(F, S)                                                 \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                   \
    S(array, results, create_partitions_response_create_partitions_topic_result, 0, KF_MAX)
KF_STRUCT(create_partitions_response, KF_CREATE_PARTITIONS_RESPONSE)

#endif
