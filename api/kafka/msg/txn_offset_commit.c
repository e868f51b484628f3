#include "api/kafka/msg/txn_offset_commit.h"

KF_NESTED(txn_offset_commit_request_txn_offset_commit_request_partition,
    KF_TXN_OFFSET_COMMIT_REQUEST_TXN_OFFSET_COMMIT_REQUEST_PARTITION,
    "TxnOffsetCommitRequestPartition")
KF_NESTED(txn_offset_commit_request_txn_offset_commit_request_topic,
    KF_TXN_OFFSET_COMMIT_REQUEST_TXN_OFFSET_COMMIT_REQUEST_TOPIC,
    "TxnOffsetCommitRequestTopic")
KF_MESSAGE(txn_offset_commit_request, KF_TXN_OFFSET_COMMIT_REQUEST, "TxnOffsetCommitRequest", 28,
           0, 5, 3)
KF_NESTED(txn_offset_commit_response_txn_offset_commit_response_partition,
    KF_TXN_OFFSET_COMMIT_RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_PARTITION,
    "TxnOffsetCommitResponsePartition")
KF_NESTED(txn_offset_commit_response_txn_offset_commit_response_topic,
    KF_TXN_OFFSET_COMMIT_RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_TOPIC,
    "TxnOffsetCommitResponseTopic")
KF_MESSAGE(txn_offset_commit_response, KF_TXN_OFFSET_COMMIT_RESPONSE, "TxnOffsetCommitResponse",
           28, 0, 5, 3)
