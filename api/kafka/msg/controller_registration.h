/* controller_registration - request and response as field tables (api/kafka/fields.h).
 *
 *   ControllerRegistrationRequest: key 70, version 0, flexible from 0
 *   ControllerRegistrationResponse: key 70, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONTROLLER_REGISTRATION_H
#define KLAMM_API_KAFKA_MSG_CONTROLLER_REGISTRATION_H

#include "api/kafka/fields.h"

#define KF_CONTROLLER_REGISTRATION_REQUEST_LISTENER(F, S) \
    F(string, name, 0, KF_MAX)                            \
    F(string, host, 0, KF_MAX)                            \
    F(uint16, port, 0, KF_MAX)                            \
    F(int16, security_protocol, 0, KF_MAX)
KF_STRUCT(controller_registration_request_listener, KF_CONTROLLER_REGISTRATION_REQUEST_LISTENER)

#define KF_CONTROLLER_REGISTRATION_REQUEST_FEATURE(F, S) \
    F(string, name, 0, KF_MAX)                           \
    F(int16, min_supported_version, 0, KF_MAX)           \
    F(int16, max_supported_version, 0, KF_MAX)
KF_STRUCT(controller_registration_request_feature, KF_CONTROLLER_REGISTRATION_REQUEST_FEATURE)

#define KF_CONTROLLER_REGISTRATION_REQUEST(F, S)                             \
    F(int32, controller_id, 0, KF_MAX)                                       \
    F(uuid, incarnation_id, 0, KF_MAX)                                       \
    F(bool, zk_migration_ready, 0, KF_MAX)                                   \
    S(array, listeners, controller_registration_request_listener, 0, KF_MAX) \
    S(array, features, controller_registration_request_feature, 0, KF_MAX)
KF_STRUCT(controller_registration_request, KF_CONTROLLER_REGISTRATION_REQUEST)

#define KF_CONTROLLER_REGISTRATION_RESPONSE(F, S) \
    F(int32, throttle_time_ms, 0, KF_MAX)         \
    F(int16, error_code, 0, KF_MAX)               \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(controller_registration_response, KF_CONTROLLER_REGISTRATION_RESPONSE)

#endif
