/* consumer_group_heartbeat - request and response as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupHeartbeatRequest: key 68, versions 0-1, flexible from 0
 *   ConsumerGroupHeartbeatResponse: key 68, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_HEARTBEAT_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_HEARTBEAT_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_HEARTBEAT_REQUEST_TOPIC_PARTITIONS(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                   \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_heartbeat_request_topic_partitions,
          KF_CONSUMER_GROUP_HEARTBEAT_REQUEST_TOPIC_PARTITIONS)

#define KF_CONSUMER_GROUP_HEARTBEAT_REQUEST(F, S)                                            \
    F(string, group_id, 0, KF_MAX)                                                           \
    F(string, member_id, 0, KF_MAX)                                                          \
    F(int32, member_epoch, 0, KF_MAX)                                                        \
    F(string, instance_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                  \
    F(string, rack_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                      \
    F(int32, rebalance_timeout_ms, 0, KF_MAX, KF_DEF(-1))                                    \
    F(strings, subscribed_topic_names, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                      \
    F(string, subscribed_topic_regex, 1, KF_MAX, KF_NULL, KF_DEF_NULL)                       \
    F(string, server_assignor, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                              \
    S(array, topic_partitions, consumer_group_heartbeat_request_topic_partitions, 0, KF_MAX, \
      KF_NULL, KF_DEF_NULL)
KF_STRUCT(consumer_group_heartbeat_request, KF_CONSUMER_GROUP_HEARTBEAT_REQUEST)

#define KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITIONS(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                    \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_heartbeat_response_topic_partitions,
          KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITIONS)

#define KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE_ASSIGNMENT(F, S)                                 \
    S(array, topic_partitions, consumer_group_heartbeat_response_topic_partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_heartbeat_response_assignment,
          KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE_ASSIGNMENT)

#define KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE(F, S)                                         \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                  \
    F(int16, error_code, 0, KF_MAX)                                                        \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                              \
    F(string, member_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                                  \
    F(int32, member_epoch, 0, KF_MAX)                                                      \
    F(int32, heartbeat_interval_ms, 0, KF_MAX)                                             \
    S(maybe, assignment, consumer_group_heartbeat_response_assignment, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)
KF_STRUCT(consumer_group_heartbeat_response, KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE)

#endif
