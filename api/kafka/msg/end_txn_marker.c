#include "api/kafka/msg/end_txn_marker.h"

KF_MESSAGE(end_txn_marker, KF_END_TXN_MARKER, "EndTxnMarker", -1, 0, 0, KF_MAX)
