/* share_group_state_partition_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ShareGroupStatePartitionMetadataKey: id 15, version 0, never flexible
 *   ShareGroupStatePartitionMetadataValue: id 15, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_GROUP_STATE_PARTITION_METADATA_H
#define KLAMM_API_KAFKA_MSG_SHARE_GROUP_STATE_PARTITION_METADATA_H

#include "api/kafka/fields.h"

#define KF_SHARE_GROUP_STATE_PARTITION_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)
KF_STRUCT(share_group_state_partition_metadata_key, KF_SHARE_GROUP_STATE_PARTITION_METADATA_KEY)

#define KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE_TOPIC_PARTITIONS_INFO(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                                  \
    F(string, topic_name, 0, KF_MAX)                                              \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(share_group_state_partition_metadata_value_topic_partitions_info,
          KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE_TOPIC_PARTITIONS_INFO)

#define KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE_TOPIC_INFO(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                       \
    F(string, topic_name, 0, KF_MAX)
KF_STRUCT(share_group_state_partition_metadata_value_topic_info,
          KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE_TOPIC_INFO)

#define KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE(F, S)                                     \
    S(array, initializing_topics,                                                               \
      share_group_state_partition_metadata_value_topic_partitions_info, 0, KF_MAX)              \
    S(array, initialized_topics,                                                                \
      share_group_state_partition_metadata_value_topic_partitions_info, 0, KF_MAX)              \
    S(array, deleting_topics, share_group_state_partition_metadata_value_topic_info, 0, KF_MAX)
KF_STRUCT(share_group_state_partition_metadata_value, KF_SHARE_GROUP_STATE_PARTITION_METADATA_VALUE)

#endif
