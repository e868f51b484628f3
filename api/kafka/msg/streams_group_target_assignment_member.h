/* streams_group_target_assignment_member - coordinator record as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupTargetAssignmentMemberKey: id 21, version 0, never flexible
 *   StreamsGroupTargetAssignmentMemberValue: id 21, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY(F, S) \
    F(string, group_id, 0, 0)                               \
    F(string, member_id, 0, 0)
KF_STRUCT(streams_group_target_assignment_member_key, KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY)

#define KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TASK_IDS(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                               \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(streams_group_target_assignment_member_value_task_ids,
          KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TASK_IDS)

#define KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE(F, S)                                 \
    S(array, active_tasks, streams_group_target_assignment_member_value_task_ids, 0, KF_MAX)  \
    S(array, standby_tasks, streams_group_target_assignment_member_value_task_ids, 0, KF_MAX) \
    S(array, warmup_tasks, streams_group_target_assignment_member_value_task_ids, 0, KF_MAX)
KF_STRUCT(streams_group_target_assignment_member_value,
          KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE)

#endif
