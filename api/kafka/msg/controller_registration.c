#include "api/kafka/msg/controller_registration.h"

KF_NESTED(controller_registration_request_listener, KF_CONTROLLER_REGISTRATION_REQUEST_LISTENER,
          "Listener")
KF_NESTED(controller_registration_request_feature, KF_CONTROLLER_REGISTRATION_REQUEST_FEATURE,
          "Feature")
KF_MESSAGE(controller_registration_request, KF_CONTROLLER_REGISTRATION_REQUEST,
           "ControllerRegistrationRequest", 70, 0, 0, 0)
KF_MESSAGE(controller_registration_response, KF_CONTROLLER_REGISTRATION_RESPONSE,
           "ControllerRegistrationResponse", 70, 0, 0, 0)
