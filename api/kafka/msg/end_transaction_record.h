/* end_transaction_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   EndTransactionRecord: id 24, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_END_TRANSACTION_RECORD_H
#define KLAMM_API_KAFKA_MSG_END_TRANSACTION_RECORD_H

#include "api/kafka/fields.h"

#define KF_END_TRANSACTION_RECORD(F, S)
KF_STRUCT(end_transaction_record, KF_END_TRANSACTION_RECORD)

#endif
