/* alter_share_group_offsets - request and response as field tables (api/kafka/fields.h).
 *
 *   AlterShareGroupOffsetsRequest: key 91, version 0, flexible from 0
 *   AlterShareGroupOffsetsResponse: key 91, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ALTER_SHARE_GROUP_OFFSETS_H
#define KLAMM_API_KAFKA_MSG_ALTER_SHARE_GROUP_OFFSETS_H

#include "api/kafka/fields.h"

#define KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                                       \
    F(int64, start_offset, 0, KF_MAX)
KF_STRUCT(alter_share_group_offsets_request_alter_share_group_offsets_request_partition,
          KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_PARTITION)

#define KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_TOPIC(F, S)      \
    F(string, topic_name, 0, KF_MAX)                                                            \
    S(array, partitions,                                                                        \
      alter_share_group_offsets_request_alter_share_group_offsets_request_partition, 0, KF_MAX)
KF_STRUCT(alter_share_group_offsets_request_alter_share_group_offsets_request_topic,
          KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_TOPIC)

#define KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST(F, S)                                              \
    F(string, group_id, 0, KF_MAX)                                                              \
    S(array, topics, alter_share_group_offsets_request_alter_share_group_offsets_request_topic, \
      0, KF_MAX)
KF_STRUCT(alter_share_group_offsets_request, KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST)

#define KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                                         \
    F(int16, error_code, 0, KF_MAX)                                                              \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(alter_share_group_offsets_response_alter_share_group_offsets_response_partition,
          KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION)

#define KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC(F, S)      \
    F(string, topic_name, 0, KF_MAX)                                                              \
    F(uuid, topic_id, 0, KF_MAX)                                                                  \
    S(array, partitions,                                                                          \
      alter_share_group_offsets_response_alter_share_group_offsets_response_partition, 0, KF_MAX)
KF_STRUCT(alter_share_group_offsets_response_alter_share_group_offsets_response_topic,
          KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC)

#define KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE(F, S)                                           \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                     \
    F(int16, error_code, 0, KF_MAX)                                                           \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                 \
    S(array, responses,                                                                       \
      alter_share_group_offsets_response_alter_share_group_offsets_response_topic, 0, KF_MAX)
KF_STRUCT(alter_share_group_offsets_response, KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE)

#endif
