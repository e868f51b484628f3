/* add_partitions_to_txn - request and response as field tables (api/kafka/fields.h).
 *
 *   AddPartitionsToTxnRequest: key 24, versions 0-5, flexible from 3
 *   AddPartitionsToTxnResponse: key 24, versions 0-5, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_ADD_PARTITIONS_TO_TXN_H
#define KLAMM_API_KAFKA_MSG_ADD_PARTITIONS_TO_TXN_H

#include "api/kafka/fields.h"

#define KF_ADD_PARTITIONS_TO_TXN_REQUEST_ADD_PARTITIONS_TO_TXN_TOPIC(F, S) \
    F(string, name, 0, KF_MAX)                                             \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(add_partitions_to_txn_request_add_partitions_to_txn_topic,
          KF_ADD_PARTITIONS_TO_TXN_REQUEST_ADD_PARTITIONS_TO_TXN_TOPIC)

#define KF_ADD_PARTITIONS_TO_TXN_REQUEST_ADD_PARTITIONS_TO_TXN_TRANSACTION(F, S)           \
    F(string, transactional_id, 4, KF_MAX)                                                 \
    F(int64, producer_id, 4, KF_MAX)                                                       \
    F(int16, producer_epoch, 4, KF_MAX)                                                    \
    F(bool, verify_only, 4, KF_MAX)                                                        \
    S(array, topics, add_partitions_to_txn_request_add_partitions_to_txn_topic, 4, KF_MAX)
KF_STRUCT(add_partitions_to_txn_request_add_partitions_to_txn_transaction,
          KF_ADD_PARTITIONS_TO_TXN_REQUEST_ADD_PARTITIONS_TO_TXN_TRANSACTION)

#define KF_ADD_PARTITIONS_TO_TXN_REQUEST(F, S)                                                  \
    S(array, transactions, add_partitions_to_txn_request_add_partitions_to_txn_transaction, 4,  \
      KF_MAX)                                                                                   \
    F(string, v3_and_below_transactional_id, 0, 3)                                              \
    F(int64, v3_and_below_producer_id, 0, 3)                                                    \
    F(int16, v3_and_below_producer_epoch, 0, 3)                                                 \
    S(array, v3_and_below_topics, add_partitions_to_txn_request_add_partitions_to_txn_topic, 0, \
      3)
KF_STRUCT(add_partitions_to_txn_request, KF_ADD_PARTITIONS_TO_TXN_REQUEST)

#define KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_PARTITION_RESULT(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                               \
    F(int16, partition_error_code, 0, KF_MAX)
KF_STRUCT(add_partitions_to_txn_response_add_partitions_to_txn_partition_result,
          KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_PARTITION_RESULT)

#define KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_TOPIC_RESULT(F, S)      \
    F(string, name, 0, KF_MAX)                                                          \
    S(array, results_by_partition,                                                      \
      add_partitions_to_txn_response_add_partitions_to_txn_partition_result, 0, KF_MAX)
KF_STRUCT(add_partitions_to_txn_response_add_partitions_to_txn_topic_result,
          KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_TOPIC_RESULT)

#define KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_RESULT(F, S)                   \
    F(string, transactional_id, 4, KF_MAX)                                                     \
    S(array, topic_results, add_partitions_to_txn_response_add_partitions_to_txn_topic_result, \
      4, KF_MAX)
KF_STRUCT(add_partitions_to_txn_response_add_partitions_to_txn_result,
          KF_ADD_PARTITIONS_TO_TXN_RESPONSE_ADD_PARTITIONS_TO_TXN_RESULT)

#define KF_ADD_PARTITIONS_TO_TXN_RESPONSE(F, S)                                \
    F(int32, throttle_time_ms, 0, KF_MAX)                                      \
    F(int16, error_code, 4, KF_MAX, KF_IGNORABLE)                              \
    S(array, results_by_transaction,                                           \
      add_partitions_to_txn_response_add_partitions_to_txn_result, 4, KF_MAX)  \
    S(array, results_by_topic_v3_and_below,                                    \
      add_partitions_to_txn_response_add_partitions_to_txn_topic_result, 0, 3)
KF_STRUCT(add_partitions_to_txn_response, KF_ADD_PARTITIONS_TO_TXN_RESPONSE)

#endif
