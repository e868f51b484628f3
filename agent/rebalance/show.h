/* show - a rebalance as people and klammd read it. */
#ifndef KLAMM_AGENT_REBALANCE_SHOW_H
#define KLAMM_AGENT_REBALANCE_SHOW_H

#include <jansson.h>

#include "agent/rebalance/execute.h"

enum { SHOW_MOVES_MAX = 1000 };

/* A new object of the caller, its members:
 *   state, reason, movesTotal, movesDone, bytesTotal, bytesDone; reason is empty when there is nothing to say
 *   moves    [{topic, partition, replicas, wanted, bytes, reason, text}] of the plan, in order, the first
 *            SHOW_MOVES_MAX; reason: drain, zones, disk, traffic, leaders, elect
 *   stuck    [{topic, partition, broker, text}], as many at most
 *   brokers  [{id, zone, state, before, after}] with {bytes, traffic, replicas, leaders} in each
 * The last three are there when a plan is. */
json_t *rebalance_show(const struct execute *x);

#endif
