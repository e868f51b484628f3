#include "api/kafka/msg/consumer_group_member_metadata.h"

KF_MESSAGE(consumer_group_member_metadata_key, KF_CONSUMER_GROUP_MEMBER_METADATA_KEY,
           "ConsumerGroupMemberMetadataKey", 5, 0, 0, KF_MAX)
KF_NESTED(consumer_group_member_metadata_value_classic_protocol,
          KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE_CLASSIC_PROTOCOL, "ClassicProtocol")
KF_NESTED(consumer_group_member_metadata_value_classic_member_metadata,
          KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE_CLASSIC_MEMBER_METADATA, "ClassicMemberMetadata")
KF_MESSAGE(consumer_group_member_metadata_value, KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE,
           "ConsumerGroupMemberMetadataValue", 5, 0, 0, 0)
