#include "api/kafka/msg/begin_transaction_record.h"

KF_MESSAGE(begin_transaction_record, KF_BEGIN_TRANSACTION_RECORD, "BeginTransactionRecord", 23, 0,
           0, 0)
