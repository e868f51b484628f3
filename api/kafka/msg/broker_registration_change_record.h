/* broker_registration_change_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   BrokerRegistrationChangeRecord: id 17, versions 0-3, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_BROKER_REGISTRATION_CHANGE_RECORD_H
#define KLAMM_API_KAFKA_MSG_BROKER_REGISTRATION_CHANGE_RECORD_H

#include "api/kafka/fields.h"

#define KF_BROKER_REGISTRATION_CHANGE_RECORD(F, S)                          \
    F(int32, broker_id, 0, KF_MAX)                                          \
    F(int64, broker_epoch, 0, KF_MAX)                                       \
    F(int8, fenced, 0, KF_MAX, KF_TAG(0))                                   \
    F(int8, in_controlled_shutdown, 1, KF_MAX, KF_TAG(1))                   \
    F(uuids, log_dirs, 2, KF_MAX, KF_TAG(2))                                \
    F(uuids, cordoned_log_dirs, 3, KF_MAX, KF_NULL, KF_TAG(3), KF_DEF_NULL)
KF_STRUCT(broker_registration_change_record, KF_BROKER_REGISTRATION_CHANGE_RECORD)

#endif
