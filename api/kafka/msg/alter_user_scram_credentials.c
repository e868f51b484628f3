#include "api/kafka/msg/alter_user_scram_credentials.h"

KF_NESTED(alter_user_scram_credentials_request_scram_credential_deletion,
    KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST_SCRAM_CREDENTIAL_DELETION,
    "ScramCredentialDeletion")
KF_NESTED(alter_user_scram_credentials_request_scram_credential_upsertion,
    KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST_SCRAM_CREDENTIAL_UPSERTION,
    "ScramCredentialUpsertion")
KF_MESSAGE(alter_user_scram_credentials_request, KF_ALTER_USER_SCRAM_CREDENTIALS_REQUEST,
           "AlterUserScramCredentialsRequest", 51, 0, 0, 0)
KF_NESTED(alter_user_scram_credentials_response_alter_user_scram_credentials_result,
    KF_ALTER_USER_SCRAM_CREDENTIALS_RESPONSE_ALTER_USER_SCRAM_CREDENTIALS_RESULT,
    "AlterUserScramCredentialsResult")
KF_MESSAGE(alter_user_scram_credentials_response, KF_ALTER_USER_SCRAM_CREDENTIALS_RESPONSE,
           "AlterUserScramCredentialsResponse", 51, 0, 0, 0)
