/* no_op_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   NoOpRecord: id 20, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_NO_OP_RECORD_H
#define KLAMM_API_KAFKA_MSG_NO_OP_RECORD_H

#include "api/kafka/fields.h"

#define KF_NO_OP_RECORD(F, S)
KF_STRUCT(no_op_record, KF_NO_OP_RECORD)

#endif
