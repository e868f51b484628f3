#include "api/kafka/msg/register_controller_record.h"

KF_NESTED(register_controller_record_controller_endpoint,
          KF_REGISTER_CONTROLLER_RECORD_CONTROLLER_ENDPOINT, "ControllerEndpoint")
KF_NESTED(register_controller_record_controller_feature,
          KF_REGISTER_CONTROLLER_RECORD_CONTROLLER_FEATURE, "ControllerFeature")
KF_MESSAGE(register_controller_record, KF_REGISTER_CONTROLLER_RECORD, "RegisterControllerRecord",
           27, 0, 0, 0)
