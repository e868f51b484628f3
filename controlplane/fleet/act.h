/* act - carries out the reconciler's actions, each one transaction, and takes agents' reports. */
#ifndef KLAMM_CONTROLPLANE_FLEET_ACT_H
#define KLAMM_CONTROLPLANE_FLEET_ACT_H

#include "api/agent/messages.h"
#include "controlplane/config.h"
#include "controlplane/reconcile/cluster.h"
#include "controlplane/store/store.h"

/* Of a new cluster, one per zone. */
enum { CONTROLLERS = 3 };

struct act {
    struct store *store;
    const struct config *config;
    int64_t now_ms;
};

/* The operation that a cluster is being updated by, else NULL. */
const struct operation *act_operation(struct store *s, const struct cluster *c);

/* A new value of a cluster's currentVersion, as MSK's: K and 13 of [A-Z2-7], by chance. */
void act_new_version(char ret[15]);

/* A random UUID with MSK's "-1" behind it; the caller frees. */
char *act_new_uuid(void);
/* A new operation of `c`, stored in the open transaction. */
struct operation *act_new_operation(const struct act *a, const struct cluster *c, const char *type);

/* What `next` says of `c` (RECONCILE_FORGET frees it). A cluster that finds no place yet says so in its
 * state and fails after RECONCILE_PLACE_MS_MAX. `ret_again_ms`: look again after so long, before an event
 * tells (0: at once when something was done, never when nothing was). An error: the store is broken. */
err_t act_on(const struct act *a, struct cluster *c, const struct reconcile_next *next, int64_t *ret_again_ms,
             struct why *reterr);

/* Gives the node up (controlplane/reconcile/node.h says when it may be): a tombstone from here on. */
err_t act_remove_node(const struct act *a, struct node *n, struct why *reterr);

/* Takes what the agent of `n` has seen: `processes` is a report's list. What is stale, malformed, of
 * another node or unknown changes nothing; without a change nothing is written. */
err_t act_report(const struct act *a, const struct node *n, const json_t *processes, bool *ret_changed,
                 struct why *reterr);

/* What the agent of `n` says that the node has; without a change nothing is written. */
err_t act_facts(const struct act *a, struct node *n, const struct node_facts *f, bool *ret_changed,
                struct why *reterr);

#endif
