/* consumer_group_target_assignment_member - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupTargetAssignmentMemberKey: id 7, version 0, never flexible
 *   ConsumerGroupTargetAssignmentMemberValue: id 7, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY(F, S) \
    F(string, group_id, 0, 0)                                \
    F(string, member_id, 0, 0)
KF_STRUCT(consumer_group_target_assignment_member_key,
          KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY)

#define KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TOPIC_PARTITION(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                               \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_target_assignment_member_value_topic_partition,
          KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TOPIC_PARTITION)

#define KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE(F, S)                                \
    S(array, topic_partitions, consumer_group_target_assignment_member_value_topic_partition, \
      0, KF_MAX)
KF_STRUCT(consumer_group_target_assignment_member_value,
          KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE)

#endif
