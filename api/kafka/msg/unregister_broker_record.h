/* unregister_broker_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   UnregisterBrokerRecord: id 1, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_UNREGISTER_BROKER_RECORD_H
#define KLAMM_API_KAFKA_MSG_UNREGISTER_BROKER_RECORD_H

#include "api/kafka/fields.h"

#define KF_UNREGISTER_BROKER_RECORD(F, S) \
    F(int32, broker_id, 0, KF_MAX)        \
    F(int64, broker_epoch, 0, KF_MAX)
KF_STRUCT(unregister_broker_record, KF_UNREGISTER_BROKER_RECORD)

#endif
