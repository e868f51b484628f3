#include "api/kafka/msg/write_txn_markers.h"

KF_NESTED(write_txn_markers_request_writable_txn_marker_topic,
          KF_WRITE_TXN_MARKERS_REQUEST_WRITABLE_TXN_MARKER_TOPIC, "WritableTxnMarkerTopic")
KF_NESTED(write_txn_markers_request_writable_txn_marker,
          KF_WRITE_TXN_MARKERS_REQUEST_WRITABLE_TXN_MARKER, "WritableTxnMarker")
KF_MESSAGE(write_txn_markers_request, KF_WRITE_TXN_MARKERS_REQUEST, "WriteTxnMarkersRequest", 27,
           1, 2, 1)
KF_NESTED(write_txn_markers_response_writable_txn_marker_partition_result,
    KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_PARTITION_RESULT,
    "WritableTxnMarkerPartitionResult")
KF_NESTED(write_txn_markers_response_writable_txn_marker_topic_result,
    KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_TOPIC_RESULT,
    "WritableTxnMarkerTopicResult")
KF_NESTED(write_txn_markers_response_writable_txn_marker_result,
          KF_WRITE_TXN_MARKERS_RESPONSE_WRITABLE_TXN_MARKER_RESULT, "WritableTxnMarkerResult")
KF_MESSAGE(write_txn_markers_response, KF_WRITE_TXN_MARKERS_RESPONSE, "WriteTxnMarkersResponse",
           27, 1, 2, 1)
