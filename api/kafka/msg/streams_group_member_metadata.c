#include "api/kafka/msg/streams_group_member_metadata.h"

KF_MESSAGE(streams_group_member_metadata_key, KF_STREAMS_GROUP_MEMBER_METADATA_KEY,
           "StreamsGroupMemberMetadataKey", 19, 0, 0, KF_MAX)
KF_NESTED(streams_group_member_metadata_value_endpoint,
          KF_STREAMS_GROUP_MEMBER_METADATA_VALUE_ENDPOINT, "Endpoint")
KF_NESTED(streams_group_member_metadata_value_key_value,
          KF_STREAMS_GROUP_MEMBER_METADATA_VALUE_KEY_VALUE, "KeyValue")
KF_MESSAGE(streams_group_member_metadata_value, KF_STREAMS_GROUP_MEMBER_METADATA_VALUE,
           "StreamsGroupMemberMetadataValue", 19, 0, 0, 0)
