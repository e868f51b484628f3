/* delete_groups - request and response as field tables (api/kafka/fields.h).
 *
 *   DeleteGroupsRequest: key 42, versions 0-2, flexible from 2
 *   DeleteGroupsResponse: key 42, versions 0-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_DELETE_GROUPS_H
#define KLAMM_API_KAFKA_MSG_DELETE_GROUPS_H

#include "api/kafka/fields.h"

#define KF_DELETE_GROUPS_REQUEST(F, S)  \
    F(strings, groups_names, 0, KF_MAX)
KF_STRUCT(delete_groups_request, KF_DELETE_GROUPS_REQUEST)

#define KF_DELETE_GROUPS_RESPONSE_DELETABLE_GROUP_RESULT(F, S) \
    F(string, group_id, 0, KF_MAX)                             \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(delete_groups_response_deletable_group_result,
          KF_DELETE_GROUPS_RESPONSE_DELETABLE_GROUP_RESULT)

#define KF_DELETE_GROUPS_RESPONSE(F, S)                                         \
    F(int32, throttle_time_ms, 0, KF_MAX)                                       \
    S(array, results, delete_groups_response_deletable_group_result, 0, KF_MAX)
KF_STRUCT(delete_groups_response, KF_DELETE_GROUPS_RESPONSE)

#endif
