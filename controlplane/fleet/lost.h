/* lost - nodes that do not come back by themselves are given up, when that loses nothing.
 *
 * A node whose agent has been away for agents.lost_after is looked at again and again:
 *
 *   L1  other connected nodes of its zone have room for all that is placed on it
 *   L2  of every cluster with a broker on it another broker tells that this one does not serve (an agent
 *       may be away while its broker is well), and that every partition with a replica there has another
 *       replica in sync: its data is on other disks
 *   L3  what reconcile/node.h asks of a removal: no metadata is lost
 *
 * Then it is removed as by `klamm node remove --data-is-lost`: its brokers begin anew on other nodes with
 * their ids, addresses and empty disks. Else it is kept, and said why, once. */
#ifndef KLAMM_CONTROLPLANE_FLEET_LOST_H
#define KLAMM_CONTROLPLANE_FLEET_LOST_H

#include "controlplane/fleet/fleet.h"

struct lost {
    struct fleet *fleet;
    struct store *store;
    const struct config *config;
    struct list checks; /* list_init */
};

/* When to look again, 0: when an event tells. */
int64_t lost_look(struct lost *l, int64_t now_ms);
void lost_done(struct lost *l);

#endif
