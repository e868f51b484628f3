#include "api/kafka/msg/describe_producers.h"

KF_NESTED(describe_producers_request_topic_request, KF_DESCRIBE_PRODUCERS_REQUEST_TOPIC_REQUEST,
          "TopicRequest")
KF_MESSAGE(describe_producers_request, KF_DESCRIBE_PRODUCERS_REQUEST, "DescribeProducersRequest",
           61, 0, 0, 0)
KF_NESTED(describe_producers_response_producer_state,
          KF_DESCRIBE_PRODUCERS_RESPONSE_PRODUCER_STATE, "ProducerState")
KF_NESTED(describe_producers_response_partition_response,
          KF_DESCRIBE_PRODUCERS_RESPONSE_PARTITION_RESPONSE, "PartitionResponse")
KF_NESTED(describe_producers_response_topic_response,
          KF_DESCRIBE_PRODUCERS_RESPONSE_TOPIC_RESPONSE, "TopicResponse")
KF_MESSAGE(describe_producers_response, KF_DESCRIBE_PRODUCERS_RESPONSE,
           "DescribeProducersResponse", 61, 0, 0, 0)
