/* rack_aware - which replica a consumer should read from (KIP-392).
 *
 * Kafka's RackAwareReplicaSelector: one in the consumer's rack, the leader when it is there,
 * else the most caught up. */
#ifndef KLAMM_BROKER_REPLICA_RACK_AWARE_H
#define KLAMM_BROKER_REPLICA_RACK_AWARE_H

#include "broker/replica/leader.h"
#include "common/slice.h"

/* A follower in the ISR that has `offset` and an endpoint of the listener's name; -1: the leader. */
int32_t rack_aware_replica(const struct leader *l, const struct image *i, struct str rack,
                           const char *listener, int64_t offset);

#endif
