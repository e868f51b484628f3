#include "api/agent/rebalance.h"

#include <string.h>

#include "common/mem.h"

json_t *rebalance_wish_encode(const struct rebalance_wish *w)
{
    json_t *drain = json_array();

    for (unsigned i = 0; i < w->drain_n; i++)
        json_array_append_new(drain, json_integer(w->drain[i]));
    return json_pack("{s:s, s:I, s:s, s:o, s:b, s:b, s:b, s:b, s:I, s:s*}", "clusterId", w->cluster_id, "id",
                     (json_int_t)w->id, "bootstrap", w->bootstrap, "drain", drain, "dryRun", w->dry_run,
                     "cancel", w->cancel, "retire", w->retire, "unregister", w->unregister, "rate",
                     (json_int_t)w->rate_bytes, "release", w->release);
}

static err_t get_text(const json_t *o, const char *key, const char **ret, struct why *reterr)
{
    *ret = json_string_value(json_object_get(o, key));
    if (!*ret || strlen(*ret) > REBALANCE_TEXT_MAX)
        return why(reterr, ERR_INVALID, "%s: must be a text of at most %d bytes", key, REBALANCE_TEXT_MAX);
    return ERR_OK;
}

static err_t get_number(const json_t *o, const char *key, int64_t low, int64_t *ret, struct why *reterr)
{
    const json_t *v = json_object_get(o, key);

    if (!json_is_integer(v) || json_integer_value(v) < low)
        return why(reterr, ERR_INVALID, "%s: must be a number of %lld or more", key, (long long)low);
    *ret = json_integer_value(v);
    return ERR_OK;
}

static err_t get_drain(const json_t *o, struct rebalance_wish *ret, struct why *reterr)
{
    const json_t *drain = json_object_get(o, "drain");
    size_t n = json_array_size(drain);

    if (!json_is_array(drain) || n > REBALANCE_DRAIN_MAX)
        return why(reterr, ERR_INVALID, "drain: must be a list of at most %d broker ids",
                   REBALANCE_DRAIN_MAX);
    ret->drain = mem_resize_array(NULL, n + 1, sizeof(*ret->drain));
    for (size_t i = 0; i < n; i++) {
        json_int_t id = json_integer_value(json_array_get(drain, i));

        if (!json_is_integer(json_array_get(drain, i)) || id < 0 || id > INT32_MAX)
            return why(reterr, ERR_INVALID, "drain: must be a list of broker ids");
        ret->drain[ret->drain_n++] = (int32_t)id;
    }
    return ERR_OK;
}

err_t rebalance_wish_decode(const json_t *o, struct rebalance_wish *ret, struct why *reterr)
{
    const char *cluster_id = NULL, *bootstrap = NULL, *release = NULL;
    err_t e = get_text(o, "clusterId", &cluster_id, reterr);

    memset(ret, 0, sizeof(*ret));
    if (!e)
        e = get_text(o, "bootstrap", &bootstrap, reterr);
    if (!e)
        e = get_number(o, "id", 1, &ret->id, reterr);
    if (!e)
        e = get_number(o, "rate", 0, &ret->rate_bytes, reterr);
    if (!e)
        e = get_drain(o, ret, reterr);
    if (!e && json_object_get(o, "release"))
        e = get_text(o, "release", &release, reterr);
    if (e) {
        rebalance_wish_done(ret);
        return e;
    }
    ret->cluster_id = mem_strdup(cluster_id);
    ret->bootstrap = mem_strdup(bootstrap);
    ret->release = release ? mem_strdup(release) : NULL;
    ret->dry_run = json_is_true(json_object_get(o, "dryRun"));
    ret->cancel = json_is_true(json_object_get(o, "cancel"));
    ret->retire = json_is_true(json_object_get(o, "retire"));
    ret->unregister = json_is_true(json_object_get(o, "unregister"));
    return ERR_OK;
}

void rebalance_wish_done(struct rebalance_wish *w)
{
    mem_free(w->cluster_id);
    mem_free(w->bootstrap);
    mem_free(w->release);
    mem_free(w->drain);
    memset(w, 0, sizeof(*w));
}

err_t rebalance_seen_decode(const json_t *o, struct rebalance_seen *ret, struct why *reterr)
{
    static const char *const states[] = { "planning", "moving", "done", "cancelled", "failed" };
    unsigned i = 0;
    err_t e = get_text(o, "clusterId", &ret->cluster_id, reterr);

    if (!e)
        e = get_text(o, "state", &ret->state, reterr);
    if (!e)
        e = get_text(o, "reason", &ret->reason, reterr);
    if (!e)
        e = get_number(o, "id", 1, &ret->id, reterr);
    if (e)
        return e;
    while (i < ARRAY_LEN(states) && strcmp(ret->state, states[i]) != 0)
        i++;
    if (i == ARRAY_LEN(states))
        return why(reterr, ERR_INVALID,
                   "state: '%.40s' is none of planning, moving, done, cancelled, failed", ret->state);
    ret->over = i >= 2;
    return ERR_OK;
}
