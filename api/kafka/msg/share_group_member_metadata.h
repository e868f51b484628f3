/* share_group_member_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ShareGroupMemberMetadataKey: id 10, version 0, never flexible
 *   ShareGroupMemberMetadataValue: id 10, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_SHARE_GROUP_MEMBER_METADATA_H
#define KLAMM_API_KAFKA_MSG_SHARE_GROUP_MEMBER_METADATA_H

#include "api/kafka/fields.h"

#define KF_SHARE_GROUP_MEMBER_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)                    \
    F(string, member_id, 0, 0)
KF_STRUCT(share_group_member_metadata_key, KF_SHARE_GROUP_MEMBER_METADATA_KEY)

#define KF_SHARE_GROUP_MEMBER_METADATA_VALUE(F, S) \
    F(string, rack_id, 0, KF_MAX, KF_NULL)         \
    F(string, client_id, 0, KF_MAX)                \
    F(string, client_host, 0, KF_MAX)              \
    F(strings, subscribed_topic_names, 0, KF_MAX)
KF_STRUCT(share_group_member_metadata_value, KF_SHARE_GROUP_MEMBER_METADATA_VALUE)

#endif
