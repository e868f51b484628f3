#include "api/kafka/msg/streams_group_current_member_assignment.h"

KF_MESSAGE(streams_group_current_member_assignment_key,
    KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY,
    "StreamsGroupCurrentMemberAssignmentKey",
    22,
    0,
    0,
    KF_MAX)
KF_NESTED(streams_group_current_member_assignment_value_task_ids,
          KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TASK_IDS, "TaskIds")
KF_MESSAGE(streams_group_current_member_assignment_value,
    KF_STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE,
    "StreamsGroupCurrentMemberAssignmentValue",
    22,
    0,
    0,
    0)
