/* fleet - the shell around the reconcilers: agents' reports in, what is wanted out.
 *
 * Serves the agents' endpoint (api/agent/messages.h) and carries out what reconcile_cluster says:
 * every action is one transaction, so klammd may die between any two and goes on from what is stored. */
#ifndef KLAMM_CONTROLPLANE_FLEET_FLEET_H
#define KLAMM_CONTROLPLANE_FLEET_FLEET_H

#include <event2/event.h>

#include "controlplane/config.h"
#include "controlplane/fleet/asks.h"
#include "controlplane/fleet/ca.h"
#include "controlplane/rest/http.h"
#include "controlplane/store/store.h"

struct fleet;

/* All borrowed for the fleet's life. Reconciles everything on the loop's first turn. */
struct fleet *fleet_new(struct event_base *base, struct store *s, struct ca *ca, const struct config *config);
struct fleet *fleet_free(struct fleet *f);

/* The handler of the agents' server; its ctx is the fleet. */
void fleet_handle(struct http_request *r);

/* Something that a reconciler looks at has changed and is committed. */
void fleet_wake(struct fleet *f);

/* Whether the node's agent is connected now. */
bool fleet_node_connected(const struct node *n);
/* Gives up a node for good (controlplane/reconcile/node.h). ERR_NOT_FOUND, or what stands against it.
 * Once more is fine. `s`: the fleet's store, or a fork of it, in which alone it is then given up. */
err_t fleet_remove_node(struct fleet *f, struct store *s, struct str name, bool data_is_lost,
                        struct why *reterr);

/* Has a broker of the cluster asked, by the agent of its node; `a` is moved. NULL: none of its brokers runs
 * on a node whose agent is connected, and `done` is never called. */
struct pending *fleet_ask(struct fleet *f, struct cluster *c, struct ask *a, asks_done_fn done, void *ctx);

/* SHA-256 of a join token in hex, as the store keeps it. */
void fleet_token_hash(const char *token, char ret[65]);

#endif
