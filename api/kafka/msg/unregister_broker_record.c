#include "api/kafka/msg/unregister_broker_record.h"

KF_MESSAGE(unregister_broker_record, KF_UNREGISTER_BROKER_RECORD, "UnregisterBrokerRecord", 1, 0,
           0, 0)
