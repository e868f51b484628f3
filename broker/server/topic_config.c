#include "broker/server/topic_config.h"

#include <stdio.h>

#include "common/invariant.h"

enum { RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4 };

struct config_levels config_levels(const struct config *c, const struct image *i)
{
    struct config_levels l = { .config = c, .image = i };

    snprintf(l.node, sizeof(l.node), "%d", c->node_id);
    return l;
}

/* One place where a broker's key may stand. */
static const char *at_level(const struct config_levels *l, enum config_source source, const char *name)
{
    const struct config_key *k;

    switch (source) {
    case SOURCE_DYNAMIC_BROKER:
        return image_config(l->image, RESOURCE_BROKER, str_of(l->node), name);
    case SOURCE_DYNAMIC_DEFAULT:
        return image_config(l->image, RESOURCE_BROKER, str_make("", 0), name);
    case SOURCE_STATIC:
        return config_get(l->config, name);
    case SOURCE_DEFAULT:
        k = config_broker_key(name);
        return k ? k->value : NULL;
    case SOURCE_TOPIC:
    case SOURCE_LOGGER:
    case SOURCE_CLIENT_METRICS:
    case SOURCE_GROUP:
        return NULL;
    }
    return NULL;
}

static const enum config_source levels[] = { SOURCE_DYNAMIC_BROKER, SOURCE_DYNAMIC_DEFAULT,
                                             SOURCE_STATIC, SOURCE_DEFAULT };

unsigned broker_config_chain(const struct config_levels *l, const char *name, struct config_entry *ret,
                             unsigned most)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ARRAY_LEN(levels) && n < most; i++) {
        const char *value = at_level(l, levels[i], name);

        if (value)
            ret[n++] = (struct config_entry){ name, value, levels[i], 1 };
    }
    return n;
}

/* "log.retention.hours*3600000" */
static const char *split_synonym(struct str s, struct arena *a, int64_t *ret_factor)
{
    const char *star = memchr(s.p, '*', s.n);

    *ret_factor = 1;
    if (star)
        (void)config_parse_int64(arena_text(a, str_make(star + 1, s.n - (size_t)(star + 1 - s.p))),
                                 ret_factor);
    return arena_text(a, str_make(s.p, star ? (size_t)(star - s.p) : s.n));
}

unsigned topic_config_chain(const struct config_levels *l, struct str topic, const struct config_key *k,
                            struct arena *a, struct config_entry *ret, unsigned most)
{
    const char *own = image_config(l->image, RESOURCE_TOPIC, topic, k->name);
    unsigned n = 0;

    INVARIANT(most >= 2);
    if (own)
        ret[n++] = (struct config_entry){ k->name, own, SOURCE_TOPIC, 1 };
    for (unsigned i = 0; k->synonyms && i < ARRAY_LEN(levels); i++) {
        const char *at = k->synonyms;
        struct str s;

        while (n < most && config_next_item(&at, &s)) {
            int64_t factor;
            const char *name = split_synonym(s, a, &factor);
            const char *value = at_level(l, levels[i], name);

            if (value)
                ret[n++] = (struct config_entry){ name, value, levels[i], factor };
        }
    }
    if (!n || !k->synonyms)
        ret[n++] = (struct config_entry){ k->name, k->value, SOURCE_DEFAULT, 1 };
    return n;
}

const char *config_entry_text(const struct config_entry *e, struct arena *a)
{
    int64_t v;

    if (e->factor == 1 || !e->value || !config_parse_int64(e->value, &v))
        return e->value;
    return arena_printf(a, "%lld", (long long)(v < 0 ? -1 : v * e->factor));
}

static const char *effective(const struct config_levels *l, struct str topic, const char *name,
                             struct arena *a)
{
    const struct config_key *k = config_topic_key(name);
    struct config_entry chain[CONFIG_CHAIN_MAX];

    INVARIANT(k != NULL);
    if (!topic_config_chain(l, topic, k, a, chain, ARRAY_LEN(chain)))
        return k->value;
    return config_entry_text(&chain[0], a);
}

static int64_t number(const struct config_levels *l, struct str topic, const char *name, struct arena *a)
{
    const char *text = effective(l, topic, name, a);
    int64_t v = 0;

    /* A stored value that does not parse counts as absent: the default then. */
    if (!text || !config_parse_int64(text, &v))
        (void)config_parse_int64(config_topic_key(name)->value, &v);
    return v;
}

int64_t topic_config_int(const struct config_levels *l, struct str topic, const char *name)
{
    OWNED_ARENA a = { 0 };

    return number(l, topic, name, &a);
}

bool topic_config_bool(const struct config_levels *l, struct str topic, const char *name)
{
    OWNED_ARENA a = { 0 };
    const char *text = effective(l, topic, name, &a);

    return text && strcasecmp(text, "true") == 0;
}

static bool list_has(const char *list, const char *item)
{
    struct str s;

    while (config_next_item(&list, &s))
        if (str_is(s, item))
            return true;
    return false;
}

struct log_config topic_log_config(const struct config_levels *l, struct str topic)
{
    struct log_config c = log_config_default();
    OWNED_ARENA a = { 0 };
    const char *policy = effective(l, topic, "cleanup.policy", &a);
    const char *type = effective(l, topic, "message.timestamp.type", &a);
    const char *preallocate = effective(l, topic, "preallocate", &a);

    c.segment_bytes = number(l, topic, "segment.bytes", &a);
    c.segment_ms = number(l, topic, "segment.ms", &a);
    c.segment_jitter_ms = number(l, topic, "segment.jitter.ms", &a);
    c.index_interval_bytes = (int32_t)number(l, topic, "index.interval.bytes", &a);
    c.segment_index_bytes = (int32_t)number(l, topic, "segment.index.bytes", &a);
    c.max_message_bytes = (int32_t)number(l, topic, "max.message.bytes", &a);
    c.flush_messages = number(l, topic, "flush.messages", &a);
    c.flush_ms = number(l, topic, "flush.ms", &a);
    c.retention_bytes = number(l, topic, "retention.bytes", &a);
    c.retention_ms = number(l, topic, "retention.ms", &a);
    c.file_delete_delay_ms = number(l, topic, "file.delete.delay.ms", &a);
    c.timestamp_before_max_ms = number(l, topic, "message.timestamp.before.max.ms", &a);
    c.timestamp_after_max_ms = number(l, topic, "message.timestamp.after.max.ms", &a);
    c.compact = list_has(policy, "compact");
    c.delete_ = list_has(policy, "delete");
    c.log_append_time = strcmp(type, "LogAppendTime") == 0;
    c.preallocate = strcmp(preallocate, "true") == 0;
    return c;
}
