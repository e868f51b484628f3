/* legacy_offset_commit - coordinator record as field tables (api/kafka/fields.h).
 *
 *   LegacyOffsetCommitKey: id 0, version 0, never flexible
 *   LegacyOffsetCommitValue: id 0, version 0, never flexible */
#ifndef KLAMM_API_KAFKA_MSG_LEGACY_OFFSET_COMMIT_H
#define KLAMM_API_KAFKA_MSG_LEGACY_OFFSET_COMMIT_H

#include "api/kafka/fields.h"

#define KF_LEGACY_OFFSET_COMMIT_KEY(F, S) \
    F(string, group, 0, 0)                \
    F(string, topic, 0, 0)                \
    F(int32, partition, 0, 0)
KF_STRUCT(legacy_offset_commit_key, KF_LEGACY_OFFSET_COMMIT_KEY)

#define KF_LEGACY_OFFSET_COMMIT_VALUE(F, S) \
    F(int64, offset, 0, 0)                  \
    F(string, metadata, 0, 0)               \
    F(int64, commit_timestamp, 0, 0)
KF_STRUCT(legacy_offset_commit_value, KF_LEGACY_OFFSET_COMMIT_VALUE)

#endif
