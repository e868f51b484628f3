/* partition_change_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   PartitionChangeRecord: id 5, versions 0-2, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_PARTITION_CHANGE_RECORD_H
#define KLAMM_API_KAFKA_MSG_PARTITION_CHANGE_RECORD_H

#include "api/kafka/fields.h"

#define KF_PARTITION_CHANGE_RECORD(F, S)                                            \
    F(int32, partition_id, 0, KF_MAX, KF_DEF(-1))                                   \
    F(uuid, topic_id, 0, KF_MAX)                                                    \
    F(int32s, isr, 0, KF_MAX, KF_NULL, KF_TAG(0), KF_DEF_NULL)                      \
    F(int32, leader, 0, KF_MAX, KF_TAG(1), KF_DEF(-2))                              \
    F(int32s, replicas, 0, KF_MAX, KF_NULL, KF_TAG(2), KF_DEF_NULL)                 \
    F(int32s, removing_replicas, 0, KF_MAX, KF_NULL, KF_TAG(3), KF_DEF_NULL)        \
    F(int32s, adding_replicas, 0, KF_MAX, KF_NULL, KF_TAG(4), KF_DEF_NULL)          \
    F(int8, leader_recovery_state, 0, KF_MAX, KF_TAG(5), KF_DEF(-1))                \
    F(uuids, directories, 1, KF_MAX, KF_NULL, KF_TAG(8), KF_DEF_NULL)               \
    F(int32s, eligible_leader_replicas, 2, KF_MAX, KF_NULL, KF_TAG(6), KF_DEF_NULL) \
    F(int32s, last_known_elr, 2, KF_MAX, KF_NULL, KF_TAG(7), KF_DEF_NULL)
KF_STRUCT(partition_change_record, KF_PARTITION_CHANGE_RECORD)

#endif
