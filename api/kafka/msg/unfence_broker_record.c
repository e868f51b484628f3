#include "api/kafka/msg/unfence_broker_record.h"

KF_MESSAGE(unfence_broker_record, KF_UNFENCE_BROKER_RECORD, "UnfenceBrokerRecord", 8, 0, 0, 0)
