/* get_telemetry_subscriptions - request and response as field tables (api/kafka/fields.h).
 *
 *   GetTelemetrySubscriptionsRequest: key 71, version 0, flexible from 0
 *   GetTelemetrySubscriptionsResponse: key 71, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_GET_TELEMETRY_SUBSCRIPTIONS_H
#define KLAMM_API_KAFKA_MSG_GET_TELEMETRY_SUBSCRIPTIONS_H

#include "api/kafka/fields.h"

#define KF_GET_TELEMETRY_SUBSCRIPTIONS_REQUEST(F, S) \
    F(uuid, client_instance_id, 0, KF_MAX)
KF_STRUCT(get_telemetry_subscriptions_request, KF_GET_TELEMETRY_SUBSCRIPTIONS_REQUEST)

#define KF_GET_TELEMETRY_SUBSCRIPTIONS_RESPONSE(F, S) \
    F(int32, throttle_time_ms, 0, KF_MAX)             \
    F(int16, error_code, 0, KF_MAX)                   \
    F(uuid, client_instance_id, 0, KF_MAX)            \
    F(int32, subscription_id, 0, KF_MAX)              \
    F(int8s, accepted_compression_types, 0, KF_MAX)   \
    F(int32, push_interval_ms, 0, KF_MAX)             \
    F(int32, telemetry_max_bytes, 0, KF_MAX)          \
    F(bool, delta_temporality, 0, KF_MAX)             \
    F(strings, requested_metrics, 0, KF_MAX)
KF_STRUCT(get_telemetry_subscriptions_response, KF_GET_TELEMETRY_SUBSCRIPTIONS_RESPONSE)

#endif
