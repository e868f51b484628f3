/* share_group_heartbeat - request and response as field tables (api/kafka/fields.h).
 *
 *   ShareGroupHeartbeatRequest: key 76, version 1, flexible from 0
 *   ShareGroupHeartbeatResponse: key 76, version 1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_GROUP_HEARTBEAT_H
#define KLAMM_API_KAFKA_MSG_SHARE_GROUP_HEARTBEAT_H

#include "api/kafka/fields.h"

#define KF_SHARE_GROUP_HEARTBEAT_REQUEST(F, S)                          \
    F(string, group_id, 0, KF_MAX)                                      \
    F(string, member_id, 0, KF_MAX)                                     \
    F(int32, member_epoch, 0, KF_MAX)                                   \
    F(string, rack_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                 \
    F(strings, subscribed_topic_names, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(share_group_heartbeat_request, KF_SHARE_GROUP_HEARTBEAT_REQUEST)

#define KF_SHARE_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITIONS(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                 \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(share_group_heartbeat_response_topic_partitions,
          KF_SHARE_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITIONS)

#define KF_SHARE_GROUP_HEARTBEAT_RESPONSE_ASSIGNMENT(F, S)                                 \
    S(array, topic_partitions, share_group_heartbeat_response_topic_partitions, 0, KF_MAX)
KF_STRUCT(share_group_heartbeat_response_assignment, KF_SHARE_GROUP_HEARTBEAT_RESPONSE_ASSIGNMENT)

#define KF_SHARE_GROUP_HEARTBEAT_RESPONSE(F, S)                                         \
    F(int32, throttle_time_ms, 0, KF_MAX)                                               \
    F(int16, error_code, 0, KF_MAX)                                                     \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                           \
    F(string, member_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                               \
    F(int32, member_epoch, 0, KF_MAX)                                                   \
    F(int32, heartbeat_interval_ms, 0, KF_MAX)                                          \
    S(maybe, assignment, share_group_heartbeat_response_assignment, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)
KF_STRUCT(share_group_heartbeat_response, KF_SHARE_GROUP_HEARTBEAT_RESPONSE)

#endif
