/* group_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   GroupMetadataKey: id 2, version 0, never flexible
 *   GroupMetadataValue: id 2, versions 0-4, flexible from 4 */
#ifndef KLAMM_API_KAFKA_MSG_GROUP_METADATA_H
#define KLAMM_API_KAFKA_MSG_GROUP_METADATA_H

#include "api/kafka/fields.h"

#define KF_GROUP_METADATA_KEY(F, S) \
    F(string, group, 0, 0)
KF_STRUCT(group_metadata_key, KF_GROUP_METADATA_KEY)

#define KF_GROUP_METADATA_VALUE_MEMBER_METADATA(F, S)                           \
    F(string, member_id, 0, KF_MAX)                                             \
    F(string, group_instance_id, 3, KF_MAX, KF_NULL, KF_DEF_NULL, KF_IGNORABLE) \
    F(string, client_id, 0, KF_MAX)                                             \
    F(string, client_host, 0, KF_MAX)                                           \
    F(int32, rebalance_timeout, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)            \
    F(int32, session_timeout, 0, KF_MAX)                                        \
    F(bytes, subscription, 0, KF_MAX)                                           \
    F(bytes, assignment, 0, KF_MAX)
KF_STRUCT(group_metadata_value_member_metadata, KF_GROUP_METADATA_VALUE_MEMBER_METADATA)

#define KF_GROUP_METADATA_VALUE(F, S)                                      \
    F(string, protocol_type, 0, KF_MAX)                                    \
    F(int32, generation, 0, KF_MAX)                                        \
    F(string, protocol, 0, KF_MAX, KF_NULL)                                \
    F(string, leader, 0, KF_MAX, KF_NULL)                                  \
    F(int64, current_state_timestamp, 2, KF_MAX, KF_DEF(-1), KF_IGNORABLE) \
    S(array, members, group_metadata_value_member_metadata, 0, KF_MAX)
KF_STRUCT(group_metadata_value, KF_GROUP_METADATA_VALUE)

#endif
