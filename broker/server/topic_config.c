#include "broker/server/topic_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/invariant.h"

enum { RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4 };

struct config_levels config_levels(const struct config *c, const struct image *i)
{
    struct config_levels l = { .config = c, .image = i };

    snprintf(l.node, sizeof(l.node), "%d", c->node_id);
    return l;
}

bool config_dynamic_valid(const char *name, const char *value, bool per_broker)
{
    const char *base;
    const struct config_key *k = config_broker_key_of(name, &base);
    bool of_listener = base != name;
    struct why why;

    if (!k)
        return true;
    if (!of_listener && (k->update == CONFIG_READ_ONLY || k->update == CONFIG_PREFIX_ONLY))
        return false;
    if (!per_broker && of_listener && !config_listener_key_is_clusters(base))
        return false;
    if (!per_broker && !of_listener && k->update == CONFIG_PER_BROKER)
        return false;
    return config_key_check(k, value, &why) == ERR_OK;
}

static const char *recorded(const struct config_levels *l, const char *node, const char *name)
{
    const char *value = image_config(l->image, RESOURCE_BROKER, str_of(node), name);

    return value && config_dynamic_valid(name, value, *node) ? value : NULL;
}

/* broker.id is the old name of node.id: who has one has both. */
static const char *in_file(const struct config_levels *l, const char *name)
{
    const char *value = config_get(l->config, name);

    if (!value && strcmp(name, "broker.id") == 0)
        value = config_get(l->config, "node.id");
    if (!value && strcmp(name, "node.id") == 0)
        value = config_get(l->config, "broker.id");
    return value;
}

const char *config_at_level(const struct config_levels *l, enum config_source source,
                            const char *name)
{
    const struct config_key *k;

    switch (source) {
    case SOURCE_DYNAMIC_BROKER:
        return recorded(l, l->node, name);
    case SOURCE_DYNAMIC_DEFAULT:
        return recorded(l, "", name);
    case SOURCE_STATIC:
        return in_file(l, name);
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

unsigned topic_config_chain(const struct config_levels *l, struct str topic,
                            const struct config_key *k, struct arena *a, struct config_entry *ret,
                            unsigned most)
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
            const char *value = config_at_level(l, levels[i], name);

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

static int64_t number(const struct config_levels *l, struct str topic, const char *name,
                      struct arena *a)
{
    const char *text = effective(l, topic, name, a);
    int64_t v = 0;

    /* A stored value that does not parse counts as absent: the default then. */
    if (!text || !config_parse_int64(text, &v))
        (void)config_parse_int64(config_topic_key(name)->value, &v);
    return v;
}

static double fraction(const struct config_levels *l, struct str topic, const char *name,
                       struct arena *a)
{
    const char *text = effective(l, topic, name, a);
    char *end;
    double v = text ? strtod(text, &end) : 0;

    return text && *text && !*end ? v : strtod(config_topic_key(name)->value, NULL);
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
    c.min_cleanable_dirty_ratio = fraction(l, topic, "min.cleanable.dirty.ratio", &a);
    c.min_compaction_lag_ms = number(l, topic, "min.compaction.lag.ms", &a);
    c.max_compaction_lag_ms = number(l, topic, "max.compaction.lag.ms", &a);
    c.delete_retention_ms = number(l, topic, "delete.retention.ms", &a);
    c.flush_messages = number(l, topic, "flush.messages", &a);
    c.flush_ms = number(l, topic, "flush.ms", &a);
    c.retention_bytes = number(l, topic, "retention.bytes", &a);
    c.retention_ms = number(l, topic, "retention.ms", &a);
    c.file_delete_delay_ms = number(l, topic, "file.delete.delay.ms", &a);
    c.timestamp_before_max_ms = number(l, topic, "message.timestamp.before.max.ms", &a);
    c.timestamp_after_max_ms = number(l, topic, "message.timestamp.after.max.ms", &a);
    c.compact = list_has(policy, "compact");
    c.delete_ = list_has(policy, "delete");
    if (c.compact && c.max_compaction_lag_ms < c.segment_ms) /* only what is sealed is compacted */
        c.segment_ms = c.max_compaction_lag_ms;
    c.log_append_time = strcmp(type, "LogAppendTime") == 0;
    c.preallocate = strcmp(preallocate, "true") == 0;
    return c;
}
