/* transaction_log - coordinator record as field tables (api/kafka/fields.h).
 *
 *   TransactionLogKey: id 0, version 0, never flexible
 *   TransactionLogValue: id 0, versions 0-1, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_TRANSACTION_LOG_H
#define KLAMM_API_KAFKA_MSG_TRANSACTION_LOG_H

#include "api/kafka/fields.h"

#define KF_TRANSACTION_LOG_KEY(F, S)  \
    F(string, transactional_id, 0, 0)
KF_STRUCT(transaction_log_key, KF_TRANSACTION_LOG_KEY)

#define KF_TRANSACTION_LOG_VALUE_PARTITIONS_SCHEMA(F, S) \
    F(string, topic, 0, KF_MAX)                          \
    F(int32s, partition_ids, 0, KF_MAX)
KF_STRUCT(transaction_log_value_partitions_schema, KF_TRANSACTION_LOG_VALUE_PARTITIONS_SCHEMA)

#define KF_TRANSACTION_LOG_VALUE(F, S)                                                   \
    F(int64, producer_id, 0, KF_MAX)                                                     \
    F(int64, previous_producer_id, 1, KF_MAX, KF_TAG(0), KF_DEF(-1))                     \
    F(int64, next_producer_id, 1, KF_MAX, KF_TAG(1), KF_DEF(-1))                         \
    F(int16, producer_epoch, 0, KF_MAX)                                                  \
    F(int16, next_producer_epoch, 1, KF_MAX, KF_TAG(3), KF_DEF(-1))                      \
    F(int32, transaction_timeout_ms, 0, KF_MAX)                                          \
    F(int8, transaction_status, 0, KF_MAX)                                               \
    S(array, transaction_partitions, transaction_log_value_partitions_schema, 0, KF_MAX, \
      KF_NULL)                                                                           \
    F(int64, transaction_last_update_timestamp_ms, 0, KF_MAX)                            \
    F(int64, transaction_start_timestamp_ms, 0, KF_MAX)                                  \
    F(int16, client_transaction_version, 1, KF_MAX, KF_TAG(2))
KF_STRUCT(transaction_log_value, KF_TRANSACTION_LOG_VALUE)

#endif
