/* Who is first in the preferred order. Nothing is copied for it. */
#include <math.h>

#include "agent/rebalance/plan_internal.h"
#include "common/mem.h"

static bool may_lead(const struct board *b, int32_t broker)
{
    return broker != BOARD_NOBODY && !board_drains(b, broker);
}

/* What drains, and cannot be emptied, does not lead at least. */
static void relieve_draining(struct board *b)
{
    for (unsigned p = 0; p < b->in->partitions_n; p++) {
        const struct board_partition *of = &b->partitions[p];
        int found = -1;

        if (of->at[0] == BOARD_NOBODY || !board_drains(b, of->at[0]))
            continue;
        for (int i = 1; i < of->n; i++)
            if (may_lead(b, of->at[i]) &&
                (found < 0 || b->brokers[of->at[i]].leaders < b->brokers[of->at[found]].leaders))
                found = i;
        if (found < 0)
            continue;
        board_note(b, p, REBALANCE_LEADERS,
                   arena_printf(b->a, "broker %d drains; broker %d leads instead",
                                b->brokers[of->at[0]].in->id, b->brokers[of->at[found]].in->id));
        board_lead(b, p, found);
    }
}

static bool even(const struct board *b)
{
    double total = 0, n = 0;

    for (unsigned i = 0; i < b->brokers_n; i++)
        if (!board_drains(b, (int32_t)i)) {
            total += b->brokers[i].leaders;
            n++;
        }
    for (unsigned i = 0; i < b->brokers_n; i++)
        if (!board_drains(b, (int32_t)i) && (b->brokers[i].leaders > ceil(total / n * 1.1) ||
                                             b->brokers[i].leaders < floor(total / n * 0.9)))
            return false;
    return true;
}

/* Along which partition a broker hands over to which: the shortest ways out of one broker. */
struct ways {
    int32_t *from, *by, *queue; /* per broker */
};

static void search(const struct board *b, int32_t start, const struct ways *w)
{
    int32_t head = 0, tail = 0;

    for (unsigned i = 0; i < b->brokers_n; i++)
        w->from[i] = BOARD_NOBODY;
    w->from[start] = start;
    w->queue[tail++] = start;
    while (head < tail) {
        int32_t at = w->queue[head++];

        for (int32_t i = 0; i < b->brokers[at].held_n; i++) {
            const struct board_partition *of = &b->partitions[b->brokers[at].held[i]];

            for (int32_t j = 1; of->at[0] == at && j < of->n; j++)
                if (may_lead(b, of->at[j]) && w->from[of->at[j]] == BOARD_NOBODY) {
                    w->from[of->at[j]] = at;
                    w->by[of->at[j]] = b->brokers[at].held[i];
                    w->queue[tail++] = of->at[j];
                }
        }
    }
}

static int slot_of(const struct board_partition *of, int32_t broker)
{
    int i = 0;

    while (of->at[i] != broker)
        i++;
    return i;
}

/* One partition less for `start`, one more for the broker with fewest that a way leads to. */
static bool hand_over(struct board *b, int32_t start, const struct ways *w)
{
    int32_t to = start;

    search(b, start, w);
    for (int32_t i = 0; i < (int32_t)b->brokers_n; i++)
        if (w->from[i] != BOARD_NOBODY && b->brokers[i].leaders < b->brokers[to].leaders)
            to = i;
    if (b->brokers[start].leaders - b->brokers[to].leaders < 2)
        return false;
    while (to != start) {
        int32_t p = w->by[to], from = w->from[to];

        board_note(b, (unsigned)p, REBALANCE_LEADERS,
                   arena_printf(b->a, "broker %d is first in %d partitions, broker %d in %d",
                                b->brokers[from].in->id, b->brokers[from].leaders, b->brokers[to].in->id,
                                b->brokers[to].leaders));
        board_lead(b, (unsigned)p, slot_of(&b->partitions[p], to));
        to = from;
    }
    return true;
}

static int32_t most(const struct board *b, const bool *stuck)
{
    int32_t found = BOARD_NOBODY;

    for (int32_t i = 0; i < (int32_t)b->brokers_n; i++)
        if (!stuck[i] && !board_drains(b, i) &&
            (found == BOARD_NOBODY || b->brokers[i].leaders > b->brokers[found].leaders))
            found = i;
    return found;
}

void plan_leaders(struct board *b)
{
    size_t n = b->brokers_n + 1;
    struct ways w = { arena_array(b->a, n, sizeof(int32_t)), arena_array(b->a, n, sizeof(int32_t)),
                      arena_array(b->a, n, sizeof(int32_t)) };
    bool *stuck = arena_array(b->a, n, sizeof(*stuck));
    bool moved = true;

    relieve_draining(b);
    if (even(b))
        return;
    for (int i = 0; i < BOARD_PASSES_MAX && moved; i++) {
        int32_t start;

        moved = false;
        memset(stuck, 0, n * sizeof(*stuck));
        while ((start = most(b, stuck)) != BOARD_NOBODY) {
            if (hand_over(b, start, &w))
                moved = true;
            else
                stuck[start] = true;
        }
    }
}
