/* snapshot_header_record - message as field tables (api/kafka/fields.h).
 *
 *   SnapshotHeaderRecord: version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SNAPSHOT_HEADER_RECORD_H
#define KLAMM_API_KAFKA_MSG_SNAPSHOT_HEADER_RECORD_H

#include "api/kafka/fields.h"

#define KF_SNAPSHOT_HEADER_RECORD(F, S)               \
    F(int16, version, 0, KF_MAX)                      \
    F(int64, last_contained_log_timestamp, 0, KF_MAX)
KF_STRUCT(snapshot_header_record, KF_SNAPSHOT_HEADER_RECORD)

#endif
