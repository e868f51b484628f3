/* configuration - what a configuration's server.properties may say. Pure.
 *
 * The properties are those that MSK lets its users set on Standard brokers, as far as Apache Kafka 4.x has
 * them, with MSK's bounds where they are narrower than Kafka's. Everything else is refused by name:
 * listeners, directories, ids and security belong to klamm. Numbers of threads and sizes of socket buffers
 * are accepted and change nothing: klamm-broker sizes both itself. */
#ifndef KLAMM_API_REST_CONFIGURATION_H
#define KLAMM_API_REST_CONFIGURATION_H

#include "api/rest/members.h"
#include "common/slice.h"

enum {
    CONFIGURATION_BYTES_MAX = 65536,  /* of the text */
    CONFIGURATION_REVISIONS_MAX = 50, /* MSK's quotas */
    CONFIGURATIONS_MAX = 100,
};

/* CreateConfiguration and UpdateConfiguration. */
extern const struct member members_configuration[], members_configuration_revision[];
/* {arn, revision} */
extern const struct member members_configuration_info[];

/* 1 to 128 letters, digits and hyphens, the first no hyphen. NULL when refused, else borrowed. */
const char *configuration_name(const json_t *in, struct refusal *reterr);

/* The text behind `base64`, the caller frees; NULL when refused. */
char *configuration_text(const char *base64, struct refusal *reterr);
/* Its properties, name to text, a new object; NULL when refused. */
json_t *configuration_properties(struct str text, struct refusal *reterr);
/* The text for the wire; the caller frees. */
char *configuration_base64(const char *text);

#endif
