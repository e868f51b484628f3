/* share_group_target_assignment_member - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ShareGroupTargetAssignmentMemberKey: id 13, version 0, never flexible
 *   ShareGroupTargetAssignmentMemberValue: id 13, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_H
#define KLAMM_API_KAFKA_MSG_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_H

#include "api/kafka/fields.h"

#define KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY(F, S) \
    F(string, group_id, 0, 0)                             \
    F(string, member_id, 0, 0)
KF_STRUCT(share_group_target_assignment_member_key, KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY)

#define KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TOPIC_PARTITION(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                            \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(share_group_target_assignment_member_value_topic_partition,
          KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TOPIC_PARTITION)

#define KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE(F, S)                                   \
    S(array, topic_partitions, share_group_target_assignment_member_value_topic_partition, 0, \
      KF_MAX)
KF_STRUCT(share_group_target_assignment_member_value, KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE)

#endif
