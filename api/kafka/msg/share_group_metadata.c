#include "api/kafka/msg/share_group_metadata.h"

KF_MESSAGE(share_group_metadata_key, KF_SHARE_GROUP_METADATA_KEY, "ShareGroupMetadataKey", 11, 0,
           0, KF_MAX)
KF_MESSAGE(share_group_metadata_value, KF_SHARE_GROUP_METADATA_VALUE, "ShareGroupMetadataValue",
           11, 0, 0, 0)
