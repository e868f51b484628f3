#include "api/kafka/msg/share_snapshot.h"

KF_MESSAGE(share_snapshot_key, KF_SHARE_SNAPSHOT_KEY, "ShareSnapshotKey", 0, 0, 0, KF_MAX)
KF_NESTED(share_snapshot_value_state_batch, KF_SHARE_SNAPSHOT_VALUE_STATE_BATCH, "StateBatch")
KF_MESSAGE(share_snapshot_value, KF_SHARE_SNAPSHOT_VALUE, "ShareSnapshotValue", 0, 0, 0, 0)
