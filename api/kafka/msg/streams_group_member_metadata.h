/* streams_group_member_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   StreamsGroupMemberMetadataKey: id 19, version 0, never flexible
 *   StreamsGroupMemberMetadataValue: id 19, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_STREAMS_GROUP_MEMBER_METADATA_H
#define KLAMM_API_KAFKA_MSG_STREAMS_GROUP_MEMBER_METADATA_H

#include "api/kafka/fields.h"

#define KF_STREAMS_GROUP_MEMBER_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)                      \
    F(string, member_id, 0, 0)
KF_STRUCT(streams_group_member_metadata_key, KF_STREAMS_GROUP_MEMBER_METADATA_KEY)

#define KF_STREAMS_GROUP_MEMBER_METADATA_VALUE_ENDPOINT(F, S) \
    F(string, host, 0, KF_MAX)                                \
    F(uint16, port, 0, KF_MAX)
KF_STRUCT(streams_group_member_metadata_value_endpoint,
          KF_STREAMS_GROUP_MEMBER_METADATA_VALUE_ENDPOINT)

#define KF_STREAMS_GROUP_MEMBER_METADATA_VALUE_KEY_VALUE(F, S) \
    F(string, key, 0, KF_MAX)                                  \
    F(string, value, 0, KF_MAX)
KF_STRUCT(streams_group_member_metadata_value_key_value,
          KF_STREAMS_GROUP_MEMBER_METADATA_VALUE_KEY_VALUE)

#define KF_STREAMS_GROUP_MEMBER_METADATA_VALUE(F, S)                                          \
    F(string, instance_id, 0, KF_MAX, KF_NULL)                                                \
    F(string, rack_id, 0, KF_MAX, KF_NULL)                                                    \
    F(string, client_id, 0, KF_MAX)                                                           \
    F(string, client_host, 0, KF_MAX)                                                         \
    F(int32, rebalance_timeout_ms, 0, KF_MAX, KF_DEF(-1))                                     \
    F(int32, topology_epoch, 0, KF_MAX)                                                       \
    F(string, process_id, 0, KF_MAX)                                                          \
    S(maybe, user_endpoint, streams_group_member_metadata_value_endpoint, 0, KF_MAX, KF_NULL, \
      KF_DEF_NULL)                                                                            \
    S(array, client_tags, streams_group_member_metadata_value_key_value, 0, KF_MAX)
KF_STRUCT(streams_group_member_metadata_value, KF_STREAMS_GROUP_MEMBER_METADATA_VALUE)

#endif
