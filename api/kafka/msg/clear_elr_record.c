#include "api/kafka/msg/clear_elr_record.h"

KF_MESSAGE(clear_elr_record, KF_CLEAR_ELR_RECORD, "ClearElrRecord", 28, 0, 0, 0)
