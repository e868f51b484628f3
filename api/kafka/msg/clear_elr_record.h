/* clear_elr_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   ClearElrRecord: id 28, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CLEAR_ELR_RECORD_H
#define KLAMM_API_KAFKA_MSG_CLEAR_ELR_RECORD_H

#include "api/kafka/fields.h"

#define KF_CLEAR_ELR_RECORD(F, S)    \
    F(string, topic_name, 0, KF_MAX)
KF_STRUCT(clear_elr_record, KF_CLEAR_ELR_RECORD)

#endif
