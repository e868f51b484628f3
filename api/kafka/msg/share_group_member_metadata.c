#include "api/kafka/msg/share_group_member_metadata.h"

KF_MESSAGE(share_group_member_metadata_key, KF_SHARE_GROUP_MEMBER_METADATA_KEY,
           "ShareGroupMemberMetadataKey", 10, 0, 0, KF_MAX)
KF_MESSAGE(share_group_member_metadata_value, KF_SHARE_GROUP_MEMBER_METADATA_VALUE,
           "ShareGroupMemberMetadataValue", 10, 0, 0, 0)
