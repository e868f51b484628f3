/* consumer_group_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupMetadataKey: id 3, version 0, never flexible
 *   ConsumerGroupMetadataValue: id 3, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_METADATA_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_METADATA_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)
KF_STRUCT(consumer_group_metadata_key, KF_CONSUMER_GROUP_METADATA_KEY)

#define KF_CONSUMER_GROUP_METADATA_VALUE(F, S)    \
    F(int32, epoch, 0, KF_MAX)                    \
    F(int64, metadata_hash, 0, KF_MAX, KF_TAG(0))
KF_STRUCT(consumer_group_metadata_value, KF_CONSUMER_GROUP_METADATA_VALUE)

#endif
