/* join_group - request and response as field tables (api/kafka/fields.h).
 *
 *   JoinGroupRequest: key 11, versions 0-9, flexible from 6
 *   JoinGroupResponse: key 11, versions 0-9, flexible from 6 */
#ifndef KLAMM_API_KAFKA_MSG_JOIN_GROUP_H
#define KLAMM_API_KAFKA_MSG_JOIN_GROUP_H

#include "api/kafka/fields.h"

#define KF_JOIN_GROUP_REQUEST_JOIN_GROUP_REQUEST_PROTOCOL(F, S) \
    F(string, name, 0, KF_MAX)                                  \
    F(bytes, metadata, 0, KF_MAX)
KF_STRUCT(join_group_request_join_group_request_protocol,
          KF_JOIN_GROUP_REQUEST_JOIN_GROUP_REQUEST_PROTOCOL)

#define KF_JOIN_GROUP_REQUEST(F, S)                                                \
    F(string, group_id, 0, KF_MAX)                                                 \
    F(int32, session_timeout_ms, 0, KF_MAX)                                        \
    F(int32, rebalance_timeout_ms, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)            \
    F(string, member_id, 0, KF_MAX)                                                \
    F(string, group_instance_id, 5, KF_MAX, KF_NULL, KF_DEF_NULL)                  \
    F(string, protocol_type, 0, KF_MAX)                                            \
    S(array, protocols, join_group_request_join_group_request_protocol, 0, KF_MAX) \
    F(string, reason, 8, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)
KF_STRUCT(join_group_request, KF_JOIN_GROUP_REQUEST)

#define KF_JOIN_GROUP_RESPONSE_JOIN_GROUP_RESPONSE_MEMBER(F, S)                 \
    F(string, member_id, 0, KF_MAX)                                             \
    F(string, group_instance_id, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE) \
    F(bytes, metadata, 0, KF_MAX)
KF_STRUCT(join_group_response_join_group_response_member,
          KF_JOIN_GROUP_RESPONSE_JOIN_GROUP_RESPONSE_MEMBER)

#define KF_JOIN_GROUP_RESPONSE(F, S)                                             \
    F(int32, throttle_time_ms, 2, KF_MAX, KF_IGNORABLE)                          \
    F(int16, error_code, 0, KF_MAX)                                              \
    F(int32, generation_id, 0, KF_MAX, KF_DEF(-1))                               \
    F(string, protocol_type, 7, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)      \
    F(string, protocol_name, 0, KF_MAX, KF_NULL_SINCE(7))                        \
    F(string, leader, 0, KF_MAX)                                                 \
    F(bool, skip_assignment, 9, KF_MAX)                                          \
    F(string, member_id, 0, KF_MAX)                                              \
    S(array, members, join_group_response_join_group_response_member, 0, KF_MAX)
KF_STRUCT(join_group_response, KF_JOIN_GROUP_RESPONSE)

#endif
