/* delete_records - request and response as field tables (api/kafka/fields.h).
 *
 *   DeleteRecordsRequest: key 21, versions 0-2, flexible from 2
 *   DeleteRecordsResponse: key 21, versions 0-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_DELETE_RECORDS_H
#define KLAMM_API_KAFKA_MSG_DELETE_RECORDS_H

#include "api/kafka/fields.h"

#define KF_DELETE_RECORDS_REQUEST_DELETE_RECORDS_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                         \
    F(int64, offset, 0, KF_MAX)
KF_STRUCT(delete_records_request_delete_records_partition,
          KF_DELETE_RECORDS_REQUEST_DELETE_RECORDS_PARTITION)

#define KF_DELETE_RECORDS_REQUEST_DELETE_RECORDS_TOPIC(F, S)                         \
    F(string, name, 0, KF_MAX)                                                       \
    S(array, partitions, delete_records_request_delete_records_partition, 0, KF_MAX)
KF_STRUCT(delete_records_request_delete_records_topic,
          KF_DELETE_RECORDS_REQUEST_DELETE_RECORDS_TOPIC)

#define KF_DELETE_RECORDS_REQUEST(F, S)                                      \
    S(array, topics, delete_records_request_delete_records_topic, 0, KF_MAX) \
    F(int32, timeout_ms, 0, KF_MAX)
KF_STRUCT(delete_records_request, KF_DELETE_RECORDS_REQUEST)

#define KF_DELETE_RECORDS_RESPONSE_DELETE_RECORDS_PARTITION_RESULT(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                 \
    F(int64, low_watermark, 0, KF_MAX)                                   \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(delete_records_response_delete_records_partition_result,
          KF_DELETE_RECORDS_RESPONSE_DELETE_RECORDS_PARTITION_RESULT)

#define KF_DELETE_RECORDS_RESPONSE_DELETE_RECORDS_TOPIC_RESULT(F, S)                         \
    F(string, name, 0, KF_MAX)                                                               \
    S(array, partitions, delete_records_response_delete_records_partition_result, 0, KF_MAX)
KF_STRUCT(delete_records_response_delete_records_topic_result,
          KF_DELETE_RECORDS_RESPONSE_DELETE_RECORDS_TOPIC_RESULT)

#define KF_DELETE_RECORDS_RESPONSE(F, S)                                             \
    F(int32, throttle_time_ms, 0, KF_MAX)                                            \
    S(array, topics, delete_records_response_delete_records_topic_result, 0, KF_MAX)
KF_STRUCT(delete_records_response, KF_DELETE_RECORDS_RESPONSE)

#endif
