#include "api/kafka/msg/unregister_broker.h"

KF_MESSAGE(unregister_broker_request, KF_UNREGISTER_BROKER_REQUEST, "UnregisterBrokerRequest", 64,
           0, 0, 0)
KF_MESSAGE(unregister_broker_response, KF_UNREGISTER_BROKER_RESPONSE, "UnregisterBrokerResponse",
           64, 0, 0, 0)
