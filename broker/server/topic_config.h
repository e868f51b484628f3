/* topic_config - the value that a property of a topic, a node or a group has, and where it comes from.
 *
 *   topic's own record > this node's record > cluster default record > server.properties
 *   > Kafka's default; between the node's levels the synonyms of the key count, in order
 *   (retention.ms: log.retention.ms, log.retention.minutes, log.retention.hours).
 *
 * A record of a node or of the cluster that may not be set so, or whose value does not fit its key, counts
 * as absent: it came from a controller that knows less than its readers. Pure. */
#ifndef KLAMM_BROKER_SERVER_TOPIC_CONFIG_H
#define KLAMM_BROKER_SERVER_TOPIC_CONFIG_H

#include "broker/log/log.h"
#include "broker/metadata/image.h"
#include "broker/server/config.h"
#include "common/arena.h"

/* As on the wire (DescribeConfigs). */
enum config_source {
    SOURCE_TOPIC = 1, SOURCE_DYNAMIC_BROKER, SOURCE_DYNAMIC_DEFAULT, SOURCE_STATIC, SOURCE_DEFAULT,
    SOURCE_LOGGER, SOURCE_CLIENT_METRICS, SOURCE_GROUP,
};

struct config_entry {
    const char *name;  /* of the synonym that says so */
    const char *value; /* as it stands there, in the synonym's unit; NULL is null */
    enum config_source source;
    int64_t factor;    /* the key's value is `value` times this */
};

struct config_levels {
    const struct config *config;
    const struct image *image;
    char node[12]; /* the name of this broker's records */
};

struct config_levels config_levels(const struct config *c, const struct image *i);

/* A node's key at one of its four levels alone; NULL when it does not stand there. */
const char *config_at_level(const struct config_levels *l, enum config_source source, const char *name);
/* Whether a record of one broker (`per_broker`) or of the cluster may give `name` this value. */
bool config_dynamic_valid(const char *name, const char *value, bool per_broker);

/* All that says something about a topic's key, strongest first; at least the default.
 * Names live in `a`. */
unsigned topic_config_chain(const struct config_levels *l, struct str topic, const struct config_key *k,
                            struct arena *a, struct config_entry *ret, unsigned most);
/* The value in force of a node's key in its own unit; NULL when none. A family (log.retention.ms, minutes,
 * hours) that a record speaks of has no other member from below. */
const char *broker_config_value(const struct config_levels *l, const char *name);
int64_t broker_config_int(const struct config_levels *l, const char *name);
bool broker_config_bool(const struct config_levels *l, const char *name);
const char *group_config_value(const struct config_levels *l, struct str group, const char *name);
int64_t group_config_int(const struct config_levels *l, struct str group, const char *name);
/* What DescribeConfigs lists: the places of the key's family from the first on that has the key itself. */
unsigned broker_config_places(const struct config_levels *l, const char *name, struct config_entry *ret,
                              unsigned most);
unsigned topic_config_places(const struct config_levels *l, struct str topic, const struct config_key *k,
                             struct arena *a, struct config_entry *ret, unsigned most);
unsigned group_config_places(const struct config_levels *l, struct str group, const struct config_key *k,
                             struct config_entry *ret, unsigned most);
enum { CONFIG_CHAIN_MAX = 16 };

/* The strongest entry's value in the key's own unit. */
const char *config_entry_text(const struct config_entry *e, struct arena *a);

/* The value of a topic's numeric key. */
int64_t topic_config_int(const struct config_levels *l, struct str topic, const char *name);
bool topic_config_bool(const struct config_levels *l, struct str topic, const char *name);
/* What a log needs to know. */
struct log_config topic_log_config(const struct config_levels *l, struct str topic);

#endif
