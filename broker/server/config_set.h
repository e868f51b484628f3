/* config_set - the configs of one resource while a change of them is judged: keys with values, in
 * an arena. Pure. */
#ifndef KLAMM_BROKER_SERVER_CONFIG_SET_H
#define KLAMM_BROKER_SERVER_CONFIG_SET_H

#include "broker/metadata/image.h"
#include "common/arena.h"

/* Keys that a request may change of one resource. */
enum { CONFIG_KEYS_MAX = 4096 };

struct config_pair_of {
    struct str key, value; /* NUL terminated, the value never null */
};

struct config_set {
    struct config_pair_of *v;
    int32_t n, capacity;
    struct arena *a;
};

/* What is stored for a resource; room for `more` keys. */
struct config_set config_set_of(const struct image *i, struct arena *a, int8_t type,
                                struct str name, int32_t more);
/* A null value takes the key away. Both are copied. */
void config_set_put(struct config_set *s, struct str key, struct str value);
/* The value, or NULL. */
const char *config_set_get(const struct config_set *s, const char *key);

/* A resource that a request names. */
struct config_named {
    int8_t type;
    struct str name;
    bool twice; /* it is named again */
};
void config_mark_twice(struct config_named *v, int32_t n);
/* The first of a request's keys that is given twice, or a null text. */
struct str config_key_twice(const struct str *keys, int32_t n);

/* The items of `list` with those of `items` behind it that it lacks, or without those of `items`.
 */
const char *config_list_append(struct arena *a, const char *list, struct str items);
const char *config_list_subtract(struct arena *a, const char *list, struct str items);

#endif
