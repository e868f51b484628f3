/* placement - which node runs which process, and on which address. Pure.
 *
 * Brokers are spread over the subnets given (one zone each) in turn, controllers too, from the first
 * zone on. Within a zone a process goes to a node that has room for it:
 *
 *   P1  on no node do the processes take more vCPUs, memory or storage than it has
 *   P2  no node has more than AGENT_PROCESSES_MAX processes
 *   P3  no two processes have one address, so each has all ports for itself
 *
 * Of those that have room: the one with the fewest processes of this kind and cluster, then the one
 * that is the least full afterwards (by its fullest resource), then the fewest processes, then the name. */
#ifndef KLAMM_CONTROLPLANE_PLACEMENT_PLACEMENT_H
#define KLAMM_CONTROLPLANE_PLACEMENT_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum { PLACEMENT_CONTROLLER_ID = 10001 };

struct placement_amount {
    int64_t vcpus, memory_bytes, storage_bytes;
};

struct placement_node {
    const char *name, *zone;
    struct placement_amount has, taken; /* placing counts `taken` and the next two up */
    unsigned processes;
    unsigned brokers, controllers;      /* of the cluster that is placed */
};

struct placement_subnet {
    const char *id, *zone;
    uint32_t network, mask;  /* host order */
};

struct placed {
    bool controller;
    int32_t node_id;         /* brokers from 1 on, controllers from 10001 */
    const char *host, *zone, *subnet_id; /* borrowed from the input */
    uint32_t address;        /* host order */
};

struct placement {
    struct placement_node *nodes;
    unsigned nodes_n;
    const struct placement_subnet *subnets;
    unsigned subnets_n;
    int32_t controllers, brokers;
    int32_t brokers_from;                   /* so many brokers are placed already */
    int32_t last_id;                        /* ids of brokers go on from there: none is given twice */
    const char *instance_type;              /* of the brokers, for the sentence */
    struct placement_amount broker, controller; /* what one takes */
    /* True when an address is in use by a process that still exists. */
    bool (*address_taken)(void *ctx, uint32_t address);
    void *ctx;
};

/* The controllers, then the brokers that are not placed yet into `ret`. ERR_AGAIN when a zone has no node
 * yet, ERR_BUSY when none has room or a subnet has no address left: `reterr` names node, value and rule.
 * `brokers` and `brokers_from` are multiples of `subnets_n`. */
err_t placement_new_cluster(struct placement *p, struct placed *ret, struct why *reterr);

/* A node of `zone` with room for one process, which is counted as placed there; errors as above. */
err_t placement_choose(struct placement *p, const char *zone, bool controller, int32_t node_id,
                       struct placement_node **ret, struct why *reterr);

#endif
