#include "api/kafka/msg/consumer_group_target_assignment_member.h"

KF_MESSAGE(consumer_group_target_assignment_member_key,
    KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_KEY,
    "ConsumerGroupTargetAssignmentMemberKey",
    7,
    0,
    0,
    KF_MAX)
KF_NESTED(consumer_group_target_assignment_member_value_topic_partition,
          KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE_TOPIC_PARTITION, "TopicPartition")
KF_MESSAGE(consumer_group_target_assignment_member_value,
    KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER_VALUE,
    "ConsumerGroupTargetAssignmentMemberValue",
    7,
    0,
    0,
    0)
