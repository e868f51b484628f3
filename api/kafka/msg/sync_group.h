/* sync_group - request and response as field tables (api/kafka/fields.h).
 *
 *   SyncGroupRequest: key 14, versions 0-5, flexible from 4
 *   SyncGroupResponse: key 14, versions 0-5, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_SYNC_GROUP_H
#define KLAMM_API_KAFKA_MSG_SYNC_GROUP_H

#include "api/kafka/fields.h"

#define KF_SYNC_GROUP_REQUEST_SYNC_GROUP_REQUEST_ASSIGNMENT(F, S) \
    F(string, member_id, 0, KF_MAX)                               \
    F(bytes, assignment, 0, KF_MAX)
KF_STRUCT(sync_group_request_sync_group_request_assignment,
          KF_SYNC_GROUP_REQUEST_SYNC_GROUP_REQUEST_ASSIGNMENT)

#define KF_SYNC_GROUP_REQUEST(F, S)                                                    \
    F(string, group_id, 0, KF_MAX)                                                     \
    F(int32, generation_id, 0, KF_MAX)                                                 \
    F(string, member_id, 0, KF_MAX)                                                    \
    F(string, group_instance_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL)                      \
    F(string, protocol_type, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)            \
    F(string, protocol_name, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE)            \
    S(array, assignments, sync_group_request_sync_group_request_assignment, 0, KF_MAX)
KF_STRUCT(sync_group_request, KF_SYNC_GROUP_REQUEST)

#define KF_SYNC_GROUP_RESPONSE(F, S)                                        \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                     \
    F(int16, error_code, 0, KF_MAX)                                         \
    F(string, protocol_type, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE) \
    F(string, protocol_name, 5, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE) \
    F(bytes, assignment, 0, KF_MAX)
KF_STRUCT(sync_group_response, KF_SYNC_GROUP_RESPONSE)

#endif
