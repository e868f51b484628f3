#include "api/kafka/msg/get_telemetry_subscriptions.h"

KF_MESSAGE(get_telemetry_subscriptions_request, KF_GET_TELEMETRY_SUBSCRIPTIONS_REQUEST,
           "GetTelemetrySubscriptionsRequest", 71, 0, 0, 0)
KF_MESSAGE(get_telemetry_subscriptions_response, KF_GET_TELEMETRY_SUBSCRIPTIONS_RESPONSE,
           "GetTelemetrySubscriptionsResponse", 71, 0, 0, 0)
