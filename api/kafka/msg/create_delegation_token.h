/* create_delegation_token - request and response as field tables (api/kafka/fields.h).
 *
 *   CreateDelegationTokenRequest: key 38, versions 1-3, flexible from 2
 *   CreateDelegationTokenResponse: key 38, versions 1-3, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_CREATE_DELEGATION_TOKEN_H
#define KLAMM_API_KAFKA_MSG_CREATE_DELEGATION_TOKEN_H

#include "api/kafka/fields.h"

#define KF_CREATE_DELEGATION_TOKEN_REQUEST_CREATABLE_RENEWERS(F, S) \
    F(string, principal_type, 0, KF_MAX)                            \
    F(string, principal_name, 0, KF_MAX)
KF_STRUCT(create_delegation_token_request_creatable_renewers,
          KF_CREATE_DELEGATION_TOKEN_REQUEST_CREATABLE_RENEWERS)

#define KF_CREATE_DELEGATION_TOKEN_REQUEST(F, S)                                      \
    F(string, owner_principal_type, 3, KF_MAX, KF_NULL)                               \
    F(string, owner_principal_name, 3, KF_MAX, KF_NULL)                               \
    S(array, renewers, create_delegation_token_request_creatable_renewers, 0, KF_MAX) \
    F(int64, max_lifetime_ms, 0, KF_MAX)
KF_STRUCT(create_delegation_token_request, KF_CREATE_DELEGATION_TOKEN_REQUEST)

#define KF_CREATE_DELEGATION_TOKEN_RESPONSE(F, S)        \
    F(int16, error_code, 0, KF_MAX)                      \
    F(string, principal_type, 0, KF_MAX)                 \
    F(string, principal_name, 0, KF_MAX)                 \
    F(string, token_requester_principal_type, 3, KF_MAX) \
    F(string, token_requester_principal_name, 3, KF_MAX) \
    F(int64, issue_timestamp_ms, 0, KF_MAX)              \
    F(int64, expiry_timestamp_ms, 0, KF_MAX)             \
    F(int64, max_timestamp_ms, 0, KF_MAX)                \
    F(string, token_id, 0, KF_MAX)                       \
    F(bytes, hmac, 0, KF_MAX)                            \
    F(int32, throttle_time_ms, 0, KF_MAX)
KF_STRUCT(create_delegation_token_response, KF_CREATE_DELEGATION_TOKEN_RESPONSE)

#endif
