#include "api/kafka/msg/group_metadata.h"

KF_MESSAGE(group_metadata_key, KF_GROUP_METADATA_KEY, "GroupMetadataKey", 2, 0, 0, KF_MAX)
KF_NESTED(group_metadata_value_member_metadata, KF_GROUP_METADATA_VALUE_MEMBER_METADATA,
          "MemberMetadata")
KF_MESSAGE(group_metadata_value, KF_GROUP_METADATA_VALUE, "GroupMetadataValue", 2, 0, 4, 4)
