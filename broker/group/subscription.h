/* subscription - the bytes that consumers of the classic protocol put into JoinGroup and
 * SyncGroup: int16 version, then a ConsumerProtocolSubscription or -Assignment of it.
 *
 * A higher version than is known is read as the highest known, and what follows is left. */
#ifndef KLAMM_BROKER_GROUP_SUBSCRIPTION_H
#define KLAMM_BROKER_GROUP_SUBSCRIPTION_H

#include "api/kafka/msg/consumer_protocol_assignment.h"
#include "api/kafka/msg/consumer_protocol_subscription.h"
#include "broker/group/assignment.h"
#include "broker/metadata/image.h"

/* Text points into `bytes`, arrays live in `a`. ERR_MALFORMED. */
err_t subscription_parse(struct slice bytes, struct arena *a, int16_t *ret_version,
                         struct kf_consumer_protocol_subscription *ret);
/* No bytes are an empty assignment. ERR_MALFORMED; ERR_UNSUPPORTED: with data of its own, which
 * only the assignor that wrote it understands. */
err_t assignment_parse(struct slice bytes, const struct image *image, struct assignment *ret);
/* In `a`, in the version of a subscription; topics that are gone are left out. */
struct slice assignment_print(const struct assignment *from, const struct image *image,
                              int16_t version, struct arena *a);
/* What a subscription says the member owns; topics that are gone are left out. */
struct assignment subscription_owned(const struct kf_consumer_protocol_subscription *s,
                                     const struct image *image);

#endif
