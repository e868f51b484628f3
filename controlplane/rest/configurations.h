/* configurations - what other calls ask of them. */
#ifndef KLAMM_CONTROLPLANE_REST_CONFIGURATIONS_H
#define KLAMM_CONTROLPLANE_REST_CONFIGURATIONS_H

#include "controlplane/rest/call.h"

/* Whether {arn, revision} names a revision that is there; false: refused. */
bool configuration_exists(struct call *c, const json_t *info);

#endif
