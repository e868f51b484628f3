#include "api/agent/messages.h"

#include <arpa/inet.h>
#include <string.h>

#include "api/agent/fields.h"
#include "common/mem.h"

enum { TEXT_MAX = 1024 };

static const char *const levels[] = { "DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER",
                                      "PER_TOPIC_PER_PARTITION" };

static json_t *monitoring_encode(const struct wanted_monitoring *m)
{
    return json_pack("{s:b, s:b, s:s}", "jmx", m->jmx, "node", m->node, "level",
                     m->level ? m->level : levels[0]);
}

/* klammd before it knew of monitoring sends none. */
static err_t monitoring_decode(const json_t *o, struct wanted_monitoring *ret, struct why *reterr)
{
    const char *level = json_string_value(json_object_get(o, "level"));

    ret->jmx = json_is_true(json_object_get(o, "jmx"));
    ret->node = json_is_true(json_object_get(o, "node"));
    for (size_t i = 0; level && i < ARRAY_LEN(levels); i++)
        if (strcmp(level, levels[i]) == 0)
            ret->level = levels[i];
    return level && !ret->level ? why(reterr, ERR_INVALID, "monitoring.level: '%.64s' is no level", level)
                                : ERR_OK;
}

json_t *wanted_encode(const struct wanted_process *w)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:b, "
                     "s:b, s:o, s:O*, s:s*}",
                     "id", w->id,
                     "clusterId", w->cluster_id, "clusterName", w->cluster_name, "kind", w->kind,
                     "zone", w->zone, "address", w->address, "voters", w->voters, "nodeId",
                     w->node_id, "port", w->port, "revision", (json_int_t)w->revision,
                     "restart", (json_int_t)w->restart, "volumeBytes", (json_int_t)w->volume_bytes,
                     "cpus", (json_int_t)w->cpus, "memoryBytes", (json_int_t)w->memory_bytes,
                     "gone", w->gone, "stopped", w->stopped, "monitoring",
                     monitoring_encode(&w->monitoring), "properties", w->properties, "release",
                     w->release);
}

json_t *seen_encode(const struct seen_process *s)
{
    OWNED_MEM char *reason = s->reason ? mem_strdup(s->reason) : NULL;
    json_t *text = reason ? json_string(reason) : NULL, *o;

    /* The last line of a process's log may be any bytes: a report is not lost for that. */
    for (char *p = reason; p && !text && *p; p++)
        if (*p & 0x80)
            *p = '?';
    if (reason && !text)
        text = json_string(reason);
    o = json_pack("{s:s, s:s, s:o*, s:I}", "id", s->id, "state", s->state, "reason", text, "revision",
                  (json_int_t)s->revision);
    if (s->total_bytes) {
        json_object_set_new(o, "usedBytes", json_integer(s->used_bytes));
        json_object_set_new(o, "totalBytes", json_integer(s->total_bytes));
        json_object_set_new(o, "replicas", json_integer(s->replicas));
    }
    return o;
}

/* May stand in a line of a properties file: no control character, and no backslash, which at the
 * end would swallow the next line. */
static bool is_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '\\')
            return false;
    return true;
}

/* Copied. */
static err_t get_text(const json_t *o, const char *key, char **ret, struct why *reterr)
{
    const char *text = json_string_value(json_object_get(o, key));

    if (!text || !*text || strlen(text) > TEXT_MAX || !is_line(text))
        return why(reterr, ERR_INVALID, "%s: must be one line of text of 1 to %d characters, without '\\'",
                   key, TEXT_MAX);
    *ret = mem_strdup(text);
    return ERR_OK;
}

void facts_encode(const struct node_facts *f, json_t *o)
{
    json_object_set_new(o, "cpus", json_integer(f->cpus));
    json_object_set_new(o, "memory_bytes", json_integer(f->memory_bytes));
    json_object_set_new(o, "disk_bytes", json_integer(f->disk_bytes));
    if (f->limits[0])
        json_object_set_new(o, "limits", json_string(f->limits));
    if (f->volumes[0])
        json_object_set_new(o, "volumes", json_string(f->volumes));
}

static err_t get_fact(const json_t *o, const char *key, char ret[AGENT_FACT_MAX], struct why *reterr)
{
    const json_t *value = json_object_get(o, key);
    const char *text = json_string_value(value);

    ret[0] = '\0';
    if (!value)
        return ERR_OK;
    if (!text || strlen(text) >= AGENT_FACT_MAX || !is_line(text))
        return why(reterr, ERR_INVALID, "%s: must be one line of text of less than %d characters", key,
                   AGENT_FACT_MAX);
    memcpy(ret, text, strlen(text) + 1);
    return ERR_OK;
}

err_t facts_decode(const json_t *o, struct node_facts *ret, struct why *reterr)
{
    err_t e;

    memset(ret, 0, sizeof(*ret));
    e = field_number(o, "cpus", 0, AGENT_CPUS_MAX, &ret->cpus, reterr);
    if (!e)
        e = field_number(o, "memory_bytes", 0, AGENT_BYTES_MAX, &ret->memory_bytes, reterr);
    if (!e)
        e = field_number(o, "disk_bytes", 0, AGENT_BYTES_MAX, &ret->disk_bytes, reterr);
    if (!e)
        e = get_fact(o, "limits", ret->limits, reterr);
    if (!e)
        e = get_fact(o, "volumes", ret->volumes, reterr);
    return e;
}

/* "<letters, digits, dash>/<the same>": it becomes a path. */
static err_t check_id(const char *id, struct why *reterr)
{
    static const char part[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t n = strspn(id, part);

    if (!n || id[n] != '/' || !strspn(id + n + 1, part) || id[n + 1 + strspn(id + n + 1, part)])
        return why(reterr, ERR_INVALID,
                   "id: '%s' must be two names of letters, digits and '-' around one '/'", id);
    return ERR_OK;
}

static err_t check_wanted(const struct wanted_process *w, struct why *reterr)
{
    struct in_addr a;
    const char *key;
    json_t *value;

    if (w->release && strspn(w->release, "0123456789.") != strlen(w->release))
        return why(reterr, ERR_INVALID, "release: '%s' must be numbers around '.'", w->release);
    if (strcmp(w->kind, "broker") != 0 && strcmp(w->kind, "controller") != 0)
        return why(reterr, ERR_INVALID, "kind: '%s' must be broker or controller", w->kind);
    if (inet_pton(AF_INET, w->address, &a) != 1)
        return why(reterr, ERR_INVALID, "address: '%s' must be an IPv4 address", w->address);
    if (w->properties && !json_is_object(w->properties))
        return why(reterr, ERR_INVALID, "properties: must be an object of texts");
    json_object_foreach(w->properties, key, value) {
        if (!json_is_string(value) || !is_line(json_string_value(value)) || !is_line(key) || !*key ||
            strpbrk(key, "=: #!"))
            return why(reterr, ERR_INVALID, "properties.%s: must be one line of text", key);
    }
    return check_id(w->id, reterr);
}

err_t wanted_decode(const json_t *o, struct wanted_process *ret, struct why *reterr)
{
    struct {
        const char *key;
        char **to;
    } texts[] = { { "id", &ret->id },           { "clusterId", &ret->cluster_id },
                  { "kind", &ret->kind },       { "clusterName", &ret->cluster_name },
                  { "zone", &ret->zone },       { "address", &ret->address },
                  { "voters", &ret->voters } };
    int64_t node_id = 0, port = 0;
    err_t e = ERR_OK;

    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; !e && i < ARRAY_LEN(texts); i++)
        e = get_text(o, texts[i].key, texts[i].to, reterr);
    if (!e)
        e = field_number(o, "nodeId", 0, INT32_MAX, &node_id, reterr);
    if (!e)
        e = field_number(o, "port", 1, 65535, &port, reterr);
    if (!e)
        e = field_number(o, "revision", 1, INT64_MAX, &ret->revision, reterr);
    if (!e && json_object_get(o, "release"))
        e = get_text(o, "release", &ret->release, reterr);
    if (!e && json_object_get(o, "restart")) /* klammd before it knew of restarts sends none */
        e = field_number(o, "restart", 0, INT64_MAX, &ret->restart, reterr);
    if (!e && json_object_get(o, "volumeBytes"))
        e = field_number(o, "volumeBytes", 0, AGENT_BYTES_MAX, &ret->volume_bytes, reterr);
    if (!e)
        e = monitoring_decode(json_object_get(o, "monitoring"), &ret->monitoring, reterr);
    if (!e && json_object_get(o, "cpus"))
        e = field_number(o, "cpus", 0, AGENT_CPUS_MAX, &ret->cpus, reterr);
    if (!e && json_object_get(o, "memoryBytes"))
        e = field_number(o, "memoryBytes", 0, AGENT_BYTES_MAX, &ret->memory_bytes, reterr);
    ret->node_id = (int32_t)node_id;
    ret->port = (uint16_t)port;
    ret->gone = json_is_true(json_object_get(o, "gone"));
    ret->stopped = json_is_true(json_object_get(o, "stopped"));
    ret->properties = json_incref(json_object_get(o, "properties"));
    if (!e)
        e = check_wanted(ret, reterr);
    if (e)
        wanted_done(ret);
    return e;
}

/* The length of `text`, at most `max`, and not within a character of UTF-8. */
static size_t cut(const char *text, size_t max)
{
    size_t n = strnlen(text, max);

    while (n && (text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* Of its volume, when it is told, and what it holds. More may be used than there is room: a limit that came
 * later. */
static err_t get_usage(const json_t *o, struct seen_process *ret, struct why *reterr)
{
    err_t e;

    if (!json_object_get(o, "totalBytes"))
        return ERR_OK;
    e = field_number(o, "totalBytes", 1, AGENT_BYTES_MAX, &ret->total_bytes, reterr);
    if (!e)
        e = field_number(o, "usedBytes", 0, AGENT_BYTES_MAX, &ret->used_bytes, reterr);
    if (!e && json_object_get(o, "replicas")) /* an agent before it counted them sends none */
        e = field_number(o, "replicas", 0, AGENT_REPLICAS_MAX, &ret->replicas, reterr);
    return e;
}

err_t seen_decode(const json_t *o, struct seen_process *ret, struct why *reterr)
{
    static const char *const states[] = { "starting", "running", "stopped", "failed", "gone" };
    const char *reason = json_string_value(json_object_get(o, "reason"));
    bool known = false;
    err_t e;

    memset(ret, 0, sizeof(*ret));
    e = get_text(o, "id", &ret->id, reterr);
    if (!e)
        e = check_id(ret->id, reterr);
    if (!e)
        e = get_text(o, "state", &ret->state, reterr);
    if (!e)
        e = field_number(o, "revision", 0, INT64_MAX, &ret->revision, reterr);
    for (size_t i = 0; !e && i < ARRAY_LEN(states); i++)
        known |= strcmp(ret->state, states[i]) == 0;
    if (!e && !known)
        e = why(reterr, ERR_INVALID,
                "state: '%s' is none of starting, running, stopped, failed, gone", ret->state);
    if (!e)
        e = get_usage(o, ret, reterr);
    if (!e && reason)
        ret->reason = mem_strndup(reason, cut(reason, TEXT_MAX));
    if (e)
        seen_done(ret);
    return e;
}

void wanted_done(struct wanted_process *w)
{
    mem_free(w->id);
    mem_free(w->cluster_id);
    mem_free(w->cluster_name);
    mem_free(w->kind);
    mem_free(w->zone);
    mem_free(w->address);
    mem_free(w->voters);
    mem_free(w->release);
    json_decref(w->properties);
    memset(w, 0, sizeof(*w));
}

void seen_done(struct seen_process *s)
{
    mem_free(s->id);
    mem_free(s->state);
    mem_free(s->reason);
    memset(s, 0, sizeof(*s));
}
