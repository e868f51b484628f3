/* placement - which brokers hold a new partition: striped over racks and brokers, leaders
 * on unfenced ones (Apache Kafka's StripedReplicaPlacer in spirit). Pure.
 *
 * A partition's replicas go to racks in turn, beginning one rack further for each
 * partition; within a rack to its brokers in turn, unfenced ones before fenced ones. */
#ifndef KLAMM_BROKER_CONTROLLER_PLACEMENT_H
#define KLAMM_BROKER_CONTROLLER_PLACEMENT_H

#include "broker/controller/core.h"

struct placement_rack {
    const char *name;
    int32_t *ids; /* unfenced ones first, each kind by id */
    int32_t unfenced_n, n;
};

/* Brokers that may be used: registered, not in controlled shutdown, not all directories cordoned. */
struct placement {
    struct placement_rack *racks;
    int32_t racks_n;
    int32_t unfenced_n, n; /* over all racks */
};

/* The racks live in the call's arena. */
void placement_init(struct call *k, struct placement *ret);
/* The replicas of the next partition, the preferred leader first, into `ret[factor]`.
 * 1 <= factor <= p->n, p->unfenced_n > 0. */
void placement_next(struct call *k, const struct placement *p, int32_t factor, int32_t *ret);

#endif
