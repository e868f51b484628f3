/* offset_delete - request and response as field tables (api/kafka/fields.h).
 *
 *   OffsetDeleteRequest: key 47, version 0, never flexible
 *   OffsetDeleteResponse: key 47, version 0, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_OFFSET_DELETE_H
#define KLAMM_API_KAFKA_MSG_OFFSET_DELETE_H

#include "api/kafka/fields.h"

#define KF_OFFSET_DELETE_REQUEST_OFFSET_DELETE_REQUEST_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)
KF_STRUCT(offset_delete_request_offset_delete_request_partition,
          KF_OFFSET_DELETE_REQUEST_OFFSET_DELETE_REQUEST_PARTITION)

#define KF_OFFSET_DELETE_REQUEST_OFFSET_DELETE_REQUEST_TOPIC(F, S)                         \
    F(string, name, 0, KF_MAX)                                                             \
    S(array, partitions, offset_delete_request_offset_delete_request_partition, 0, KF_MAX)
KF_STRUCT(offset_delete_request_offset_delete_request_topic,
          KF_OFFSET_DELETE_REQUEST_OFFSET_DELETE_REQUEST_TOPIC)

#define KF_OFFSET_DELETE_REQUEST(F, S)                                             \
    F(string, group_id, 0, KF_MAX)                                                 \
    S(array, topics, offset_delete_request_offset_delete_request_topic, 0, KF_MAX)
KF_STRUCT(offset_delete_request, KF_OFFSET_DELETE_REQUEST)

#define KF_OFFSET_DELETE_RESPONSE_OFFSET_DELETE_RESPONSE_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                 \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(offset_delete_response_offset_delete_response_partition,
          KF_OFFSET_DELETE_RESPONSE_OFFSET_DELETE_RESPONSE_PARTITION)

#define KF_OFFSET_DELETE_RESPONSE_OFFSET_DELETE_RESPONSE_TOPIC(F, S)                         \
    F(string, name, 0, KF_MAX)                                                               \
    S(array, partitions, offset_delete_response_offset_delete_response_partition, 0, KF_MAX)
KF_STRUCT(offset_delete_response_offset_delete_response_topic,
          KF_OFFSET_DELETE_RESPONSE_OFFSET_DELETE_RESPONSE_TOPIC)

#define KF_OFFSET_DELETE_RESPONSE(F, S)                                              \
    F(int16, error_code, 0, KF_MAX)                                                  \
    F(int32, throttle_time_ms, 0, KF_MAX, KF_IGNORABLE)                              \
    S(array, topics, offset_delete_response_offset_delete_response_topic, 0, KF_MAX)
KF_STRUCT(offset_delete_response, KF_OFFSET_DELETE_RESPONSE)

#endif
