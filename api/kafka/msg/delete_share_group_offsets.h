/* delete_share_group_offsets - request and response as field tables (api/kafka/fields.h).
 *
 *   DeleteShareGroupOffsetsRequest: key 92, version 0, flexible from 0
 *   DeleteShareGroupOffsetsResponse: key 92, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DELETE_SHARE_GROUP_OFFSETS_H
#define KLAMM_API_KAFKA_MSG_DELETE_SHARE_GROUP_OFFSETS_H

#include "api/kafka/fields.h"

#define KF_DELETE_SHARE_GROUP_OFFSETS_REQUEST_DELETE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC(F, S) \
    F(string, topic_name, 0, KF_MAX)
KF_STRUCT(delete_share_group_offsets_request_delete_share_group_offsets_request_topic,
          KF_DELETE_SHARE_GROUP_OFFSETS_REQUEST_DELETE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC)

#define KF_DELETE_SHARE_GROUP_OFFSETS_REQUEST(F, S)                                           \
    F(string, group_id, 0, KF_MAX)                                                            \
    S(array, topics,                                                                          \
      delete_share_group_offsets_request_delete_share_group_offsets_request_topic, 0, KF_MAX)
KF_STRUCT(delete_share_group_offsets_request, KF_DELETE_SHARE_GROUP_OFFSETS_REQUEST)

#define KF_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC(F, S) \
    F(string, topic_name, 0, KF_MAX)                                                           \
    F(uuid, topic_id, 0, KF_MAX)                                                               \
    F(int16, error_code, 0, KF_MAX)                                                            \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(delete_share_group_offsets_response_delete_share_group_offsets_response_topic,
          KF_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC)

#define KF_DELETE_SHARE_GROUP_OFFSETS_RESPONSE(F, S)                                            \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                       \
    F(int16, error_code, 0, KF_MAX)                                                             \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                   \
    S(array, responses,                                                                         \
      delete_share_group_offsets_response_delete_share_group_offsets_response_topic, 0, KF_MAX)
KF_STRUCT(delete_share_group_offsets_response, KF_DELETE_SHARE_GROUP_OFFSETS_RESPONSE)

#endif
