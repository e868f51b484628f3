/* alter_replica_log_dirs - request and response as field tables (api/kafka/fields.h).
 *
 *   AlterReplicaLogDirsRequest: key 34, versions 1-2, flexible from 2
 *   AlterReplicaLogDirsResponse: key 34, versions 1-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_ALTER_REPLICA_LOG_DIRS_H
#define KLAMM_API_KAFKA_MSG_ALTER_REPLICA_LOG_DIRS_H

#include "api/kafka/fields.h"

#define KF_ALTER_REPLICA_LOG_DIRS_REQUEST_ALTER_REPLICA_LOG_DIR_TOPIC(F, S) \
    F(string, name, 0, KF_MAX)                                              \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(alter_replica_log_dirs_request_alter_replica_log_dir_topic,
          KF_ALTER_REPLICA_LOG_DIRS_REQUEST_ALTER_REPLICA_LOG_DIR_TOPIC)

#define KF_ALTER_REPLICA_LOG_DIRS_REQUEST_ALTER_REPLICA_LOG_DIR(F, S)                       \
    F(string, path, 0, KF_MAX)                                                              \
    S(array, topics, alter_replica_log_dirs_request_alter_replica_log_dir_topic, 0, KF_MAX)
KF_STRUCT(alter_replica_log_dirs_request_alter_replica_log_dir,
          KF_ALTER_REPLICA_LOG_DIRS_REQUEST_ALTER_REPLICA_LOG_DIR)

#define KF_ALTER_REPLICA_LOG_DIRS_REQUEST(F, S)                                     \
    S(array, dirs, alter_replica_log_dirs_request_alter_replica_log_dir, 0, KF_MAX)
KF_STRUCT(alter_replica_log_dirs_request, KF_ALTER_REPLICA_LOG_DIRS_REQUEST)

#define KF_ALTER_REPLICA_LOG_DIRS_RESPONSE_ALTER_REPLICA_LOG_DIR_PARTITION_RESULT(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                                \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(alter_replica_log_dirs_response_alter_replica_log_dir_partition_result,
          KF_ALTER_REPLICA_LOG_DIRS_RESPONSE_ALTER_REPLICA_LOG_DIR_PARTITION_RESULT)

#define KF_ALTER_REPLICA_LOG_DIRS_RESPONSE_ALTER_REPLICA_LOG_DIR_TOPIC_RESULT(F, S)      \
    F(string, topic_name, 0, KF_MAX)                                                     \
    S(array, partitions,                                                                 \
      alter_replica_log_dirs_response_alter_replica_log_dir_partition_result, 0, KF_MAX)
KF_STRUCT(alter_replica_log_dirs_response_alter_replica_log_dir_topic_result,
          KF_ALTER_REPLICA_LOG_DIRS_RESPONSE_ALTER_REPLICA_LOG_DIR_TOPIC_RESULT)

#define KF_ALTER_REPLICA_LOG_DIRS_RESPONSE(F, S)                                             \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                    \
    S(array, results, alter_replica_log_dirs_response_alter_replica_log_dir_topic_result, 0, \
      KF_MAX)
KF_STRUCT(alter_replica_log_dirs_response, KF_ALTER_REPLICA_LOG_DIRS_RESPONSE)

#endif
