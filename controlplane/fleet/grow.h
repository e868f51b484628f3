/* grow - the volumes of a running cluster grow: by a call, or by themselves as the cluster's scaling says.
 *
 * cluster->scaling, an object (the Application Auto Scaling calls make it, rest/scaling.c):
 *   target  {arn, min, max, createdMs, suspended, roleArn}   absent: the cluster is no scalable target
 *   policy  {arn, name, percent, createdMs, settings}        absent: its volumes grow by hand alone
 *   tags    of the target, texts by name */
#ifndef KLAMM_CONTROLPLANE_FLEET_GROW_H
#define KLAMM_CONTROLPLANE_FLEET_GROW_H

#include "controlplane/fleet/act.h"
#include "controlplane/scaling/storage.h"

/* The size of a broker's volume in the cluster's spec. */
int64_t grow_gib(const struct cluster *c);
/* What the fullest broker uses of its volume, as far as the agents have told. */
int64_t grow_used_bytes(const struct cluster *c);
/* False: nothing grows by itself (no target, no policy, or scaling out is suspended). */
bool grow_policy(const struct cluster *c, struct storage_policy *ret);

/* Begins an UPDATE_BROKER_STORAGE of an ACTIVE cluster in the open transaction; the caller puts what it
 * changes of the operation, commits and wakes the reconciler. Whether there is room was asked before. */
struct operation *grow_begin(const struct act *a, struct cluster *c, int64_t gib);

/* Begins one when the cluster's policy asks for it: one transaction. Why it asks and cannot have it stands
 * in cluster->scaling_refusal. An error: the store is broken. */
err_t grow_by_itself(const struct act *a, struct cluster *c, bool *ret_begun, struct why *reterr);

#endif
