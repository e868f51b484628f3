#include "tests/sim/network.h"

#include <string.h>

int network_carry(struct network *n, struct sim *s, int from, int to,
                  int64_t ret_delay_us[NETWORK_COPIES])
{
    int copies = 1;

    if (n->cut[from][to] || sim_chance(s, n->loss))
        return 0;
    if (sim_chance(s, n->twice))
        copies = NETWORK_COPIES;
    for (int c = 0; c < copies; c++) {
        ret_delay_us[c] = sim_between(s, n->delay_us / 4, n->delay_us);
        if (sim_chance(s, n->late))
            ret_delay_us[c] += sim_between(s, 0, n->late_us);
    }
    return copies;
}

static void cut_sides(struct network *n, uint32_t side, bool there, bool back)
{
    for (int a = 0; a < n->ends; a++) {
        for (int b = 0; b < n->ends; b++) {
            if ((side >> a & 1) == (side >> b & 1))
                continue;
            if (side >> a & 1 ? there : back)
                n->cut[a][b] = true;
        }
    }
}

static void cut_pairs(struct network *n, struct sim *s)
{
    int per_mille = (int)sim_between(s, 100, 500);
    bool both = sim_chance(s, 500);

    for (int a = 0; a < n->ends; a++) {
        for (int b = 0; b < n->ends; b++) {
            if (a != b && sim_chance(s, per_mille)) {
                n->cut[a][b] = true;
                n->cut[b][a] |= both;
            }
        }
    }
}

void network_break(struct network *n, struct sim *s)
{
    uint32_t one = 1u << sim_between(s, 0, n->ends - 1);
    uint32_t side = (uint32_t)rng_next(&s->rng);

    if (sim_chance(s, 300))
        network_heal(n);
    switch (sim_between(s, 0, 5)) {
    case 0:
        cut_sides(n, side, true, true);
        break;
    case 1:
        cut_sides(n, side, true, false);
        break;
    case 2:
        cut_sides(n, one, true, true);
        break;
    case 3:
        cut_sides(n, one, true, false);
        break;
    case 4:
        cut_sides(n, one, false, true);
        break;
    case 5:
        cut_pairs(n, s);
        break;
    }
}

void network_heal(struct network *n)
{
    memset(n->cut, 0, sizeof(n->cut));
}

void network_calm(struct network *n)
{
    network_heal(n);
    n->loss = n->twice = n->late = 0;
}

bool network_whole(const struct network *n)
{
    for (int a = 0; a < n->ends; a++) {
        for (int b = 0; b < n->ends; b++) {
            if (n->cut[a][b])
                return false;
        }
    }
    return true;
}
