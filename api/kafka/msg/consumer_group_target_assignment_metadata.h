/* consumer_group_target_assignment_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupTargetAssignmentMetadataKey: id 6, version 0, never flexible
 *   ConsumerGroupTargetAssignmentMetadataValue: id 6, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)
KF_STRUCT(consumer_group_target_assignment_metadata_key,
          KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_KEY)

#define KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_VALUE(F, S)       \
    F(int32, assignment_epoch, 0, KF_MAX)                              \
    F(int64, assignment_timestamp, 0, KF_MAX, KF_TAG(0), KF_IGNORABLE)
KF_STRUCT(consumer_group_target_assignment_metadata_value,
          KF_CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA_VALUE)

#endif
