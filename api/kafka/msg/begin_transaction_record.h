/* begin_transaction_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   BeginTransactionRecord: id 23, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_BEGIN_TRANSACTION_RECORD_H
#define KLAMM_API_KAFKA_MSG_BEGIN_TRANSACTION_RECORD_H

#include "api/kafka/fields.h"

#define KF_BEGIN_TRANSACTION_RECORD(F, S)                       \
    F(string, name, 0, KF_MAX, KF_NULL, KF_TAG(0), KF_DEF_NULL)
KF_STRUCT(begin_transaction_record, KF_BEGIN_TRANSACTION_RECORD)

#endif
