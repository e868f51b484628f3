/* alter_partition - request and response as field tables (api/kafka/fields.h).
 *
 *   AlterPartitionRequest: key 56, versions 2-3, flexible from 0
 *   AlterPartitionResponse: key 56, versions 2-3, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ALTER_PARTITION_H
#define KLAMM_API_KAFKA_MSG_ALTER_PARTITION_H

#include "api/kafka/fields.h"

#define KF_ALTER_PARTITION_REQUEST_BROKER_STATE(F, S) \
    F(int32, broker_id, 3, KF_MAX)                    \
    F(int64, broker_epoch, 3, KF_MAX, KF_DEF(-1))
KF_STRUCT(alter_partition_request_broker_state, KF_ALTER_PARTITION_REQUEST_BROKER_STATE)

#define KF_ALTER_PARTITION_REQUEST_PARTITION_DATA(F, S)                            \
    F(int32, partition_index, 0, KF_MAX)                                           \
    F(int32, leader_epoch, 0, KF_MAX)                                              \
    F(int32s, new_isr, 0, 2)                                                       \
    S(array, new_isr_with_epochs, alter_partition_request_broker_state, 3, KF_MAX) \
    F(int8, leader_recovery_state, 1, KF_MAX)                                      \
    F(int32, partition_epoch, 0, KF_MAX)
KF_STRUCT(alter_partition_request_partition_data, KF_ALTER_PARTITION_REQUEST_PARTITION_DATA)

#define KF_ALTER_PARTITION_REQUEST_TOPIC_DATA(F, S)                         \
    F(uuid, topic_id, 2, KF_MAX, KF_IGNORABLE)                              \
    S(array, partitions, alter_partition_request_partition_data, 0, KF_MAX)
KF_STRUCT(alter_partition_request_topic_data, KF_ALTER_PARTITION_REQUEST_TOPIC_DATA)

#define KF_ALTER_PARTITION_REQUEST(F, S)                            \
    F(int32, broker_id, 0, KF_MAX)                                  \
    F(int64, broker_epoch, 0, KF_MAX, KF_DEF(-1))                   \
    S(array, topics, alter_partition_request_topic_data, 0, KF_MAX)
KF_STRUCT(alter_partition_request, KF_ALTER_PARTITION_REQUEST)

#define KF_ALTER_PARTITION_RESPONSE_PARTITION_DATA(F, S)    \
    F(int32, partition_index, 0, KF_MAX)                    \
    F(int16, error_code, 0, KF_MAX)                         \
    F(int32, leader_id, 0, KF_MAX)                          \
    F(int32, leader_epoch, 0, KF_MAX)                       \
    F(int32s, isr, 0, KF_MAX)                               \
    F(int8, leader_recovery_state, 1, KF_MAX, KF_IGNORABLE) \
    F(int32, partition_epoch, 0, KF_MAX)
KF_STRUCT(alter_partition_response_partition_data, KF_ALTER_PARTITION_RESPONSE_PARTITION_DATA)

#define KF_ALTER_PARTITION_RESPONSE_TOPIC_DATA(F, S)                         \
    F(uuid, topic_id, 2, KF_MAX, KF_IGNORABLE)                               \
    S(array, partitions, alter_partition_response_partition_data, 0, KF_MAX)
KF_STRUCT(alter_partition_response_topic_data, KF_ALTER_PARTITION_RESPONSE_TOPIC_DATA)

#define KF_ALTER_PARTITION_RESPONSE(F, S)                            \
    F(int32, throttle_time_ms, 0, KF_MAX)                            \
    F(int16, error_code, 0, KF_MAX)                                  \
    S(array, topics, alter_partition_response_topic_data, 0, KF_MAX)
KF_STRUCT(alter_partition_response, KF_ALTER_PARTITION_RESPONSE)

#endif
