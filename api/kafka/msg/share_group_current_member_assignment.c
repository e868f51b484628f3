#include "api/kafka/msg/share_group_current_member_assignment.h"

KF_MESSAGE(share_group_current_member_assignment_key, KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY,
           "ShareGroupCurrentMemberAssignmentKey", 14, 0, 0, KF_MAX)
KF_NESTED(share_group_current_member_assignment_value_topic_partitions,
          KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TOPIC_PARTITIONS, "TopicPartitions")
KF_MESSAGE(share_group_current_member_assignment_value,
    KF_SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE,
    "ShareGroupCurrentMemberAssignmentValue",
    14,
    0,
    0,
    0)
