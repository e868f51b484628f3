#include "api/kafka/msg/consumer_protocol_subscription.h"

KF_NESTED(consumer_protocol_subscription_topic_partition,
          KF_CONSUMER_PROTOCOL_SUBSCRIPTION_TOPIC_PARTITION, "TopicPartition")
KF_MESSAGE(consumer_protocol_subscription, KF_CONSUMER_PROTOCOL_SUBSCRIPTION,
           "ConsumerProtocolSubscription", -1, 0, 3, KF_MAX)
