/* snapshot_footer_record - message as field tables (api/kafka/fields.h).
 *
 *   SnapshotFooterRecord: version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SNAPSHOT_FOOTER_RECORD_H
#define KLAMM_API_KAFKA_MSG_SNAPSHOT_FOOTER_RECORD_H

#include "api/kafka/fields.h"

#define KF_SNAPSHOT_FOOTER_RECORD(F, S) \
    F(int16, version, 0, KF_MAX)
KF_STRUCT(snapshot_footer_record, KF_SNAPSHOT_FOOTER_RECORD)

#endif
