#include "api/kafka/msg/add_partitions_to_txn.h"

KF_NESTED(add_partitions_to_txn_request_add_partitions_to_txn_topic,
          KF_ADD_PARTITIONS_TO_TXN_REQUEST_ADD_PARTITIONS_TO_TXN_TOPIC, "AddPartitionsToTxnTopic")
KF_NESTED(add_partitions_to_txn_request_add_partitions_to_txn_transaction,
    KF_ADD_PARTITIONS_TO_TXN_REQUEST_ADD_PARTITIONS_TO_TXN_TRANSACTION,
    "AddPartitionsToTxnTransaction")
KF_MESSAGE(add_partitions_to_txn_request, KF_ADD_PARTITIONS_TO_TXN_REQUEST,
           "AddPartitionsToTxnRequest", 24, 0, 5, 3)
KF_NESTED(add_partitions_to_txn_response_add_partitions_to_txn_partition_result,
    KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_PARTITION_RESULT,
    "AddPartitionsToTxnPartitionResult")
KF_NESTED(add_partitions_to_txn_response_add_partitions_to_txn_topic_result,
    KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_TOPIC_RESULT,
    "AddPartitionsToTxnTopicResult")
KF_NESTED(add_partitions_to_txn_response_add_partitions_to_txn_result,
    KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_RESULT,
    "AddPartitionsToTxnResult")
KF_MESSAGE(add_partitions_to_txn_response, KF_ADD_PARTITIONS_TO_TXN_RESPONSE,
           "AddPartitionsToTxnResponse", 24, 0, 5, 3)
