/* config_keys - every property of Apache Kafka 4.3: type, bounds, default, who may change it.
 *
 * Brokers and controllers take their properties from server.properties; topics take
 * theirs from the metadata log and fall back to the broker's synonyms. */
#ifndef KLAMM_BROKER_SERVER_CONFIG_KEYS_H
#define KLAMM_BROKER_SERVER_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"

/* As on the wire (DescribeConfigs). */
enum config_type {
    CONFIG_UNKNOWN, CONFIG_BOOLEAN, CONFIG_STRING, CONFIG_INT, CONFIG_SHORT, CONFIG_LONG,
    CONFIG_DOUBLE, CONFIG_LIST, CONFIG_CLASS, CONFIG_PASSWORD,
};

enum config_update { CONFIG_READ_ONLY, CONFIG_PER_BROKER, CONFIG_CLUSTER_WIDE, CONFIG_PREFIX_ONLY };

enum config_flags {
    CONFIG_NON_EMPTY = 1, /* a list with at least one item */
    CONFIG_DISTINCT = 2,  /* a list without repetitions */
    CONFIG_ANY_CASE = 4,  /* the choices in upper or lower case */
    CONFIG_INTERNAL = 8,  /* described only when set */
    CONFIG_USED = 16,     /* klamm obeys it; others are accepted with a warning */
    CONFIG_DYNAMIC_ONLY = 32, /* no property of a file: described only when set */
    CONFIG_TOLD = 64,     /* obeyed of a file alone, or not at all; klamm-agent writes it: no warning */
};

struct config_key {
    const char *name;
    enum config_type type;
    enum config_update update;
    unsigned flags;
    int64_t low, high;      /* numbers; INT64_MIN, INT64_MAX: what the type holds */
    const char *value;      /* default, or NULL */
    const char *choices;    /* comma separated, or NULL: any */
    const char *synonyms;   /* topics, groups: broker properties, first present wins; "x*60000" in minutes */
};

/* In order of names. */
extern const struct config_key config_broker_keys[], config_topic_keys[], config_group_keys[],
    config_client_metrics_keys[];
extern const size_t config_broker_keys_n, config_topic_keys_n, config_group_keys_n,
    config_client_metrics_keys_n;

/* NULL when unknown. */
const struct config_key *config_broker_key(const char *name);
const struct config_key *config_topic_key(const char *name);
const struct config_key *config_group_key(const char *name);
const struct config_key *config_client_metrics_key(const char *name);
/* The key that `name` is judged by: its own, or that behind `listener.name.<listener>.` (KIP-103; for
 * SASL `listener.name.<listener>.<mechanism>.`). `ret_base` (NULL is fine) is the name without the
 * prefix. NULL when unknown: a plug-in's. */
const struct config_key *config_broker_key_of(const char *name, const char **ret_base);

/* Of the keys that a listener may have, those that the cluster's default may set too. */
bool config_listener_key_is_clusters(const char *base);

/* Whether `text` may be the value of `k`; ERR_INVALID names property, value and rule. */
err_t config_key_check(const struct config_key *k, const char *text, struct why *reterr);

/* A value as Kafka shows it, once read: trimmed, numbers without sign and zeros in front, booleans small,
 * lists without blanks, doubles as Java prints them. `text` fits `k`; the result lives in `a`. */
const char *config_key_text(const struct config_key *k, const char *text, struct arena *a);

/* Numbers by Kafka's grammar (blanks around, optional sign, decimal). */
bool config_parse_int64(const char *text, int64_t *ret);
bool config_parse_bool(const char *text, bool *ret);

#endif
