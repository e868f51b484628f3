/* describe_groups - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeGroupsRequest: key 15, versions 0-6, flexible from 5
 *   DescribeGroupsResponse: key 15, versions 0-6, flexible from 5 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_GROUPS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_GROUPS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_GROUPS_REQUEST(F, S)              \
    F(strings, groups, 0, KF_MAX)                     \
    F(bool, include_authorized_operations, 3, KF_MAX)
KF_STRUCT(describe_groups_request, KF_DESCRIBE_GROUPS_REQUEST)

#define KF_DESCRIBE_GROUPS_RESPONSE_DESCRIBED_GROUP_MEMBER(F, S)                \
    F(string, member_id, 0, KF_MAX)                                             \
    F(string, group_instance_id, 4, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE) \
    F(string, client_id, 0, KF_MAX)                                             \
    F(string, client_host, 0, KF_MAX)                                           \
    F(bytes, member_metadata, 0, KF_MAX)                                        \
    F(bytes, member_assignment, 0, KF_MAX)
KF_STRUCT(describe_groups_response_described_group_member,
          KF_DESCRIBE_GROUPS_RESPONSE_DESCRIBED_GROUP_MEMBER)

#define KF_DESCRIBE_GROUPS_RESPONSE_DESCRIBED_GROUP(F, S)                         \
    F(int16, error_code, 0, KF_MAX)                                               \
    F(string, error_message, 6, KF_MAX, KF_NULL, KF_DEF_NULL)                     \
    F(string, group_id, 0, KF_MAX)                                                \
    F(string, group_state, 0, KF_MAX)                                             \
    F(string, protocol_type, 0, KF_MAX)                                           \
    F(string, protocol_data, 0, KF_MAX)                                           \
    S(array, members, describe_groups_response_described_group_member, 0, KF_MAX) \
    F(int32, authorized_operations, 3, KF_MAX, KF_DEF(INT32_MIN))
KF_STRUCT(describe_groups_response_described_group, KF_DESCRIBE_GROUPS_RESPONSE_DESCRIBED_GROUP)

#define KF_DESCRIBE_GROUPS_RESPONSE(F, S)                                 \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                   \
    S(array, groups, describe_groups_response_described_group, 0, KF_MAX)
KF_STRUCT(describe_groups_response, KF_DESCRIBE_GROUPS_RESPONSE)

#endif
