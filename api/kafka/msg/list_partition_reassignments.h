/* list_partition_reassignments - request and response as field tables (api/kafka/fields.h).
 *
 *   ListPartitionReassignmentsRequest: key 46, version 0, flexible from 0
 *   ListPartitionReassignmentsResponse: key 46, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_LIST_PARTITION_REASSIGNMENTS_H
#define KLAMM_API_KAFKA_MSG_LIST_PARTITION_REASSIGNMENTS_H

#include "api/kafka/fields.h"

#define KF_LIST_PARTITION_REASSIGNMENTS_REQUEST_LIST_PARTITION_REASSIGNMENTS_TOPICS(F, S) \
    F(string, name, 0, KF_MAX)                                                            \
    F(int32s, partition_indexes, 0, KF_MAX)
KF_STRUCT(list_partition_reassignments_request_list_partition_reassignments_topics,
          KF_LIST_PARTITION_REASSIGNMENTS_REQUEST_LIST_PARTITION_REASSIGNMENTS_TOPICS)

#define KF_LIST_PARTITION_REASSIGNMENTS_REQUEST(F, S)                                          \
    F(int32, timeout_ms, 0, KF_MAX, KF_DEF(60000))                                             \
    S(array, topics, list_partition_reassignments_request_list_partition_reassignments_topics, \
      0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(list_partition_reassignments_request, KF_LIST_PARTITION_REASSIGNMENTS_REQUEST)

#define KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE_ONGOING_PARTITION_REASSIGNMENT(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                              \
    F(int32s, replicas, 0, KF_MAX)                                                    \
    F(int32s, adding_replicas, 0, KF_MAX)                                             \
    F(int32s, removing_replicas, 0, KF_MAX)
KF_STRUCT(list_partition_reassignments_response_ongoing_partition_reassignment,
          KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE_ONGOING_PARTITION_REASSIGNMENT)

#define KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE_ONGOING_TOPIC_REASSIGNMENT(F, S)              \
    F(string, name, 0, KF_MAX)                                                                 \
    S(array, partitions, list_partition_reassignments_response_ongoing_partition_reassignment, \
      0, KF_MAX)
KF_STRUCT(list_partition_reassignments_response_ongoing_topic_reassignment,
          KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE_ONGOING_TOPIC_REASSIGNMENT)

#define KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE(F, S)                                    \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                 \
    F(int16, error_code, 0, KF_MAX)                                                       \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                          \
    S(array, topics, list_partition_reassignments_response_ongoing_topic_reassignment, 0, \
      KF_MAX)
KF_STRUCT(list_partition_reassignments_response, KF_LIST_PARTITION_REASSIGNMENTS_RESPONSE)

#endif
