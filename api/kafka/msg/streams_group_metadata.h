/* streams_group_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupMetadataKey: id 17, version 0, never flexible
 *   StreamsGroupMetadataValue: id 17, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_METADATA_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_METADATA_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)
KF_STRUCT(streams_group_metadata_key, KF_STREAMS_GROUP_METADATA_KEY)

#define KF_STREAMS_GROUP_METADATA_VALUE_LAST_ASSIGNMENT_CONFIG(F, S) \
    F(string, key, 0, KF_MAX)                                        \
    F(string, value, 0, KF_MAX)
KF_STRUCT(streams_group_metadata_value_last_assignment_config,
          KF_STREAMS_GROUP_METADATA_VALUE_LAST_ASSIGNMENT_CONFIG)

#define KF_STREAMS_GROUP_METADATA_VALUE(F, S)                                                 \
    F(int32, epoch, 0, KF_MAX)                                                                \
    F(int64, metadata_hash, 0, KF_MAX)                                                        \
    F(int32, validated_topology_epoch, 0, KF_MAX, KF_TAG(0), KF_DEF(-1))                      \
    S(array, last_assignment_configs, streams_group_metadata_value_last_assignment_config, 0, \
      KF_MAX, KF_NULL, KF_TAG(1))
KF_STRUCT(streams_group_metadata_value, KF_STREAMS_GROUP_METADATA_VALUE)

#endif
