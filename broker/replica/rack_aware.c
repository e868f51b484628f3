#include "broker/replica/rack_aware.h"

#include <string.h>

static bool is_in_rack(const struct broker_registration *reg, struct str rack)
{
    return reg && reg->rack && str_is(rack, reg->rack);
}

static bool is_reachable(const struct broker_registration *reg, const char *listener)
{
    for (int32_t i = 0; i < reg->endpoints_n; i++)
        if (strcmp(reg->endpoints[i].name, listener) == 0)
            return true;
    return false;
}

static bool has(const struct leader_replica *r, int64_t offset)
{
    return r->committed && r->log_start <= offset && r->end >= offset;
}

/* The longer log, then who was at the end later, then the higher id. */
static bool is_better(const struct leader_replica *r, const struct leader_replica *best)
{
    if (!best || r->end != best->end)
        return !best || r->end > best->end;
    if (r->caught_up_ms != best->caught_up_ms)
        return r->caught_up_ms > best->caught_up_ms;
    return r->id > best->id;
}

int32_t rack_aware_replica(const struct leader *l, const struct image *i, struct str rack,
                           const char *listener, int64_t offset)
{
    const struct leader_replica *best = NULL;

    if (!rack.n || is_in_rack(image_broker(i, l->self), rack))
        return -1;
    for (int32_t k = 0; k < l->replicas_n; k++) {
        const struct leader_replica *r = &l->replicas[k];
        const struct broker_registration *reg = image_broker(i, r->id);

        if (r->id != l->self && is_in_rack(reg, rack) && is_reachable(reg, listener) &&
            has(r, offset) && is_better(r, best))
            best = r;
    }
    return best ? best->id : -1;
}
