/* streams_group_current_member_assignment - coordinator record as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupCurrentMemberAssignmentKey: id 22, version 0, never flexible
 *   StreamsGroupCurrentMemberAssignmentValue: id 22, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY(F, S) \
    F(string, group_id, 0, 0)                                \
    F(string, member_id, 0, 0)
KF_STRUCT(streams_group_current_member_assignment_key,
          KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY)

#define KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TASK_IDS(F, S) \
    F(string, subtopology_id, 0, KF_MAX)                                \
    F(int32s, partitions, 0, KF_MAX)                                    \
    F(int32s, assignment_epochs, 0, KF_MAX, KF_NULL, KF_TAG(0))
KF_STRUCT(streams_group_current_member_assignment_value_task_ids,
          KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TASK_IDS)

#define KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE(F, S)                                 \
    F(int32, member_epoch, 0, KF_MAX)                                                          \
    F(int32, previous_member_epoch, 0, KF_MAX)                                                 \
    F(int8, state, 0, KF_MAX)                                                                  \
    S(array, active_tasks, streams_group_current_member_assignment_value_task_ids, 0, KF_MAX)  \
    S(array, standby_tasks, streams_group_current_member_assignment_value_task_ids, 0, KF_MAX) \
    S(array, warmup_tasks, streams_group_current_member_assignment_value_task_ids, 0, KF_MAX)  \
    S(array, active_tasks_pending_revocation,                                                  \
      streams_group_current_member_assignment_value_task_ids, 0, KF_MAX)                       \
    S(array, standby_tasks_pending_revocation,                                                 \
      streams_group_current_member_assignment_value_task_ids, 0, KF_MAX)                       \
    S(array, warmup_tasks_pending_revocation,                                                  \
      streams_group_current_member_assignment_value_task_ids, 0, KF_MAX)
KF_STRUCT(streams_group_current_member_assignment_value,
          KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE)

#endif
