#include "api/kafka/msg/share_group_heartbeat.h"

KF_MESSAGE(share_group_heartbeat_request, KF_SHARE_GROUP_HEARTBEAT_REQUEST,
           "ShareGroupHeartbeatRequest", 76, 1, 1, 0)
KF_NESTED(share_group_heartbeat_response_topic_partitions,
          KF_SHARE_GROUP_HEARTBEAT_RESPONSE_TOPIC_PARTITIONS, "TopicPartitions")
KF_NESTED(share_group_heartbeat_response_assignment, KF_SHARE_GROUP_HEARTBEAT_RESPONSE_ASSIGNMENT,
          "Assignment")
KF_MESSAGE(share_group_heartbeat_response, KF_SHARE_GROUP_HEARTBEAT_RESPONSE,
           "ShareGroupHeartbeatResponse", 76, 1, 1, 0)
