#include "api/kafka/msg/create_partitions.h"

KF_NESTED(create_partitions_request_create_partitions_assignment,
          KF_CREATE_PARTITIONS_REQUEST_CREATE_PARTITIONS_ASSIGNMENT, "CreatePartitionsAssignment")
KF_NESTED(create_partitions_request_create_partitions_topic,
          KF_CREATE_PARTITIONS_REQUEST_CREATE_PARTITIONS_TOPIC, "CreatePartitionsTopic")
KF_MESSAGE(create_partitions_request, KF_CREATE_PARTITIONS_REQUEST, "CreatePartitionsRequest", 37,
           0, 3, 2)
KF_NESTED(create_partitions_response_create_partitions_topic_result,
    KF_CREATE_PARTITIONS_RESPONSE_CREATE_PARTITIONS_TOPIC_RESULT,
    "CreatePartitionsTopicResult")
KF_MESSAGE(create_partitions_response, KF_CREATE_PARTITIONS_RESPONSE, "CreatePartitionsResponse",
           37, 0, 3, 2)
