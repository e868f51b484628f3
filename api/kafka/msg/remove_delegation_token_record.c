#include "api/kafka/msg/remove_delegation_token_record.h"

KF_MESSAGE(remove_delegation_token_record, KF_REMOVE_DELEGATION_TOKEN_RECORD,
           "RemoveDelegationTokenRecord", 26, 0, 0, 0)
