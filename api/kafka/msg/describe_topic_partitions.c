#include "api/kafka/msg/describe_topic_partitions.h"

KF_NESTED(describe_topic_partitions_request_topic_request,
          KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST_TOPIC_REQUEST, "TopicRequest")
KF_NESTED(describe_topic_partitions_request_cursor, KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST_CURSOR,
          "Cursor")
KF_MESSAGE(describe_topic_partitions_request, KF_DESCRIBE_TOPIC_PARTITIONS_REQUEST,
           "DescribeTopicPartitionsRequest", 75, 0, 0, 0)
KF_NESTED(describe_topic_partitions_response_describe_topic_partitions_response_partition,
    KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_PARTITION,
    "DescribeTopicPartitionsResponsePartition")
KF_NESTED(describe_topic_partitions_response_describe_topic_partitions_response_topic,
    KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_TOPIC,
    "DescribeTopicPartitionsResponseTopic")
KF_NESTED(describe_topic_partitions_response_cursor, KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_CURSOR,
          "Cursor")
KF_MESSAGE(describe_topic_partitions_response, KF_DESCRIBE_TOPIC_PARTITIONS_RESPONSE,
           "DescribeTopicPartitionsResponse", 75, 0, 0, 0)
