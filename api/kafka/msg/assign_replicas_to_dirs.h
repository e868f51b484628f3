/* assign_replicas_to_dirs - request and response as field tables (api/kafka/fields.h).
 *
 *   AssignReplicasToDirsRequest: key 73, version 0, flexible from 0
 *   AssignReplicasToDirsResponse: key 73, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ASSIGN_REPLICAS_TO_DIRS_H
#define KLAMM_API_KAFKA_MSG_ASSIGN_REPLICAS_TO_DIRS_H

#include "api/kafka/fields.h"

#define KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_PARTITION_DATA(F, S) \
    F(int32, partition_index, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_request_partition_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_PARTITION_DATA)

#define KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_TOPIC_DATA(F, S)                         \
    F(uuid, topic_id, 0, KF_MAX)                                                    \
    S(array, partitions, assign_replicas_to_dirs_request_partition_data, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_request_topic_data, KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_TOPIC_DATA)

#define KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_DIRECTORY_DATA(F, S)             \
    F(uuid, id, 0, KF_MAX)                                                  \
    S(array, topics, assign_replicas_to_dirs_request_topic_data, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_request_directory_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST_DIRECTORY_DATA)

#define KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST(F, S)                                     \
    F(int32, broker_id, 0, KF_MAX)                                                   \
    F(int64, broker_epoch, 0, KF_MAX, KF_DEF(-1))                                    \
    S(array, directories, assign_replicas_to_dirs_request_directory_data, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_request, KF_ASSIGN_REPLICAS_TO_DIRS_REQUEST)

#define KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_PARTITION_DATA(F, S) \
    F(int32, partition_index, 0, KF_MAX)                         \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_response_partition_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_PARTITION_DATA)

#define KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_TOPIC_DATA(F, S)                         \
    F(uuid, topic_id, 0, KF_MAX)                                                     \
    S(array, partitions, assign_replicas_to_dirs_response_partition_data, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_response_topic_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_TOPIC_DATA)

#define KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_DIRECTORY_DATA(F, S)             \
    F(uuid, id, 0, KF_MAX)                                                   \
    S(array, topics, assign_replicas_to_dirs_response_topic_data, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_response_directory_data,
          KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE_DIRECTORY_DATA)

#define KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE(F, S)                                     \
    F(int32, throttle_time_ms, 0, KF_MAX)                                             \
    F(int16, error_code, 0, KF_MAX)                                                   \
    S(array, directories, assign_replicas_to_dirs_response_directory_data, 0, KF_MAX)
KF_STRUCT(assign_replicas_to_dirs_response, KF_ASSIGN_REPLICAS_TO_DIRS_RESPONSE)

#endif
