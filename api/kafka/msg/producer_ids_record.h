/* producer_ids_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   ProducerIdsRecord: id 15, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_PRODUCER_IDS_RECORD_H
#define KLAMM_API_KAFKA_MSG_PRODUCER_IDS_RECORD_H

#include "api/kafka/fields.h"

#define KF_PRODUCER_IDS_RECORD(F, S)              \
    F(int32, broker_id, 0, KF_MAX)                \
    F(int64, broker_epoch, 0, KF_MAX, KF_DEF(-1)) \
    F(int64, next_producer_id, 0, KF_MAX)
KF_STRUCT(producer_ids_record, KF_PRODUCER_IDS_RECORD)

#endif
