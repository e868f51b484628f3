/* partition_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   PartitionRecord: id 3, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_PARTITION_RECORD_H
#define KLAMM_API_KAFKA_MSG_PARTITION_RECORD_H

#include "api/kafka/fields.h"

#define KF_PARTITION_RECORD(F, S)                                                   \
    F(int32, partition_id, 0, KF_MAX, KF_DEF(-1))                                   \
    F(uuid, topic_id, 0, KF_MAX)                                                    \
    F(int32s, replicas, 0, KF_MAX)                                                  \
    F(int32s, isr, 0, KF_MAX)                                                       \
    F(int32s, removing_replicas, 0, KF_MAX)                                         \
    F(int32s, adding_replicas, 0, KF_MAX)                                           \
    F(int32, leader, 0, KF_MAX, KF_DEF(-1))                                         \
    F(int8, leader_recovery_state, 0, KF_MAX, KF_TAG(0))                            \
    F(int32, leader_epoch, 0, KF_MAX, KF_DEF(-1))                                   \
    F(int32, partition_epoch, 0, KF_MAX, KF_DEF(-1))                                \
    F(uuids, directories, 1, KF_MAX)                                                \
    F(int32s, eligible_leader_replicas, 2, KF_MAX, KF_NULL, KF_TAG(1), KF_DEF_NULL) \
    F(int32s, last_known_elr, 2, KF_MAX, KF_NULL, KF_TAG(2), KF_DEF_NULL)
KF_STRUCT(partition_record, KF_PARTITION_RECORD)

#endif
