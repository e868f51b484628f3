#include "api/kafka/msg/broker_registration_change_record.h"

KF_MESSAGE(broker_registration_change_record, KF_BROKER_REGISTRATION_CHANGE_RECORD,
           "BrokerRegistrationChangeRecord", 17, 0, 3, 0)
