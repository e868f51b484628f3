#include "api/kafka/msg/begin_quorum_epoch.h"

KF_NESTED(begin_quorum_epoch_request_partition_data, KF_BEGIN_QUORUM_EPOCH_REQUEST_PARTITION_DATA,
          "PartitionData")
KF_NESTED(begin_quorum_epoch_request_topic_data, KF_BEGIN_QUORUM_EPOCH_REQUEST_TOPIC_DATA,
          "TopicData")
KF_NESTED(begin_quorum_epoch_request_leader_endpoint,
          KF_BEGIN_QUORUM_EPOCH_REQUEST_LEADER_ENDPOINT, "LeaderEndpoint")
KF_MESSAGE(begin_quorum_epoch_request, KF_BEGIN_QUORUM_EPOCH_REQUEST, "BeginQuorumEpochRequest",
           53, 0, 1, 1)
KF_NESTED(begin_quorum_epoch_response_partition_data,
          KF_BEGIN_QUORUM_EPOCH_RESPONSE_PARTITION_DATA, "PartitionData")
KF_NESTED(begin_quorum_epoch_response_topic_data, KF_BEGIN_QUORUM_EPOCH_RESPONSE_TOPIC_DATA,
          "TopicData")
KF_NESTED(begin_quorum_epoch_response_node_endpoint, KF_BEGIN_QUORUM_EPOCH_RESPONSE_NODE_ENDPOINT,
          "NodeEndpoint")
KF_MESSAGE(begin_quorum_epoch_response, KF_BEGIN_QUORUM_EPOCH_RESPONSE, "BeginQuorumEpochResponse",
           53, 0, 1, 1)
