/* validate - the rules of CreateCluster and tags, as MSK has them and klamm can keep them. Pure.
 *
 * members.h looks at types and ranges first; here stand the rules between members and what klamm
 * can do. What klamm cannot do yet is refused with the reason, never dropped: whoever asked for
 * encryption must not get a cluster without it. Where MSK's own sentence is known, it begins the
 * refusal. */
#ifndef KLAMM_API_REST_VALIDATE_H
#define KLAMM_API_REST_VALIDATE_H

#include <jansson.h>

#include "api/rest/members.h"

/* What the rules ask of the VPC. */
struct validate_vpc {
    /* The zone of a subnet, or NULL when the VPC has no such subnet. */
    const char *(*zone_of_subnet)(void *ctx, const char *subnet);
    bool (*has_security_group)(void *ctx, const char *group);
    void *ctx;
};

/* `in` has the members of CreateCluster (v1) or of `provisioned` (v2); others are ignored. A new
 * document with what is kept, defaults filled in; NULL when refused. Whether the configuration in
 * `configurationInfo` exists is the caller's to check. */
json_t *validate_provisioned(const json_t *in, const struct validate_vpc *vpc,
                             struct refusal *reterr);
/* 1 to 64 letters, digits and hyphens. NULL when refused, else the name, borrowed. */
const char *validate_cluster_name(const json_t *in, struct refusal *reterr);
/* A copy of a map of at most 50 tags; a missing one is an empty map. NULL when refused. */
json_t *validate_tags(const json_t *tags, struct refusal *reterr);

/* UpdateSecurity, with listeners that are plaintext alone: what asks for another state is refused, so
 * true means that the request asks for what is there. */
bool validate_security(const json_t *in, struct refusal *reterr);
/* UpdateMonitoring: `now` is the cluster's spec. A new object with the members of it that change, in
 * the form that the spec keeps; NULL when refused, as for a request that changes nothing. */
json_t *validate_monitoring(const json_t *in, const json_t *now, struct refusal *reterr);
/* What a spec says of monitoring, defaults filled in: enhancedMonitoring and openMonitoring; new. */
json_t *validate_monitoring_of(const json_t *spec);

/* Versions of Apache Kafka whose features clusters run with, oldest first; NULL ends. */
extern const char *const validate_kafka_versions[];
/* Whether both are of these, in that order. */
bool validate_version_is_newer(const char *version, const char *than);

#endif
