#include "api/kafka/msg/register_broker_record.h"

KF_NESTED(register_broker_record_broker_endpoint, KF_REGISTER_BROKER_RECORD_BROKER_ENDPOINT,
          "BrokerEndpoint")
KF_NESTED(register_broker_record_broker_feature, KF_REGISTER_BROKER_RECORD_BROKER_FEATURE,
          "BrokerFeature")
KF_MESSAGE(register_broker_record, KF_REGISTER_BROKER_RECORD, "RegisterBrokerRecord", 0, 0, 4, 0)
