/* list_offsets - request and response as field tables (api/kafka/fields.h).
 *
 *   ListOffsetsRequest: key 2, versions 1-11, flexible from 6
 *   ListOffsetsResponse: key 2, versions 1-11, flexible from 6 */
#ifndef KLAMM_API_KAFKA_MSG_LIST_OFFSETS_H
#define KLAMM_API_KAFKA_MSG_LIST_OFFSETS_H

#include "api/kafka/fields.h"

#define KF_LIST_OFFSETS_REQUEST_LIST_OFFSETS_PARTITION(F, S)            \
    F(int32, partition_index, 0, KF_MAX)                                \
    F(int32, current_leader_epoch, 4, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    F(int64, timestamp, 0, KF_MAX)
KF_STRUCT(list_offsets_request_list_offsets_partition,
          KF_LIST_OFFSETS_REQUEST_LIST_OFFSETS_PARTITION)

#define KF_LIST_OFFSETS_REQUEST_LIST_OFFSETS_TOPIC(F, S)                         \
    F(string, name, 0, KF_MAX)                                                   \
    S(array, partitions, list_offsets_request_list_offsets_partition, 0, KF_MAX)
KF_STRUCT(list_offsets_request_list_offsets_topic, KF_LIST_OFFSETS_REQUEST_LIST_OFFSETS_TOPIC)

#define KF_LIST_OFFSETS_REQUEST(F, S)                                    \
    F(int32, replica_id, 0, KF_MAX)                                      \
    F(int8, isolation_level, 2, KF_MAX)                                  \
    S(array, topics, list_offsets_request_list_offsets_topic, 0, KF_MAX) \
    F(int32, timeout_ms, 10, KF_MAX, KF_IGNORABLE)
KF_STRUCT(list_offsets_request, KF_LIST_OFFSETS_REQUEST)

#define KF_LIST_OFFSETS_RESPONSE_LIST_OFFSETS_PARTITION_RESPONSE(F, S) \
    F(int32, partition_index, 0, KF_MAX)                               \
    F(int16, error_code, 0, KF_MAX)                                    \
    F(int64, timestamp, 1, KF_MAX, KF_DEF(-1))                         \
    F(int64, offset, 1, KF_MAX, KF_DEF(-1))                            \
    F(int32, leader_epoch, 4, KF_MAX, KF_DEF(-1))
KF_STRUCT(list_offsets_response_list_offsets_partition_response,
          KF_LIST_OFFSETS_RESPONSE_LIST_OFFSETS_PARTITION_RESPONSE)

#define KF_LIST_OFFSETS_RESPONSE_LIST_OFFSETS_TOPIC_RESPONSE(F, S)                         \
    F(string, name, 0, KF_MAX)                                                             \
    S(array, partitions, list_offsets_response_list_offsets_partition_response, 0, KF_MAX)
KF_STRUCT(list_offsets_response_list_offsets_topic_response,
          KF_LIST_OFFSETS_RESPONSE_LIST_OFFSETS_TOPIC_RESPONSE)

#define KF_LIST_OFFSETS_RESPONSE(F, S)                                             \
    F(int32, throttle_time_ms, 2, KF_MAX, KF_IGNORABLE)                            \
    S(array, topics, list_offsets_response_list_offsets_topic_response, 0, KF_MAX)
KF_STRUCT(list_offsets_response, KF_LIST_OFFSETS_RESPONSE)

#endif
