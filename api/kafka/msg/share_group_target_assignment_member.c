#include "api/kafka/msg/share_group_target_assignment_member.h"

KF_MESSAGE(share_group_target_assignment_member_key, KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY,
           "ShareGroupTargetAssignmentMemberKey", 13, 0, 0, KF_MAX)
KF_NESTED(share_group_target_assignment_member_value_topic_partition,
          KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TOPIC_PARTITION, "TopicPartition")
KF_MESSAGE(share_group_target_assignment_member_value,
    KF_SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE,
    "ShareGroupTargetAssignmentMemberValue",
    13,
    0,
    0,
    0)
