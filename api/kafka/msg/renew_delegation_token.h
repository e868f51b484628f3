/* renew_delegation_token - request and response as field tables (api/kafka/fields.h).
 *
 *   RenewDelegationTokenRequest: key 39, versions 1-2, flexible from 2
 *   RenewDelegationTokenResponse: key 39, versions 1-2, flexible from 2 */
#ifndef KLAMM_API_KAFKA_MSG_RENEW_DELEGATION_TOKEN_H
#define KLAMM_API_KAFKA_MSG_RENEW_DELEGATION_TOKEN_H

#include "api/kafka/fields.h"

#define KF_RENEW_DELEGATION_TOKEN_REQUEST(F, S) \
    F(bytes, hmac, 0, KF_MAX)                   \
    F(int64, renew_period_ms, 0, KF_MAX)
KF_STRUCT(renew_delegation_token_request, KF_RENEW_DELEGATION_TOKEN_REQUEST)

#define KF_RENEW_DELEGATION_TOKEN_RESPONSE(F, S) \
    F(int16, error_code, 0, KF_MAX)              \
    F(int64, expiry_timestamp_ms, 0, KF_MAX)     \
    F(int32, throttle_time_ms, 0, KF_MAX)
KF_STRUCT(renew_delegation_token_response, KF_RENEW_DELEGATION_TOKEN_RESPONSE)

#endif
