#include "api/kafka/msg/zk_migration_state_record.h"

KF_MESSAGE(zk_migration_state_record, KF_ZK_MIGRATION_STATE_RECORD, "ZkMigrationStateRecord", 21,
           0, 0, 0)
