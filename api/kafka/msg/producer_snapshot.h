/* producer_snapshot - message as field tables (api/kafka/fields.h).
 *
 *   ProducerSnapshot: version 1, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_PRODUCER_SNAPSHOT_H
#define KLAMM_API_KAFKA_MSG_PRODUCER_SNAPSHOT_H

#include "api/kafka/fields.h"

#define KF_PRODUCER_SNAPSHOT_PRODUCER_ENTRY(F, S) \
    F(int64, producer_id, 1, 1)                   \
    F(int16, epoch, 1, 1)                         \
    F(int32, last_sequence, 1, 1)                 \
    F(int64, last_offset, 1, 1)                   \
    F(int32, offset_delta, 1, 1)                  \
    F(int64, timestamp, 1, 1)                     \
    F(int32, coordinator_epoch, 1, 1)             \
    F(int64, current_txn_first_offset, 1, 1)
KF_STRUCT(producer_snapshot_producer_entry, KF_PRODUCER_SNAPSHOT_PRODUCER_ENTRY)

#define KF_PRODUCER_SNAPSHOT(F, S)                                     \
    F(uint32, crc, 1, 1)                                               \
    S(array, producer_entries, producer_snapshot_producer_entry, 1, 1)
KF_STRUCT(producer_snapshot, KF_PRODUCER_SNAPSHOT)

#endif
