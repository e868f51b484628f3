#include "broker/controller/config_checks.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>

#include "broker/server/config.h"
#include "common/invariant.h"
#include "common/mem.h"

enum {
    RESOURCE_CLIENT_METRICS = 16,
    RESOURCE_GROUP = 32,
    INTERVAL_MS_MIN = 100,
    INTERVAL_MS_MAX = 3600000
};

static const struct refusal fine;

static struct refusal invalid(const char *message)
{
    return message ? (struct refusal){ KF_ERR_INVALID_CONFIG, message } : fine;
}

/* A key of the set by its rule alone; `k` NULL: unknown. */
static const char *misfit(const struct call *c, const struct config_key *k, const char *what,
                          const struct config_pair_of *p)
{
    struct why why;

    if (!k)
        return core_text(c, "Unknown %s config name: %.*s", what, STR_ARG(p->key));
    return config_key_check(k, p->value.p, &why) ? core_text(c, "%s", why.text) : NULL;
}

/* A number of the set, else the node's own by the key's synonyms, else the default. */
static int64_t number(const struct call *c, const struct config_set *s, const struct config_key *k)
{
    const char *text = config_set_get(s, k->name), *synonyms = k->synonyms;
    struct str name;
    int64_t v = 0;

    (void)config_parse_int64(k->value, &v);
    if (text)
        (void)config_parse_int64(text, &v);
    else if (synonyms && config_next_item(&synonyms, &name) && !memchr(name.p, '*', name.n))
        v = core_config_int(c->c, arena_text(c->a, name), v);
    return v;
}

static const char *topic_refusal(const struct call *c, const struct config_set *s)
{
    const char *remote = config_set_get(s, "remote.storage.enable");
    int64_t least = number(c, s, config_topic_key("min.compaction.lag.ms"));
    int64_t most = number(c, s, config_topic_key("max.compaction.lag.ms"));
    bool flag;

    if (least > most)
        return core_text(c,
                         "conflict topic config setting min.compaction.lag.ms (%lld) > "
                         "max.compaction.lag.ms (%lld)",
                         (long long)least, (long long)most);
    if (remote && config_parse_bool(remote, &flag) && flag)
        return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
               "with "
               "remote log storage.";
    return NULL;
}

/* Digits, then `unit`; nothing when the digits are missing. */
static bool amount(const char **at, char unit, bool *ret_any)
{
    const char *p = *at;

    while (isdigit((unsigned char)*p))
        p++;
    if (unit == 'S' && p != *at && (*p == '.' || *p == ',')) {
        for (p++; isdigit((unsigned char)*p);)
            p++;
    }
    if (p == *at || toupper((unsigned char)*p) != unit)
        return false;
    *at = p + 1;
    *ret_any = true;
    return true;
}

/* PnDTnHnMn.nS, not negative. */
static bool is_duration(const char *at)
{
    bool any = false, any_time = false;

    if (toupper((unsigned char)*at++) != 'P')
        return false;
    (void)amount(&at, 'D', &any);
    if (toupper((unsigned char)*at) == 'T') {
        at++;
        (void)amount(&at, 'H', &any_time);
        (void)amount(&at, 'M', &any_time);
        (void)amount(&at, 'S', &any_time);
        if (!any_time)
            return false;
    }
    return !*at && (any || any_time);
}

static const char *offset_reset_refusal(const struct call *c, const char *text)
{
    static const char by[] = "by_duration:", key[] = "share.auto.offset.reset";

    if (!text || strcmp(text, "latest") == 0 || strcmp(text, "earliest") == 0 ||
        (strncmp(text, by, sizeof(by) - 1) == 0 && is_duration(text + sizeof(by) - 1)))
        return NULL;
    return core_text(
        c,
        "Invalid value %s for configuration %s: Invalid value `%s` for configuration %s. The "
        "value must be either 'earliest', 'latest' or of the format "
        "'by_duration:<PnDTnHnMn.nS>'.",
        text, key, text, key);
}

/* What a group may choose lies between two properties of the node. */
static const struct bound {
    const char *key, *low, *high;
    bool if_set; /* the node's own value may lie outside */
} bounds[] = {
#define BETWEEN(of, what, if_set)                                                                  \
    { #of "." what, "group." #of ".min." what, "group." #of ".max." what, if_set }
    BETWEEN(consumer, "heartbeat.interval.ms", false),
    BETWEEN(consumer, "session.timeout.ms", false),
    BETWEEN(consumer, "assignment.interval.ms", true),
    BETWEEN(share, "heartbeat.interval.ms", false),
    BETWEEN(share, "session.timeout.ms", false),
    BETWEEN(share, "record.lock.duration.ms", false),
    BETWEEN(share, "delivery.count.limit", false),
    BETWEEN(share, "partition.max.record.locks", false),
    BETWEEN(share, "assignment.interval.ms", true),
    BETWEEN(streams, "heartbeat.interval.ms", false),
    BETWEEN(streams, "session.timeout.ms", false),
    { "streams.num.standby.replicas", NULL, "group.streams.max.standby.replicas", false },
    BETWEEN(streams, "assignment.interval.ms", true),
};

static int64_t node_number(const struct call *c, const char *name)
{
    const struct config_key *k = config_broker_key(name);
    int64_t v = 0;

    INVARIANT(k && config_parse_int64(k->value, &v));
    return core_config_int(c->c, name, v);
}

static const char *bound_refusal(const struct call *c, const struct config_set *s,
                                 const struct bound *b)
{
    int64_t v = number(c, s, config_group_key(b->key));

    if (b->if_set && !config_set_get(s, b->key))
        return NULL;
    if (b->low && v < node_number(c, b->low))
        return core_text(c, "%s must be greater than or equal to %s", b->key, b->low);
    return v > node_number(c, b->high)
               ? core_text(c, "%s must be less than or equal to %s", b->key, b->high)
               : NULL;
}

static const char *group_refusal(const struct call *c, const struct config_set *s)
{
    static const char *const kinds[] = { "consumer", "share", "streams" };
    const char *message = offset_reset_refusal(c, config_set_get(s, "share.auto.offset.reset"));

    for (size_t n = 0; n < ARRAY_LEN(bounds) && !message; n++)
        message = bound_refusal(c, s, &bounds[n]);
    for (size_t n = 0; n < ARRAY_LEN(kinds) && !message; n++) {
        const char *session = core_text(c, "%s.session.timeout.ms", kinds[n]);
        const char *beat = core_text(c, "%s.heartbeat.interval.ms", kinds[n]);

        if (number(c, s, config_group_key(session)) <= number(c, s, config_group_key(beat)))
            message = core_text(c, "%s must be greater than %s", session, beat);
    }
    return message;
}

/* `attribute=regular expression` */
static bool is_pattern(struct arena *a, struct str item)
{
    static const char *const attributes[] = { "client_instance_id",    "client_id",
                                              "client_software_name",  "client_software_version",
                                              "client_source_address", "client_source_port" };
    const char *equals = memchr(item.p, '=', item.n);
    size_t n = equals ? (size_t)(equals - item.p) : item.n;
    bool known = false;
    regex_t re;

    for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
        known |= str_is(str_make(item.p, n), attributes[i]);
    if (!known || n + 1 >= item.n || memchr(equals + 1, '=', item.n - n - 1) ||
        regcomp(&re, arena_text(a, str_make(equals + 1, item.n - n - 1)), REG_EXTENDED | REG_NOSUB))
        return false;
    regfree(&re);
    return true;
}

static struct refusal metrics_refusal(const struct call *c, const struct config_set *s)
{
    const char *text = config_set_get(s, "interval.ms"), *match = config_set_get(s, "match");
    struct str item;
    int64_t ms;

    if (text && config_parse_int64(text, &ms) && (ms < INTERVAL_MS_MIN || ms > INTERVAL_MS_MAX))
        return (struct refusal){
            KF_ERR_INVALID_REQUEST,
            core_text(
                c,
                "Invalid value %lld for interval.ms, interval must be between %d and %d (1 hour)",
                (long long)ms, INTERVAL_MS_MIN, INTERVAL_MS_MAX)
        };
    while (match && *match && config_next_item(&match, &item)) {
        if (!is_pattern(c->a, item))
            return invalid(core_text(c, "Illegal client matching pattern: %.*s", STR_ARG(item)));
    }
    return fine;
}

static struct refusal unknown_subscription_key(const struct call *c, struct str key)
{
    return (
        struct refusal){ KF_ERR_INVALID_REQUEST,
                         core_text(c, "Unknown client metrics configuration: %.*s", STR_ARG(key)) };
}

static struct refusal each(const struct call *c, int8_t type, const struct config_pair_of *p)
{
    const char *name = p->key.p;

    if (type == RESOURCE_TOPIC)
        return invalid(misfit(c, config_topic_key(name), "topic", p));
    if (type == RESOURCE_GROUP)
        return invalid(misfit(c, config_group_key(name), "group", p));
    if (type == RESOURCE_CLIENT_METRICS && !config_client_metrics_key(name))
        return unknown_subscription_key(c, p->key);
    return type == RESOURCE_CLIENT_METRICS
               ? invalid(misfit(c, config_client_metrics_key(name), "", p))
               : fine;
}

struct refusal config_set_refusal(const struct call *k, int8_t type, const struct config_set *s)
{
    struct refusal f = fine;

    for (int32_t n = 0; n < s->n && !f.error; n++)
        f = each(k, type, &s->v[n]);
    if (f.error)
        return f;
    switch (type) {
    case RESOURCE_TOPIC:
        return invalid(topic_refusal(k, s));
    case RESOURCE_GROUP:
        return invalid(group_refusal(k, s));
    case RESOURCE_CLIENT_METRICS:
        return metrics_refusal(k, s);
    default:
        return fine;
    }
}
