#include "api/kafka/msg/delete_share_group_offsets.h"

KF_NESTED(delete_share_group_offsets_request_delete_share_group_offsets_request_topic,
    KF_DELETE_SHARE_GROUP_OFFSETS_REQUEST_DELETE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC,
    "DeleteShareGroupOffsetsRequestTopic")
KF_MESSAGE(delete_share_group_offsets_request, KF_DELETE_SHARE_GROUP_OFFSETS_REQUEST,
           "DeleteShareGroupOffsetsRequest", 92, 0, 0, 0)
KF_NESTED(delete_share_group_offsets_response_delete_share_group_offsets_response_topic,
    KF_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC,
    "DeleteShareGroupOffsetsResponseTopic")
KF_MESSAGE(delete_share_group_offsets_response, KF_DELETE_SHARE_GROUP_OFFSETS_RESPONSE,
           "DeleteShareGroupOffsetsResponse", 92, 0, 0, 0)
