#include "api/kafka/msg/add_offsets_to_txn.h"

KF_MESSAGE(add_offsets_to_txn_request, KF_ADD_OFFSETS_TO_TXN_REQUEST, "AddOffsetsToTxnRequest", 25,
           0, 4, 3)
KF_MESSAGE(add_offsets_to_txn_response, KF_ADD_OFFSETS_TO_TXN_RESPONSE, "AddOffsetsToTxnResponse",
           25, 0, 4, 3)
