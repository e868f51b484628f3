/* register_controller_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   RegisterControllerRecord: id 27, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REGISTER_CONTROLLER_RECORD_H
#define KLAMM_API_KAFKA_MSG_REGISTER_CONTROLLER_RECORD_H

#include "api/kafka/fields.h"

#define KF_REGISTER_CONTROLLER_RECORD_CONTROLLER_ENDPOINT(F, S) \
    F(string, name, 0, KF_MAX)                                  \
    F(string, host, 0, KF_MAX)                                  \
    F(uint16, port, 0, KF_MAX)                                  \
    F(int16, security_protocol, 0, KF_MAX)
KF_STRUCT(register_controller_record_controller_endpoint,
          KF_REGISTER_CONTROLLER_RECORD_CONTROLLER_ENDPOINT)

#define KF_REGISTER_CONTROLLER_RECORD_CONTROLLER_FEATURE(F, S) \
    F(string, name, 0, KF_MAX)                                 \
    F(int16, min_supported_version, 0, KF_MAX)                 \
    F(int16, max_supported_version, 0, KF_MAX)
KF_STRUCT(register_controller_record_controller_feature,
          KF_REGISTER_CONTROLLER_RECORD_CONTROLLER_FEATURE)

#define KF_REGISTER_CONTROLLER_RECORD(F, S)                                         \
    F(int32, controller_id, 0, KF_MAX)                                              \
    F(uuid, incarnation_id, 0, KF_MAX)                                              \
    F(bool, zk_migration_ready, 0, KF_MAX)                                          \
    S(array, end_points, register_controller_record_controller_endpoint, 0, KF_MAX) \
    S(array, features, register_controller_record_controller_feature, 0, KF_MAX)
KF_STRUCT(register_controller_record, KF_REGISTER_CONTROLLER_RECORD)

#endif
