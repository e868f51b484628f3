/* alter_user_scram_credentials - request and response as field tables (api/kafka/fields.h).
 *
 *   AlterUserScramCredentialsRequest: key 51, version 0, flexible from 0
 *   AlterUserScramCredentialsResponse: key 51, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ALTER_USER_SCRAM_CREDENTIALS_H
#define KLAMM_API_KAFKA_MSG_ALTER_USER_SCRAM_CREDENTIALS_H

#include "api/kafka/fields.h"

#define KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST_SCRAM_CREDENTIAL_DELETION(F, S) \
    F(string, name, 0, KF_MAX)                                                  \
    F(int8, mechanism, 0, KF_MAX)
KF_STRUCT(alter_user_scram_credentials_request_scram_credential_deletion,
          KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST_SCRAM_CREDENTIAL_DELETION)

#define KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST_SCRAM_CREDENTIAL_UPSERTION(F, S) \
    F(string, name, 0, KF_MAX)                                                   \
    F(int8, mechanism, 0, KF_MAX)                                                \
    F(int32, iterations, 0, KF_MAX)                                              \
    F(bytes, salt, 0, KF_MAX)                                                    \
    F(bytes, salted_password, 0, KF_MAX)
KF_STRUCT(alter_user_scram_credentials_request_scram_credential_upsertion,
          KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST_SCRAM_CREDENTIAL_UPSERTION)

#define KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST(F, S)                                        \
    S(array, deletions, alter_user_scram_credentials_request_scram_credential_deletion, 0,   \
      KF_MAX)                                                                                \
    S(array, upsertions, alter_user_scram_credentials_request_scram_credential_upsertion, 0, \
      KF_MAX)
KF_STRUCT(alter_user_scram_credentials_request, KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST)

#define KF_ALTER_USER_SCRAM_CREDENTIALS_RESPONSE_ALTER_USER_SCRAM_CREDENTIALS_RESULT(F, S) \
    F(string, user, 0, KF_MAX)                                                             \
    F(int16, error_code, 0, KF_MAX)                                                        \
    F(string, error_message, 0, KF_MAX, KF_NULL)
KF_STRUCT(alter_user_scram_credentials_response_alter_user_scram_credentials_result,
          KF_ALTER_USER_SCRAM_CREDENTIALS_RESPONSE_ALTER_USER_SCRAM_CREDENTIALS_RESULT)

#define KF_ALTER_USER_SCRAM_CREDENTIALS_RESPONSE(F, S)                                      \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                   \
    S(array, results,                                                                       \
      alter_user_scram_credentials_response_alter_user_scram_credentials_result, 0, KF_MAX)
KF_STRUCT(alter_user_scram_credentials_response, KF_ALTER_USER_SCRAM_CREDENTIALS_RESPONSE)

#endif
