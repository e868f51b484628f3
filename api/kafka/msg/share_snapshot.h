/* share_snapshot - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ShareSnapshotKey: id 0, version 0, never flexible
 *   ShareSnapshotValue: id 0, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_SNAPSHOT_H
#define KLAMM_API_KAFKA_MSG_SHARE_SNAPSHOT_H

#include "api/kafka/fields.h"

#define KF_SHARE_SNAPSHOT_KEY(F, S) \
    F(string, group_id, 0, 0)       \
    F(uuid, topic_id, 0, 0)         \
    F(int32, partition, 0, 0)
KF_STRUCT(share_snapshot_key, KF_SHARE_SNAPSHOT_KEY)

#define KF_SHARE_SNAPSHOT_VALUE_STATE_BATCH(F, S) \
    F(int64, first_offset, 0, KF_MAX)             \
    F(int64, last_offset, 0, KF_MAX)              \
    F(int8, delivery_state, 0, KF_MAX)            \
    F(int16, delivery_count, 0, KF_MAX)
KF_STRUCT(share_snapshot_value_state_batch, KF_SHARE_SNAPSHOT_VALUE_STATE_BATCH)

#define KF_SHARE_SNAPSHOT_VALUE(F, S)                                    \
    F(int32, snapshot_epoch, 0, KF_MAX)                                  \
    F(int32, state_epoch, 0, KF_MAX)                                     \
    F(int32, leader_epoch, 0, KF_MAX)                                    \
    F(int64, start_offset, 0, KF_MAX)                                    \
    F(int32, delivery_complete_count, 0, KF_MAX, KF_TAG(0), KF_DEF(-1))  \
    F(int64, create_timestamp, 0, KF_MAX)                                \
    F(int64, write_timestamp, 0, KF_MAX)                                 \
    S(array, state_batches, share_snapshot_value_state_batch, 0, KF_MAX)
KF_STRUCT(share_snapshot_value, KF_SHARE_SNAPSHOT_VALUE)

#endif
