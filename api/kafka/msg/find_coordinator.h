/* find_coordinator - request and response as field tables (api/kafka/fields.h).
 *
 *   FindCoordinatorRequest: key 10, versions 0-6, flexible from 3
 *   FindCoordinatorResponse: key 10, versions 0-6, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_FIND_COORDINATOR_H
#define KLAMM_API_KAFKA_MSG_FIND_COORDINATOR_H

#include "api/kafka/fields.h"

#define KF_FIND_COORDINATOR_REQUEST(F, S)   \
    F(string, key, 0, 3)                    \
    F(int8, key_type, 1, KF_MAX)            \
    F(strings, coordinator_keys, 4, KF_MAX)
KF_STRUCT(find_coordinator_request, KF_FIND_COORDINATOR_REQUEST)

#define KF_FIND_COORDINATOR_RESPONSE_COORDINATOR(F, S)         \
    F(string, key, 4, KF_MAX)                                  \
    F(int32, node_id, 4, KF_MAX)                               \
    F(string, host, 4, KF_MAX)                                 \
    F(int32, port, 4, KF_MAX)                                  \
    F(int16, error_code, 4, KF_MAX)                            \
    F(string, error_message, 4, KF_MAX, KF_NULL, KF_IGNORABLE)
KF_STRUCT(find_coordinator_response_coordinator, KF_FIND_COORDINATOR_RESPONSE_COORDINATOR)

#define KF_FIND_COORDINATOR_RESPONSE(F, S)                                   \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE)                      \
    F(int16, error_code, 0, 3)                                               \
    F(string, error_message, 1, 3, KF_NULL, KF_IGNORABLE)                    \
    F(int32, node_id, 0, 3)                                                  \
    F(string, host, 0, 3)                                                    \
    F(int32, port, 0, 3)                                                     \
    S(array, coordinators, find_coordinator_response_coordinator, 4, KF_MAX)
KF_STRUCT(find_coordinator_response, KF_FIND_COORDINATOR_RESPONSE)

#endif
