/* write_txn_markers - request and response as field tables (api/kafka/fields.h).
 *
 *   WriteTxnMarkersRequest: key 27, versions 1-2, flexible from 1
 *   WriteTxnMarkersResponse: key 27, versions 1-2, flexible from 1 */
#ifndef KLAMM_API_KAFKA_MSG_WRITE_TXN_MARKERS_H
#define KLAMM_API_KAFKA_MSG_WRITE_TXN_MARKERS_H

#include "api/kafka/fields.h"

#define KF_WRITE_TXN_MARKERS_REQUEST_WRITABLE_TXN_MARKER_TOPIC(F, S) \
    F(string, name, 0, KF_MAX)                                       \
    F(int32s, partition_indexes, 0, KF_MAX)
KF_STRUCT(write_txn_markers_request_writable_txn_marker_topic,
          KF_WRITE_TXN_MARKERS_REQUEST_WRITABLE_TXN_MARKER_TOPIC)

#define KF_WRITE_TXN_MARKERS_REQUEST_WRITABLE_TXN_MARKER(F, S)                       \
    F(int64, producer_id, 0, KF_MAX)                                                 \
    F(int16, producer_epoch, 0, KF_MAX)                                              \
    F(bool, transaction_result, 0, KF_MAX)                                           \
    S(array, topics, write_txn_markers_request_writable_txn_marker_topic, 0, KF_MAX) \
    F(int32, coordinator_epoch, 0, KF_MAX)                                           \
    F(int8, transaction_version, 2, KF_MAX, KF_IGNORABLE)
KF_STRUCT(write_txn_markers_request_writable_txn_marker,
          KF_WRITE_TXN_MARKERS_REQUEST_WRITABLE_TXN_MARKER)

#define KF_WRITE_TXN_MARKERS_REQUEST(F, S)                                      \
    S(array, markers, write_txn_markers_request_writable_txn_marker, 0, KF_MAX)
KF_STRUCT(write_txn_markers_request, KF_WRITE_TXN_MARKERS_REQUEST)

#define KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_PARTITION_RESULT(F, S) \
    F(int32, partition_index, 0, KF_MAX)                                         \
    F(int16, error_code, 0, KF_MAX)
KF_STRUCT(write_txn_markers_response_writable_txn_marker_partition_result,
          KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_PARTITION_RESULT)

#define KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_TOPIC_RESULT(F, S)                 \
    F(string, name, 0, KF_MAX)                                                               \
    S(array, partitions, write_txn_markers_response_writable_txn_marker_partition_result, 0, \
      KF_MAX)
KF_STRUCT(write_txn_markers_response_writable_txn_marker_topic_result,
          KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_TOPIC_RESULT)

#define KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_RESULT(F, S)                       \
    F(int64, producer_id, 0, KF_MAX)                                                         \
    S(array, topics, write_txn_markers_response_writable_txn_marker_topic_result, 0, KF_MAX)
KF_STRUCT(write_txn_markers_response_writable_txn_marker_result,
          KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_RESULT)

#define KF_WRITE_TXN_MARKERS_RESPONSE(F, S)                                             \
    S(array, markers, write_txn_markers_response_writable_txn_marker_result, 0, KF_MAX)
KF_STRUCT(write_txn_markers_response, KF_WRITE_TXN_MARKERS_RESPONSE)

#endif
