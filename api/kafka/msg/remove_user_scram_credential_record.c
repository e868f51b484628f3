#include "api/kafka/msg/remove_user_scram_credential_record.h"

KF_MESSAGE(remove_user_scram_credential_record, KF_REMOVE_USER_SCRAM_CREDENTIAL_RECORD,
           "RemoveUserScramCredentialRecord", 22, 0, 0, 0)
