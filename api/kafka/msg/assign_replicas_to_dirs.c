#include "api/kafka/msg/assign_replicas_to_dirs.h"

KF_NESTED(assign_replicas_to_dirs_request_partition_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_PARTITION_DATA, "PartitionData")
KF_NESTED(assign_replicas_to_dirs_request_topic_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_TOPIC_DATA, "TopicData")
KF_NESTED(assign_replicas_to_dirs_request_directory_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_DIRECTORY_DATA, "DirectoryData")
KF_MESSAGE(assign_replicas_to_dirs_request, KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST,
           "AssignReplicasToDirsRequest", 73, 0, 0, 0)
KF_NESTED(assign_replicas_to_dirs_response_partition_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_PARTITION_DATA, "PartitionData")
KF_NESTED(assign_replicas_to_dirs_response_topic_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_TOPIC_DATA, "TopicData")
KF_NESTED(assign_replicas_to_dirs_response_directory_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_DIRECTORY_DATA, "DirectoryData")
KF_MESSAGE(assign_replicas_to_dirs_response, KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE,
           "AssignReplicasToDirsResponse", 73, 0, 0, 0)
