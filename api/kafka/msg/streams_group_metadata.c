#include "api/kafka/msg/streams_group_metadata.h"

KF_MESSAGE(streams_group_metadata_key, KF_STREAMS_GROUP_METADATA_KEY, "StreamsGroupMetadataKey",
           17, 0, 0, KF_MAX)
KF_NESTED(streams_group_metadata_value_last_assignment_config,
          KF_STREAMS_GROUP_METADATA_VALUE_LAST_ASSIGNMENT_CONFIG, "LastAssignmentConfig")
KF_MESSAGE(streams_group_metadata_value, KF_STREAMS_GROUP_METADATA_VALUE,
           "StreamsGroupMetadataValue", 17, 0, 0, 0)
