/* wish - how far a cluster's rebalance is, as its agent has told: read out of cluster->rebalance
 * (controlplane/fleet/rebalance.h, which alone writes it). Pure. */
#ifndef KLAMM_CONTROLPLANE_RECONCILE_WISH_H
#define KLAMM_CONTROLPLANE_RECONCILE_WISH_H

#include "controlplane/store/store.h"

enum rebalance_state {
    REBALANCE_WAITING, /* for an agent, or for its plan */
    REBALANCE_MOVING,
    REBALANCE_DONE,    /* as wished: draining brokers hold no replica, nothing moves, no throttle is left */
    REBALANCE_CANCELLED,
    REBALANCE_FAILED,  /* also: it was replaced by another wish */
};

/* Of the wish `id`. `ret_reason` (NULL is fine): words, borrowed until the next report; never NULL. */
enum rebalance_state rebalance_state_of(const struct cluster *c, int64_t id, const char **ret_reason);
/* Whether a wish of the cluster is under way. */
bool rebalance_under_way(const struct cluster *c);

#endif
