#include "api/kafka/msg/share_group_describe.h"

KF_MESSAGE(share_group_describe_request, KF_SHARE_GROUP_DESCRIBE_REQUEST,
           "ShareGroupDescribeRequest", 77, 1, 1, 0)
KF_NESTED(share_group_describe_response_topic_partitions,
          KF_SHARE_GROUP_DESCRIBE_RESPONSE_TOPIC_PARTITIONS, "TopicPartitions")
KF_NESTED(share_group_describe_response_assignment, KF_SHARE_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT,
          "Assignment")
KF_NESTED(share_group_describe_response_member, KF_SHARE_GROUP_DESCRIBE_RESPONSE_MEMBER, "Member")
KF_NESTED(share_group_describe_response_described_group,
          KF_SHARE_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP, "DescribedGroup")
KF_MESSAGE(share_group_describe_response, KF_SHARE_GROUP_DESCRIBE_RESPONSE,
           "ShareGroupDescribeResponse", 77, 1, 1, 0)
