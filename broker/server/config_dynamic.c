#include "broker/server/config_dynamic.h"

#include "api/kafka/errors.h"

enum { OP_SET, OP_DELETE, OP_APPEND, OP_SUBTRACT, RESOURCE_BROKER = 4 };

static const struct config_fault fine;

struct judging {
    const struct config_levels *l;
    bool per_broker;
    const struct config_set *after;
    struct arena *a;
    struct properties *all; /* the file with all records over it */
};

static struct config_fault invalid(const char *message)
{
    return (struct config_fault){ message ? KF_ERR_INVALID_REQUEST : KF_ERR_NONE, message };
}

static struct config_fault change_list(const struct config_op *op, struct arena *a,
                                       struct config_set *s)
{
    const char *name = arena_text(a, op->key), *old = config_set_get(s, name);
    const struct config_key *k = config_broker_key(name);

    if (!k)
        return (struct config_fault){ KF_ERR_INVALID_CONFIG,
                                      arena_printf(a, "Unknown config name: %s", name) };
    if (k->type != CONFIG_LIST)
        return (struct config_fault){ KF_ERR_INVALID_CONFIG,
                                      arena_printf(
                                          a, "Config value %s is not allowed for config key: %s",
                                          op->op == OP_APPEND ? "append" : "subtract", name) };
    if (!old)
        old = k->value ? k->value : "";
    config_set_put(s, op->key,
                   str_of(op->op == OP_APPEND ? config_list_append(a, old, op->value)
                                              : config_list_subtract(a, old, op->value)));
    return fine;
}

static struct config_fault apply(const struct config_op *op, struct arena *a, struct config_set *s)
{
    switch (op->op) {
    case OP_SET:
        config_set_put(s, op->key, op->value);
        return fine;
    case OP_DELETE:
        config_set_put(s, op->key, (struct str){ 0 });
        return fine;
    case OP_APPEND:
    case OP_SUBTRACT:
        return change_list(op, a, s);
    default:
        return invalid(arena_printf(a, "Unknown operations type %d", op->op));
    }
}

static struct config_set valid_records(const struct config_levels *l, bool per_broker,
                                       struct arena *a, int32_t more)
{
    struct config_set all =
        config_set_of(l->image, a, RESOURCE_BROKER, str_of(per_broker ? l->node : ""), more);
    struct config_set s = { .a = a, .capacity = all.capacity };

    s.v = arena_array(a, (size_t)s.capacity + 1, sizeof(*s.v));
    for (int32_t n = 0; n < all.n; n++)
        if (config_dynamic_valid(all.v[n].key.p, all.v[n].value.p, per_broker))
            config_set_put(&s, all.v[n].key, all.v[n].value);
    return s;
}

struct config_fault config_dynamic_apply(const struct config_levels *l, bool per_broker,
                                         const struct config_op *ops, int32_t ops_n,
                                         struct arena *a, struct config_set *ret)
{
    struct config_fault f = fine;

    *ret = valid_records(l, per_broker, a, ops_n);
    for (int32_t n = 0; n < ops_n && !f.error; n++)
        f = apply(&ops[n], a, ret);
    return f;
}

typedef bool (*is_bad)(const struct judging *j, const char *name);

static bool is_static(const struct judging *j, const char *name)
{
    const struct config_key *k = config_broker_key(name);

    (void)j;
    return k && k->update == CONFIG_READ_ONLY;
}

static bool lacks_prefix(const struct judging *j, const char *name)
{
    const struct config_key *k = config_broker_key(name);

    (void)j;
    return k && k->update == CONFIG_PREFIX_ONLY;
}

static bool is_one_brokers(const struct judging *j, const char *name)
{
    const char *base;
    const struct config_key *k = config_broker_key_of(name, &base);

    (void)j;
    return base != name ? !config_listener_key_is_clusters(base)
                        : k && k->update == CONFIG_PER_BROKER;
}

/* Sockets and their protocols are opened once. */
static bool needs_restart(const struct judging *j, const char *name)
{
    static const char *const keys[] = { "listeners", "listener.security.protocol.map" };
    const char *now = broker_config_value(j->l, name);

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(name, keys[i]) == 0)
            return !now || strcmp(now, config_set_get(j->after, name)) != 0;
    return false;
}

/* NULL when none is bad, else the rule and their names. */
static const char *bad_ones(const struct judging *j, is_bad bad, const char *rule)
{
    const char *names = NULL;

    for (int32_t n = 0; n < j->after->n; n++)
        if (bad(j, j->after->v[n].key.p))
            names = names ? arena_printf(j->a, "%s, %s", names, j->after->v[n].key.p)
                          : j->after->v[n].key.p;
    return names ? arena_printf(j->a, "%s: [%s]", rule, names) : NULL;
}

static const char *bad_value(const struct judging *j)
{
    struct why why;

    for (int32_t n = 0; n < j->after->n; n++) {
        const struct config_key *k = config_broker_key_of(j->after->v[n].key.p, NULL);

        if (k && config_key_check(k, j->after->v[n].value.p, &why))
            return arena_text(j->a, str_of(why.text));
    }
    return NULL;
}

static void lay_over(struct properties *p, const struct config_set *s)
{
    for (int32_t n = 0; n < s->n; n++)
        properties_set(p, s->v[n].key.p, s->v[n].value.p);
}

static struct properties *combined(const struct judging *j)
{
    const struct properties *file = j->l->config->properties;
    struct config_set other = valid_records(j->l, !j->per_broker, j->a, 0);
    struct properties *p = NULL;
    struct why why;

    if (properties_parse(str_of(""), &p, &why))
        return NULL;
    for (size_t i = 0; i < properties_n(file); i++)
        properties_set(p, properties_key(file, i), properties_value(file, i));
    lay_over(p, j->per_broker ? &other : j->after);
    lay_over(p, j->per_broker ? j->after : &other);
    return p;
}

/* The whole as it would stand in the file. Moves `j->all`. */
static const char *bad_whole(struct judging *j)
{
    OWNED(config) c = NULL;
    struct why why;

    if (config_new(j->all, NULL, &c, &why))
        return arena_text(j->a, str_of(why.text));
    j->all = NULL;
    return NULL;
}

static int64_t after_int(const struct judging *j, const char *name)
{
    const char *text = properties_get(j->all, name);
    int64_t v = 0;

    if (!text || !config_parse_int64(text, &v))
        (void)config_parse_int64(config_broker_key(name)->value, &v);
    return v;
}

/* A pool of threads at most doubles and at most halves. */
static const char *bad_threads(const struct judging *j)
{
    static const char *const pools[] = { "num.io.threads", "num.network.threads",
                                         "num.replica.fetchers",
                                         "num.recovery.threads.per.data.dir",
                                         "background.threads" };

    for (size_t i = 0; i < ARRAY_LEN(pools); i++) {
        int64_t now = broker_config_int(j->l, pools[i]), then = after_int(j, pools[i]);

        if (then < now / 2)
            return arena_printf(
                j->a,
                "Dynamic thread count update validation failed for %s=%lld, value should "
                "be at least half the current value %lld",
                pools[i], (long long)then, (long long)now);
        if (then > now * 2)
            return arena_printf(
                j->a,
                "Dynamic thread count update validation failed for %s=%lld, value should "
                "not be greater than double the current value %lld",
                pools[i], (long long)then, (long long)now);
    }
    return NULL;
}

static const char *bad_cleaners(const struct judging *j)
{
    int64_t now = broker_config_int(j->l, "log.cleaner.threads"),
            then = after_int(j, "log.cleaner.threads");

    if (then < 1)
        return "Log cleaner threads should be at least 1";
    if (then < now / 2)
        return arena_printf(
            j->a,
            "Log cleaner threads cannot be reduced to less than half the current value "
            "%lld",
            (long long)now);
    return then > now * 2
               ? arena_printf(j->a,
                              "Log cleaner threads cannot be increased to more than double "
                              "the current value %lld",
                              (long long)now)
               : NULL;
}

static int64_t retention_ms(const struct judging *j)
{
    if (properties_get(j->all, "log.retention.ms"))
        return after_int(j, "log.retention.ms");
    if (properties_get(j->all, "log.retention.minutes"))
        return after_int(j, "log.retention.minutes") * 60000;
    return after_int(j, "log.retention.hours") * 3600000;
}

/* `local` -2 is as much as `retention`, -1 is without end. */
static const char *bad_local(const struct judging *j, const char *name, const char *retention,
                             int64_t most)
{
    int64_t local = after_int(j, name);

    if (most < 0 || local == -2 || (local >= 0 && local <= most))
        return NULL;
    if (local < 0)
        return arena_printf(
            j->a,
            "Invalid value %lld for configuration %s: Value must not be -1 as %s value "
            "is set as %lld.",
            (long long)local, name, retention, (long long)most);
    return arena_printf(
        j->a,
        "Invalid value %lld for configuration %s: Value must not be more than %s property "
        "value: %lld",
        (long long)local, name, retention, (long long)most);
}

static const char *bad_combination(struct judging *j)
{
    const char *message = bad_threads(j);

    if (!message)
        message = bad_cleaners(j);
    if (!message)
        message = bad_local(j, "log.local.retention.ms", "log.retention.ms", retention_ms(j));
    if (!message)
        message = bad_local(j, "log.local.retention.bytes", "log.retention.bytes",
                            after_int(j, "log.retention.bytes"));
    return message ? message : bad_whole(j);
}

struct config_fault config_dynamic_check(const struct config_levels *l, bool per_broker,
                                         const struct config_set *after, struct arena *a)
{
    struct judging j = { l, per_broker, after, a, NULL };
    const char *message = bad_ones(&j, is_static, "Cannot update these configs dynamically");

    if (!message)
        message = bad_ones(&j, lacks_prefix,
                           "These security configs can be dynamically updated only "
                           "per-listener using the listener prefix");
    if (!message)
        message = bad_value(&j);
    if (!message && !per_broker)
        message = bad_ones(&j, is_one_brokers,
                           "Cannot update these configs at default cluster level, broker id "
                           "must be specified");
    if (!message)
        message =
            bad_ones(&j, needs_restart, "klamm cannot change these configs while the broker runs");
    if (message)
        return invalid(message);
    j.all = combined(&j);
    message = j.all ? bad_combination(&j) : "the properties cannot be put together";
    properties_free(j.all);
    return invalid(message);
}
