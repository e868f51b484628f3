/* How much a change copies, and how long that takes: estimates, never promises. */
#include "controlplane/fleet/foresee_internal.h"
#include "controlplane/reconcile/plan.h"

struct amounts {
    int64_t all, going;   /* bytes on all brokers, and on those that are drained */
    int64_t above;        /* bytes that stand above the mean */
    int brokers, added, drained;
    bool unknown;
};

static bool is_new(const struct foreseen *x, const struct process *p)
{
    OWNED_MEM char *id = store_process_id(p);

    return !store_process(x->original, str_of(id));
}

static void add(struct foreseen *x, const struct process *p, struct amounts *ret)
{
    bool drained = plan_names(json_object_get(x->cluster->rebalance, "drain"), p->node_id);
    bool added = is_new(x, p);

    ret->brokers++;
    ret->added += added;
    ret->drained += drained;
    ret->all += p->used_bytes;
    ret->going += drained ? p->used_bytes : 0;
    ret->unknown |= !added && !p->total_bytes;
}

static struct amounts amounts_of(struct foreseen *x)
{
    struct amounts ret = { 0 };
    int64_t mean;

    list_each(node, &x->cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER && p->wanted == WANTED_RUN)
            add(x, p, &ret);
    }
    mean = ret.brokers ? ret.all / ret.brokers : 0;
    list_each(node, &x->cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (p->kind == PROCESS_BROKER && p->wanted == WANTED_RUN && p->used_bytes > mean)
            ret.above += p->used_bytes - mean;
    }
    return ret;
}

static void copy(struct foreseen *x, int64_t bytes, int receivers)
{
    int64_t rate = json_integer_value(json_object_get(x->cluster->rebalance, "rate"));

    if (!rate)
        rate = FORESEE_RATE;
    x->ret->bytes += bytes;
    x->ret->seconds += (double)bytes / (double)rate / (receivers > 0 ? receivers : 1);
}

void foresee_move(struct foreseen *x)
{
    struct amounts a = amounts_of(x);

    x->ret->unknown |= a.unknown;
    foresee_risk(x->ret, FORESEE_LOW, "Partitions are copied beside the clients' traffic, under throttles.");
    if (a.drained)
        copy(x, a.going, a.brokers - a.drained);
    else if (a.added)
        copy(x, a.all / a.brokers * a.added, a.added);
    else
        copy(x, a.above, 1);
}

void foresee_copy(struct foreseen *x, const struct process *p)
{
    x->ret->unknown |= !p->total_bytes;
    copy(x, p->used_bytes, 1);
}
