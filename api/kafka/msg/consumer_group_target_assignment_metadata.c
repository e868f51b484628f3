#include "api/kafka/msg/consumer_group_target_assignment_metadata.h"

KF_MESSAGE(consumer_group_target_assignment_metadata_key,
    KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_KEY,
    "ConsumerGroupTargetAssignmentMetadataKey",
    6,
    0,
    0,
    KF_MAX)
KF_MESSAGE(consumer_group_target_assignment_metadata_value,
    KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_VALUE,
    "ConsumerGroupTargetAssignmentMetadataValue",
    6,
    0,
    0,
    0)
