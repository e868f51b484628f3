#include "api/kafka/msg/control_record_type_schema.h"

KF_MESSAGE(control_record_type_schema, KF_CONTROL_RECORD_TYPE_SCHEMA, "ControlRecordTypeSchema",
           -1, 0, 0, KF_MAX)
