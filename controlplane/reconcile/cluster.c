#include "controlplane/reconcile/cluster.h"

#include "controlplane/reconcile/plan.h"

static struct reconcile_next act(enum reconcile_action action, const struct process *p)
{
    return (struct reconcile_next){ .action = action, .process = p };
}

/* The first process that is not seen as asked. */
static const struct process *first_not(const struct cluster *c, enum process_seen seen)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->seen != seen)
            return p;
    }
    return NULL;
}

static const struct process *first_failed(const struct cluster *c)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->seen == SEEN_FAILED)
            return p;
    }
    return NULL;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The one of those not seen as asked whose agent has been away for longest; NULL when all are there. */
static const struct process *longest_silent(const struct cluster *c, enum process_seen seen,
                                            const struct reconcile_view *v, int64_t *ret_since_ms)
{
    const struct process *silent = NULL;

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);
        bool there = p->seen == (p->wanted == WANTED_RUN ? seen : plan_rests_as(p));
        int64_t since = there ? 0 : v->silent_since_ms(v->ctx, p->host);

        if (!since || (silent && since >= *ret_since_ms))
            continue;
        silent = p;
        *ret_since_ms = since;
    }
    return silent;
}

/* Nothing can be done but wait for agents: says so when it takes long, and when it is over. */
static struct reconcile_next wait_for(const struct cluster *c, enum process_seen seen,
                                      const struct reconcile_view *v)
{
    bool said = c->state_code && strcmp(c->state_code, RECONCILE_WAITING) == 0;
    int64_t since = 0;
    const struct process *silent = longest_silent(c, seen, v, &since);
    struct reconcile_next nothing = { .action = RECONCILE_NOTHING };

    if (silent && v->now_ms - since >= RECONCILE_SILENT_MS)
        return said ? nothing : act(RECONCILE_SAY, silent);
    if (said)
        return act(RECONCILE_UNSAY, NULL);
    if (silent)
        nothing.again_ms = since + RECONCILE_SILENT_MS - v->now_ms;
    return nothing;
}

/* The first process whose node was removed and of which more is expected. */
static const struct process *first_lost(const struct cluster *c, const struct reconcile_view *v)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->seen != plan_rests_as(p) && v->removed(v->ctx, p->host))
            return p;
    }
    return NULL;
}

static bool others_run(const struct cluster *c, const struct process *controller)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p != controller && p->kind == PROCESS_CONTROLLER && p->seen != SEEN_RUNNING)
            return false;
    }
    return true;
}

static struct reconcile_next replace(const struct cluster *c, const struct process *lost,
                                     const struct reconcile_view *v)
{
    if (lost->kind == PROCESS_CONTROLLER && !others_run(c, lost))
        return wait_for(c, SEEN_RUNNING, v);
    return act(RECONCILE_REPLACE, lost);
}

static struct reconcile_next creating(const struct cluster *c, const struct reconcile_view *v)
{
    const struct process *failed = first_failed(c), *slow = first_not(c, SEEN_RUNNING);
    const struct process *lost = first_lost(c, v);
    struct reconcile_next next;
    int64_t left;

    if (list_empty(&c->processes))
        return act(RECONCILE_PLACE, NULL);
    if (lost)
        return replace(c, lost, v);
    if (failed)
        return act(RECONCILE_FAIL, failed);
    if (!slow)
        return act(RECONCILE_ACTIVATE, NULL);
    left = later(slow->added_ms, v->since_ms) + RECONCILE_LAUNCH_MS_MAX - v->now_ms;
    if (left <= 0)
        return act(RECONCILE_FAIL, slow);
    next = wait_for(c, SEEN_RUNNING, v);
    if (next.action == RECONCILE_NOTHING && (!next.again_ms || next.again_ms > left))
        next.again_ms = left;
    return next;
}

static struct reconcile_next active(const struct cluster *c, const struct reconcile_view *v)
{
    const struct process *lost = first_lost(c, v);

    return lost ? act(RECONCILE_HEAL, lost) : act(RECONCILE_NOTHING, NULL);
}

static struct reconcile_next healing(const struct cluster *c, const struct reconcile_view *v)
{
    const struct process *lost = first_lost(c, v);

    if (lost)
        return replace(c, lost, v);
    return first_not(c, SEEN_RUNNING) ? wait_for(c, SEEN_RUNNING, v) : act(RECONCILE_ACTIVATE, NULL);
}

static struct reconcile_next plan_failed(const struct operation *o, const struct process *failed)
{
    bool can_undo = json_object_get(o->plan, "undo") || json_object_get(o->plan, "count");

    return act(can_undo && !json_object_get(o->plan, "undoing") ? RECONCILE_UNDO : RECONCILE_ABORT, failed);
}

/* Its agent says what it waits for, and the cluster's state does not say it yet. */
static bool is_news(const struct cluster *c, const struct process *p)
{
    bool silent = c->state_code && strcmp(c->state_code, RECONCILE_WAITING) == 0;

    return p && p->seen != SEEN_RUNNING && p->reason && !silent &&
           (!c->state_message || !strstr(c->state_message, p->reason));
}

static struct reconcile_next updating(const struct cluster *c, const struct reconcile_view *v)
{
    const struct process *lost = first_lost(c, v);
    struct plan_next next;

    if (lost && lost->wanted != WANTED_RUN) /* it held nothing, and nobody will say that it is gone */
        return act(RECONCILE_WRITE_OFF, lost);
    if (lost)
        return replace(c, lost, v);
    if (!v->operation) /* a store that was mended by hand */
        return act(RECONCILE_FINISH, NULL);
    next = plan_next(c, v->operation);
    switch (next.action) {
    case PLAN_WAIT:
        if (is_news(c, next.process))
            return act(RECONCILE_TELL, next.process);
        break;
    case PLAN_ADD:
        return act(RECONCILE_ADD, NULL);
    case PLAN_TOUCH:
        return act(RECONCILE_TOUCH, next.process);
    case PLAN_FAILED:
        return plan_failed(v->operation, next.process);
    case PLAN_MOVE:
        return act(RECONCILE_MOVE, NULL);
    case PLAN_STOP:
        return act(RECONCILE_STOP, NULL);
    case PLAN_RETURN:
        return act(RECONCILE_RETURN, NULL);
    case PLAN_REMOVE:
        return act(RECONCILE_REMOVE, NULL);
    case PLAN_FORGET:
        return act(RECONCILE_DEREGISTER, NULL);
    case PLAN_RAISE:
        return act(RECONCILE_RAISE, NULL);
    case PLAN_CANNOT:
        return act(RECONCILE_GIVE_UP, NULL);
    case PLAN_DONE:
        return act(RECONCILE_FINISH, NULL);
    }
    return wait_for(c, SEEN_RUNNING, v);
}

static struct reconcile_next deleting(const struct cluster *c, const struct reconcile_view *v)
{
    const struct process *lost = first_lost(c, v);

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next)
        if (list_item(n, struct process, node)->wanted != WANTED_GONE)
            return act(RECONCILE_TOMBSTONE, NULL);
    if (lost)
        return act(RECONCILE_WRITE_OFF, lost);
    return first_not(c, SEEN_GONE) ? wait_for(c, SEEN_GONE, v) : act(RECONCILE_FORGET, NULL);
}

struct reconcile_next reconcile_cluster(const struct cluster *c, const struct reconcile_view *v)
{
    switch (c->state) {
    case CLUSTER_CREATING:
        return creating(c, v);
    case CLUSTER_ACTIVE:
        return active(c, v);
    case CLUSTER_HEALING:
        return healing(c, v);
    case CLUSTER_UPDATING:
    case CLUSTER_REBOOTING:
        return updating(c, v);
    case CLUSTER_DELETING:
        return deleting(c, v);
    case CLUSTER_FAILED:
    case CLUSTER_STATES:
        break;
    }
    return act(RECONCILE_NOTHING, NULL);
}

bool reconcile_accepts(const struct process *p, int64_t revision, enum process_seen seen)
{
    if (revision != p->revision || p->seen == SEEN_GONE)
        return false;
    return seen != SEEN_GONE || p->wanted == WANTED_GONE;
}
