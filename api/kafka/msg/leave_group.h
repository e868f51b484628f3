/* leave_group - request and response as field tables (api/kafka/fields.h).
 *
 *   LeaveGroupRequest: key 13, versions 0-5, flexible from 4
 *   LeaveGroupResponse: key 13, versions 0-5, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_LEAVE_GROUP_H
#define KLAMM_API_KAFKA_MSG_LEAVE_GROUP_H

#include "api/kafka/fields.h"

#define KF_LEAVE_GROUP_REQUEST_MEMBER_IDENTITY(F, S)                 \
    F(string, member_id, 3, KF_MAX)                                  \
    F(string, group_instance_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL)    \
    F(string, reason, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)
KF_STRUCT(leave_group_request_member_identity, KF_LEAVE_GROUP_REQUEST_MEMBER_IDENTITY)

#define KF_LEAVE_GROUP_REQUEST(F, S)                                  \
    F(string, group_id, 0, KF_MAX)                                    \
    F(string, member_id, 0, 2)                                        \
    S(array, members, leave_group_request_member_identity, 3, KF_MAX)
KF_STRUCT(leave_group_request, KF_LEAVE_GROUP_REQUEST)

#define KF_LEAVE_GROUP_RESPONSE_MEMBER_RESPONSE(F, S) \
    F(string, member_id, 3, KF_MAX)                   \
    F(string, group_instance_id, 3, KF_MAX, KF_NULL)  \
    F(int16, error_code, 3, KF_MAX)
KF_STRUCT(leave_group_response_member_response, KF_LEAVE_GROUP_RESPONSE_MEMBER_RESPONSE)

#define KF_LEAVE_GROUP_RESPONSE(F, S)                                  \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                \
    F(int16, error_code, 0, KF_MAX)                                    \
    S(array, members, leave_group_response_member_response, 3, KF_MAX)
KF_STRUCT(leave_group_response, KF_LEAVE_GROUP_RESPONSE)

#endif
