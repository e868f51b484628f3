/* fence_broker_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   FenceBrokerRecord: id 7, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_FENCE_BROKER_RECORD_H
#define KLAMM_API_KAFKA_MSG_FENCE_BROKER_RECORD_H

#include "api/kafka/fields.h"

#define KF_FENCE_BROKER_RECORD(F, S) \
    F(int32, id, 0, KF_MAX)          \
    F(int64, epoch, 0, KF_MAX)
KF_STRUCT(fence_broker_record, KF_FENCE_BROKER_RECORD)

#endif
