#include "api/kafka/msg/transaction_log.h"

KF_MESSAGE(transaction_log_key, KF_TRANSACTION_LOG_KEY, "TransactionLogKey", 0, 0, 0, KF_MAX)
KF_NESTED(transaction_log_value_partitions_schema, KF_TRANSACTION_LOG_VALUE_PARTITIONS_SCHEMA,
          "PartitionsSchema")
KF_MESSAGE(transaction_log_value, KF_TRANSACTION_LOG_VALUE, "TransactionLogValue", 0, 0, 1, 1)
