/* validate - the rules of CreateCluster and tags, as MSK has them and klamm can keep them. Pure.
 *
 * What klamm cannot do yet is refused with the reason, never dropped: whoever asked for encryption
 * must not get a cluster without it. */
#ifndef KLAMM_API_REST_VALIDATE_H
#define KLAMM_API_REST_VALIDATE_H

#include <jansson.h>

#include "common/err.h"

struct refusal {
    char parameter[64]; /* the member that is wrong */
    struct why why;
};

/* The zone of a subnet, or NULL when the VPC has no such subnet. */
typedef const char *(*zone_of_subnet_fn)(void *ctx, const char *subnet);

/* `in` has the members of CreateCluster (v1) or of `provisioned` (v2) but name and tags. A new document
 * with what is kept, defaults filled in; NULL when refused. */
json_t *validate_provisioned(const json_t *in, zone_of_subnet_fn zone_of, void *ctx, struct refusal *reterr);
/* 1 to 64 letters, digits and hyphens. NULL when refused, else the name, borrowed. */
const char *validate_cluster_name(const json_t *in, struct refusal *reterr);
/* A copy of a map of at most 50 tags; a missing one is an empty map. NULL when refused. */
json_t *validate_tags(const json_t *tags, struct refusal *reterr);

/* Versions that really run. */
extern const char *const validate_kafka_versions[];

#endif
