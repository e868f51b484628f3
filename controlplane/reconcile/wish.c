#include "controlplane/reconcile/wish.h"

static const char *text_of(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "";
}

bool rebalance_under_way(const struct cluster *c)
{
    return c->rebalance && !json_is_true(json_object_get(c->rebalance, "over"));
}

enum rebalance_state rebalance_state_of(const struct cluster *c, int64_t id, const char **ret_reason)
{
    static const struct {
        const char *name;
        enum rebalance_state state;
    } states[] = { { "planning", REBALANCE_WAITING },
                   { "moving", REBALANCE_MOVING },
                   { "done", REBALANCE_DONE },
                   { "cancelled", REBALANCE_CANCELLED },
                   { "failed", REBALANCE_FAILED } };
    const json_t *seen = json_object_get(c->rebalance, "seen");
    const char *ignored, **reason = ret_reason ? ret_reason : &ignored;

    *reason = "replaced by another rebalance";
    if (!c->rebalance || json_integer_value(json_object_get(c->rebalance, "id")) != id)
        return REBALANCE_FAILED;
    *reason = seen ? text_of(seen, "reason") : "no agent has begun yet";
    for (unsigned i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(text_of(seen, "state"), states[i].name) == 0)
            return states[i].state;
    return REBALANCE_WAITING;
}
