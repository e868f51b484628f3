/* consumer_group_regular_expression - coordinator record as field tables (api/kafka/fields.h).
 *
 *   ConsumerGroupRegularExpressionKey: id 16, version 0, never flexible
 *   ConsumerGroupRegularExpressionValue: id 16, version 0, flexible from 0 */
#ifndef KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_REGULAR_EXPRESSION_H
#define KLAMM_API_KAFKA_MSG_CONSUMER_GROUP_REGULAR_EXPRESSION_H

#include "api/kafka/fields.h"

#define KF_CONSUMER_GROUP_REGULAR_EXPRESSION_KEY(F, S) \
    F(string, group_id, 0, 0)                          \
    F(string, regular_expression, 0, 0)
KF_STRUCT(consumer_group_regular_expression_key, KF_CONSUMER_GROUP_REGULAR_EXPRESSION_KEY)

#define KF_CONSUMER_GROUP_REGULAR_EXPRESSION_VALUE(F, S) \
    F(strings, topics, 0, KF_MAX)                        \
    F(int64, version, 0, KF_MAX)                         \
    F(int64, timestamp, 0, KF_MAX)
KF_STRUCT(consumer_group_regular_expression_value, KF_CONSUMER_GROUP_REGULAR_EXPRESSION_VALUE)

#endif
