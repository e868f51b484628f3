/* placement - which brokers hold a new partition: striped over racks and brokers, leaders
 * on unfenced ones (Apache Kafka's StripedReplicaPlacer in spirit). Pure. */
#ifndef KLAMM_BROKER_CONTROLLER_PLACEMENT_H
#define KLAMM_BROKER_CONTROLLER_PLACEMENT_H

#include "broker/controller/core.h"

/* Usable brokers, racks interleaved: a, b, c, a, b, c ... ; unfenced ones first. */
struct placement {
    int32_t *ids;
    int32_t unfenced_n, n;
};

void placement_init(struct call *k, struct placement *ret);
/* The replica of the next single-replica partition. unfenced_n > 0. */
int32_t placement_next(struct call *k, const struct placement *p);

#endif
