/* describe_user_scram_credentials - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeUserScramCredentialsRequest: key 50, version 0, flexible from 0
 *   DescribeUserScramCredentialsResponse: key 50, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_USER_SCRAM_CREDENTIALS_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_USER_SCRAM_CREDENTIALS_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST_USER_NAME(F, S) \
    F(string, name, 0, KF_MAX)
KF_STRUCT(describe_user_scram_credentials_request_user_name,
          KF_DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST_USER_NAME)

#define KF_DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST(F, S)                                   \
    S(array, users, describe_user_scram_credentials_request_user_name, 0, KF_MAX, KF_NULL)
KF_STRUCT(describe_user_scram_credentials_request, KF_DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST)

#define KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE_CREDENTIAL_INFO(F, S) \
    F(int8, mechanism, 0, KF_MAX)                                         \
    F(int32, iterations, 0, KF_MAX)
KF_STRUCT(describe_user_scram_credentials_response_credential_info,
          KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE_CREDENTIAL_INFO)

#define KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE_DESCRIBE_USER_SCRAM_CREDENTIALS_RESULT(F, S) \
    F(string, user, 0, KF_MAX)                                                                   \
    F(int16, error_code, 0, KF_MAX)                                                              \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                                 \
    S(array, credential_infos, describe_user_scram_credentials_response_credential_info, 0,      \
      KF_MAX)
KF_STRUCT(describe_user_scram_credentials_response_describe_user_scram_credentials_result,
          KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE_DESCRIBE_USER_SCRAM_CREDENTIALS_RESULT)

#define KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE(F, S)                                         \
    F(int32, throttle_time_ms, 0, KF_MAX)                                                         \
    F(int16, error_code, 0, KF_MAX)                                                               \
    F(string, error_message, 0, KF_MAX, KF_NULL)                                                  \
    S(array, results,                                                                             \
      describe_user_scram_credentials_response_describe_user_scram_credentials_result, 0, KF_MAX)
KF_STRUCT(describe_user_scram_credentials_response, KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE)

#endif
