#include "api/kafka/msg/consumer_group_heartbeat.h"

KF_NESTED(consumer_group_heartbeat_request_topic_partitions,
          KF_CONSUMER_GROUP_HEARTBEAT_REQUEST_TOPIC_PARTITIONS, "TopicPartitions")
KF_MESSAGE(consumer_group_heartbeat_request, KF_CONSUMER_GROUP_HEARTBEAT_REQUEST,
           "ConsumerGroupHeartbeatRequest", 68, 0, 1, 0)
KF_NESTED(consumer_group_heartbeat_response_topic_partitions,
          KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITIONS, "TopicPartitions")
KF_NESTED(consumer_group_heartbeat_response_assignment,
          KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE_ASSIGNMENT, "Assignment")
KF_MESSAGE(consumer_group_heartbeat_response, KF_CONSUMER_GROUP_HEARTBEAT_RESPONSE,
           "ConsumerGroupHeartbeatResponse", 68, 0, 1, 0)
