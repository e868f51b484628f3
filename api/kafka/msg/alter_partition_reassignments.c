#include "api/kafka/msg/alter_partition_reassignments.h"

KF_NESTED(alter_partition_reassignments_request_reassignable_partition,
          KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST_REASSIGNABLE_PARTITION, "ReassignablePartition")
KF_NESTED(alter_partition_reassignments_request_reassignable_topic,
          KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST_REASSIGNABLE_TOPIC, "ReassignableTopic")
KF_MESSAGE(alter_partition_reassignments_request, KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST,
           "AlterPartitionReassignmentsRequest", 45, 0, 1, 0)
KF_NESTED(alter_partition_reassignments_response_reassignable_partition_response,
    KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE_REASSIGNABLE_PARTITION_RESPONSE,
    "ReassignablePartitionResponse")
KF_NESTED(alter_partition_reassignments_response_reassignable_topic_response,
    KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE_REASSIGNABLE_TOPIC_RESPONSE,
    "ReassignableTopicResponse")
KF_MESSAGE(alter_partition_reassignments_response, KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE,
           "AlterPartitionReassignmentsResponse", 45, 0, 1, 0)
