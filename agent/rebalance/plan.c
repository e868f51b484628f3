#include "agent/rebalance/plan.h"

#include <stdlib.h>

#include "agent/rebalance/plan_internal.h"
#include "common/mem.h"

/* What a replica counts beside its bytes: this share of a mean one, and no less than so much. */
#define COUNT_SHARE (1.0 / 16)
#define COUNT_BYTES_MIN (1 << 20)

enum { ROUNDS_MAX = 16 };

const char *rebalance_why_name(enum rebalance_why w)
{
    static const char *const names[] = { "none", "drain", "zones", "disk", "traffic", "leaders", "elect" };

    return names[w];
}

static int compare(const void *x, const void *y)
{
    const struct board_broker *a = x, *b = y;

    return (a->in->id > b->in->id) - (a->in->id < b->in->id);
}

static int zone_of(const struct board *b, unsigned i)
{
    for (unsigned j = 0; j < i; j++)
        if (str_cmp(b->brokers[j].in->zone, b->brokers[i].in->zone) == 0)
            return b->brokers[j].zone;
    return (int)i;
}

static err_t set_brokers(struct board *b, struct why *reterr)
{
    bool known = true;

    if (b->in->brokers_n > REBALANCE_BROKERS_MAX)
        return why(reterr, ERR_INVALID, "brokers: %u are more than %d", b->in->brokers_n,
                   REBALANCE_BROKERS_MAX);
    b->brokers_n = b->in->brokers_n;
    b->brokers = arena_array(b->a, b->brokers_n + 1, sizeof(*b->brokers));
    for (unsigned i = 0; i < b->brokers_n; i++) {
        b->brokers[i].in = &b->in->brokers[i];
        known &= b->in->brokers[i].capacity_bytes > 0 || b->in->brokers[i].state == REBALANCE_DRAINS;
    }
    qsort(b->brokers, b->brokers_n, sizeof(*b->brokers), compare);
    for (unsigned i = 0; i < b->brokers_n; i++) {
        struct board_broker *broker = &b->brokers[i];

        if (i && broker->in->id == b->brokers[i - 1].in->id)
            return why(reterr, ERR_INVALID, "brokers: %d stands twice", broker->in->id);
        broker->zone = zone_of(b, i);
        broker->weight = known && broker->in->capacity_bytes ? (double)broker->in->capacity_bytes : 1;
    }
    return ERR_OK;
}

static int32_t index_of(const struct board *b, int32_t id)
{
    unsigned low = 0, high = b->brokers_n;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (b->brokers[middle].in->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->brokers_n && b->brokers[low].in->id == id ? (int32_t)low : BOARD_NOBODY;
}

static void put(struct board *b, unsigned p, int32_t broker)
{
    struct board_broker *to = &b->brokers[broker];

    to->held[to->held_n++] = (int32_t)p;
    to->bytes += board_in(b, p)->bytes;
    to->traffic += board_in(b, p)->traffic;
    to->load += b->partitions[p].cost / to->weight;
}

static err_t set_partition(struct board *b, unsigned p, struct why *reterr)
{
    const struct rebalance_partition *in = board_in(b, p);
    struct board_partition *of = &b->partitions[p];

    if (in->replicas_n < 1 || in->replicas_n > REBALANCE_REPLICAS_MAX)
        return why(reterr, ERR_INVALID, "%.*s-%d: %d replicas are not 1 to %d", STR_ARG(in->topic),
                   in->partition, in->replicas_n, REBALANCE_REPLICAS_MAX);
    of->n = in->replicas_n;
    of->at = arena_array(b->a, (size_t)of->n, sizeof(*of->at));
    for (int32_t i = 0; i < of->n; i++) {
        for (int32_t j = 0; j < i; j++)
            if (in->replicas[j] == in->replicas[i])
                return why(reterr, ERR_INVALID, "%.*s-%d: replicas: %d stands twice", STR_ARG(in->topic),
                           in->partition, in->replicas[i]);
        of->at[i] = index_of(b, in->replicas[i]);
        if (of->at[i] != BOARD_NOBODY)
            b->brokers[of->at[i]].held_max++;
    }
    of->zones = board_zones(b, of, -1, 0);
    if (of->at[0] != BOARD_NOBODY)
        b->brokers[of->at[0]].leaders++;
    return ERR_OK;
}

/* Everybody's replicas, and what one counts. */
static void set_loads(struct board *b)
{
    double bytes = 0, replicas = 0, count;

    for (unsigned p = 0; p < b->in->partitions_n; p++) {
        bytes += (double)board_in(b, p)->bytes * b->partitions[p].n;
        replicas += b->partitions[p].n;
    }
    count = replicas > 0 ? bytes / replicas * COUNT_SHARE : 0;
    if (count < COUNT_BYTES_MIN)
        count = COUNT_BYTES_MIN;
    for (unsigned i = 0; i < b->brokers_n; i++)
        b->brokers[i].held = arena_array(b->a, (size_t)b->brokers[i].held_max + 1, sizeof(int32_t));
    for (unsigned p = 0; p < b->in->partitions_n; p++) {
        struct board_partition *of = &b->partitions[p];

        of->cost = (double)board_in(b, p)->bytes + count;
        for (int32_t i = 0; i < of->n; i++)
            if (of->at[i] != BOARD_NOBODY)
                put(b, p, of->at[i]);
    }
    for (unsigned i = 0; i < b->brokers_n; i++)
        b->brokers[i].other = b->brokers[i].in->used_bytes > b->brokers[i].bytes
                                  ? b->brokers[i].in->used_bytes - b->brokers[i].bytes
                                  : 0;
}

/* Means over the brokers that stay, as if they held what the draining ones hold. */
static void set_means(struct board *b)
{
    double cost = 0, weight = 0, traffic = 0, n = 0;

    for (unsigned i = 0; i < b->brokers_n; i++) {
        const struct board_broker *broker = &b->brokers[i];

        cost += broker->load * broker->weight;
        traffic += (double)broker->traffic;
        if (board_drains(b, (int32_t)i))
            continue;
        weight += broker->weight;
        n++;
    }
    b->mean = n > 0 ? cost / weight : 0;
    b->mean_traffic = n > 0 ? traffic / n : 0;
}

/* Distinct zones of brokers that stay. */
static void set_zones(struct board *b)
{
    b->zones_n = 0;
    for (unsigned i = 0; i < b->brokers_n; i++) {
        bool first = !board_drains(b, (int32_t)i);

        for (unsigned j = 0; j < i; j++)
            first &= board_drains(b, (int32_t)j) || b->brokers[j].zone != b->brokers[i].zone;
        b->zones_n += first;
    }
}

static struct rebalance_share *shares(const struct board *b)
{
    struct rebalance_share *all = arena_array(b->a, b->brokers_n + 1, sizeof(*all));

    for (unsigned i = 0; i < b->brokers_n; i++)
        all[i] = (struct rebalance_share){ b->brokers[i].in->id, b->brokers[i].bytes, b->brokers[i].traffic,
                                           b->brokers[i].held_n, b->brokers[i].leaders };
    return all;
}

static err_t set_up(struct board *b, struct why *reterr)
{
    err_t e = set_brokers(b, reterr);

    if (!e && b->in->partitions_n > REBALANCE_PARTITIONS_MAX)
        e = why(reterr, ERR_INVALID, "partitions: %u are more than %d", b->in->partitions_n,
                REBALANCE_PARTITIONS_MAX);
    if (e)
        return e;
    b->partitions = arena_array(b->a, b->in->partitions_n + 1, sizeof(*b->partitions));
    b->order = arena_array(b->a, b->in->partitions_n + 1, sizeof(*b->order));
    for (unsigned p = 0; !e && p < b->in->partitions_n; p++)
        e = set_partition(b, p, reterr);
    if (e)
        return e;
    set_loads(b);
    set_means(b);
    set_zones(b);
    return ERR_OK;
}

/* What became of a partition: the difference between its beginning and its end. */
static struct rebalance_move move_of(const struct board *b, unsigned p)
{
    const struct rebalance_partition *in = board_in(b, p);
    const struct board_partition *of = &b->partitions[p];
    int32_t *replicas = arena_array(b->a, (size_t)of->n, sizeof(*replicas));
    struct rebalance_move m = { p, replicas, of->n, 0, 0, of->why, of->text };
    int32_t taken = 0;

    for (int32_t i = 0; i < of->n; i++) {
        bool had = false;

        /* Those that are not listed keep their order among each other. */
        while (of->at[i] == BOARD_NOBODY && index_of(b, in->replicas[taken]) != BOARD_NOBODY)
            taken++;
        replicas[i] = of->at[i] == BOARD_NOBODY ? in->replicas[taken++] : b->brokers[of->at[i]].in->id;
        for (int32_t j = 0; j < of->n; j++)
            had |= in->replicas[j] == replicas[i];
        m.added_n += !had;
    }
    m.bytes = in->bytes * m.added_n;
    return m;
}

static void add_elections(const struct board *b, struct rebalance_plan *ret)
{
    for (unsigned p = 0; p < b->in->partitions_n; p++) {
        const struct rebalance_partition *in = board_in(b, p);
        int32_t first = b->partitions[p].at[0];

        if (b->partitions[p].why != REBALANCE_NO_REASON || first == BOARD_NOBODY ||
            in->leader == in->replicas[0])
            continue;
        ret->moves[ret->moves_n++] = (struct rebalance_move){
            p, in->replicas, in->replicas_n, 0, 0, REBALANCE_ELECT,
            in->leader < 0 ? arena_printf(b->a, "nobody leads it; broker %d is first", in->replicas[0])
                           : arena_printf(b->a, "broker %d leads it, broker %d is first", in->leader,
                                          in->replicas[0]),
        };
    }
}

static void collect(struct board *b, struct rebalance_plan *ret)
{
    ret->moves = arena_array(b->a, b->in->partitions_n + 1, sizeof(*ret->moves));
    for (unsigned i = 0; i < b->order_n; i++) {
        const struct rebalance_partition *in = board_in(b, b->order[i]);
        struct rebalance_move m = move_of(b, b->order[i]);

        if (!m.added_n && m.replicas[0] == in->replicas[0]) {
            b->partitions[b->order[i]].why = REBALANCE_NO_REASON; /* there and back */
            continue;
        }
        if (!m.added_n)
            m.why = REBALANCE_LEADERS;
        ret->moves[ret->moves_n++] = m;
        ret->bytes += m.bytes;
    }
    add_elections(b, ret);
    ret->stuck = b->stuck;
    ret->stuck_n = b->stuck_n;
}

err_t rebalance_plan(const struct rebalance_input *in, struct arena *a, struct rebalance_plan *ret,
                     struct why *reterr)
{
    struct board b = { .in = in, .a = a };
    unsigned moved = 0;
    err_t e = set_up(&b, reterr);

    *ret = (struct rebalance_plan){ 0 };
    if (e)
        return e;
    ret->before = shares(&b);
    for (int i = 0; i < ROUNDS_MAX && (!i || moved != b.moved_n); i++) {
        moved = b.moved_n;
        plan_drain(&b);
        plan_zones(&b);
        plan_disk(&b);
        plan_traffic(&b);
    }
    plan_leaders(&b);
    collect(&b, ret);
    ret->after = shares(&b);
    ret->brokers_n = b.brokers_n;
    return ERR_OK;
}
