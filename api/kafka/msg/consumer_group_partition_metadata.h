/* consumer_group_partition_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupPartitionMetadataKey: id 4, version 0, never flexible
 *   ConsumerGroupPartitionMetadataValue: id 4, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_PARTITION_METADATA_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_PARTITION_METADATA_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_PARTITION_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)
KF_STRUCT(consumer_group_partition_metadata_key, KF_CONSUMER_GROUP_PARTITION_METADATA_KEY)

#define KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE_PARTITION_METADATA(F, S) \
    F(int32, partition, 0, KF_MAX)                                          \
    F(strings, racks, 0, KF_MAX)
KF_STRUCT(consumer_group_partition_metadata_value_partition_metadata,
          KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE_PARTITION_METADATA)

#define KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE_TOPIC_METADATA(F, S)                         \
    F(uuid, topic_id, 0, KF_MAX)                                                                \
    F(string, topic_name, 0, KF_MAX)                                                            \
    F(int32, num_partitions, 0, KF_MAX)                                                         \
    S(array, partition_metadata, consumer_group_partition_metadata_value_partition_metadata, 0, \
      KF_MAX)
KF_STRUCT(consumer_group_partition_metadata_value_topic_metadata,
          KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE_TOPIC_METADATA)

#define KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE(F, S)                                \
    S(array, topics, consumer_group_partition_metadata_value_topic_metadata, 0, KF_MAX)
KF_STRUCT(consumer_group_partition_metadata_value, KF_CONSUMER_GROUP_PARTITION_METADATA_VALUE)

#endif
