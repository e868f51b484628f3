#include "api/kafka/msg/alter_share_group_offsets.h"

KF_NESTED(alter_share_group_offsets_request_alter_share_group_offsets_request_partition,
    KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_PARTITION,
    "AlterShareGroupOffsetsRequestPartition")
KF_NESTED(alter_share_group_offsets_request_alter_share_group_offsets_request_topic,
    KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_TOPIC,
    "AlterShareGroupOffsetsRequestTopic")
KF_MESSAGE(alter_share_group_offsets_request, KF_ALTER_SHARE_GROUP_OFFSETS_REQUEST,
           "AlterShareGroupOffsetsRequest", 91, 0, 0, 0)
KF_NESTED(alter_share_group_offsets_response_alter_share_group_offsets_response_partition,
    KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION,
    "AlterShareGroupOffsetsResponsePartition")
KF_NESTED(alter_share_group_offsets_response_alter_share_group_offsets_response_topic,
    KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC,
    "AlterShareGroupOffsetsResponseTopic")
KF_MESSAGE(alter_share_group_offsets_response, KF_ALTER_SHARE_GROUP_OFFSETS_RESPONSE,
           "AlterShareGroupOffsetsResponse", 91, 0, 0, 0)
