/* subscription - the bytes that consumers of the classic protocol put into JoinGroup and
 * SyncGroup: int16 version, then a ConsumerProtocolSubscription or -Assignment of it.
 *
 * A higher version than is known is read as the highest known, and what follows is left. */
#ifndef KLAMM_BROKER_GROUP_SUBSCRIPTION_H
#define KLAMM_BROKER_GROUP_SUBSCRIPTION_H

#include "api/kafka/msg/consumer_protocol_subscription.h"

/* Text points into `bytes`, arrays live in `a`. ERR_MALFORMED. */
err_t subscription_parse(struct slice bytes, struct arena *a, int16_t *ret_version,
                         struct kf_consumer_protocol_subscription *ret);

#endif
