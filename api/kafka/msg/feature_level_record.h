/* feature_level_record - metadata record as field tables (api/kafka/fields.h).
 *
 *   FeatureLevelRecord: id 12, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_FEATURE_LEVEL_RECORD_H
#define KLAMM_API_KAFKA_MSG_FEATURE_LEVEL_RECORD_H

#include "api/kafka/fields.h"

#define KF_FEATURE_LEVEL_RECORD(F, S)  \
    F(string, name, 0, KF_MAX)         \
    F(int16, feature_level, 0, KF_MAX)
KF_STRUCT(feature_level_record, KF_FEATURE_LEVEL_RECORD)

#endif
