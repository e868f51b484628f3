/* placement - which node runs which process, and on which address. Pure.
 *
 * Brokers are spread over the subnets given (one zone each) in turn; within a zone they go to the
 * node that has the fewest processes, by name on a tie. So are controllers, from the first zone on. */
#ifndef KLAMM_CONTROLPLANE_PLACEMENT_PLACEMENT_H
#define KLAMM_CONTROLPLANE_PLACEMENT_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum { PLACEMENT_NAME_MAX = 128, PLACEMENT_PROCESSES_MAX = 1000, PLACEMENT_CONTROLLER_ID = 10001 };

struct placement_node {
    const char *name, *zone;
    unsigned processes;      /* already on it; placing counts up */
};

struct placement_subnet {
    const char *id, *zone;
    uint32_t network, mask;  /* host order */
};

struct placed {
    bool controller;
    int32_t node_id;         /* brokers 1 .. n, controllers from 10001 */
    const char *host, *zone, *subnet_id; /* borrowed from the input */
    uint32_t address;        /* host order */
};

struct placement {
    struct placement_node *nodes; /* `processes` is counted up */
    unsigned nodes_n;
    const struct placement_subnet *subnets;
    unsigned subnets_n;
    int32_t controllers, brokers;
    /* True when an address is in use by a process that still exists. */
    bool (*address_taken)(void *ctx, uint32_t address);
    void *ctx;
};

/* The controllers, then the brokers into `ret`. ERR_AGAIN when a zone has no node yet, ERR_BUSY when a
 * subnet has no address left: `reterr` names which. `brokers` is a multiple of `subnets_n`. */
err_t placement_new_cluster(struct placement *p, struct placed *ret, struct why *reterr);

#endif
