/* members - the members that MSK's requests may have: types, required ones, ranges, enums. Pure.
 *
 * The tables say what the service model (2018-11-14) says of CreateCluster's input, minus the
 * ranges that MSK itself does not keep (15 brokers). They are checked before the rules of
 * validate.h, so those may take every type for granted. As at AWS, a member that no table knows is
 * ignored, and null is as good as absent. */
#ifndef KLAMM_API_REST_MEMBERS_H
#define KLAMM_API_REST_MEMBERS_H

#include <jansson.h>
#include <stdbool.h>

#include "common/err.h"

struct refusal {
    char parameter[64]; /* the member that is wrong */
    struct why why;
};

enum member_kind {
    MEMBER_TEXT,      /* min, max: characters; NULL-terminated `values` is an enum */
    MEMBER_INTEGER,   /* min, max: value */
    MEMBER_BOOLEAN,
    MEMBER_OBJECT,    /* of `members` */
    MEMBER_TEXT_LIST, /* max: items */
};

struct member {
    const char *name; /* NULL ends a table */
    enum member_kind kind;
    bool required;
    json_int_t min, max; /* max 0: no limit of its own */
    const char *const *values;
    const struct member *members;
};

/* `provisioned` of CreateClusterV2; CreateCluster has the same at its top. */
extern const struct member members_provisioned[];
/* UpdateMonitoring, UpdateSecurity, UpdateRebalancing and PutClusterPolicy. */
extern const struct member members_monitoring[], members_security[], members_rebalancing[],
    members_policy[];

/* False when `in`, which must be an object, breaks a table's rule: `reterr` names member, value and
 * rule. */
bool members_check(const struct member *table, const json_t *in, struct refusal *reterr);

/* Fills `reterr`; always false, so that a rule reads: return refuse(...). */
bool refuse(struct refusal *reterr, const char *parameter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
