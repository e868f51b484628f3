/* update - what all updates of a running cluster have in common.
 *
 *   cluster = update_cluster(c, needs_version)   the cluster, ACTIVE and of the version given, or a refusal
 *   o = update_begin(c, cluster, type)           opens a transaction with a new operation in it
 *   ... what changes of cluster->spec, o->source, o->target, o->plan (controlplane/reconcile/plan.h) ...
 *   update_answer(c, cluster, o)                 commits, wakes the reconciler, answers
 */
#ifndef KLAMM_CONTROLPLANE_REST_UPDATE_H
#define KLAMM_CONTROLPLANE_REST_UPDATE_H

#include "controlplane/rest/call.h"

/* As MSK: an update needs the cluster's currentVersion and the state ACTIVE. NULL: refused. */
struct cluster *update_cluster(struct call *c, bool needs_version);
struct operation *update_begin(struct call *c, struct cluster *cluster, const char *type);
/* MSK's rule for configurations, versions and types: no broker holds more partitions than the type named may
 * (NULL: the type that it is). False: refused, by `parameter`. */
bool update_partitions_fit(struct call *c, const struct cluster *cluster, const char *type,
                           const char *parameter);
void update_answer(struct call *c, struct cluster *cluster, struct operation *o);

/* `how` of the plan, "restart" or "apply", from a new revision on; `brokers` NULL: all of them. */
void update_touch(struct call *c, struct operation *o, const char *how, json_t *brokers, bool controllers);

/* A new operation of a cluster, stored in the open transaction. */
struct operation *rest_new_operation(struct call *c, const struct cluster *cluster, const char *type);
/* A random UUID with MSK's "-1" behind it, in the arena. */
char *rest_new_uuid(struct arena *a);

#endif
