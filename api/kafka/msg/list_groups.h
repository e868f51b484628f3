/* list_groups - request and response as field tables (api/kafka/fields.h).
 *
 *   ListGroupsRequest: key 16, versions 0-5, flexible from 3
 *   ListGroupsResponse: key 16, versions 0-5, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_LIST_GROUPS_H
#define KLAMM_API_KAFKA_MSG_LIST_GROUPS_H

#include "api/kafka/fields.h"

#define KF_LIST_GROUPS_REQUEST(F, S)     \
    F(strings, states_filter, 4, KF_MAX) \
    F(strings, types_filter, 5, KF_MAX)
KF_STRUCT(list_groups_request, KF_LIST_GROUPS_REQUEST)

#define KF_LIST_GROUPS_RESPONSE_LISTED_GROUP(F, S)  \
    F(string, group_id, 0, KF_MAX)                  \
    F(string, protocol_type, 0, KF_MAX)             \
    F(string, group_state, 4, KF_MAX, KF_IGNORABLE) \
    F(string, group_type, 5, KF_MAX, KF_IGNORABLE)
KF_STRUCT(list_groups_response_listed_group, KF_LIST_GROUPS_RESPONSE_LISTED_GROUP)

#define KF_LIST_GROUPS_RESPONSE(F, S)                              \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)            \
    F(int16, error_code, 0, KF_MAX)                                \
    S(array, groups, list_groups_response_listed_group, 0, KF_MAX)
KF_STRUCT(list_groups_response, KF_LIST_GROUPS_RESPONSE)

#endif
