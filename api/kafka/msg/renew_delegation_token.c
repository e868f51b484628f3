#include "api/kafka/msg/renew_delegation_token.h"

KF_MESSAGE(renew_delegation_token_request, KF_RENEW_DELEGATION_TOKEN_REQUEST,
           "RenewDelegationTokenRequest", 39, 1, 2, 2)
KF_MESSAGE(renew_delegation_token_response, KF_RENEW_DELEGATION_TOKEN_RESPONSE,
           "RenewDelegationTokenResponse", 39, 1, 2, 2)
