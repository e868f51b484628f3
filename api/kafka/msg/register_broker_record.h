/* register_broker_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   RegisterBrokerRecord: id 0, versions 0-4, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REGISTER_BROKER_RECORD_H
#define KLAMM_API_KAFKA_MSG_REGISTER_BROKER_RECORD_H

#include "api/kafka/fields.h"

#define KF_REGISTER_BROKER_RECORD_BROKER_ENDPOINT(F, S) \
    F(string, name, 0, KF_MAX)                          \
    F(string, host, 0, KF_MAX)                          \
    F(uint16, port, 0, KF_MAX)                          \
    F(int16, security_protocol, 0, KF_MAX)
KF_STRUCT(register_broker_record_broker_endpoint, KF_REGISTER_BROKER_RECORD_BROKER_ENDPOINT)

#define KF_REGISTER_BROKER_RECORD_BROKER_FEATURE(F, S) \
    F(string, name, 0, KF_MAX)                         \
    F(int16, min_supported_version, 0, KF_MAX)         \
    F(int16, max_supported_version, 0, KF_MAX)
KF_STRUCT(register_broker_record_broker_feature, KF_REGISTER_BROKER_RECORD_BROKER_FEATURE)

#define KF_REGISTER_BROKER_RECORD(F, S)                                     \
    F(int32, broker_id, 0, KF_MAX)                                          \
    F(bool, is_migrating_zk_broker, 2, KF_MAX)                              \
    F(uuid, incarnation_id, 0, KF_MAX)                                      \
    F(int64, broker_epoch, 0, KF_MAX)                                       \
    S(array, end_points, register_broker_record_broker_endpoint, 0, KF_MAX) \
    S(array, features, register_broker_record_broker_feature, 0, KF_MAX)    \
    F(string, rack, 0, KF_MAX, KF_NULL)                                     \
    F(bool, fenced, 0, KF_MAX, KF_DEF(1))                                   \
    F(bool, in_controlled_shutdown, 1, KF_MAX)                              \
    F(uuids, log_dirs, 3, KF_MAX, KF_TAG(0))                                \
    F(uuids, cordoned_log_dirs, 4, KF_MAX, KF_NULL, KF_TAG(1), KF_DEF_NULL)
KF_STRUCT(register_broker_record, KF_REGISTER_BROKER_RECORD)

#endif
