#include "api/kafka/msg/fence_broker_record.h"

KF_MESSAGE(fence_broker_record, KF_FENCE_BROKER_RECORD, "FenceBrokerRecord", 7, 0, 0, 0)
