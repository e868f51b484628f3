#include "api/kafka/msg/expire_delegation_token.h"

KF_MESSAGE(expire_delegation_token_request, KF_EXPIRE_DELEGATION_TOKEN_REQUEST,
           "ExpireDelegationTokenRequest", 40, 1, 2, 2)
KF_MESSAGE(expire_delegation_token_response, KF_EXPIRE_DELEGATION_TOKEN_RESPONSE,
           "ExpireDelegationTokenResponse", 40, 1, 2, 2)
