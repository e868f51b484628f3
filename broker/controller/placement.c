#include "broker/controller/placement.h"

static bool same_rack(const struct broker_registration *a, const struct broker_registration *b)
{
    return strcmp(a->rack ? a->rack : "", b->rack ? b->rack : "") == 0;
}

/* How many brokers of the same rack and kind come before `b`: its round. */
static int32_t round_of(const struct image *i, const struct broker_registration *b)
{
    const struct broker_registration *x;
    int32_t round = 0;
    size_t at = 0;

    while ((x = image_broker_next(i, &at)) && x->id < b->id)
        round += same_rack(x, b) && x->fenced == b->fenced;
    return round;
}

static void take(struct call *k, struct placement *ret, bool fenced, int32_t brokers)
{
    for (int32_t round = 0; round < brokers; round++) {
        const struct broker_registration *b;
        size_t at = 0;

        while ((b = image_broker_next(k->c->image, &at))) {
            if (b->fenced == fenced && !b->in_controlled_shutdown &&
                round_of(k->c->image, b) == round)
                ret->ids[ret->n++] = b->id;
        }
    }
}

void placement_init(struct call *k, struct placement *ret)
{
    int32_t brokers = 0;
    size_t at = 0;

    while (image_broker_next(k->c->image, &at))
        brokers++;
    *ret = (struct placement){ .ids = arena_array(k->a, (size_t)brokers + 1, sizeof(int32_t)) };
    take(k, ret, false, brokers);
    ret->unfenced_n = ret->n;
    take(k, ret, true, brokers);
    if (!k->c->placed && ret->unfenced_n)
        k->c->placed = (size_t)rng_below(&k->c->rng, (uint64_t)ret->unfenced_n);
}

int32_t placement_next(struct call *k, const struct placement *p)
{
    return p->ids[k->c->placed++ % (size_t)p->unfenced_n];
}
