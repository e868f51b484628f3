#include "api/kafka/msg/consumer_group_regular_expression.h"

KF_MESSAGE(consumer_group_regular_expression_key, KF_CONSUMER_GROUP_REGULAR_EXPRESSION_KEY,
           "ConsumerGroupRegularExpressionKey", 16, 0, 0, KF_MAX)
KF_MESSAGE(consumer_group_regular_expression_value, KF_CONSUMER_GROUP_REGULAR_EXPRESSION_VALUE,
           "ConsumerGroupRegularExpressionValue", 16, 0, 0, 0)
