#include "api/kafka/msg/streams_group_target_assignment_member.h"

KF_MESSAGE(streams_group_target_assignment_member_key,
    KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY,
    "StreamsGroupTargetAssignmentMemberKey",
    21,
    0,
    0,
    KF_MAX)
KF_NESTED(streams_group_target_assignment_member_value_task_ids,
          KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TASK_IDS, "TaskIds")
KF_MESSAGE(streams_group_target_assignment_member_value,
    KF_STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE,
    "StreamsGroupTargetAssignmentMemberValue",
    21,
    0,
    0,
    0)
