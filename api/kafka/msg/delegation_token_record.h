/* delegation_token_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   DelegationTokenRecord: id 10, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DELEGATION_TOKEN_RECORD_H
#define KLAMM_API_KAFKA_MSG_DELEGATION_TOKEN_RECORD_H

#include "api/kafka/fields.h"

#define KF_DELEGATION_TOKEN_RECORD(F, S)      \
    F(string, owner, 0, KF_MAX)               \
    F(string, requester, 0, KF_MAX)           \
    F(strings, renewers, 0, KF_MAX)           \
    F(int64, issue_timestamp, 0, KF_MAX)      \
    F(int64, max_timestamp, 0, KF_MAX)        \
    F(int64, expiration_timestamp, 0, KF_MAX) \
    F(string, token_id, 0, KF_MAX)
KF_STRUCT(delegation_token_record, KF_DELEGATION_TOKEN_RECORD)

#endif
