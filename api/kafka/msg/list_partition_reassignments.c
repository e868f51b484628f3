#include "api/kafka/msg/list_partition_reassignments.h"

KF_NESTED(list_partition_reassignments_request_list_partition_reassignments_topics,
    KF_LIST_PARTITION_REASSIGNMENTS_REQUEST_LIST_PARTITION_REASSIGNMENTS_TOPICS,
    "ListPartitionReassignmentsTopics")
KF_MESSAGE(list_partition_reassignments_request, KF_LIST_PARTITION_REASSIGNMENTS_REQUEST,
           "ListPartitionReassignmentsRequest", 46, 0, 0, 0)
KF_NESTED(list_partition_reassignments_response_ongoing_partition_reassignment,
    KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE_ONGOING_PARTITION_REASSIGNMENT,
    "OngoingPartitionReassignment")
KF_NESTED(list_partition_reassignments_response_ongoing_topic_reassignment,
    KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE_ONGOING_TOPIC_REASSIGNMENT,
    "OngoingTopicReassignment")
KF_MESSAGE(list_partition_reassignments_response, KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE,
           "ListPartitionReassignmentsResponse", 46, 0, 0, 0)
