#include "api/kafka/msg/config_record.h"

KF_MESSAGE(config_record, KF_CONFIG_RECORD, "ConfigRecord", 4, 0, 0, 0)
