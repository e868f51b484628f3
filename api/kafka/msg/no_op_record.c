#include "api/kafka/msg/no_op_record.h"

KF_MESSAGE(no_op_record, KF_NO_OP_RECORD, "NoOpRecord", 20, 0, 0, 0)
