#include "api/agent/ask.h"

#include <string.h>

#include "api/agent/fields.h"
#include "common/mem.h"

static const char *const actions[ASK_ACTIONS] = { "list",   "describe", "partitions", "create",    "update",
                                                  "delete", "losses",   "try-create", "try-update" };

json_t *ask_encode(const struct ask *a)
{
    return json_pack("{s:I, s:s, s:s, s:s*, s:s*, s:s*, s:i, s:i, s:i, s:i, s:O*}", "id",
                     (json_int_t)a->id, "process", a->process, "action", actions[a->action],
                     "topic", a->topic, "prefix", a->prefix, "after", a->after, "from", a->from,
                     "max", a->max, "partitions", a->partitions, "replicas", a->replicas, "configs",
                     a->configs);
}

static err_t get_text(const json_t *o, const char *key, size_t max, bool required, char **ret,
                      struct why *reterr)
{
    const json_t *v = json_object_get(o, key);

    if (!v && !required)
        return ERR_OK;
    if (!json_is_string(v) || !json_string_length(v) || json_string_length(v) > max)
        return why(reterr, ERR_INVALID, "%s: must be a text of 1 to %zu bytes", key, max);
    *ret = mem_strdup(json_string_value(v));
    return ERR_OK;
}

static err_t get_int(const json_t *o, const char *key, int32_t low, int32_t high, int32_t *ret,
                     struct why *reterr)
{
    int64_t n = 0;
    err_t e = field_number(o, key, low, high, &n, reterr);

    *ret = (int32_t)n;
    return e;
}

static err_t get_action(const json_t *o, enum ask_action *ret, struct why *reterr)
{
    const char *name = json_string_value(json_object_get(o, "action"));

    for (unsigned i = 0; name && i < ASK_ACTIONS; i++)
        if (strcmp(name, actions[i]) == 0) {
            *ret = (enum ask_action)i;
            return ERR_OK;
        }
    return why(reterr, ERR_INVALID, "action: '%.32s' is not known", name ? name : "");
}

static err_t get_configs(const json_t *o, json_t **ret, struct why *reterr)
{
    json_t *configs = json_object_get(o, "configs"), *value;
    const char *key;

    if (!configs)
        return ERR_OK;
    if (!json_is_object(configs) || json_object_size(configs) > ASK_CONFIGS_MAX)
        return why(reterr, ERR_INVALID, "configs: must be a map of at most %d", ASK_CONFIGS_MAX);
    json_object_foreach (configs, key, value)
        if (!json_is_string(value))
            return why(reterr, ERR_INVALID, "configs: '%.100s' must be text", key);
    *ret = json_incref(configs);
    return ERR_OK;
}

static err_t get_lists(const json_t *o, struct ask *a, struct why *reterr)
{
    err_t e = get_text(o, "prefix", ASK_TOPIC_MAX, false, &a->prefix, reterr);

    if (!e)
        e = get_text(o, "after", ASK_TOPIC_MAX, false, &a->after, reterr);
    if (!e)
        e = get_int(o, "from", 0, INT32_MAX, &a->from, reterr);
    return e ? e : get_int(o, "max", 0, ASK_ITEMS_MAX, &a->max, reterr);
}

static bool is_of_a_topic(enum ask_action action)
{
    return action != ASK_LIST && action != ASK_LOSSES;
}

err_t ask_decode(const json_t *o, struct ask *ret, struct why *reterr)
{
    err_t e;

    *ret = (struct ask){ 0 };
    e = field_number(o, "id", 1, INT64_MAX, &ret->id, reterr);
    if (!e)
        e = get_action(o, &ret->action, reterr);
    if (!e)
        e = get_text(o, "process", 200, true, &ret->process, reterr);
    if (!e)
        e = get_text(o, "topic", ASK_TOPIC_MAX, is_of_a_topic(ret->action), &ret->topic, reterr);
    if (!e)
        e = get_lists(o, ret, reterr);
    if (!e)
        e = get_int(o, "partitions", 0, INT32_MAX, &ret->partitions, reterr);
    if (!e)
        e = get_int(o, "replicas", 0, INT16_MAX, &ret->replicas, reterr);
    if (!e)
        e = get_configs(o, &ret->configs, reterr);
    if (e)
        ask_done(ret);
    return e;
}

void ask_done(struct ask *a)
{
    mem_free(a->process);
    mem_free(a->topic);
    mem_free(a->prefix);
    mem_free(a->after);
    json_decref(a->configs);
    *a = (struct ask){ 0 };
}
