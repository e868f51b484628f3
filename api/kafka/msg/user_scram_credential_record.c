#include "api/kafka/msg/user_scram_credential_record.h"

KF_MESSAGE(user_scram_credential_record, KF_USER_SCRAM_CREDENTIAL_RECORD,
           "UserScramCredentialRecord", 11, 0, 0, 0)
