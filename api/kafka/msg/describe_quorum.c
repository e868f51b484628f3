#include "api/kafka/msg/describe_quorum.h"

KF_NESTED(describe_quorum_request_partition_data, KF_DESCRIBE_QUORUM_REQUEST_PARTITION_DATA,
          "PartitionData")
KF_NESTED(describe_quorum_request_topic_data, KF_DESCRIBE_QUORUM_REQUEST_TOPIC_DATA, "TopicData")
KF_MESSAGE(describe_quorum_request, KF_DESCRIBE_QUORUM_REQUEST, "DescribeQuorumRequest", 55, 0, 2,
           0)
KF_NESTED(describe_quorum_response_replica_state, KF_DESCRIBE_QUORUM_RESPONSE_REPLICA_STATE,
          "ReplicaState")
KF_NESTED(describe_quorum_response_partition_data, KF_DESCRIBE_QUORUM_RESPONSE_PARTITION_DATA,
          "PartitionData")
KF_NESTED(describe_quorum_response_topic_data, KF_DESCRIBE_QUORUM_RESPONSE_TOPIC_DATA, "TopicData")
KF_NESTED(describe_quorum_response_listener, KF_DESCRIBE_QUORUM_RESPONSE_LISTENER, "Listener")
KF_NESTED(describe_quorum_response_node, KF_DESCRIBE_QUORUM_RESPONSE_NODE, "Node")
KF_MESSAGE(describe_quorum_response, KF_DESCRIBE_QUORUM_RESPONSE, "DescribeQuorumResponse", 55, 0,
           2, 0)
