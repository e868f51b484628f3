#include "api/kafka/msg/legacy_offset_commit.h"

KF_MESSAGE(legacy_offset_commit_key, KF_LEGACY_OFFSET_COMMIT_KEY, "LegacyOffsetCommitKey", 0, 0, 0,
           KF_MAX)
KF_MESSAGE(legacy_offset_commit_value, KF_LEGACY_OFFSET_COMMIT_VALUE, "LegacyOffsetCommitValue", 0,
           0, 0, KF_MAX)
