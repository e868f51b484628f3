/* elect_leaders - request and response as field tables (api/kafka/fields.h).
 *
 *   ElectLeadersRequest: key 43, versions 0-2, flexible from 2
 *   ElectLeadersResponse: key 43, versions 0-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_ELECT_LEADERS_H
#define KLAMM_API_KAFKA_MSG_ELECT_LEADERS_H

#include "api/kafka/fields.h"

#define KF_ELECT_LEADERS_REQUEST_TOPIC_PARTITIONS(F, S) \
    F(string, topic, 0, KF_MAX)                         \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(elect_leaders_request_topic_partitions, KF_ELECT_LEADERS_REQUEST_TOPIC_PARTITIONS)

#define KF_ELECT_LEADERS_REQUEST(F, S)                                                     \
    F(int8, election_type, 1, KF_MAX)                                                      \
    S(array, topic_partitions, elect_leaders_request_topic_partitions, 0, KF_MAX, KF_NULL) \
    F(int32, timeout_ms, 0, KF_MAX, KF_DEF(60000))
KF_STRUCT(elect_leaders_request, KF_ELECT_LEADERS_REQUEST)

#define KF_ELECT_LEADERS_RESPONSE_PARTITION_RESULT(F, S) \
    F(int32, partition_id, 0, KF_MAX)                    \
    F(int16, error_code, 0, KF_MAX)                      \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(elect_leaders_response_partition_result, KF_ELECT_LEADERS_RESPONSE_PARTITION_RESULT)

#define KF_ELECT_LEADERS_RESPONSE_REPLICA_ELECTION_RESULT(F, S)                    \
    F(string, topic, 0, KF_MAX)                                                    \
    S(array, partition_result, elect_leaders_response_partition_result, 0, KF_MAX)
KF_STRUCT(elect_leaders_response_replica_election_result,
          KF_ELECT_LEADERS_RESPONSE_REPLICA_ELECTION_RESULT)

#define KF_ELECT_LEADERS_RESPONSE(F, S)                                                   \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                 \
    F(int16, error_code, 1, KF_MAX)                                                       \
    S(array, replica_election_results, elect_leaders_response_replica_election_result, 0, \
      KF_MAX)
KF_STRUCT(elect_leaders_response, KF_ELECT_LEADERS_RESPONSE)

#endif
