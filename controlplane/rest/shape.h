/* shape - clusters, nodes and operations as MSK's answers show them (v1 and v2). */
#ifndef KLAMM_CONTROLPLANE_REST_SHAPE_H
#define KLAMM_CONTROLPLANE_REST_SHAPE_H

#include "controlplane/rest/call.h"

json_t *shape_cluster_v1(struct call *c, const struct cluster *cluster);
json_t *shape_cluster_v2(struct call *c, const struct cluster *cluster);
json_t *shape_operation_v1(const struct operation *o);
/* `full`: as DescribeClusterOperationV2, else the short form of the list. */
json_t *shape_operation_v2(const struct operation *o, bool full);
json_t *shape_node(const struct cluster *cluster, const struct process *p, const struct operation *active);

#endif
