#include "broker/server/config.h"

#include <stdio.h>

#include "common/invariant.h"

struct config *config_free(struct config *c)
{
    if (!c)
        return NULL;
    for (unsigned i = 0; i < c->listeners_n; i++) {
        mem_free(c->listeners[i].name);
        mem_free(c->listeners[i].host);
        mem_free(c->listeners[i].advertised_host);
    }
    for (unsigned i = 0; i < c->voters_n; i++)
        mem_free(c->voters[i].host);
    for (unsigned i = 0; i < c->bootstrap_n; i++)
        mem_free(c->bootstrap[i].host);
    for (unsigned i = 0; i < c->log_dirs_n; i++)
        mem_free(c->log_dirs[i]);
    mem_free(c->listeners);
    mem_free(c->voters);
    mem_free(c->bootstrap);
    mem_free(c->log_dirs);
    mem_free(c->inter_broker_listener);
    mem_free(c->controller_listener);
    properties_free(c->properties);
    mem_free(c);
    return NULL;
}

const char *config_get(const struct config *c, const char *name)
{
    return properties_get(c->properties, name);
}

const char *config_text(const struct config *c, const char *name)
{
    const char *v = config_get(c, name);
    const struct config_key *k;

    if (v)
        return v;
    k = config_broker_key(name);
    INVARIANT(k != NULL);
    return k->value;
}

int64_t config_int(const struct config *c, const char *name)
{
    const char *text = config_text(c, name);
    int64_t v = 0;

    INVARIANT(text && config_parse_int64(text, &v));
    return v;
}

bool config_bool(const struct config *c, const char *name)
{
    const char *text = config_text(c, name);
    bool v = false;

    INVARIANT(text && config_parse_bool(text, &v));
    return v;
}

/* `listener.name.<listener>.<key>` overrides <key> for one listener. */
static const char *base_name(const char *name)
{
    static const char prefix[] = "listener.name.";
    const char *dot;

    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return name;
    dot = strchr(name + sizeof(prefix) - 1, '.');
    return dot ? dot + 1 : name;
}

static void warn_about(const char *name, const struct config_key *k, config_warning_fn warn)
{
    char text[512];

    if (!warn || (k && k->flags & (CONFIG_USED | CONFIG_TOLD)))
        return;
    snprintf(text, sizeof(text), k ? "property=%s reason=\"known, but klamm does not obey it\""
                                   : "property=%s reason=\"unknown property\"", name);
    warn(text);
}

static err_t check_values(const struct properties *p, config_warning_fn warn, struct why *reterr)
{
    for (size_t i = 0; i < properties_n(p); i++) {
        const char *name = properties_key(p, i);
        const struct config_key *k = config_broker_key(base_name(name));
        err_t e = k ? config_key_check(k, properties_value(p, i), reterr) : ERR_OK;

        if (e)
            return e;
        warn_about(name, k, warn);
    }
    return ERR_OK;
}

static err_t read_node_id(struct config *c, struct why *reterr)
{
    const char *node = config_get(c, "node.id"), *broker = config_get(c, "broker.id");
    int64_t id = -1, other = -1;

    if (!node && !broker)
        return why(reterr, ERR_INVALID, "Missing required configuration node.id which has no "
                   "default value");
    (void)config_parse_int64(node ? node : broker, &id);
    if (node && broker && config_parse_int64(broker, &other) && other != id)
        return why(reterr, ERR_INVALID, "node.id %s and broker.id %s must be the same", node, broker);
    if (id < 0)
        return why(reterr, ERR_INVALID, "Invalid value %s for configuration node.id: Value must be "
                   "at least 0", node ? node : broker);
    c->node_id = (int32_t)id;
    return ERR_OK;
}

static err_t read_roles(struct config *c, struct why *reterr)
{
    const char *at = config_get(c, "process.roles");
    struct str item;

    if (!at)
        return why(reterr, ERR_INVALID, "Missing required configuration process.roles which has no "
                   "default value: broker, controller, or both");
    while (config_next_item(&at, &item)) {
        c->broker |= str_is(item, "broker");
        c->controller |= str_is(item, "controller");
    }
    return ERR_OK;
}

static err_t read_log_dirs(struct config *c, struct why *reterr)
{
    const char *at = config_text(c, "log.dirs");
    const char *metadata = config_get(c, "metadata.log.dir");
    struct str item;

    if (!at)
        at = config_text(c, "log.dir");
    while (config_next_item(&at, &item)) {
        if (!item.n)
            return why(reterr, ERR_INVALID, "log.dirs must not hold an empty name");
        c->log_dirs = mem_resize_array(c->log_dirs, c->log_dirs_n + 1, sizeof(char *));
        c->log_dirs[c->log_dirs_n++] = mem_strndup(item.p, item.n);
    }
    if (!c->log_dirs_n)
        return why(reterr, ERR_INVALID, "log.dirs must name at least one directory");
    c->metadata_log_dir = metadata && *metadata ? metadata : c->log_dirs[0];
    return ERR_OK;
}

static bool has_dir(const struct config *c, struct str dir)
{
    for (unsigned i = 0; i < c->log_dirs_n; i++)
        if (str_is(dir, c->log_dirs[i]))
            return true;
    return false;
}

static err_t check_cordoned(const struct config *c, struct why *reterr)
{
    const char *at = config_get(c, "cordoned.log.dirs");
    struct str item;

    while (at && *at && config_next_item(&at, &item))
        if (!has_dir(c, item))
            return why(reterr, ERR_INVALID, "All entries in cordoned.log.dirs must be present in log.dirs or "
                       "log.dir. Missing entries : %.*s", STR_ARG(item));
    return ERR_OK;
}

static err_t check_numbers(const struct config *c, struct why *reterr)
{
    const char *roll = config_get(c, "log.roll.ms");
    int64_t ms = 1;

    if (roll && config_parse_int64(roll, &ms) && ms < 1)
        return why(reterr, ERR_INVALID, "log.roll.ms %s must be at least 1", roll);
    if (config_int(c, "replica.fetch.wait.max.ms") > config_int(c, "replica.socket.timeout.ms"))
        return why(reterr, ERR_INVALID, "replica.fetch.wait.max.ms must not be above "
                   "replica.socket.timeout.ms");
    if (config_int(c, "replica.fetch.wait.max.ms") > config_int(c, "replica.lag.time.max.ms"))
        return why(reterr, ERR_INVALID, "replica.fetch.wait.max.ms must not be above "
                   "replica.lag.time.max.ms");
    return ERR_OK;
}

err_t config_new(struct properties *p, config_warning_fn warn, struct config **ret,
                 struct why *reterr)
{
    OWNED(config) c = mem_new(struct config);
    err_t e = check_values(p, warn, reterr);

    c->properties = p;
    if (!e)
        e = read_roles(c, reterr);
    if (!e)
        e = read_node_id(c, reterr);
    if (!e)
        e = read_log_dirs(c, reterr);
    if (!e)
        e = check_cordoned(c, reterr);
    if (!e)
        e = check_numbers(c, reterr);
    if (!e)
        e = config_read_listeners(c, reterr);
    if (!e)
        e = config_read_quorum(c, reterr);
    if (!e)
        e = config_check_roles(c, reterr);
    if (e) {
        c->properties = NULL; /* still the caller's */
        return e;
    }
    c->rack = config_get(c, "broker.rack");
    *ret = c;
    c = NULL;
    return ERR_OK;
}
