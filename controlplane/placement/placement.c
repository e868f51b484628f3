#include "controlplane/placement/placement.h"

#include <string.h>

#include "common/invariant.h"

/* The first hosts of a subnet are left to routers and the like, as on AWS. */
enum { FIRST_HOST = 10 };

static struct placement_node *choose_node(struct placement *p, const char *zone)
{
    struct placement_node *best = NULL;

    for (unsigned i = 0; i < p->nodes_n; i++) {
        struct placement_node *n = &p->nodes[i];

        if (strcmp(n->zone, zone) != 0)
            continue;
        if (!best || n->processes < best->processes ||
            (n->processes == best->processes && strcmp(n->name, best->name) < 0))
            best = n;
    }
    return best;
}

static bool given_already(const struct placed *placed, int32_t n, uint32_t address)
{
    for (int32_t i = 0; i < n; i++)
        if (placed[i].address == address)
            return true;
    return false;
}

static err_t place(struct placement *p, const struct placement_subnet *s, struct placed *all, int32_t at,
                   struct why *reterr)
{
    struct placement_node *n = choose_node(p, s->zone);
    uint32_t last = s->network | ~s->mask;

    if (!n)
        return why(reterr, ERR_AGAIN, "zone %s (subnet %s) has no node: start an agent there",
                   s->zone, s->id);
    for (uint32_t a = s->network + FIRST_HOST; a < last; a++) {
        if (given_already(all, at, a) || p->address_taken(p->ctx, a))
            continue;
        n->processes++;
        all[at].host = n->name;
        all[at].zone = s->zone;
        all[at].subnet_id = s->id;
        all[at].address = a;
        return ERR_OK;
    }
    return why(reterr, ERR_BUSY, "subnet %s has no free address left", s->id);
}

err_t placement_new_cluster(struct placement *p, struct placed *ret, struct why *reterr)
{
    int32_t zones = (int32_t)p->subnets_n, n = 0;
    err_t e = ERR_OK;

    INVARIANT(zones > 0 && p->brokers % zones == 0 && p->controllers > 0);
    for (int32_t i = 0; !e && i < p->controllers; i++, n++) {
        ret[n] = (struct placed){ .controller = true, .node_id = PLACEMENT_CONTROLLER_ID + i };
        e = place(p, &p->subnets[i % zones], ret, n, reterr);
    }
    for (int32_t i = 0; !e && i < p->brokers; i++, n++) {
        ret[n] = (struct placed){ .node_id = i + 1 };
        e = place(p, &p->subnets[i % zones], ret, n, reterr);
    }
    return e;
}
