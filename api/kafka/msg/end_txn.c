#include "api/kafka/msg/end_txn.h"

KF_MESSAGE(end_txn_request, KF_END_TXN_REQUEST, "EndTxnRequest", 26, 0, 5, 3)
KF_MESSAGE(end_txn_response, KF_END_TXN_RESPONSE, "EndTxnResponse", 26, 0, 5, 3)
