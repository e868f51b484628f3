#include "agent/supervise/engine.h"

#include <string.h>

#include "common/mem.h"

/* A property's value: '\' begins an escape in Java's format. */
static void put_value(struct buf *b, const char *key, const char *value)
{
    buf_printf(b, "%s=", key);
    for (; *value; value++) {
        if (*value == '\\')
            buf_put_u8(b, '\\');
        buf_put_u8(b, (uint8_t)*value);
    }
    buf_put_u8(b, '\n');
}

void engine_properties(const struct wanted_process *w, const char *dir, struct buf *ret)
{
    bool broker = strcmp(w->kind, "broker") == 0;
    const char *key;
    json_t *value;

    buf_printf(ret, "# Rendered by klamm-agent for %s (cluster %s): changes here are lost.\n", w->id,
               w->cluster_name);
    put_value(ret, "process.roles", w->kind);
    buf_printf(ret, "node.id=%d\n", w->node_id);
    put_value(ret, "controller.quorum.voters", w->voters);
    put_value(ret, "controller.listener.names", "CONTROLLER");
    put_value(ret, "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
    buf_printf(ret, "listeners=%s://%s:%u\n", broker ? "PLAINTEXT" : "CONTROLLER", w->address, w->port);
    if (broker) {
        buf_printf(ret, "advertised.listeners=PLAINTEXT://%s:%u\n", w->address, w->port);
        put_value(ret, "inter.broker.listener.name", "PLAINTEXT");
        put_value(ret, "broker.rack", w->zone);
    }
    buf_printf(ret, "log.dirs=%s/data\n", dir);
    buf_printf(ret, "klamm.monitoring.file=%s/monitoring\n", dir);
    if (w->volume_bytes)
        buf_printf(ret, "klamm.volume.limit.file=%s/volume.limit\n", dir);
    json_object_foreach(w->properties, key, value)
        put_value(ret, key, json_string_value(value));
}

void engine_format_args(const char *program, const struct wanted_process *w, const char *dir,
                        char *ret[ENGINE_ARGS_MAX])
{
    const char *args[] = { program,    "format", "--cluster-id",       w->cluster_id,
                           "--config", NULL,     "--ignore-formatted", "--release-version",
                           w->release };
    size_t n = ARRAY_LEN(args) - (w->release ? 0 : 2);

    memset(ret, 0, ENGINE_ARGS_MAX * sizeof(ret[0]));
    for (size_t i = 0; i < n; i++)
        ret[i] = args[i] ? mem_strdup(args[i]) : mem_printf("%s/server.properties", dir);
}

void engine_run_args(const char *program, const char *dir, char *ret[ENGINE_ARGS_MAX])
{
    memset(ret, 0, ENGINE_ARGS_MAX * sizeof(ret[0]));
    ret[0] = mem_strdup(program);
    ret[1] = mem_printf("%s/server.properties", dir);
}

void engine_args_done(char *args[ENGINE_ARGS_MAX])
{
    for (int i = 0; i < ENGINE_ARGS_MAX; i++)
        mem_free(args[i]);
}
