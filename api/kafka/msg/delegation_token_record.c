#include "api/kafka/msg/delegation_token_record.h"

KF_MESSAGE(delegation_token_record, KF_DELEGATION_TOKEN_RECORD, "DelegationTokenRecord", 10, 0, 0,
           0)
