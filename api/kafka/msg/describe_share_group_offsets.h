/* describe_share_group_offsets - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeShareGroupOffsetsRequest: key 90, versions 0-1, flexible from 0
 *   DescribeShareGroupOffsetsResponse: key 90, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_SHARE_GROUP_OFFSETS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_SHARE_GROUP_OFFSETS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC(F, S) \
    F(string, topic_name, 0, KF_MAX)                                                             \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(describe_share_group_offsets_request_describe_share_group_offsets_request_topic,
          KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC)

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_GROUP(F, S)   \
    F(string, group_id, 0, KF_MAX)                                                                 \
    S(array, topics,                                                                               \
      describe_share_group_offsets_request_describe_share_group_offsets_request_topic, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_share_group_offsets_request_describe_share_group_offsets_request_group,
          KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_GROUP)

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST(F, S)                                             \
    S(array, groups,                                                                              \
      describe_share_group_offsets_request_describe_share_group_offsets_request_group, 0, KF_MAX)
KF_STRUCT(describe_share_group_offsets_request, KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST)

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                                           \
    F(int64, start_offset, 0, KF_MAX)                                                              \
    F(int32, leader_epoch, 0, KF_MAX)                                                              \
    F(int64, lag, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)                                             \
    F(int16, error_code, 0, KF_MAX)                                                                \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(describe_share_group_offsets_response_describe_share_group_offsets_response_partition,
          KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION)

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC(F, S) \
    F(string, topic_name, 0, KF_MAX)                                                               \
    F(uuid, topic_id, 0, KF_MAX)                                                                   \
    S(array, partitions,                                                                           \
      describe_share_group_offsets_response_describe_share_group_offsets_response_partition, 0, KF_MAX)
KF_STRUCT(describe_share_group_offsets_response_describe_share_group_offsets_response_topic,
          KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC)

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_GROUP(F, S) \
    F(string, group_id, 0, KF_MAX)                                                                 \
    S(array, topics,                                                                               \
      describe_share_group_offsets_response_describe_share_group_offsets_response_topic, 0, KF_MAX) \
    F(int16, error_code, 0, KF_MAX)                                                                \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(describe_share_group_offsets_response_describe_share_group_offsets_response_group,
          KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_GROUP)

#define KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE(F, S)                                             \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                          \
    S(array, groups,                                                                               \
      describe_share_group_offsets_response_describe_share_group_offsets_response_group, 0, KF_MAX)
KF_STRUCT(describe_share_group_offsets_response, KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE)

#endif
