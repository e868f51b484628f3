/* Where the values of nodes and groups stand: what is in force, and what DescribeConfigs lists. */
#include "broker/server/topic_config.h"

#include "common/invariant.h"

enum { RESOURCE_TOPIC = 2, RESOURCE_GROUP = 32 };

static const enum config_source levels[] = { SOURCE_DYNAMIC_BROKER, SOURCE_DYNAMIC_DEFAULT,
                                             SOURCE_STATIC, SOURCE_DEFAULT };

/* Keys that say the same in other units, or that stand for each other. */
struct family {
    const char *names[3];
    unsigned n;
};

static const struct family families[] = {
    { { "log.roll.ms", "log.roll.hours" }, 2 },
    { { "log.roll.jitter.ms", "log.roll.jitter.hours" }, 2 },
    { { "log.retention.ms", "log.retention.minutes", "log.retention.hours" }, 3 },
};

static struct family family_of(const char *name)
{
    struct family f = { { name }, 1 };

    if (strcmp(name, "log.flush.interval.ms") == 0)
        return (struct family){ { name, "log.flush.scheduler.interval.ms" }, 2 };
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        for (unsigned n = 0; n < families[i].n; n++)
            if (strcmp(families[i].names[n], name) == 0)
                return families[i];
    (void)config_broker_key_of(name, &f.names[1]);
    f.n = f.names[1] == name ? 1 : 2;
    return f;
}

static bool speaks_of(const struct config_levels *l, enum config_source source,
                      const struct family *f)
{
    for (unsigned n = 0; n < f->n; n++)
        if (config_at_level(l, source, f->names[n]))
            return true;
    return false;
}

const char *broker_config_value(const struct config_levels *l, const char *name)
{
    struct family f = family_of(name);

    for (unsigned i = 0; i < ARRAY_LEN(levels); i++) {
        const char *value = config_at_level(l, levels[i], name);

        if (value)
            return value;
        /* A record about another of the family takes the place of all that stands below. */
        if (levels[i] <= SOURCE_DYNAMIC_DEFAULT && speaks_of(l, levels[i], &f))
            break;
    }
    return config_at_level(l, SOURCE_DEFAULT, name);
}

int64_t broker_config_int(const struct config_levels *l, const char *name)
{
    const char *text = broker_config_value(l, name);
    int64_t v = 0;

    INVARIANT(text && config_parse_int64(text, &v));
    return v;
}

bool broker_config_bool(const struct config_levels *l, const char *name)
{
    const char *text = broker_config_value(l, name);
    bool v = false;

    INVARIANT(text && config_parse_bool(text, &v));
    return v;
}

unsigned broker_config_places(const struct config_levels *l, const char *name,
                              struct config_entry *ret, unsigned most)
{
    struct family f = family_of(name);
    unsigned n = 0;

    for (unsigned i = 0; i < ARRAY_LEN(levels); i++) {
        for (unsigned m = 0; m < f.n; m++) {
            const char *value = config_at_level(l, levels[i], f.names[m]);
            const struct config_key *k = config_broker_key(f.names[m]);

            if (!value || (!n && strcmp(f.names[m], name) != 0) || n == most)
                continue;
            if (levels[i] == SOURCE_DEFAULT && k && k->flags & CONFIG_DYNAMIC_ONLY)
                continue;
            ret[n++] = (struct config_entry){ f.names[m], value, levels[i], 1 };
        }
    }
    return n;
}

/* The first of a comma separated list, without its factor. */
static const char *first_synonym(const struct config_key *k, struct arena *a)
{
    size_t n = strcspn(k->synonyms, ",*");

    return arena_text(a, str_make(k->synonyms, n));
}

unsigned topic_config_places(const struct config_levels *l, struct str topic,
                             const struct config_key *k, struct arena *a, struct config_entry *ret,
                             unsigned most)
{
    const char *own = image_config(l->image, RESOURCE_TOPIC, topic, k->name);
    unsigned n = 0;

    if (own)
        ret[n++] = (struct config_entry){ k->name, own, SOURCE_TOPIC, 1 };
    if (k->synonyms)
        n += broker_config_places(l, first_synonym(k, a), ret + n, most - n);
    return n;
}

unsigned group_config_places(const struct config_levels *l, struct str group,
                             const struct config_key *k, struct config_entry *ret, unsigned most)
{
    const char *own = image_config(l->image, RESOURCE_GROUP, group, k->name);
    unsigned n = 0;

    if (own)
        ret[n++] = (struct config_entry){ k->name, own, SOURCE_GROUP, 1 };
    if (k->synonyms)
        return n + broker_config_places(l, k->synonyms, ret + n, most - n);
    ret[n++] = (struct config_entry){ k->name, k->value, SOURCE_DEFAULT, 1 };
    return n;
}

const char *group_config_value(const struct config_levels *l, struct str group, const char *name)
{
    const struct config_key *k = config_group_key(name);
    const char *own = image_config(l->image, RESOURCE_GROUP, group, name);
    struct why why;

    INVARIANT(k != NULL);
    if (own && config_key_check(k, own, &why) == ERR_OK)
        return own;
    return k->synonyms ? broker_config_value(l, k->synonyms) : k->value;
}

int64_t group_config_int(const struct config_levels *l, struct str group, const char *name)
{
    int64_t v = 0;

    INVARIANT(config_parse_int64(group_config_value(l, group, name), &v));
    return v;
}
