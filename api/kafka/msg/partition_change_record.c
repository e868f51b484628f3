#include "api/kafka/msg/partition_change_record.h"

KF_MESSAGE(partition_change_record, KF_PARTITION_CHANGE_RECORD, "PartitionChangeRecord", 5, 0, 2, 0)
