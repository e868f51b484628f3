/* consumer_group_current_member_assignment - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupCurrentMemberAssignmentKey: id 8, version 0, never flexible
 *   ConsumerGroupCurrentMemberAssignmentValue: id 8, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY(F, S) \
    F(string, group_id, 0, 0)                                 \
    F(string, member_id, 0, 0)
KF_STRUCT(consumer_group_current_member_assignment_key,
          KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY)

#define KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TOPIC_PARTITIONS(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                                 \
    F(int32s, partitions, 0, KF_MAX)                                             \
    F(int32s, assignment_epochs, 0, KF_MAX, KF_NULL, KF_TAG(0))
KF_STRUCT(consumer_group_current_member_assignment_value_topic_partitions,
          KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TOPIC_PARTITIONS)

#define KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE(F, S)                   \
    F(int32, member_epoch, 0, KF_MAX)                                             \
    F(int32, previous_member_epoch, 0, KF_MAX)                                    \
    F(int8, state, 0, KF_MAX)                                                     \
    S(array, assigned_partitions,                                                 \
      consumer_group_current_member_assignment_value_topic_partitions, 0, KF_MAX) \
    S(array, partitions_pending_revocation,                                       \
      consumer_group_current_member_assignment_value_topic_partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_current_member_assignment_value,
          KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE)

#endif
