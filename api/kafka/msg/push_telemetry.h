/* push_telemetry - request and response as field tables (api/kafka/fields.h).
 *
 *   PushTelemetryRequest: key 72, version 0, flexible from 0
 *   PushTelemetryResponse: key 72, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_PUSH_TELEMETRY_H
#define KLAMM_API_KAFKA_MSG_PUSH_TELEMETRY_H

#include "api/kafka/fields.h"

#define KF_PUSH_TELEMETRY_REQUEST(F, S)    \
    F(uuid, client_instance_id, 0, KF_MAX) \
    F(int32, subscription_id, 0, KF_MAX)   \
    F(bool, terminating, 0, KF_MAX)        \
    F(int8, compression_type, 0, KF_MAX)   \
    F(bytes, metrics, 0, KF_MAX)
KF_STRUCT(push_telemetry_request, KF_PUSH_TELEMETRY_REQUEST)

#define KF_PUSH_TELEMETRY_RESPONSE(F, S)  \
    F(int32, throttle_time_ms, 0, KF_MAX) \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(push_telemetry_response, KF_PUSH_TELEMETRY_RESPONSE)

#endif
