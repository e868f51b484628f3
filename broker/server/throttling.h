/* throttling - replication throttles (KIP-73): replicas that are behind are copied no faster
 * than leader. and follower.replication.throttled.rate say, where the topic's
 * leader. and follower.replication.throttled.replicas name them.
 *
 * In-sync replicas are never held back, but what they copy counts. Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_THROTTLING_H
#define KLAMM_BROKER_SERVER_THROTTLING_H

#include "broker/replica/replicas.h"

struct broker;

void throttling_init(struct broker *b);
/* Properties of brokers in the image changed: the rates may have. */
void throttling_rates(struct broker *b);
/* Properties or partitions of the topic changed. */
void throttling_topic(struct broker *b, struct topic *t);

/* A leader: how many bytes may go to `replica` now. When nothing, `*wait_ms` is cut to when to look again. */
size_t throttling_room(struct broker *b, const struct partition *p, int32_t replica, int64_t *wait_ms);
/* `bytes` of `p` go to a replica. */
void throttling_sent(struct broker *b, const struct partition *p, int64_t bytes);
/* A follower: `bytes` of `p` came. When it is not to ask for more now: how many milliseconds
 * to wait, else 0. `behind`: the leader's high watermark is beyond the log's end. */
int64_t throttling_received(struct broker *b, const struct partition *p, int64_t bytes, bool behind);

#endif
