#include "api/kafka/msg/alter_replica_log_dirs.h"

KF_NESTED(alter_replica_log_dirs_request_alter_replica_log_dir_topic,
          KF_ALTER_REPLICA_LOG_DIRS_REQUEST_ALTER_REPLICA_LOG_DIR_TOPIC, "AlterReplicaLogDirTopic")
KF_NESTED(alter_replica_log_dirs_request_alter_replica_log_dir,
          KF_ALTER_REPLICA_LOG_DIRS_REQUEST_ALTER_REPLICA_LOG_DIR, "AlterReplicaLogDir")
KF_MESSAGE(alter_replica_log_dirs_request, KF_ALTER_REPLICA_LOG_DIRS_REQUEST,
           "AlterReplicaLogDirsRequest", 34, 1, 2, 2)
KF_NESTED(alter_replica_log_dirs_response_alter_replica_log_dir_partition_result,
    KF_ALTER_REPLICA_LOG_DIRS_RESPONSE_ALTER_REPLICA_LOG_DIR_PARTITION_RESULT,
    "AlterReplicaLogDirPartitionResult")
KF_NESTED(alter_replica_log_dirs_response_alter_replica_log_dir_topic_result,
    KF_ALTER_REPLICA_LOG_DIRS_RESPONSE_ALTER_REPLICA_LOG_DIR_TOPIC_RESULT,
    "AlterReplicaLogDirTopicResult")
KF_MESSAGE(alter_replica_log_dirs_response, KF_ALTER_REPLICA_LOG_DIRS_RESPONSE,
           "AlterReplicaLogDirsResponse", 34, 1, 2, 2)
