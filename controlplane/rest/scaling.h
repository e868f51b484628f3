/* scaling - the Application Auto Scaling calls (2016-02-06) for the one thing that MSK scales by itself: the
 * storage of a cluster's brokers.
 *
 * A second service on the same endpoint, told by the signature's scope: `POST /` with X-Amz-Target
 * AnyScaleFrontendService.<Operation>, JSON 1.1, members in PascalCase, times in seconds. What it knows of a
 * cluster is cluster->scaling (controlplane/fleet/grow.h), which goes with the cluster; what it does is
 * controlplane/scaling/storage.h's. Scheduled actions and forecasts are refused: MSK has neither. */
#ifndef KLAMM_CONTROLPLANE_REST_SCALING_H
#define KLAMM_CONTROLPLANE_REST_SCALING_H

#include "controlplane/rest/call.h"

#define SCALING_DIMENSION "kafka:broker-storage:VolumeSize"
#define SCALING_METRIC "KafkaBrokerStorageUtilization"

/* The operation of c->target. Sets c->answer or refuses. */
void scaling_dispatch(struct call *c);
/* Its name, "" when it is none of the service. */
const char *scaling_operation(const char *target);
/* Whether an operation changes something; one that is not known does. */
bool scaling_changes(const char *target);

/* The body of a refusal as JSON 1.1 has it; a new object. */
json_t *scaling_refusal(const struct call *c);

/* Refuses with one of the service's own names; all of them have status 400. */
#define scaling_refuse(c, type, ...) call_refuse(c, 400, type, "", __VA_ARGS__)
#define scaling_bad(c, ...) scaling_refuse(c, "ValidationException", __VA_ARGS__)

/* What is in the body (scaling.c). NULL, or a refusal where the member must be there. */
const char *scaling_text(struct call *c, const char *member, bool required);
/* The cluster of ResourceId when namespace and dimension are MSK's; NULL: refused. */
struct cluster *scaling_cluster(struct call *c);

/* One operation each: scaling.c what changes something, scaling_list.c what describes. */
void scaling_describe_targets(struct call *c);
void scaling_describe_policies(struct call *c);
void scaling_describe_activities(struct call *c);

#endif
