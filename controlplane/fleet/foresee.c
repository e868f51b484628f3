#include "controlplane/fleet/foresee.h"

#include <stdarg.h>
#include <stdio.h>

#include "controlplane/fleet/fleet.h"
#include "controlplane/fleet/foresee_internal.h"
#include "controlplane/fleet/grow.h"
#include "controlplane/fleet/rebalance.h"
#include "controlplane/reconcile/plan.h"

const char *foresee_risk_name(enum foresee_risk r)
{
    static const char *const names[] = { "none", "low", "medium", "high" };

    return names[r];
}

void foresee_risk(struct foresight *f, enum foresee_risk level, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (level > f->risk)
        f->risk = level;
    for (size_t i = 0; i < json_array_size(f->risks); i++)
        if (strcmp(json_string_value(json_array_get(f->risks, i)), text) == 0)
            return;
    if (json_array_size(f->risks) < FORESEE_RISKS_MAX)
        json_array_append_new(f->risks, json_string(text));
}

/* --- what is written down --- */

static json_t *new_step(struct foreseen *x, const char *action)
{
    const struct operation *o = store_active_operation(x->act.store, x->cluster);
    json_t *step = json_pack("{s:s, s:s}", "clusterName", x->cluster->name, "action", action);

    if (o && o->step)
        json_object_set_new(step, "step", json_string(o->step));
    json_array_append_new(x->ret->steps, step);
    return step;
}

static void note_broker(struct foresight *f, int32_t id)
{
    if (!plan_names(f->brokers, id))
        json_array_append_new(f->brokers, json_integer(id));
}

static void note(struct foreseen *x, const struct process *p, const char *action)
{
    const struct node *n = store_node(x->act.store, str_of(p->host));
    const char *kind = store_process_kind_name(p->kind);
    json_t *step = new_step(x, action);

    json_object_set_new(step, "process", json_string(kind));
    json_object_set_new(step, "id", json_integer(p->node_id));
    json_object_set_new(step, "node", json_string(p->host));
    json_object_set_new(step, "zone", json_string(p->zone));
    if (p->kind == PROCESS_BROKER)
        note_broker(x->ret, p->node_id);
    if (n && !n->removed_ms && !fleet_node_connected(n))
        foresee_risk(x->ret, FORESEE_MEDIUM, "The agent of node %s is not connected: %s %d waits for it.",
                     n->name, kind, p->node_id);
}

/* --- agents that do what they are told --- */

static void launch(struct foreseen *x, const char *action)
{
    list_each(node, &x->cluster->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->wanted != WANTED_RUN || p->seen != SEEN_NOTHING)
            continue;
        note(x, p, action);
        p->seen = SEEN_RUNNING;
    }
    x->ret->seconds += FORESEE_LAUNCH_S;
}

static void removed(struct foreseen *x)
{
    list_each(node, &x->cluster->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->wanted != WANTED_GONE || p->seen == SEEN_GONE)
            continue;
        note(x, p, "remove");
        p->seen = SEEN_GONE;
    }
    x->ret->seconds += FORESEE_REMOVE_S;
}

static void stopped(struct foreseen *x)
{
    list_each(node, &x->cluster->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->wanted == WANTED_STOPPED)
            p->seen = SEEN_STOPPED;
    }
}

static void touched(struct foreseen *x, const struct process *next)
{
    const struct operation *o = store_active_operation(x->act.store, x->cluster);
    OWNED_MEM char *id = store_process_id(next);
    struct process *p = store_process(x->act.store, str_of(id));
    bool restarts = o && plan_restarts(o);

    note(x, p, restarts ? "restart" : "apply");
    x->ret->seconds += restarts ? FORESEE_RESTART_S : FORESEE_APPLY_S;
    p->seen = SEEN_RUNNING;
    if (restarts)
        foresee_risk(x->ret, FORESEE_LOW,
                     "One process restarts at a time, when all others are in sync; a partition with a "
                     "single replica is away while its broker restarts.");
}

/* What was wished is so. */
static void moved(struct cluster *c)
{
    json_object_set_new(c->rebalance, "seen", json_pack("{s:s}", "state", "done"));
    json_object_set_new(c->rebalance, "over", json_true());
}

static void move(struct foreseen *x)
{
    new_step(x, "move");
    foresee_move(x);
    moved(x->cluster);
}

static void replaced(struct foreseen *x, const char *from)
{
    list_each(node, &x->cluster->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->seen != SEEN_NOTHING || p->kind != PROCESS_BROKER)
            continue;
        foresee_copy(x, p);
        foresee_risk(x->ret, FORESEE_HIGH,
                     "Broker %d begins with an empty disk: what only node %s held is lost.", p->node_id,
                     from);
    }
    launch(x, "replace");
}

/* Who is away is waited for: said, and taken for done. False: nobody is. */
static bool wait_over(struct foreseen *x)
{
    bool any = false;

    list_each(node, &x->cluster->processes) {
        struct process *p = list_item(node, struct process, node);
        enum process_seen want = p->wanted == WANTED_RUN ? SEEN_RUNNING : plan_rests_as(p);

        if (p->seen == want)
            continue;
        any = true;
        foresee_risk(x->ret, FORESEE_MEDIUM, "%s %d on node %s is not running now (%s): it is waited for.",
                     p->kind == PROCESS_BROKER ? "Broker" : "Controller", p->node_id, p->host,
                     store_seen_name(p->seen));
        p->seen = want;
    }
    if (rebalance_under_way(x->cluster)) {
        any = true;
        moved(x->cluster);
    }
    return any;
}

/* --- one action of the reconciler after the other --- */

static int64_t nobody_is_silent(void *ctx, const char *host)
{
    (void)ctx;
    (void)host;
    return 0;
}

static bool was_removed(void *ctx, const char *host)
{
    const struct node *n = store_node(ctx, str_of(host));

    return n && n->removed_ms;
}

/* What an action came to; false: nothing more follows. */
static bool follow(struct foreseen *x, const struct reconcile_next *next, const char *host)
{
    switch (next->action) {
    case RECONCILE_PLACE:
    case RECONCILE_ADD:
        launch(x, "launch");
        return true;
    case RECONCILE_TOUCH:
        touched(x, next->process);
        return true;
    case RECONCILE_MOVE:
        move(x);
        return true;
    case RECONCILE_DEREGISTER:
        moved(x->cluster);
        return true;
    case RECONCILE_RAISE:
        foresee_risk(x->ret, FORESEE_MEDIUM,
                     "Features are raised for good: no earlier version can be had again.");
        new_step(x, "raise");
        moved(x->cluster);
        return true;
    case RECONCILE_STOP:
        stopped(x);
        return true;
    case RECONCILE_REMOVE:
        foresee_risk(x->ret, FORESEE_MEDIUM,
                     "Brokers are removed for good, with their volumes, once they hold nothing.");
        removed(x);
        return true;
    case RECONCILE_TOMBSTONE:
        foresee_risk(x->ret, FORESEE_HIGH,
                     "All brokers of cluster %s go with their volumes: its data is lost.", x->cluster->name);
        removed(x);
        return true;
    case RECONCILE_REPLACE:
        replaced(x, host);
        return true;
    case RECONCILE_NOTHING:
        return wait_over(x);
    case RECONCILE_ACTIVATE:
    case RECONCILE_HEAL:
    case RECONCILE_WRITE_OFF:
    case RECONCILE_SAY:
    case RECONCILE_UNSAY:
    case RECONCILE_TELL:
    case RECONCILE_FINISH:
        return true;
    case RECONCILE_FAIL:
    case RECONCILE_UNDO:
    case RECONCILE_ABORT:
    case RECONCILE_RETURN:
    case RECONCILE_GIVE_UP:
    case RECONCILE_FORGET:
        break;
    }
    return false;
}

/* It finds no place, or what was begun would fail. */
static bool is_stuck(struct foreseen *x, const struct operation *o, int64_t again_ms)
{
    if (o && o->state == OPERATION_FAILED)
        foresee_risk(x->ret, FORESEE_HIGH, "The operation fails (%s): %s", o->error_code ? o->error_code : "",
                     o->error_message ? o->error_message : "");
    else if (again_ms && x->cluster->state_message)
        foresee_risk(x->ret, FORESEE_HIGH, "It waits: %s", x->cluster->state_message);
    return (o && o->state == OPERATION_FAILED) || again_ms;
}

static bool step(struct foreseen *x)
{
    struct reconcile_view view = { x->act.now_ms, x->act.now_ms, nobody_is_silent, was_removed, x->act.store,
                                   act_operation(x->act.store, x->cluster) };
    struct reconcile_next next = reconcile_cluster(x->cluster, &view);
    const struct operation *o = store_active_operation(x->act.store, x->cluster);
    OWNED_MEM char *host = mem_strdup(next.process ? next.process->host : "");
    struct why reason;
    int64_t again;

    if (act_on(&x->act, x->cluster, &next, &again, &reason))
        return false; /* a fork has no disk that could fail */
    if (next.action == RECONCILE_FORGET)
        return false;
    if (next.action != RECONCILE_NOTHING && is_stuck(x, o, again))
        return false;
    return follow(x, &next, host);
}

static void walk(struct foreseen *x)
{
    unsigned left = 100;

    left += 8 * (unsigned)(x->cluster->brokers_n + CONTROLLERS);
    list_each(node, &x->cluster->processes)
        left += 8;
    while (left && step(x))
        left--;
}

/* --- what is another after the change --- */

/* One of its processes is on a node that the change has removed. */
static bool has_lost_a_node(struct foreseen *x)
{
    list_each(node, &x->cluster->processes) {
        const struct process *p = list_item(node, struct process, node);
        const struct node *n = store_node(x->act.store, str_of(p->host)), *old = NULL;

        if (n && n->removed_ms)
            old = store_node(x->original, str_of(p->host));
        if (old && !old->removed_ms)
            return true;
    }
    return false;
}

/* A rebalance that was asked for by itself, or taken back. */
static void see_rebalance(struct foreseen *x)
{
    const json_t *now = x->cluster->rebalance, *old = x->before ? x->before->rebalance : NULL;

    if (!now || json_equal((json_t *)(uintptr_t)now, (json_t *)(uintptr_t)old))
        return;
    if (json_is_true(json_object_get(now, "cancel")))
        new_step(x, "cancel");
    else if (!json_is_true(json_object_get(now, "dryRun")))
        move(x);
}

static void see_cluster(struct foreseen *x)
{
    struct why reason;
    bool begun = false;

    x->before = store_cluster(x->original, str_of(x->cluster->arn));
    if (x->before && !json_equal(x->before->scaling, x->cluster->scaling))
        (void)grow_by_itself(&x->act, x->cluster, &begun, &reason);
    if (!x->before || x->before->state != x->cluster->state || has_lost_a_node(x)) {
        if (!x->ret->operation)
            x->ret->operation = store_active_operation(x->act.store, x->cluster);
        walk(x);
    } else {
        see_rebalance(x);
    }
}

void foresee(struct store *before, struct store *fork, const struct config *config, int64_t now_ms,
             struct foresight *ret)
{
    struct foreseen x = { .ret = ret, .original = before, .act = { fork, config, now_ms } };

    *ret = (struct foresight){ .steps = json_array(), .brokers = json_array(), .risks = json_array() };
    list_each(node, store_clusters(fork)) {
        x.cluster = list_item(node, struct cluster, node);
        see_cluster(&x);
    }
}

void foresight_done(struct foresight *f)
{
    json_decref(f->steps);
    json_decref(f->brokers);
    json_decref(f->risks);
}
