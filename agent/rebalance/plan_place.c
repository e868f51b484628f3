/* What must be: draining brokers give up their replicas, partitions spread over zones. */
#include <stdlib.h>

#include "agent/rebalance/plan_internal.h"
#include "common/mem.h"

/* The best broker for replica `slot` of `p`: most zones, then the least load after it; BOARD_NOBODY. */
static int32_t best(const struct board *b, unsigned p, int slot, int *ret_zones)
{
    const struct board_partition *of = &b->partitions[p];
    int32_t found = BOARD_NOBODY;
    double least = 0;

    *ret_zones = 0;
    for (int32_t i = 0; i < (int32_t)b->brokers_n; i++) {
        double load = b->brokers[i].load + of->cost / b->brokers[i].weight;
        int zones;

        if (!board_may(b, p, slot, i))
            continue;
        zones = board_zones(b, of, slot, i);
        if (found != BOARD_NOBODY && (zones < *ret_zones || (zones == *ret_zones && load >= least)))
            continue;
        found = i;
        least = load;
        *ret_zones = zones;
    }
    return found;
}

/* The first rule that leaves no broker over, counted over all of them. */
static const char *why_stuck(struct board *b, unsigned p, int slot)
{
    const struct board_partition *of = &b->partitions[p];
    const struct rebalance_broker *from = b->brokers[of->at[slot]].in;
    unsigned holds = 0, full = 0, stay = 0;

    for (int32_t i = 0; i < (int32_t)b->brokers_n; i++) {
        stay += !board_drains(b, i);
        holds += !board_drains(b, i) && board_holds(of, i);
        full += !board_drains(b, i) && !board_holds(of, i) && !board_has_room(b, p, i);
    }
    if (holds == stay)
        return arena_printf(b->a, "%d replicas need as many brokers, and %u stay", of->n, stay);
    if (holds + full == stay)
        return arena_printf(b->a, "no volume has room for %s below %.0f %%",
                            board_size(b, (double)board_in(b, p)->bytes), REBALANCE_FILL_MAX * 100);
    return arena_printf(b->a, "its replicas would be in fewer zones than now: no broker that stays in zone "
                        "'%.*s' can take it", STR_ARG(from->zone));
}

static void note_stuck(struct board *b, unsigned p, int slot)
{
    struct rebalance_stuck *more;

    if (b->stuck_n == b->stuck_max) {
        b->stuck_max = b->stuck_max * 2 + 16;
        more = arena_array(b->a, b->stuck_max, sizeof(*more));
        if (b->stuck_n)
            memcpy(more, b->stuck, b->stuck_n * sizeof(*more));
        b->stuck = more;
    }
    b->stuck[b->stuck_n++] =
        (struct rebalance_stuck){ p, b->brokers[b->partitions[p].at[slot]].in->id, why_stuck(b, p, slot) };
}

static void drain_one(struct board *b, unsigned p, int slot)
{
    int zones;
    int32_t to = best(b, p, slot, &zones);
    const struct rebalance_broker *from = b->brokers[b->partitions[p].at[slot]].in;

    if (to == BOARD_NOBODY) {
        note_stuck(b, p, slot);
        return;
    }
    board_move(b, p, slot, to, REBALANCE_DRAIN,
               arena_printf(b->a, "broker %d drains; broker %d in zone '%.*s' held the least of those that "
                            "may take it, %s", from->id, b->brokers[to].in->id,
                            STR_ARG(b->brokers[to].in->zone), board_size(b, (double)b->brokers[to].bytes)));
}

/* Largest first, so that what comes last fits anywhere. */
struct by_size {
    int64_t bytes;
    unsigned p;
};

static int compare(const void *x, const void *y)
{
    const struct by_size *a = x, *b = y;

    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return (a->p > b->p) - (a->p < b->p);
}

static struct by_size *sorted(struct board *b)
{
    struct by_size *all = arena_array(b->a, b->in->partitions_n + 1, sizeof(*all));

    for (unsigned p = 0; p < b->in->partitions_n; p++)
        all[p] = (struct by_size){ board_in(b, p)->bytes, p };
    qsort(all, b->in->partitions_n, sizeof(*all), compare);
    return all;
}

void plan_drain(struct board *b)
{
    struct by_size *all = sorted(b);

    b->stuck_n = 0;
    for (unsigned i = 0; i < b->in->partitions_n; i++) {
        const struct board_partition *of = &b->partitions[all[i].p];

        for (int slot = 0; slot < of->n; slot++)
            if (of->at[slot] != BOARD_NOBODY && board_drains(b, of->at[slot]))
                drain_one(b, all[i].p, slot);
    }
}

/* The replica whose zone holds another one, on the broker with most load; -1. */
static int doubled(const struct board *b, const struct board_partition *of)
{
    int found = -1;

    for (int i = 0; i < of->n; i++) {
        bool twice = false;

        for (int j = 0; j < of->n && of->at[i] != BOARD_NOBODY; j++)
            twice |= j != i && of->at[j] != BOARD_NOBODY &&
                     b->brokers[of->at[j]].zone == b->brokers[of->at[i]].zone;
        if (twice && (found < 0 || b->brokers[of->at[i]].load > b->brokers[of->at[found]].load))
            found = i;
    }
    return found;
}

static bool spread_once(struct board *b, unsigned p)
{
    const struct board_partition *of = &b->partitions[p];
    int now = board_zones(b, of, -1, 0), slot = doubled(b, of), zones;
    int32_t to;

    if (slot < 0 || now >= b->zones_n)
        return false;
    to = best(b, p, slot, &zones);
    if (to == BOARD_NOBODY || zones <= now)
        return false;
    board_move(b, p, slot, to, REBALANCE_ZONES,
               arena_printf(b->a, "its %d replicas were in %d of %d zones; broker %d is in zone '%.*s', "
                            "which had none", of->n, now, b->zones_n, b->brokers[to].in->id,
                            STR_ARG(b->brokers[to].in->zone)));
    return true;
}

void plan_zones(struct board *b)
{
    for (unsigned p = 0; p < b->in->partitions_n; p++)
        while (spread_once(b, p))
            ;
}
