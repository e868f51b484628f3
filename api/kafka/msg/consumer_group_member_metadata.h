/* consumer_group_member_metadata - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupMemberMetadataKey: id 5, version 0, never flexible
 *   ConsumerGroupMemberMetadataValue: id 5, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_MEMBER_METADATA_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_MEMBER_METADATA_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_MEMBER_METADATA_KEY(F, S) \
    F(string, group_id, 0, 0)                       \
    F(string, member_id, 0, 0)
KF_STRUCT(consumer_group_member_metadata_key, KF_CONSUMER_GROUP_MEMBER_METADATA_KEY)

#define KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE_CLASSIC_PROTOCOL(F, S) \
    F(string, name, 0, KF_MAX)                                         \
    F(bytes, metadata, 0, KF_MAX)
KF_STRUCT(consumer_group_member_metadata_value_classic_protocol,
          KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE_CLASSIC_PROTOCOL)

#define KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE_CLASSIC_MEMBER_METADATA(F, S)               \
    F(int32, session_timeout_ms, 0, KF_MAX)                                                 \
    S(array, supported_protocols, consumer_group_member_metadata_value_classic_protocol, 0, \
      KF_MAX)
KF_STRUCT(consumer_group_member_metadata_value_classic_member_metadata,
          KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE_CLASSIC_MEMBER_METADATA)

#define KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE(F, S)                                              \
    F(string, instance_id, 0, KF_MAX, KF_NULL)                                                     \
    F(string, rack_id, 0, KF_MAX, KF_NULL)                                                         \
    F(string, client_id, 0, KF_MAX)                                                                \
    F(string, client_host, 0, KF_MAX)                                                              \
    F(strings, subscribed_topic_names, 0, KF_MAX)                                                  \
    F(string, subscribed_topic_regex, 0, KF_MAX, KF_NULL)                                          \
    F(int32, rebalance_timeout_ms, 0, KF_MAX, KF_DEF(-1))                                          \
    F(string, server_assignor, 0, KF_MAX, KF_NULL)                                                 \
    S(maybe, classic_member_metadata,                                                              \
      consumer_group_member_metadata_value_classic_member_metadata, 0, KF_MAX, KF_NULL, KF_TAG(0))
KF_STRUCT(consumer_group_member_metadata_value, KF_CONSUMER_GROUP_MEMBER_METADATA_VALUE)

#endif
