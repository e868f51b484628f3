#include "api/kafka/msg/broker_registration.h"

KF_NESTED(broker_registration_request_listener, KF_BROKER_REGISTRATION_REQUEST_LISTENER, "Listener")
KF_NESTED(broker_registration_request_feature, KF_BROKER_REGISTRATION_REQUEST_FEATURE, "Feature")
KF_MESSAGE(broker_registration_request, KF_BROKER_REGISTRATION_REQUEST,
           "BrokerRegistrationRequest", 62, 0, 4, 0)
KF_MESSAGE(broker_registration_response, KF_BROKER_REGISTRATION_RESPONSE,
           "BrokerRegistrationResponse", 62, 0, 4, 0)
