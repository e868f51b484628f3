/* heartbeat - request and response as field tables (api/kafka/fields.h).
 *
 *   HeartbeatRequest: key 12, versions 0-4, flexible from 4
 *   HeartbeatResponse: key 12, versions 0-4, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_HEARTBEAT_H
#define KLAMM_API_KAFKA_MSG_HEARTBEAT_H

#include "api/kafka/fields.h"

#define KF_HEARTBEAT_REQUEST(F, S)                                \
    F(string, group_id, 0, KF_MAX)                                \
    F(int32, generation_id, 0, KF_MAX)                            \
    F(string, member_id, 0, KF_MAX)                               \
    F(string, group_instance_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL)
KF_STRUCT(heartbeat_request, KF_HEARTBEAT_REQUEST)

#define KF_HEARTBEAT_RESPONSE(F, S)                     \
    F(int32, throttle_time_ms, 1, KF_MAX, KF_IGNORABLE) \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(heartbeat_response, KF_HEARTBEAT_RESPONSE)

#endif
