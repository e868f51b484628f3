#include "api/kafka/msg/partition_record.h"

KF_MESSAGE(partition_record, KF_PARTITION_RECORD, "PartitionRecord", 3, 0, 2, 0)
