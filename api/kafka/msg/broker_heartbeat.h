/* broker_heartbeat - request and response as field tables (api/kafka/fields.h).
 *
 *   BrokerHeartbeatRequest: key 63, versions 0-2, flexible from 0
 *   BrokerHeartbeatResponse: key 63, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_BROKER_HEARTBEAT_H
#define KLAMM_API_KAFKA_MSG_BROKER_HEARTBEAT_H

#include "api/kafka/fields.h"

#define KF_BROKER_HEARTBEAT_REQUEST(F, S)                                   \
    F(int32, broker_id, 0, KF_MAX)                                          \
    F(int64, broker_epoch, 0, KF_MAX, KF_DEF(-1))                           \
    F(int64, current_metadata_offset, 0, KF_MAX)                            \
    F(bool, want_fence, 0, KF_MAX)                                          \
    F(bool, want_shut_down, 0, KF_MAX)                                      \
    F(uuids, offline_log_dirs, 1, KF_MAX, KF_TAG(0))                        \
    F(uuids, cordoned_log_dirs, 2, KF_MAX, KF_NULL, KF_TAG(1), KF_DEF_NULL)
KF_STRUCT(broker_heartbeat_request, KF_BROKER_HEARTBEAT_REQUEST)

#define KF_BROKER_HEARTBEAT_RESPONSE(F, S)   \
    F(int32, throttle_time_ms, 0, KF_MAX)    \
    F(int16, error_code, 0, KF_MAX)          \
    F(bool, is_caught_up, 0, KF_MAX)         \
    F(bool, is_fenced, 0, KF_MAX, KF_DEF(1)) \
    F(bool, should_shut_down, 0, KF_MAX)
KF_STRUCT(broker_heartbeat_response, KF_BROKER_HEARTBEAT_RESPONSE)

#endif
