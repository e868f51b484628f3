/* What should be: brokers hold and write like shares. Every move makes the sum of squares of the loads
 * smaller, so it ends. */
#include <math.h>

#include "agent/rebalance/plan_internal.h"
#include "common/mem.h"

/* Shares of the mean: of the gap from which on brokers trade, and what one trade has to change at least. */
#define TRAFFIC_GAP 0.25
#define TRAFFIC_STEP_MIN 0.05
/* Less on average is not worth the bytes. */
#define TRAFFIC_MIN (64 * 1024.0)
/* Of the gap between two brokers, in load: more would only turn it round. */
#define OVERSHOOT_MAX 0.8

enum { SWAP_PARTNERS_MAX = 8, TRAFFIC_PASSES_MAX = 4 };

static int slot_of(const struct board_partition *of, int32_t broker)
{
    for (int i = 0; i < of->n; i++)
        if (of->at[i] == broker)
            return i;
    return -1;
}

static double measure(const struct board *b, int32_t broker, bool traffic)
{
    return traffic ? (double)b->brokers[broker].traffic : b->brokers[broker].load;
}

/* The broker with most of those that are not marked, BOARD_NOBODY. */
static int32_t heaviest(const struct board *b, const bool *marked, bool traffic)
{
    int32_t found = BOARD_NOBODY;

    for (int32_t i = 0; i < (int32_t)b->brokers_n; i++)
        if (!marked[i] && !board_drains(b, i) &&
            (found == BOARD_NOBODY || measure(b, i, traffic) > measure(b, found, traffic)))
            found = i;
    return found;
}

/* The next one in the order of rising loads, after those already in `tried`. */
static int32_t lightest(const struct board *b, const bool *tried, bool traffic)
{
    int32_t found = BOARD_NOBODY;

    for (int32_t i = 0; i < (int32_t)b->brokers_n; i++)
        if (!tried[i] && !board_drains(b, i) &&
            (found == BOARD_NOBODY || measure(b, i, traffic) < measure(b, found, traffic)))
            found = i;
    return found;
}

/* How much should go from one to the other, in load. */
static double amount(const struct board *b, int32_t from, int32_t to)
{
    double surplus = b->brokers[from].load - b->mean, deficit = b->mean - b->brokers[to].load;

    if (surplus > 0 && deficit > 0)
        return surplus < deficit ? surplus : deficit;
    return (b->brokers[from].load - b->brokers[to].load) / 2; /* both on one side: zones keep them there */
}

/* The largest replica of at most `want`, else the smallest; one that does not lead before one that does.
 * -1: none may go. */
static int32_t choose(const struct board *b, int32_t from, int32_t to, double want)
{
    const struct board_broker *source = &b->brokers[from], *target = &b->brokers[to];
    double limit = (source->load - target->load) * OVERSHOOT_MAX, best = 0;
    int32_t found = -1;
    bool found_leads = false;

    for (int32_t i = 0; i < source->held_n; i++) {
        const struct board_partition *of = &b->partitions[source->held[i]];
        double load = of->cost * (1 / source->weight + 1 / target->weight) / 2;
        bool leads = of->at[0] == from, better;

        if (load > limit)
            continue;
        if (found < 0)
            better = true;
        else if (load == best)
            better = found_leads && !leads;
        else if (load <= want)
            better = best > want || load > best;
        else
            better = best > want && load < best;
        if (!better || !board_may(b, (unsigned)source->held[i], slot_of(of, from), to))
            continue;
        found = source->held[i];
        found_leads = leads;
        best = load;
    }
    return found;
}

static const char *disk_text(struct board *b, int32_t from, int32_t to)
{
    const struct board_broker *f = &b->brokers[from], *t = &b->brokers[to];
    bool is_new = t->in->state == REBALANCE_IS_NEW;

    return arena_printf(b->a, "broker %d holds %s in %d replicas, %sbroker %d %s in %d", f->in->id,
                        board_size(b, (double)f->bytes), f->held_n, is_new ? "the new " : "", t->in->id,
                        board_size(b, (double)t->bytes), t->held_n);
}

/* One replica from `from` to the lightest broker that may take one; false: there is none. */
static bool relieve(struct board *b, int32_t from, bool *tried)
{
    memset(tried, 0, b->brokers_n * sizeof(*tried));
    tried[from] = true;
    for (;;) {
        int32_t to = lightest(b, tried, false), p;

        if (to == BOARD_NOBODY ||
            b->brokers[from].load - b->brokers[to].load <= 2 * REBALANCE_TOLERANCE * b->mean)
            return false;
        p = choose(b, from, to, amount(b, from, to));
        if (p >= 0) {
            board_move(b, (unsigned)p, slot_of(&b->partitions[p], from), to, REBALANCE_DISK,
                       disk_text(b, from, to));
            return true;
        }
        tried[to] = true;
    }
}

static bool disk_pass(struct board *b, bool *stuck, bool *tried)
{
    int32_t from;
    bool moved = false;

    memset(stuck, 0, b->brokers_n * sizeof(*stuck));
    while ((from = heaviest(b, stuck, false)) != BOARD_NOBODY) {
        if (relieve(b, from, tried))
            moved = true;
        else
            stuck[from] = true;
    }
    return moved;
}

void plan_disk(struct board *b)
{
    bool *stuck = arena_array(b->a, b->brokers_n + 1, sizeof(*stuck)),
         *tried = arena_array(b->a, b->brokers_n + 1, sizeof(*tried));

    for (int i = 0; i < BOARD_PASSES_MAX && disk_pass(b, stuck, tried); i++)
        ;
}

/* Not further from the mean than before, or within the tolerance: disk goes before traffic. */
static bool keeps_disk(const struct board *b, int32_t broker, double change)
{
    double before = fabs(b->brokers[broker].load - b->mean);
    double after = fabs(b->brokers[broker].load + change / b->brokers[broker].weight - b->mean);

    return after <= before || after <= REBALANCE_TOLERANCE * b->mean;
}

struct swap {
    int32_t p, q;
    double worth; /* traffic that changes its broker, per byte that is copied for it */
};

static void consider(const struct board *b, int32_t from, int32_t to, int32_t p, int32_t q, struct swap *best)
{
    const struct board_partition *x = &b->partitions[p], *y = &b->partitions[q];
    double gap = (double)(b->brokers[from].traffic - b->brokers[to].traffic);
    double less = (double)(board_in(b, (unsigned)p)->traffic - board_in(b, (unsigned)q)->traffic);
    double worth = less / (x->cost + y->cost);

    if (less < TRAFFIC_STEP_MIN * b->mean_traffic || less > gap * OVERSHOOT_MAX ||
        (best->p >= 0 && worth <= best->worth))
        return;
    if (!keeps_disk(b, from, y->cost - x->cost) || !keeps_disk(b, to, x->cost - y->cost))
        return;
    if (board_may(b, (unsigned)p, slot_of(x, from), to) && board_may(b, (unsigned)q, slot_of(y, to), from))
        *best = (struct swap){ p, q, worth };
}

/* The pair of replicas whose exchange is worth most. */
static struct swap find_swap(const struct board *b, int32_t from, int32_t to)
{
    struct swap best = { -1, -1, 0 };

    for (int32_t i = 0; i < b->brokers[from].held_n; i++)
        for (int32_t j = 0; j < b->brokers[to].held_n; j++)
            consider(b, from, to, b->brokers[from].held[i], b->brokers[to].held[j], &best);
    return best;
}

static void exchange(struct board *b, int32_t from, int32_t to, struct swap s)
{
    const char *text = arena_printf(b->a, "broker %d is written %s/s, broker %d %s/s; the two trade places",
                                    b->brokers[from].in->id, board_size(b, (double)b->brokers[from].traffic),
                                    b->brokers[to].in->id, board_size(b, (double)b->brokers[to].traffic));

    board_move(b, (unsigned)s.p, slot_of(&b->partitions[s.p], from), to, REBALANCE_TRAFFIC, text);
    board_move(b, (unsigned)s.q, slot_of(&b->partitions[s.q], to), from, REBALANCE_TRAFFIC, text);
}

static bool relieve_traffic(struct board *b, int32_t from, bool *tried)
{
    memset(tried, 0, b->brokers_n * sizeof(*tried));
    tried[from] = true;
    for (int i = 0; i < SWAP_PARTNERS_MAX; i++) {
        int32_t to = lightest(b, tried, true);
        struct swap s;

        if (to == BOARD_NOBODY ||
            (double)(b->brokers[from].traffic - b->brokers[to].traffic) <= TRAFFIC_GAP * b->mean_traffic)
            return false;
        s = find_swap(b, from, to);
        if (s.p >= 0) {
            exchange(b, from, to, s);
            return true;
        }
        tried[to] = true;
    }
    return false;
}

void plan_traffic(struct board *b)
{
    bool *stuck = arena_array(b->a, b->brokers_n + 1, sizeof(*stuck)),
         *tried = arena_array(b->a, b->brokers_n + 1, sizeof(*tried));
    bool moved = b->mean_traffic >= TRAFFIC_MIN;

    for (int i = 0; i < TRAFFIC_PASSES_MAX && moved; i++) {
        int32_t from;

        moved = false;
        memset(stuck, 0, b->brokers_n * sizeof(*stuck));
        while ((from = heaviest(b, stuck, true)) != BOARD_NOBODY) {
            if (relieve_traffic(b, from, tried))
                moved = true;
            else
                stuck[from] = true;
        }
    }
}
