/* configurations - what other calls ask of them. */
#ifndef KLAMM_CONTROLPLANE_REST_CONFIGURATIONS_H
#define KLAMM_CONTROLPLANE_REST_CONFIGURATIONS_H

#include "controlplane/rest/call.h"

/* Whether {arn, revision} names a revision that is there; false: refused. */
bool configuration_exists(struct call *c, const json_t *info);
/* {arn, revision} of a request, checked, as a new object; NULL: refused. */
json_t *configuration_wanted(struct call *c, const json_t *info);
/* The operation gives the cluster that configuration; the one before is put back when a process does not
 * start with it. */
void configuration_set(struct cluster *cluster, struct operation *o, json_t *info);

#endif
