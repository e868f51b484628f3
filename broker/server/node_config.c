#include "broker/server/node_config.h"

#include <stdio.h>

#include "broker/metadata/record.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/topic_config.h"
#include "common/log.h"

enum { RESOURCE_BROKER = 4, HEARTBEAT_CORDONED_SINCE = 2 };

/* listener.name.<listener>.max.connections, else max.connections. */
static void limit_connections(struct broker *b, const struct config_levels *l, unsigned i)
{
    OWNED_MEM char *own = mem_printf("listener.name.%s.max.connections", b->listener_names[i]);
    const char *text;
    int64_t most;

    for (char *p = own; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    text = broker_config_value(l, own);
    if (!text || !config_parse_int64(text, &most))
        most = broker_config_int(l, "max.connections");
    listener_set_connections_max(b->listeners[i], (uint32_t)most);
}

static bool is_listed(const char *list, const char *path)
{
    struct str item;

    while (list && *list && config_next_item(&list, &item))
        if (str_is(item, path))
            return true;
    return false;
}

static void cordon(struct broker *b, const struct config_levels *l)
{
    const char *list = broker_config_value(l, "cordoned.log.dirs");

    for (unsigned i = 0; i < b->dirs_n; i++) {
        bool cordoned = is_listed(list, b->config->log_dirs[i]);

        if (cordoned != b->dirs[i].cordoned)
            log_event(LOG_INFO, cordoned ? "directory_cordoned" : "directory_uncordoned", "dir=%s",
                      b->config->log_dirs[i]);
        b->dirs[i].cordoned = cordoned;
    }
}

/* Each property once in a process's life. */
static void warn_of(struct broker *b, const char *key, const char *value, bool per_broker)
{
    const struct config_key *k = config_broker_key_of(key, NULL);
    const char *reason = NULL;

    if (!config_dynamic_valid(key, value, per_broker))
        reason = "it may not be set so, or its value does not fit";
    else if (!k || !(k->flags & CONFIG_USED))
        reason = k ? "known, but klamm does not obey it" : "unknown property";
    if (reason && !map_set(&b->warned_configs, key, strlen(key), b))
        log_event(LOG_WARN, "property_ignored", "property=%s reason=\"%s\"", key, reason);
}

static void warn(struct broker *b, const char *node)
{
    const char *key, *value;
    size_t at = 0;

    while (image_config_next(b->image, RESOURCE_BROKER, str_of(node), &at, &key, &value))
        warn_of(b, key, value, *node);
}

void node_config_apply(struct broker *b)
{
    struct config_levels l = config_levels(b->config, b->image);

    for (unsigned i = 0; i < b->listeners_n; i++)
        limit_connections(b, &l, i);
    b->verifies_txns = broker_config_bool(&l, "transaction.partition.verification.enable");
    cordon(b, &l);
    warn(b, "");
    warn(b, l.node);
}

struct uuid *node_config_cordoned(const struct broker *b, struct arena *a, int32_t *ret_n)
{
    int16_t min = 0, max = INT16_MAX;
    struct uuid *ids = arena_array(a, b->dirs_n, sizeof(*ids));

    *ret_n = -1;
    if (!b->published || image_feature(b->image, "metadata.version") < METADATA_VERSION_CORDONED ||
        !link_version_range(b->link, KF_API_BROKER_HEARTBEAT, &min, &max) ||
        max < HEARTBEAT_CORDONED_SINCE)
        return NULL;
    *ret_n = 0;
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (b->dirs[i].cordoned)
            ids[(*ret_n)++] = b->dirs[i].meta.directory_id;
    return ids;
}
