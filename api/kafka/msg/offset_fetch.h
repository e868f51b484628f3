/* offset_fetch - request and response as field tables (api/kafka/fields.h).
 *
 *   OffsetFetchRequest: key 9, versions 1-10, flexible from 6
 *   OffsetFetchResponse: key 9, versions 1-10, flexible from 6 */
#ifndef KLAMM_API_KAFKA_MSG_OFFSET_FETCH_H
#define KLAMM_API_KAFKA_MSG_OFFSET_FETCH_H

#include "api/kafka/fields.h"

#define KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_TOPIC(F, S) \
    F(string, name, 0, 7)                                        \
    F(int32s, partition_indexes, 0, 7)
KF_STRUCT(offset_fetch_request_offset_fetch_request_topic,
          KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_TOPIC)

#define KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_TOPICS(F, S) \
    F(string, name, 8, 9, KF_IGNORABLE)                           \
    F(uuid, topic_id, 10, KF_MAX, KF_IGNORABLE)                   \
    F(int32s, partition_indexes, 8, KF_MAX)
KF_STRUCT(offset_fetch_request_offset_fetch_request_topics,
          KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_TOPICS)

#define KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_GROUP(F, S)                           \
    F(string, group_id, 8, KF_MAX)                                                         \
    F(string, member_id, 9, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)                    \
    F(int32, member_epoch, 9, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                            \
    S(array, topics, offset_fetch_request_offset_fetch_request_topics, 8, KF_MAX, KF_NULL)
KF_STRUCT(offset_fetch_request_offset_fetch_request_group,
          KF_OFFSET_FETCH_REQUEST_OFFSET_FETCH_REQUEST_GROUP)

#define KF_OFFSET_FETCH_REQUEST(F, S)                                                         \
    F(string, group_id, 0, 7)                                                                 \
    S(array, topics, offset_fetch_request_offset_fetch_request_topic, 0, 7, KF_NULL_SINCE(2)) \
    S(array, groups, offset_fetch_request_offset_fetch_request_group, 8, KF_MAX)              \
    F(bool, require_stable, 7, KF_MAX)
KF_STRUCT(offset_fetch_request, KF_OFFSET_FETCH_REQUEST)

#define KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_PARTITION(F, S) \
    F(int32, partition_index, 0, 7)                                    \
    F(int64, committed_offset, 0, 7)                                   \
    F(int32, committed_leader_epoch, 5, 7, KF_DEF(-1), KF_IGNORABLE)   \
    F(string, metadata, 0, 7, KF_NULL)                                 \
    F(int16, error_code, 0, 7)
KF_STRUCT(offset_fetch_response_offset_fetch_response_partition,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_PARTITION)

#define KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_TOPIC(F, S)                    \
    F(string, name, 0, 7)                                                             \
    S(array, partitions, offset_fetch_response_offset_fetch_response_partition, 0, 7)
KF_STRUCT(offset_fetch_response_offset_fetch_response_topic,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_TOPIC)

#define KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_PARTITIONS(F, S)   \
    F(int32, partition_index, 8, KF_MAX)                                  \
    F(int64, committed_offset, 8, KF_MAX)                                 \
    F(int32, committed_leader_epoch, 8, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    F(string, metadata, 8, KF_MAX, KF_NULL)                               \
    F(int16, error_code, 8, KF_MAX)
KF_STRUCT(offset_fetch_response_offset_fetch_response_partitions,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_PARTITIONS)

#define KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_TOPICS(F, S)                         \
    F(string, name, 8, 9, KF_IGNORABLE)                                                     \
    F(uuid, topic_id, 10, KF_MAX, KF_IGNORABLE)                                             \
    S(array, partitions, offset_fetch_response_offset_fetch_response_partitions, 8, KF_MAX)
KF_STRUCT(offset_fetch_response_offset_fetch_response_topics,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_TOPICS)

#define KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_GROUP(F, S)                  \
    F(string, group_id, 8, KF_MAX)                                                  \
    S(array, topics, offset_fetch_response_offset_fetch_response_topics, 8, KF_MAX) \
    F(int16, error_code, 8, KF_MAX)
KF_STRUCT(offset_fetch_response_offset_fetch_response_group,
          KF_OFFSET_FETCH_RESPONSE_OFFSET_FETCH_RESPONSE_GROUP)

#define KF_OFFSET_FETCH_RESPONSE(F, S)                                             \
    F(int32, throttle_time_ms, 3, KF_MAX, KF_IGNORABLE)                            \
    S(array, topics, offset_fetch_response_offset_fetch_response_topic, 0, 7)      \
    F(int16, error_code, 2, 7, KF_IGNORABLE)                                       \
    S(array, groups, offset_fetch_response_offset_fetch_response_group, 8, KF_MAX)
KF_STRUCT(offset_fetch_response, KF_OFFSET_FETCH_RESPONSE)

#endif
