#include "api/kafka/msg/streams_group_target_assignment_metadata.h"

KF_MESSAGE(streams_group_target_assignment_metadata_key,
    KF_STREAMS_GROUP_TARGET_ASSIGNMENT_METADATA_KEY,
    "StreamsGroupTargetAssignmentMetadataKey",
    20,
    0,
    0,
    KF_MAX)
KF_MESSAGE(streams_group_target_assignment_metadata_value,
    KF_STREAMS_GROUP_TARGET_ASSIGNMENT_METADATA_VALUE,
    "StreamsGroupTargetAssignmentMetadataValue",
    20,
    0,
    0,
    0)
