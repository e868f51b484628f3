#include "api/kafka/msg/access_control_entry_record.h"

KF_MESSAGE(access_control_entry_record, KF_ACCESS_CONTROL_ENTRY_RECORD, "AccessControlEntryRecord",
           18, 0, 0, 0)
