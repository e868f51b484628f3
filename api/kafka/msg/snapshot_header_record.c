#include "api/kafka/msg/snapshot_header_record.h"

KF_MESSAGE(snapshot_header_record, KF_SNAPSHOT_HEADER_RECORD, "SnapshotHeaderRecord", -1, 0, 0, 0)
