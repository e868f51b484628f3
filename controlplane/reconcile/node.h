/* node - when a node may be given up for good. Pure.
 *
 * Removing a node makes it a tombstone: its processes are placed anew on other nodes, its agent is
 * refused for ever, and what lies on its disk stays there, untouched. So it is done on somebody's
 * word alone, and only when it breaks nothing that could be kept:
 *
 *   N1  its agent has been away for RECONCILE_SILENT_MS, or nothing is placed on it
 *   N2  whoever asks says that the data on it is lost, or there is none
 *   N3  of every cluster that lives on, all controllers but at most one of this node run: the metadata
 *       log is whole elsewhere
 *
 * And who speaks for a node. An identity can be copied, and messages come late and twice:
 *
 *   A1  the first agent that asks with the node's certificate binds it to its data directory (its
 *       installation); no other one is heard then, until the node joins anew by a token
 *   A2  a run of that agent reports what counts once it has asked what is wanted, and until another run has
 *   A3  of its reports, each of which tells all, only one that is newer than all before counts */
#ifndef KLAMM_CONTROLPLANE_RECONCILE_NODE_H
#define KLAMM_CONTROLPLANE_RECONCILE_NODE_H

#include "controlplane/store/store.h"

struct node_removal {
    const struct node *node;
    struct list *clusters;   /* of the store */
    int64_t now_ms;
    int64_t silent_since_ms; /* 0: its agent is connected */
    bool data_is_lost;
};

/* ERR_BUSY: N1, ERR_INVALID: N2, ERR_CONFLICT: N3; `reterr` names what stands against it. OK for one that
 * was removed before. */
err_t reconcile_may_remove(const struct node_removal *r, struct why *reterr);

/* How many processes that are not gone are placed on the node; one of them, when there is any. */
unsigned reconcile_placed_on(struct list *clusters, const struct node *n, const struct process **ret_one);

/* A1, of what an agent says; an agent that is older than the rule says "". */
bool reconcile_is_agent_of(const struct node *n, const char *installation);
/* A2 */
bool reconcile_is_run_of(const struct node *n, const char *instance);
/* It asks, and may: the node is its own from here on. True: n->installation changed, and is to be stored. */
bool reconcile_bind(struct node *n, const char *installation, const char *instance);
/* A3; then it is the newest. */
bool reconcile_is_news(struct node *n, int64_t report);

#endif
