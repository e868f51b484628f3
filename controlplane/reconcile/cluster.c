#include "controlplane/reconcile/cluster.h"

static bool all_seen(const struct cluster *c, enum process_seen seen)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next)
        if (list_item(n, struct process, node)->seen != seen)
            return false;
    return true;
}

static enum reconcile_action creating(const struct cluster *c, const struct process **ret_failed)
{
    if (list_empty(&c->processes))
        return RECONCILE_PLACE;
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->seen != SEEN_FAILED)
            continue;
        *ret_failed = p;
        return RECONCILE_FAIL;
    }
    return all_seen(c, SEEN_RUNNING) ? RECONCILE_ACTIVATE : RECONCILE_NOTHING;
}

static enum reconcile_action deleting(const struct cluster *c)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next)
        if (list_item(n, struct process, node)->wanted != WANTED_GONE)
            return RECONCILE_TOMBSTONE;
    return all_seen(c, SEEN_GONE) ? RECONCILE_FORGET : RECONCILE_NOTHING;
}

enum reconcile_action reconcile_cluster(const struct cluster *c, const struct process **ret_failed)
{
    *ret_failed = NULL;
    switch (c->state) {
    case CLUSTER_CREATING:
        return creating(c, ret_failed);
    case CLUSTER_DELETING:
        return deleting(c);
    case CLUSTER_ACTIVE:
    case CLUSTER_FAILED:
        break;
    }
    return RECONCILE_NOTHING;
}

bool reconcile_accepts(const struct process *p, int64_t revision, enum process_seen seen)
{
    if (revision != p->revision || p->seen == SEEN_GONE)
        return false;
    return seen != SEEN_GONE || p->wanted == WANTED_GONE;
}
