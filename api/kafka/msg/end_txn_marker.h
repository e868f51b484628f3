/* end_txn_marker - message as field tables (api/kafka/fields.h).
 *
 *   EndTxnMarker: version 0, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_END_TXN_MARKER_H
#define KLAMM_API_KAFKA_MSG_END_TXN_MARKER_H

#include "api/kafka/fields.h"

#define KF_END_TXN_MARKER(F, S)            \
    F(int32, coordinator_epoch, 0, KF_MAX)
KF_STRUCT(end_txn_marker, KF_END_TXN_MARKER)

#endif
