#include "controlplane/reconcile/node.h"

#include <stdio.h>

#include "controlplane/reconcile/cluster.h"

static bool is_on(const struct process *p, const struct node *n)
{
    return p->seen != SEEN_GONE && strcmp(p->host, n->name) == 0;
}

unsigned reconcile_placed_on(struct list *clusters, const struct node *n, const struct process **ret_one)
{
    unsigned count = 0;

    list_each(node, clusters) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes) {
            struct process *p = list_item(at, struct process, node);

            if (!is_on(p, n))
                continue;
            *ret_one = p;
            count++;
        }
    }
    return count;
}

static err_t check_controllers(const struct node_removal *r, const struct cluster *c, struct why *reterr)
{
    const struct process *lost = NULL, *away = NULL;
    unsigned all = 0, on_it = 0;

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->kind != PROCESS_CONTROLLER)
            continue;
        all++;
        if (is_on(p, r->node)) {
            on_it++;
            lost = p;
        } else if (p->seen != SEEN_RUNNING) {
            away = p;
        }
    }
    if (on_it && on_it == all)
        return why(reterr, ERR_CONFLICT, "node %s holds controller %d of cluster %s, and the cluster's "
                   "metadata lies nowhere else: bring the node back, or delete the cluster first",
                   r->node->name, lost->node_id, c->name);
    if (on_it > 1)
        return why(reterr, ERR_CONFLICT, "node %s holds %u of the %u controllers of cluster %s, at most one "
                   "may be replaced at a time", r->node->name, on_it, all, c->name);
    if (on_it && away)
        return why(reterr, ERR_CONFLICT, "node %s holds controller %d of cluster %s, and controller %d on "
                   "node %s does not run: at most one may be away while one is replaced",
                   r->node->name, lost->node_id, c->name, away->node_id, away->host);
    return ERR_OK;
}

err_t reconcile_may_remove(const struct node_removal *r, struct why *reterr)
{
    const struct process *one = NULL;
    unsigned count = reconcile_placed_on(r->clusters, r->node, &one);
    err_t e = ERR_OK;

    if (r->node->removed_ms || !count)
        return ERR_OK;
    if (!r->silent_since_ms)
        return why(reterr, ERR_BUSY, "node %s is there: its agent is connected and %u processes are placed "
                   "on it, such as %s %d of cluster %s", r->node->name, count,
                   store_process_kind_name(one->kind), one->node_id, one->cluster->name);
    if (r->now_ms - r->silent_since_ms < RECONCILE_SILENT_MS)
        return why(reterr, ERR_BUSY, "node %s: its agent has been away for %lld ms, it must be %d at least",
                   r->node->name, (long long)(r->now_ms - r->silent_since_ms), RECONCILE_SILENT_MS);
    if (!r->data_is_lost)
        return why(reterr, ERR_INVALID, "node %s: %u processes are placed on it, such as %s %d of cluster "
                   "%s; they begin anew elsewhere with empty disks: say that the data on it is lost",
                   r->node->name, count, store_process_kind_name(one->kind), one->node_id,
                   one->cluster->name);
    list_each(node, r->clusters) {
        struct cluster *c = list_item(node, struct cluster, node);

        if (!e && c->state != CLUSTER_DELETING && c->state != CLUSTER_FAILED)
            e = check_controllers(r, c, reterr);
    }
    return e;
}

bool reconcile_is_agent_of(const struct node *n, const char *installation)
{
    return !*n->installation || strncmp(n->installation, installation, NODE_ID_MAX) == 0;
}

bool reconcile_is_run_of(const struct node *n, const char *instance)
{
    return *instance && strncmp(n->instance, instance, NODE_ID_MAX) == 0;
}

bool reconcile_bind(struct node *n, const char *installation, const char *instance)
{
    bool bound = *n->installation || !*installation;

    if (!reconcile_is_run_of(n, instance)) {
        (void)snprintf(n->instance, sizeof(n->instance), "%s", instance);
        n->report = 0;
    }
    if (!bound)
        (void)snprintf(n->installation, sizeof(n->installation), "%s", installation);
    return !bound;
}

bool reconcile_is_news(struct node *n, int64_t report)
{
    if (report <= n->report)
        return false;
    n->report = report;
    return true;
}
