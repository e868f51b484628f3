/* remove_access_control_entry_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   RemoveAccessControlEntryRecord: id 19, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_REMOVE_ACCESS_CONTROL_ENTRY_RECORD_H
#define KLAMM_API_KAFKA_MSG_REMOVE_ACCESS_CONTROL_ENTRY_RECORD_H

#include "api/kafka/fields.h"

#define KF_REMOVE_ACCESS_CONTROL_ENTRY_RECORD(F, S) \
    F(uuid, id, 0, KF_MAX)
KF_STRUCT(remove_access_control_entry_record, KF_REMOVE_ACCESS_CONTROL_ENTRY_RECORD)

#endif
