#include "api/kafka/msg/abort_transaction_record.h"

KF_MESSAGE(abort_transaction_record, KF_ABORT_TRANSACTION_RECORD, "AbortTransactionRecord", 25, 0,
           0, 0)
