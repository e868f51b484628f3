/* topic_config - the value a topic's property has, and where it comes from.
 *
 *   topic's own record > this broker's record > cluster default record > server.properties
 *   > Kafka's default; between the broker's levels the synonyms of the key count, in order
 *   (retention.ms: log.retention.ms, log.retention.minutes, log.retention.hours). */
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

/* All that says something about a topic's key, strongest first; at least the default.
 * Names live in `a`. */
unsigned topic_config_chain(const struct config_levels *l, struct str topic, const struct config_key *k,
                            struct arena *a, struct config_entry *ret, unsigned most);
/* The same for a broker's own key. */
unsigned broker_config_chain(const struct config_levels *l, const char *name, struct config_entry *ret,
                             unsigned most);
enum { CONFIG_CHAIN_MAX = 16 };

/* The strongest entry's value in the key's own unit. */
const char *config_entry_text(const struct config_entry *e, struct arena *a);

/* The value of a topic's numeric key. */
int64_t topic_config_int(const struct config_levels *l, struct str topic, const char *name);
bool topic_config_bool(const struct config_levels *l, struct str topic, const char *name);
/* What a log needs to know. */
struct log_config topic_log_config(const struct config_levels *l, struct str topic);

#endif
