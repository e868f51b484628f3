#include "api/kafka/msg/create_delegation_token.h"

KF_NESTED(create_delegation_token_request_creatable_renewers,
          KF_CREATE_DELEGATION_TOKEN_REQUEST_CREATABLE_RENEWERS, "CreatableRenewers")
KF_MESSAGE(create_delegation_token_request, KF_CREATE_DELEGATION_TOKEN_REQUEST,
           "CreateDelegationTokenRequest", 38, 1, 3, 2)
KF_MESSAGE(create_delegation_token_response, KF_CREATE_DELEGATION_TOKEN_RESPONSE,
           "CreateDelegationTokenResponse", 38, 1, 3, 2)
