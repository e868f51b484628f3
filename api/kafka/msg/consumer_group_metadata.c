#include "api/kafka/msg/consumer_group_metadata.h"

KF_MESSAGE(consumer_group_metadata_key, KF_CONSUMER_GROUP_METADATA_KEY, "ConsumerGroupMetadataKey",
           3, 0, 0, KF_MAX)
KF_MESSAGE(consumer_group_metadata_value, KF_CONSUMER_GROUP_METADATA_VALUE,
           "ConsumerGroupMetadataValue", 3, 0, 0, 0)
