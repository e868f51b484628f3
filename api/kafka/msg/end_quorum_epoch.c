#include "api/kafka/msg/end_quorum_epoch.h"

KF_NESTED(end_quorum_epoch_request_replica_info, KF_END_QUORUM_EPOCH_REQUEST_REPLICA_INFO,
          "ReplicaInfo")
KF_NESTED(end_quorum_epoch_request_partition_data, KF_END_QUORUM_EPOCH_REQUEST_PARTITION_DATA,
          "PartitionData")
KF_NESTED(end_quorum_epoch_request_topic_data, KF_END_QUORUM_EPOCH_REQUEST_TOPIC_DATA, "TopicData")
KF_NESTED(end_quorum_epoch_request_leader_endpoint, KF_END_QUORUM_EPOCH_REQUEST_LEADER_ENDPOINT,
          "LeaderEndpoint")
KF_MESSAGE(end_quorum_epoch_request, KF_END_QUORUM_EPOCH_REQUEST, "EndQuorumEpochRequest", 54, 0,
           1, 1)
KF_NESTED(end_quorum_epoch_response_partition_data, KF_END_QUORUM_EPOCH_RESPONSE_PARTITION_DATA,
          "PartitionData")
KF_NESTED(end_quorum_epoch_response_topic_data, KF_END_QUORUM_EPOCH_RESPONSE_TOPIC_DATA,
          "TopicData")
KF_NESTED(end_quorum_epoch_response_node_endpoint, KF_END_QUORUM_EPOCH_RESPONSE_NODE_ENDPOINT,
          "NodeEndpoint")
KF_MESSAGE(end_quorum_epoch_response, KF_END_QUORUM_EPOCH_RESPONSE, "EndQuorumEpochResponse", 54,
           0, 1, 1)
