/* share_group_current_member_assignment - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ShareGroupCurrentMemberAssignmentKey: id 14, version 0, never flexible
 *   ShareGroupCurrentMemberAssignmentValue: id 14, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_H
#define KLAMM_API_KAFKA_MSG_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_H

#include "api/kafka/fields.h"

#define KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY(F, S) \
    F(string, group_id, 0, 0)                              \
    F(string, member_id, 0, 0)
KF_STRUCT(share_group_current_member_assignment_key, KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY)

#define KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TOPIC_PARTITIONS(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                              \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(share_group_current_member_assignment_value_topic_partitions,
          KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TOPIC_PARTITIONS)

#define KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE(F, S)                                    \
    F(int32, member_epoch, 0, KF_MAX)                                                           \
    F(int32, previous_member_epoch, 0, KF_MAX)                                                  \
    F(int8, state, 0, KF_MAX)                                                                   \
    S(array, assigned_partitions, share_group_current_member_assignment_value_topic_partitions, \
      0, KF_MAX)
KF_STRUCT(share_group_current_member_assignment_value,
          KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE)

#endif
