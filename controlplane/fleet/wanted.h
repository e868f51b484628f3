/* wanted - what is wanted on a node, as its agent is told. */
#ifndef KLAMM_CONTROLPLANE_FLEET_WANTED_H
#define KLAMM_CONTROLPLANE_FLEET_WANTED_H

#include "controlplane/store/store.h"

enum { WANTED_BROKER_PORT = 9092, WANTED_CONTROLLER_PORT = 9093 };

/* {revision, processes: [...], rebalances: [...]} (api/agent/messages.h), a new document. */
json_t *wanted_of_node(struct store *s, const struct node *n);

#endif
