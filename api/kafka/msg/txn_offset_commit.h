/* txn_offset_commit - request and response as field tables (api/kafka/fields.h).
 *
 *   TxnOffsetCommitRequest: key 28, versions 0-5, flexible from 3
 *   TxnOffsetCommitResponse: key 28, versions 0-5, flexible from 3 */
#ifndef KLAMM_API_KAFKA_MSG_TXN_OFFSET_COMMIT_H
#define KLAMM_API_KAFKA_MSG_TXN_OFFSET_COMMIT_H

#include "api/kafka/fields.h"

#define KF_TXN_OFFSET_COMMIT_REQUEST_TXN_OFFSET_COMMIT_REQUEST_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                       \
    F(int64, committed_offset, 0, KF_MAX)                                      \
    F(int32, committed_leader_epoch, 2, KF_MAX, KF_DEF(-1), KF_IGNORABLE)      \
    F(string, committed_metadata, 0, KF_MAX, KF_NULL)
KF_STRUCT(txn_offset_commit_request_txn_offset_commit_request_partition,
          KF_TXN_OFFSET_COMMIT_REQUEST_TXN_OFFSET_COMMIT_REQUEST_PARTITION)

#define KF_TXN_OFFSET_COMMIT_REQUEST_TXN_OFFSET_COMMIT_REQUEST_TOPIC(F, S)                 \
    F(string, name, 0, KF_MAX)                                                             \
    S(array, partitions, txn_offset_commit_request_txn_offset_commit_request_partition, 0, \
      KF_MAX)
KF_STRUCT(txn_offset_commit_request_txn_offset_commit_request_topic,
          KF_TXN_OFFSET_COMMIT_REQUEST_TXN_OFFSET_COMMIT_REQUEST_TOPIC)

#define KF_TXN_OFFSET_COMMIT_REQUEST(F, S)                                                 \
    F(string, transactional_id, 0, KF_MAX)                                                 \
    F(string, group_id, 0, KF_MAX)                                                         \
    F(int64, producer_id, 0, KF_MAX)                                                       \
    F(int16, producer_epoch, 0, KF_MAX)                                                    \
    F(int32, generation_id, 3, KF_MAX, KF_DEF(-1))                                         \
    F(string, member_id, 3, KF_MAX)                                                        \
    F(string, group_instance_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL)                          \
    S(array, topics, txn_offset_commit_request_txn_offset_commit_request_topic, 0, KF_MAX)
KF_STRUCT(txn_offset_commit_request, KF_TXN_OFFSET_COMMIT_REQUEST)

#define KF_TXN_OFFSET_COMMIT_RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_PARTITION(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                         \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(txn_offset_commit_response_txn_offset_commit_response_partition,
          KF_TXN_OFFSET_COMMIT_RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_PARTITION)

#define KF_TXN_OFFSET_COMMIT_RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_TOPIC(F, S)                 \
    F(string, name, 0, KF_MAX)                                                               \
    S(array, partitions, txn_offset_commit_response_txn_offset_commit_response_partition, 0, \
      KF_MAX)
KF_STRUCT(txn_offset_commit_response_txn_offset_commit_response_topic,
          KF_TXN_OFFSET_COMMIT_RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_TOPIC)

#define KF_TXN_OFFSET_COMMIT_RESPONSE(F, S)                                                  \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                    \
    S(array, topics, txn_offset_commit_response_txn_offset_commit_response_topic, 0, KF_MAX)
KF_STRUCT(txn_offset_commit_response, KF_TXN_OFFSET_COMMIT_RESPONSE)

#endif
