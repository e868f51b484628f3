#include "api/kafka/msg/elect_leaders.h"

KF_NESTED(elect_leaders_request_topic_partitions, KF_ELECT_LEADERS_REQUEST_TOPIC_PARTITIONS,
          "TopicPartitions")
KF_MESSAGE(elect_leaders_request, KF_ELECT_LEADERS_REQUEST, "ElectLeadersRequest", 43, 0, 2, 2)
KF_NESTED(elect_leaders_response_partition_result, KF_ELECT_LEADERS_RESPONSE_PARTITION_RESULT,
          "PartitionResult")
KF_NESTED(elect_leaders_response_replica_election_result,
          KF_ELECT_LEADERS_RESPONSE_REPLICA_ELECTION_RESULT, "ReplicaElectionResult")
KF_MESSAGE(elect_leaders_response, KF_ELECT_LEADERS_RESPONSE, "ElectLeadersResponse", 43, 0, 2, 2)
