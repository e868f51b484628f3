/* consumer_group_describe - request and response as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupDescribeRequest: key 69, versions 0-1, flexible from 0
 *   ConsumerGroupDescribeResponse: key 69, versions 0-1, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_DESCRIBE_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_DESCRIBE_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_DESCRIBE_REQUEST(F, S)      \
    F(strings, group_ids, 0, KF_MAX)                  \
    F(bool, include_authorized_operations, 0, KF_MAX)
KF_STRUCT(consumer_group_describe_request, KF_CONSUMER_GROUP_DESCRIBE_REQUEST)

#define KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_TOPIC_PARTITIONS(F, S) \
    F(uuid, topic_id, 0, KF_MAX)                                   \
    F(string, topic_name, 0, KF_MAX)                               \
    F(int32s, partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_describe_response_topic_partitions,
          KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_TOPIC_PARTITIONS)

#define KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT(F, S)                                 \
    S(array, topic_partitions, consumer_group_describe_response_topic_partitions, 0, KF_MAX)
KF_STRUCT(consumer_group_describe_response_assignment,
          KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT)

#define KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_MEMBER(F, S)                              \
    F(string, member_id, 0, KF_MAX)                                                   \
    F(string, instance_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                           \
    F(string, rack_id, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                               \
    F(int32, member_epoch, 0, KF_MAX)                                                 \
    F(string, client_id, 0, KF_MAX)                                                   \
    F(string, client_host, 0, KF_MAX)                                                 \
    F(strings, subscribed_topic_names, 0, KF_MAX)                                     \
    F(string, subscribed_topic_regex, 0, KF_MAX, KF_NULL, KF_DEF_NULL)                \
    S(one, assignment, consumer_group_describe_response_assignment, 0, KF_MAX)        \
    S(one, target_assignment, consumer_group_describe_response_assignment, 0, KF_MAX) \
    F(int8, member_type, 1, KF_MAX, KF_DEF(-1), KF_IGNORABLE)
KF_STRUCT(consumer_group_describe_response_member, KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_MEMBER)

#define KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP(F, S)         \
    F(int16, error_code, 0, KF_MAX)                                       \
    F(string, error_message, 0, KF_MAX, KF_NULL, KF_DEF_NULL)             \
    F(string, group_id, 0, KF_MAX)                                        \
    F(string, group_state, 0, KF_MAX)                                     \
    F(int32, group_epoch, 0, KF_MAX)                                      \
    F(int32, assignment_epoch, 0, KF_MAX)                                 \
    F(string, assignor_name, 0, KF_MAX)                                   \
    S(array, members, consumer_group_describe_response_member, 0, KF_MAX) \
    F(int32, authorized_operations, 0, KF_MAX, KF_DEF(INT32_MIN))
KF_STRUCT(consumer_group_describe_response_described_group,
          KF_CONSUMER_GROUP_DESCRIBE_RESPONSE_DESCRIBED_GROUP)

#define KF_CONSUMER_GROUP_DESCRIBE_RESPONSE(F, S)                                 \
    F(int32, throttle_time_ms, 0, KF_MAX)                                         \
    S(array, groups, consumer_group_describe_response_described_group, 0, KF_MAX)
KF_STRUCT(consumer_group_describe_response, KF_CONSUMER_GROUP_DESCRIBE_RESPONSE)

#endif
