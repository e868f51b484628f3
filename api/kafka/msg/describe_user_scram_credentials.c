#include "api/kafka/msg/describe_user_scram_credentials.h"

KF_NESTED(describe_user_scram_credentials_request_user_name,
          KF_DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST_USER_NAME, "UserName")
KF_MESSAGE(describe_user_scram_credentials_request, KF_DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST,
           "DescribeUserScramCredentialsRequest", 50, 0, 0, 0)
KF_NESTED(describe_user_scram_credentials_response_credential_info,
          KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE_CREDENTIAL_INFO, "CredentialInfo")
KF_NESTED(describe_user_scram_credentials_response_describe_user_scram_credentials_result,
    KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE_DESCRIBE_USER_SCRAM_CREDENTIALS_RESULT,
    "DescribeUserScramCredentialsResult")
KF_MESSAGE(describe_user_scram_credentials_response, KF_DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE,
           "DescribeUserScramCredentialsResponse", 50, 0, 0, 0)
