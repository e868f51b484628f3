#include "api/kafka/msg/snapshot_footer_record.h"

KF_MESSAGE(snapshot_footer_record, KF_SNAPSHOT_FOOTER_RECORD, "SnapshotFooterRecord", -1, 0, 0, 0)
