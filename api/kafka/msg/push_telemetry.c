#include "api/kafka/msg/push_telemetry.h"

KF_MESSAGE(push_telemetry_request, KF_PUSH_TELEMETRY_REQUEST, "PushTelemetryRequest", 72, 0, 0, 0)
KF_MESSAGE(push_telemetry_response, KF_PUSH_TELEMETRY_RESPONSE, "PushTelemetryResponse", 72, 0, 0,
           0)
