#include "api/kafka/msg/remove_access_control_entry_record.h"

KF_MESSAGE(remove_access_control_entry_record, KF_REMOVE_ACCESS_CONTROL_ENTRY_RECORD,
           "RemoveAccessControlEntryRecord", 19, 0, 0, 0)
