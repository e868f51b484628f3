#include "api/kafka/msg/consumer_protocol_assignment.h"

KF_NESTED(consumer_protocol_assignment_topic_partition,
          KF_CONSUMER_PROTOCOL_ASSIGNMENT_TOPIC_PARTITION, "TopicPartition")
KF_MESSAGE(consumer_protocol_assignment, KF_CONSUMER_PROTOCOL_ASSIGNMENT,
           "ConsumerProtocolAssignment", -1, 0, 3, KF_MAX)
