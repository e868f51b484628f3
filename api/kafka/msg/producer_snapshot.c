#include "api/kafka/msg/producer_snapshot.h"

KF_NESTED(producer_snapshot_producer_entry, KF_PRODUCER_SNAPSHOT_PRODUCER_ENTRY, "ProducerEntry")
KF_MESSAGE(producer_snapshot, KF_PRODUCER_SNAPSHOT, "ProducerSnapshot", -1, 1, 1, KF_MAX)
