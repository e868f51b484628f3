#include "api/kafka/msg/heartbeat.h"

KF_MESSAGE(heartbeat_request, KF_HEARTBEAT_REQUEST, "HeartbeatRequest", 12, 0, 4, 4)
KF_MESSAGE(heartbeat_response, KF_HEARTBEAT_RESPONSE, "HeartbeatResponse", 12, 0, 4, 4)
