#include "api/kafka/msg/share_group_target_assignment_metadata.h"

KF_MESSAGE(share_group_target_assignment_metadata_key,
    KF_SHARE_GROUP_TARGET_ASSIGNMENT_METADATA_KEY,
    "ShareGroupTargetAssignmentMetadataKey",
    12,
    0,
    0,
    KF_MAX)
KF_MESSAGE(share_group_target_assignment_metadata_value,
    KF_SHARE_GROUP_TARGET_ASSIGNMENT_METADATA_VALUE,
    "ShareGroupTargetAssignmentMetadataValue",
    12,
    0,
    0,
    0)
