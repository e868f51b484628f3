#include "api/kafka/msg/end_transaction_record.h"

KF_MESSAGE(end_transaction_record, KF_END_TRANSACTION_RECORD, "EndTransactionRecord", 24, 0, 0, 0)
