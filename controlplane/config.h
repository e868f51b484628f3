/* config - klammd.yaml, read and checked; docs/klammd-yaml.md tells every key.
 *
 * An unknown key is refused: a misspelt one must not be taken for a default. */
#ifndef KLAMM_CONTROLPLANE_CONFIG_H
#define KLAMM_CONTROLPLANE_CONFIG_H

#include <jansson.h>
#include <netinet/in.h>

#include "common/err.h"
#include "common/mem.h"
#include "common/slice.h"

enum {
    CONFIG_SUBNETS_MAX = 64,
    CONFIG_KEYS_MAX = 64,
    CONFIG_OVERCOMMIT_MAX = 1000,
    CONFIG_CERTIFICATE_S = 365 * 86400,
    CONFIG_CERTIFICATE_S_MIN = 10, /* for tests */
    CONFIG_CERTIFICATE_S_MAX = 825 * 86400,
    CONFIG_LOST_S = 15 * 60,
    CONFIG_LOST_S_MIN = 10,
    CONFIG_LOST_S_MAX = 30 * 86400,
};

struct address {
    char host[64];
    uint16_t port; /* 0: this listener is off */
};

struct subnet {
    char *id, *zone;
    uint32_t network, mask; /* host order */
    char *cidr;
};

struct access_key {
    char *id, *secret;
};

struct config {
    char *data_dir, *region, *account_id;
    struct address rest, rest_http, agents;
    char *vpc_id, *vpc_cidr, *security_group;
    struct subnet subnets[CONFIG_SUBNETS_MAX];
    unsigned subnets_n;
    struct access_key keys[CONFIG_KEYS_MAX];
    unsigned keys_n;
    int64_t certificate_lifetime_s; /* of an agent's certificate */
    int64_t lost_after_s; /* an agent that is away so long does not come back by itself; 0: never */
    /* So many times what a node has may be placed on it. */
    int64_t cpu_overcommit, memory_overcommit, storage_overcommit;
};

/* ERR_INVALID names key, value and rule. Relative paths are taken from the file's directory. */
err_t config_load(const char *path, struct config **ret, struct why *reterr);
/* NULL is fine. */
struct config *config_free(struct config *c);
DEFINE_OWNED(config)

const struct subnet *config_subnet(const struct config *c, const char *id);
/* The secret of an access key, or NULL. */
const char *config_secret(const struct config *c, struct str access_key);

#endif
