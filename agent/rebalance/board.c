#include <stdio.h>

#include "agent/rebalance/plan_internal.h"
#include "common/invariant.h"
#include "common/mem.h"

bool board_holds(const struct board_partition *p, int32_t broker)
{
    for (int32_t i = 0; i < p->n; i++)
        if (p->at[i] == broker)
            return true;
    return false;
}

int board_zones(const struct board *b, const struct board_partition *p, int slot, int32_t broker)
{
    int seen[REBALANCE_REPLICAS_MAX], n = 0;

    for (int32_t i = 0; i < p->n; i++) {
        int32_t at = i == slot ? broker : p->at[i];
        int zone, j = 0;

        if (at == BOARD_NOBODY)
            continue;
        zone = b->brokers[at].zone;
        while (j < n && seen[j] != zone)
            j++;
        if (j == n)
            seen[n++] = zone;
    }
    return n;
}

bool board_has_room(const struct board *b, unsigned p, int32_t broker)
{
    const struct board_broker *to = &b->brokers[broker];
    int64_t capacity = to->in->capacity_bytes;

    return !capacity || (double)(to->bytes + to->other + board_in(b, p)->bytes) <=
                            (double)capacity * REBALANCE_FILL_MAX;
}

bool board_may(const struct board *b, unsigned p, int slot, int32_t broker)
{
    const struct board_partition *of = &b->partitions[p];
    int zones;

    if (board_drains(b, broker) || board_holds(of, broker) || !board_has_room(b, p, broker))
        return false;
    if (b->brokers[of->at[slot]].zone == b->brokers[broker].zone)
        return true;
    zones = board_zones(b, of, slot, broker);
    return zones >= of->zones && zones >= board_zones(b, of, -1, 0);
}

static void give(struct board *b, unsigned p, int32_t broker)
{
    struct board_broker *to = &b->brokers[broker];

    if (to->held_n == to->held_max) {
        int32_t *more = arena_array(b->a, (size_t)to->held_max * 2 + 16, sizeof(*more));

        if (to->held_n)
            memcpy(more, to->held, (size_t)to->held_n * sizeof(*more));
        to->held = more;
        to->held_max = to->held_max * 2 + 16;
    }
    to->held[to->held_n++] = (int32_t)p;
    to->bytes += board_in(b, p)->bytes;
    to->traffic += board_in(b, p)->traffic;
    to->load += b->partitions[p].cost / to->weight;
}

static void take(struct board *b, unsigned p, int32_t broker)
{
    struct board_broker *from = &b->brokers[broker];
    int32_t i = 0;

    while (from->held[i] != (int32_t)p)
        i++;
    from->held_n--;
    memmove(from->held + i, from->held + i + 1, (size_t)(from->held_n - i) * sizeof(*from->held));
    from->bytes -= board_in(b, p)->bytes;
    from->traffic -= board_in(b, p)->traffic;
    from->load -= b->partitions[p].cost / from->weight;
}

void board_note(struct board *b, unsigned p, enum rebalance_why why, const char *text)
{
    struct board_partition *of = &b->partitions[p];

    if (of->why != REBALANCE_NO_REASON)
        return;
    of->why = why;
    of->text = arena_text(b->a, str_of(text));
    b->order[b->order_n++] = p;
}

void board_move(struct board *b, unsigned p, int slot, int32_t broker, enum rebalance_why why,
                const char *text)
{
    struct board_partition *of = &b->partitions[p];

    INVARIANT(!board_holds(of, broker));
    board_note(b, p, why, text);
    b->moved_n++;
    take(b, p, of->at[slot]);
    give(b, p, broker);
    if (slot == 0) {
        b->brokers[of->at[0]].leaders--;
        b->brokers[broker].leaders++;
    }
    of->at[slot] = broker;
}

void board_lead(struct board *b, unsigned p, int slot)
{
    struct board_partition *of = &b->partitions[p];
    int32_t first = of->at[0];

    if (first != BOARD_NOBODY)
        b->brokers[first].leaders--;
    b->brokers[of->at[slot]].leaders++;
    of->at[0] = of->at[slot];
    of->at[slot] = first;
}

const char *board_size(struct board *b, double bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    unsigned i = 0;

    while (bytes >= 1024 && i + 1 < ARRAY_LEN(units)) {
        bytes /= 1024;
        i++;
    }
    return arena_printf(b->a, i ? "%.1f %s" : "%.0f %s", bytes, units[i]);
}
