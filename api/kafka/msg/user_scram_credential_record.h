/* user_scram_credential_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   UserScramCredentialRecord: id 11, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_USER_SCRAM_CREDENTIAL_RECORD_H
#define KLAMM_API_KAFKA_MSG_USER_SCRAM_CREDENTIAL_RECORD_H

#include "api/kafka/fields.h"

#define KF_USER_SCRAM_CREDENTIAL_RECORD(F, S) \
    F(string, name, 0, KF_MAX)                \
    F(int8, mechanism, 0, KF_MAX)             \
    F(bytes, salt, 0, KF_MAX)                 \
    F(bytes, stored_key, 0, KF_MAX)           \
    F(bytes, server_key, 0, KF_MAX)           \
    F(int32, iterations, 0, KF_MAX)
KF_STRUCT(user_scram_credential_record, KF_USER_SCRAM_CREDENTIAL_RECORD)

#endif
