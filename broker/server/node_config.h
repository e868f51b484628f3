/* node_config - what records of this node and of the cluster's default change in the running
 * process (KIP-226). Topics and throttles have their own ways (publish.c, throttling.h); here is
 * the rest. */
#ifndef KLAMM_BROKER_SERVER_NODE_CONFIG_H
#define KLAMM_BROKER_SERVER_NODE_CONFIG_H

#include "common/arena.h"
#include "common/uuid.h"

struct broker;

/* The records have changed, or are known for the first time: brings listeners, transactions and
 * directories in line, and warns once of each property that is set and not obeyed. */
void node_config_apply(struct broker *b);
/* What the next heartbeat says of directories that take no new replicas; -1: nothing, as before the
 * first metadata is known, or where the controller would not understand. */
struct uuid *node_config_cordoned(const struct broker *b, struct arena *a, int32_t *ret_n);

#endif
