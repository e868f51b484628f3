#include "api/kafka/msg/describe_share_group_offsets.h"

KF_NESTED(describe_share_group_offsets_request_describe_share_group_offsets_request_topic,
    KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC,
    "DescribeShareGroupOffsetsRequestTopic")
KF_NESTED(describe_share_group_offsets_request_describe_share_group_offsets_request_group,
    KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_GROUP,
    "DescribeShareGroupOffsetsRequestGroup")
KF_MESSAGE(describe_share_group_offsets_request, KF_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST,
           "DescribeShareGroupOffsetsRequest", 90, 0, 1, 0)
KF_NESTED(describe_share_group_offsets_response_describe_share_group_offsets_response_partition,
    KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION,
    "DescribeShareGroupOffsetsResponsePartition")
KF_NESTED(describe_share_group_offsets_response_describe_share_group_offsets_response_topic,
    KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC,
    "DescribeShareGroupOffsetsResponseTopic")
KF_NESTED(describe_share_group_offsets_response_describe_share_group_offsets_response_group,
    KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_GROUP,
    "DescribeShareGroupOffsetsResponseGroup")
KF_MESSAGE(describe_share_group_offsets_response, KF_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE,
           "DescribeShareGroupOffsetsResponse", 90, 0, 1, 0)
