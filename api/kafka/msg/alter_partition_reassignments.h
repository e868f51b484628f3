/* alter_partition_reassignments - request and response as field tables (api/kafka/fields.h).
 *
 *   AlterPartitionReassignmentsRequest: key 45, versions 0-1, flexible from 0
 *   AlterPartitionReassignmentsResponse: key 45, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ALTER_PARTITION_REASSIGNMENTS_H
#define KLAMM_API_KAFKA_MSG_ALTER_PARTITION_REASSIGNMENTS_H

#include "api/kafka/fields.h"

#define KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST_REASSIGNABLE_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                      \
    F(int32s, replicas, 0, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(alter_partition_reassignments_request_reassignable_partition,
          KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST_REASSIGNABLE_PARTITION)

#define KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST_REASSIGNABLE_TOPIC(F, S)                 \
    F(string, name, 0, KF_MAX)                                                            \
    S(array, partitions, alter_partition_reassignments_request_reassignable_partition, 0, \
      KF_MAX)
KF_STRUCT(alter_partition_reassignments_request_reassignable_topic,
          KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST_REASSIGNABLE_TOPIC)

#define KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST(F, S)                                    \
    F(int32, timeout_ms, 0, KF_MAX, KF_DEF(60000))                                        \
    F(bool, allow_replication_factor_change, 1, KF_MAX, KF_DEF(1))                        \
    S(array, topics, alter_partition_reassignments_request_reassignable_topic, 0, KF_MAX)
KF_STRUCT(alter_partition_reassignments_request, KF_ALTER_PARTITION_REASSIGNMENTS_REQUEST)

#define KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE_REASSIGNABLE_PARTITION_RESPONSE(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                                \
    F(int16, error_code, 0, KF_MAX)                                                     \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(alter_partition_reassignments_response_reassignable_partition_response,
          KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE_REASSIGNABLE_PARTITION_RESPONSE)

#define KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE_REASSIGNABLE_TOPIC_RESPONSE(F, S)      \
    F(string, name, 0, KF_MAX)                                                           \
    S(array, partitions,                                                                 \
      alter_partition_reassignments_response_reassignable_partition_response, 0, KF_MAX)
KF_STRUCT(alter_partition_reassignments_response_reassignable_topic_response,
          KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE_REASSIGNABLE_TOPIC_RESPONSE)

#define KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE(F, S)                                        \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                      \
    F(bool, allow_replication_factor_change, 1, KF_MAX, KF_DEF(1), KF_IGNORABLE)               \
    F(int16, error_code, 0, KF_MAX)                                                            \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                               \
    S(array, responses, alter_partition_reassignments_response_reassignable_topic_response, 0, \
      KF_MAX)
KF_STRUCT(alter_partition_reassignments_response, KF_ALTER_PARTITION_REASSIGNMENTS_RESPONSE)

#endif
