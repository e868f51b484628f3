/* capacity - what nodes have and what the processes placed on them take: the input of placement. */
#ifndef KLAMM_CONTROLPLANE_FLEET_CAPACITY_H
#define KLAMM_CONTROLPLANE_FLEET_CAPACITY_H

#include "api/rest/instances.h"
#include "controlplane/config.h"
#include "controlplane/placement/placement.h"
#include "controlplane/store/store.h"

/* The name of the brokers' instance type in the cluster's spec; "" when there is none. */
const char *capacity_instance_type(const struct cluster *c);
/* A broker takes its instance type's vCPUs and memory and its volume. A controller takes a volume for the
 * metadata log; of vCPUs and memory it takes what brokers leave, as at MSK, where controllers are free. */
struct placement_amount capacity_of_broker(const struct cluster *c);
struct placement_amount capacity_of_controller(void);
/* What the agent says that the node has, times klammd's overcommit. */
struct placement_amount capacity_of_node(const struct config *config, const struct node *n);

/* Every node that was not removed, with what is taken of it by all processes that are not gone, for
 * placing processes of `c`. The caller frees the array; the names are the store's. */
struct placement_node *capacity_nodes(struct store *s, const struct config *config, const struct cluster *c,
                                      unsigned *ret_n);

/* Whether every node has room for what its brokers of `c` would take more, each of them `more`. ERR_NO_SPACE:
 * `reterr` names the node and says the arithmetic. */
err_t capacity_has_room(struct store *s, const struct config *config, const struct cluster *c,
                        const struct placement_amount *more, struct why *reterr);

/* MSK's limit of a type: partitions of one broker, replicas included, by what brokers have told of
 * themselves; who has told nothing yet stands for none. ERR_NO_SPACE: `reterr` says the arithmetic.
 *
 * No broker holds more than one of `t` may; `t` is of klamm's types. */
err_t capacity_partitions_fit(const struct cluster *c, const struct instance_type *t, struct why *reterr);
/* All that brokers hold fits on `left` of them, of the type that they are. */
err_t capacity_partitions_fit_on(const struct cluster *c, int64_t left, struct why *reterr);

#endif
