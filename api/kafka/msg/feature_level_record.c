#include "api/kafka/msg/feature_level_record.h"

KF_MESSAGE(feature_level_record, KF_FEATURE_LEVEL_RECORD, "FeatureLevelRecord", 12, 0, 0, 0)
