/* control_record_type_schema - message as field tables (api/kafka/fields.h).
 *
 *   ControlRecordTypeSchema: version 0, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_CONTROL_RECORD_TYPE_SCHEMA_H
#define KLAMM_API_KAFKA_MSG_CONTROL_RECORD_TYPE_SCHEMA_H

#include "api/kafka/fields.h"

#define KF_CONTROL_RECORD_TYPE_SCHEMA(F, S) \
    F(int16, type, 0, KF_MAX)
KF_STRUCT(control_record_type_schema, KF_CONTROL_RECORD_TYPE_SCHEMA)

#endif
