/* unfence_broker_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   UnfenceBrokerRecord: id 8, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_UNFENCE_BROKER_RECORD_H
#define KLAMM_API_KAFKA_MSG_UNFENCE_BROKER_RECORD_H

#include "api/kafka/fields.h"

#define KF_UNFENCE_BROKER_RECORD(F, S) \
    F(int32, id, 0, KF_MAX)            \
    F(int64, epoch, 0, KF_MAX)
KF_STRUCT(unfence_broker_record, KF_UNFENCE_BROKER_RECORD)

#endif
