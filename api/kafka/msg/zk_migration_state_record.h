/* zk_migration_state_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   ZkMigrationStateRecord: id 21, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ZK_MIGRATION_STATE_RECORD_H
#define KLAMM_API_KAFKA_MSG_ZK_MIGRATION_STATE_RECORD_H

#include "api/kafka/fields.h"

#define KF_ZK_MIGRATION_STATE_RECORD(F, S) \
    F(int8, zk_migration_state, 0, KF_MAX)
KF_STRUCT(zk_migration_state_record, KF_ZK_MIGRATION_STATE_RECORD)

#endif
