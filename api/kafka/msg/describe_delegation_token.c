#include "api/kafka/msg/describe_delegation_token.h"

KF_NESTED(describe_delegation_token_request_describe_delegation_token_owner,
    KF_DESCRIBE_DELEGATION_TOKEN_REQUEST_DESCRIBE_DELEGATION_TOKEN_OWNER,
    "DescribeDelegationTokenOwner")
KF_MESSAGE(describe_delegation_token_request, KF_DESCRIBE_DELEGATION_TOKEN_REQUEST,
           "DescribeDelegationTokenRequest", 41, 1, 3, 2)
KF_NESTED(describe_delegation_token_response_described_delegation_token_renewer,
    KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE_DESCRIBED_DELEGATION_TOKEN_RENEWER,
    "DescribedDelegationTokenRenewer")
KF_NESTED(describe_delegation_token_response_described_delegation_token,
    KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE_DESCRIBED_DELEGATION_TOKEN,
    "DescribedDelegationToken")
KF_MESSAGE(describe_delegation_token_response, KF_DESCRIBE_DELEGATION_TOKEN_RESPONSE,
           "DescribeDelegationTokenResponse", 41, 1, 3, 2)
