#include "api/kafka/msg/consumer_group_describe.h"

KF_MESSAGE(consumer_group_describe_request, KF_CONSUMER_GROUP_DESCRIBE_REQUEST,
           "ConsumerGroupDescribeRequest", 69, 0, 1, 0)
KF_NESTED(consumer_group_describe_response_topic_partitions,
          KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_TOPIC_PARTITIONS, "TopicPartitions")
KF_NESTED(consumer_group_describe_response_assignment,
          KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT, "Assignment")
KF_NESTED(consumer_group_describe_response_member, KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_MEMBER,
          "Member")
KF_NESTED(consumer_group_describe_response_described_group,
          KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP, "DescribedGroup")
KF_MESSAGE(consumer_group_describe_response, KF_CONSUMER_GROUP_DESCRIBE_RESPONSE,
           "ConsumerGroupDescribeResponse", 69, 0, 1, 0)
