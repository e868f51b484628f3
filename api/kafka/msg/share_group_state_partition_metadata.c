#include "api/kafka/msg/share_group_state_partition_metadata.h"

KF_MESSAGE(share_group_state_partition_metadata_key, KF_SHARE_GROUP_STATE_PARTITION_METADATA_KEY,
           "ShareGroupStatePartitionMetadataKey", 15, 0, 0, KF_MAX)
KF_NESTED(share_group_state_partition_metadata_value_topic_partitions_info,
    KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE_TOPIC_PARTITIONS_INFO,
    "TopicPartitionsInfo")
KF_NESTED(share_group_state_partition_metadata_value_topic_info,
          KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE_TOPIC_INFO, "TopicInfo")
KF_MESSAGE(share_group_state_partition_metadata_value,
    KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE,
    "ShareGroupStatePartitionMetadataValue",
    15,
    0,
    0,
    0)
