/* access_control_entry_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   AccessControlEntryRecord: id 18, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_ACCESS_CONTROL_ENTRY_RECORD_H
#define KLAMM_API_KAFKA_MSG_ACCESS_CONTROL_ENTRY_RECORD_H

#include "api/kafka/fields.h"

#define KF_ACCESS_CONTROL_ENTRY_RECORD(F, S) \
    F(uuid, id, 0, KF_MAX)                   \
    F(int8, resource_type, 0, KF_MAX)        \
    F(string, resource_name, 0, KF_MAX)      \
    F(int8, pattern_type, 0, KF_MAX)         \
    F(string, principal, 0, KF_MAX)          \
    F(string, host, 0, KF_MAX)               \
    F(int8, operation, 0, KF_MAX)            \
    F(int8, permission_type, 0, KF_MAX)
KF_STRUCT(access_control_entry_record, KF_ACCESS_CONTROL_ENTRY_RECORD)

#endif
