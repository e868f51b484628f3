#include "api/kafka/msg/consumer_group_current_member_assignment.h"

KF_MESSAGE(consumer_group_current_member_assignment_key,
    KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_KEY,
    "ConsumerGroupCurrentMemberAssignmentKey",
    8,
    0,
    0,
    KF_MAX)
KF_NESTED(consumer_group_current_member_assignment_value_topic_partitions,
          KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE_TOPIC_PARTITIONS, "TopicPartitions")
KF_MESSAGE(consumer_group_current_member_assignment_value,
    KF_CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT_VALUE,
    "ConsumerGroupCurrentMemberAssignmentValue",
    8,
    0,
    0,
    0)
