/* remove_user_scram_credential_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   RemoveUserScramCredentialRecord: id 22, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REMOVE_USER_SCRAM_CREDENTIAL_RECORD_H
#define KLAMM_API_KAFKA_MSG_REMOVE_USER_SCRAM_CREDENTIAL_RECORD_H

#include "api/kafka/fields.h"

#define KF_REMOVE_USER_SCRAM_CREDENTIAL_RECORD(F, S) \
    F(string, name, 0, KF_MAX)                       \
    F(int8, mechanism, 0, KF_MAX)
KF_STRUCT(remove_user_scram_credential_record, KF_REMOVE_USER_SCRAM_CREDENTIAL_RECORD)

#endif
