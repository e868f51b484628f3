/* remove_delegation_token_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   RemoveDelegationTokenRecord: id 26, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REMOVE_DELEGATION_TOKEN_RECORD_H
#define KLAMM_API_KAFKA_MSG_REMOVE_DELEGATION_TOKEN_RECORD_H

#include "api/kafka/fields.h"

#define KF_REMOVE_DELEGATION_TOKEN_RECORD(F, S) \
    F(string, token_id, 0, KF_MAX)
KF_STRUCT(remove_delegation_token_record, KF_REMOVE_DELEGATION_TOKEN_RECORD)

#endif
