#include "broker/controller/placement.h"

#include "common/invariant.h"

static const char *rack_of(const struct broker_registration *b)
{
    return b->rack ? b->rack : "";
}

static struct placement_rack *take_rack(struct call *k, struct placement *p, const char *name,
                                        int32_t brokers)
{
    struct placement_rack *r;

    for (int32_t n = 0; n < p->racks_n; n++) {
        if (strcmp(p->racks[n].name, name) == 0)
            return &p->racks[n];
    }
    r = &p->racks[p->racks_n++];
    r->name = name;
    r->ids = arena_array(k->a, (size_t)brokers, sizeof(*r->ids));
    return r;
}

/* A directory that new replicas may go to. */
static bool has_room(const struct broker_registration *b)
{
    for (int32_t n = 0; n < b->log_dirs_n && b->cordoned_log_dirs_n > 0; n++) {
        int32_t c = 0;

        while (c < b->cordoned_log_dirs_n && !uuid_eq(&b->log_dirs[n], &b->cordoned_log_dirs[c]))
            c++;
        if (c == b->cordoned_log_dirs_n)
            return true;
    }
    return !b->log_dirs_n || b->cordoned_log_dirs_n <= 0;
}

static void take(struct call *k, struct placement *p, bool fenced, int32_t brokers)
{
    const struct broker_registration *b;
    size_t at = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        struct placement_rack *r;

        if (b->fenced != fenced || b->in_controlled_shutdown || !has_room(b))
            continue;
        r = take_rack(k, p, rack_of(b), brokers);
        r->ids[r->n++] = b->id;
        r->unfenced_n += !fenced;
        p->n++;
        p->unfenced_n += !fenced;
    }
}

void placement_init(struct call *k, struct placement *ret)
{
    int32_t brokers = 0;
    size_t at = 0;

    while (image_broker_next(k->c->image, &at))
        brokers++;
    *ret = (struct placement){ .racks = arena_array(k->a, (size_t)brokers + 1, sizeof(*ret->racks)) };
    take(k, ret, false, brokers);
    take(k, ret, true, brokers);
    if (!k->c->placed && ret->unfenced_n)
        k->c->placed = (size_t)rng_below(&k->c->rng, (uint64_t)ret->unfenced_n);
}

/* Replica number `visit` of this rack: the unfenced ones are turned by `turn`, so that leaders and
 * followers spread; the fenced ones come behind them. */
static int32_t of_rack(const struct placement_rack *r, size_t turn, int32_t visit)
{
    if (visit >= r->unfenced_n)
        return r->ids[visit];
    return r->ids[(turn + (size_t)visit) % (size_t)r->unfenced_n];
}

void placement_next(struct call *k, const struct placement *p, int32_t factor, int32_t *ret)
{
    size_t number = k->c->placed++, turn = number / (size_t)p->racks_n;
    int32_t first = (int32_t)(number % (size_t)p->racks_n), n = 0;

    INVARIANT(factor >= 1 && factor <= p->n && p->unfenced_n > 0);
    while (!p->racks[first].unfenced_n)
        first = (first + 1) % p->racks_n;
    for (int32_t visit = 0; n < factor; visit++) {
        for (int32_t i = 0; i < p->racks_n && n < factor; i++) {
            const struct placement_rack *r = &p->racks[(first + i) % p->racks_n];

            if (visit < r->n)
                ret[n++] = of_rack(r, turn + (size_t)(i > 0 ? turn / (size_t)r->n : 0), visit);
        }
    }
}
