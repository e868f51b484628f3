/* describe_delegation_token - request and response as field tables (api/kafka/fields.h).
 *
 *   DescribeDelegationTokenRequest: key 41, versions 1-3, flexible from 2
 *   DescribeDelegationTokenResponse: key 41, versions 1-3, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_DESCRIBE_DELEGATION_TOKEN_H
#define KLAMM_API_KAFKA_MSG_DESCRIBE_DELEGATION_TOKEN_H

#include "api/kafka/fields.h"

#define KF_DESCRIBE_DELEGATION_TOKEN_REQUEST_DESCRIBE_DELEGATION_TOKEN_OWNER(F, S) \
    F(string, principal_type, 0, KF_MAX)                                           \
    F(string, principal_name, 0, KF_MAX)
KF_STRUCT(describe_delegation_token_request_describe_delegation_token_owner,
          KF_DESCRIBE_DELEGATION_TOKEN_REQUEST_DESCRIBE_DELEGATION_TOKEN_OWNER)

#define KF_DESCRIBE_DELEGATION_TOKEN_REQUEST(F, S)                                         \
    S(array, owners, describe_delegation_token_request_describe_delegation_token_owner, 0, \
      KF_MAX, KF_NULL)
KF_STRUCT(describe_delegation_token_request, KF_DESCRIBE_DELEGATION_TOKEN_REQUEST)

#define KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE_DESCRIBED_DELEGATION_TOKEN_RENEWER(F, S) \
    F(string, principal_type, 0, KF_MAX)                                               \
    F(string, principal_name, 0, KF_MAX)
KF_STRUCT(describe_delegation_token_response_described_delegation_token_renewer,
          KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE_DESCRIBED_DELEGATION_TOKEN_RENEWER)

#define KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE_DESCRIBED_DELEGATION_TOKEN(F, S)                \
    F(string, principal_type, 0, KF_MAX)                                                      \
    F(string, principal_name, 0, KF_MAX)                                                      \
    F(string, token_requester_principal_type, 3, KF_MAX)                                      \
    F(string, token_requester_principal_name, 3, KF_MAX)                                      \
    F(int64, issue_timestamp, 0, KF_MAX)                                                      \
    F(int64, expiry_timestamp, 0, KF_MAX)                                                     \
    F(int64, max_timestamp, 0, KF_MAX)                                                        \
    F(string, token_id, 0, KF_MAX)                                                            \
    F(bytes, hmac, 0, KF_MAX)                                                                 \
    S(array, renewers, describe_delegation_token_response_described_delegation_token_renewer, \
      0, KF_MAX)
KF_STRUCT(describe_delegation_token_response_described_delegation_token,
          KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE_DESCRIBED_DELEGATION_TOKEN)

#define KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE(F, S)                                            \
    F(int16, error_code, 0, KF_MAX)                                                            \
    S(array, tokens, describe_delegation_token_response_described_delegation_token, 0, KF_MAX) \
    F(int32, throttle_time_ms, 0, KF_MAX)
KF_STRUCT(describe_delegation_token_response, KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE)

#endif
