#include "controlplane/placement/placement.h"

#include <stdio.h>
#include <string.h>

#include "api/agent/messages.h"
#include "common/buf.h"
#include "common/invariant.h"

/* The first hosts of a subnet are left to routers and the like, as on AWS. */
enum { FIRST_HOST = 10, NODES_NAMED = 3, PERMILLE = 1000 };

#define GIB (1024.0 * 1024.0 * 1024.0)

static const struct placement_amount *need_of(const struct placement *p, bool controller)
{
    return controller ? &p->controller : &p->broker;
}

/* How full a resource is afterwards, in thousandths; above 1000: it does not fit. */
static int64_t fullness(int64_t has, int64_t taken, int64_t need)
{
    if (!need)
        return 0; /* a resource that it does not ask for cannot stand in its way */
    if (taken > has - need)
        return PERMILLE + 1;
    return (int64_t)((double)(taken + need) * PERMILLE / (double)has);
}

static int64_t fullest(const struct placement_node *n, const struct placement_amount *need)
{
    int64_t of[] = { fullness(n->has.vcpus, n->taken.vcpus, need->vcpus),
                     fullness(n->has.memory_bytes, n->taken.memory_bytes, need->memory_bytes),
                     fullness(n->has.storage_bytes, n->taken.storage_bytes, need->storage_bytes) };
    int64_t most = n->processes >= AGENT_PROCESSES_MAX ? PERMILLE + 1 : 0;

    for (unsigned i = 0; i < 3; i++)
        most = of[i] > most ? of[i] : most;
    return most;
}

/* True when `a` suits better than `b`. */
static bool better(const struct placement_node *a, const struct placement_node *b,
                   const struct placement_amount *need, bool controller)
{
    unsigned own_a = controller ? a->controllers : a->brokers;
    unsigned own_b = controller ? b->controllers : b->brokers;
    int64_t full_a = fullest(a, need), full_b = fullest(b, need);

    if (own_a != own_b)
        return own_a < own_b;
    if (full_a != full_b)
        return full_a < full_b;
    if (a->processes != b->processes)
        return a->processes < b->processes;
    return strcmp(a->name, b->name) < 0;
}

static void say_amount(struct buf *b, const struct placement_amount *a)
{
    if (a->vcpus)
        buf_printf(b, "%lld vCPUs, ", (long long)a->vcpus);
    if (a->memory_bytes)
        buf_printf(b, "%.4g GiB memory, ", (double)a->memory_bytes / GIB);
    buf_printf(b, "%.4g GiB storage", (double)a->storage_bytes / GIB);
}

/* The first resource that a node lacks: what is free of what it has. */
static void say_lack(struct buf *b, const struct placement_node *n, const struct placement_amount *need)
{
    if (fullness(n->has.vcpus, n->taken.vcpus, need->vcpus) > PERMILLE)
        buf_printf(b, "%s has %lld of %lld vCPUs free", n->name, (long long)(n->has.vcpus - n->taken.vcpus),
                   (long long)n->has.vcpus);
    else if (fullness(n->has.memory_bytes, n->taken.memory_bytes, need->memory_bytes) > PERMILLE)
        buf_printf(b, "%s has %.4g of %.4g GiB memory free", n->name,
                   (double)(n->has.memory_bytes - n->taken.memory_bytes) / GIB,
                   (double)n->has.memory_bytes / GIB);
    else if (fullness(n->has.storage_bytes, n->taken.storage_bytes, need->storage_bytes) > PERMILLE)
        buf_printf(b, "%s has %.4g of %.4g GiB storage free", n->name,
                   (double)(n->has.storage_bytes - n->taken.storage_bytes) / GIB,
                   (double)n->has.storage_bytes / GIB);
    else
        buf_printf(b, "%s runs %u processes, at most %d", n->name, n->processes, AGENT_PROCESSES_MAX);
}

static err_t refuse(const struct placement *p, const char *zone, bool controller, int32_t node_id,
                    struct why *reterr)
{
    const struct placement_amount *need = need_of(p, controller);
    OWNED_BUF text = { 0 };
    unsigned nodes = 0;

    buf_printf(&text, "no node of zone %s has room for %s %d (", zone, controller ? "controller" : "broker",
               node_id);
    if (!controller)
        buf_printf(&text, "%s: ", p->instance_type);
    say_amount(&text, need);
    for (unsigned i = 0; i < p->nodes_n; i++) {
        if (strcmp(p->nodes[i].zone, zone) != 0)
            continue;
        if (++nodes <= NODES_NAMED) {
            buf_put_text(&text, nodes == 1 ? "): " : "; ");
            say_lack(&text, &p->nodes[i], need);
        }
    }
    if (nodes > NODES_NAMED)
        buf_printf(&text, "; and %u more nodes", nodes - NODES_NAMED);
    if (!nodes)
        return why(reterr, ERR_AGAIN, "zone %s has no node: start an agent there", zone);
    return why(reterr, ERR_BUSY, "%s", buf_text(&text));
}

static void count(struct placement_node *n, const struct placement_amount *need, bool controller)
{
    n->taken.vcpus += need->vcpus;
    n->taken.memory_bytes += need->memory_bytes;
    n->taken.storage_bytes += need->storage_bytes;
    n->processes++;
    *(controller ? &n->controllers : &n->brokers) += 1;
}

err_t placement_choose(struct placement *p, const char *zone, bool controller, int32_t node_id,
                       struct placement_node **ret, struct why *reterr)
{
    const struct placement_amount *need = need_of(p, controller);
    struct placement_node *best = NULL;

    for (unsigned i = 0; i < p->nodes_n; i++) {
        struct placement_node *n = &p->nodes[i];

        if (strcmp(n->zone, zone) == 0 && fullest(n, need) <= PERMILLE &&
            (!best || better(n, best, need, controller)))
            best = n;
    }
    if (!best)
        return refuse(p, zone, controller, node_id, reterr);
    count(best, need, controller);
    *ret = best;
    return ERR_OK;
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
    uint32_t last = s->network | ~s->mask;
    struct placement_node *n;
    err_t e = placement_choose(p, s->zone, all[at].controller, all[at].node_id, &n, reterr);

    for (uint32_t a = s->network + FIRST_HOST; !e && a < last; a++) {
        if (given_already(all, at, a) || p->address_taken(p->ctx, a))
            continue;
        all[at].host = n->name;
        all[at].zone = s->zone;
        all[at].subnet_id = s->id;
        all[at].address = a;
        return ERR_OK;
    }
    return e ? e : why(reterr, ERR_BUSY, "subnet %s has no free address left", s->id);
}

err_t placement_new_cluster(struct placement *p, struct placed *ret, struct why *reterr)
{
    int32_t zones = (int32_t)p->subnets_n, n = 0;
    err_t e = ERR_OK;

    INVARIANT(zones > 0 && p->brokers % zones == 0 && p->controllers >= 0);
    for (int32_t i = 0; !e && i < p->controllers; i++, n++) {
        ret[n] = (struct placed){ .controller = true, .node_id = PLACEMENT_CONTROLLER_ID + i };
        e = place(p, &p->subnets[i % zones], ret, n, reterr);
    }
    for (int32_t i = p->brokers_from; !e && i < p->brokers; i++, n++) {
        ret[n] = (struct placed){ .node_id = p->last_id + 1 + i - p->brokers_from };
        e = place(p, &p->subnets[i % zones], ret, n, reterr);
    }
    return e;
}
