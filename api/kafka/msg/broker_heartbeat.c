#include "api/kafka/msg/broker_heartbeat.h"

KF_MESSAGE(broker_heartbeat_request, KF_BROKER_HEARTBEAT_REQUEST, "BrokerHeartbeatRequest", 63, 0,
           2, 0)
KF_MESSAGE(broker_heartbeat_response, KF_BROKER_HEARTBEAT_RESPONSE, "BrokerHeartbeatResponse", 63,
           0, 2, 0)
