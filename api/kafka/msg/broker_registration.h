/* broker_registration - request and response as field tables (api/kafka/fields.h).
 *
 *   BrokerRegistrationRequest: key 62, versions 0-4, flexible from 0
 *   BrokerRegistrationResponse: key 62, versions 0-4, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_BROKER_REGISTRATION_H
#define KLAMM_API_KAFKA_MSG_BROKER_REGISTRATION_H

#include "api/kafka/fields.h"

#define KF_BROKER_REGISTRATION_REQUEST_LISTENER(F, S) \
    F(string, name, 0, KF_MAX)                        \
    F(string, host, 0, KF_MAX)                        \
    F(uint16, port, 0, KF_MAX)                        \
    F(int16, security_protocol, 0, KF_MAX)
KF_STRUCT(broker_registration_request_listener, KF_BROKER_REGISTRATION_REQUEST_LISTENER)

#define KF_BROKER_REGISTRATION_REQUEST_FEATURE(F, S) \
    F(string, name, 0, KF_MAX)                       \
    F(int16, min_supported_version, 0, KF_MAX)       \
    F(int16, max_supported_version, 0, KF_MAX)
KF_STRUCT(broker_registration_request_feature, KF_BROKER_REGISTRATION_REQUEST_FEATURE)

#define KF_BROKER_REGISTRATION_REQUEST(F, S)                             \
    F(int32, broker_id, 0, KF_MAX)                                       \
    F(string, cluster_id, 0, KF_MAX)                                     \
    F(uuid, incarnation_id, 0, KF_MAX)                                   \
    S(array, listeners, broker_registration_request_listener, 0, KF_MAX) \
    S(array, features, broker_registration_request_feature, 0, KF_MAX)   \
    F(string, rack, 0, KF_MAX, KF_NULL)                                  \
    F(bool, is_migrating_zk_broker, 1, KF_MAX)                           \
    F(uuids, log_dirs, 2, KF_MAX, KF_IGNORABLE)                          \
    F(int64, previous_broker_epoch, 3, KF_MAX, KF_DEF(-1), KF_IGNORABLE)
KF_STRUCT(broker_registration_request, KF_BROKER_REGISTRATION_REQUEST)

#define KF_BROKER_REGISTRATION_RESPONSE(F, S)     \
    F(int32, throttle_time_ms, 0, KF_MAX)         \
    F(int16, error_code, 0, KF_MAX)               \
    F(int64, broker_epoch, 0, KF_MAX, KF_DEF(-1))
KF_STRUCT(broker_registration_response, KF_BROKER_REGISTRATION_RESPONSE)

#endif
