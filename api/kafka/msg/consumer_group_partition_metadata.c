#include "api/kafka/msg/consumer_group_partition_metadata.h"

KF_MESSAGE(consumer_group_partition_metadata_key, KF_CONSUMER_GROUP_PARTITION_METADATA_KEY,
           "ConsumerGroupPartitionMetadataKey", 4, 0, 0, KF_MAX)
KF_NESTED(consumer_group_partition_metadata_value_partition_metadata,
          KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE_PARTITION_METADATA, "PartitionMetadata")
KF_NESTED(consumer_group_partition_metadata_value_topic_metadata,
          KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE_TOPIC_METADATA, "TopicMetadata")
KF_MESSAGE(consumer_group_partition_metadata_value, KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE,
           "ConsumerGroupPartitionMetadataValue", 4, 0, 0, 0)
