#include "controlplane/reconcile/plan.h"

#include "controlplane/reconcile/wish.h"

static struct plan_next next(enum plan_action action, const struct process *p)
{
    return (struct plan_next){ action, p };
}

void plan_touch(struct operation *o, const char *how, int64_t since)
{
    json_object_set_new(o->plan, "how", json_string(how));
    json_object_set_new(o->plan, "since", json_integer(since));
}

bool plan_restarts(const struct operation *o)
{
    const char *how = json_string_value(json_object_get(o->plan, "how"));

    return how && strcmp(how, "restart") == 0;
}

bool plan_names(const json_t *ids, int32_t node_id)
{
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (json_integer_value(json_array_get(ids, i)) == node_id)
            return true;
    return false;
}

enum process_seen plan_rests_as(const struct process *p)
{
    return p->wanted == WANTED_STOPPED ? SEEN_STOPPED : SEEN_GONE;
}

bool plan_removes(const struct operation *o, const struct process *p)
{
    return p->kind == PROCESS_BROKER && plan_names(json_object_get(o->plan, "remove"), p->node_id);
}

bool plan_covers(const struct operation *o, const struct process *p)
{
    bool controller = p->kind == PROCESS_CONTROLLER;
    const json_t *which = json_object_get(o->plan, controller ? "controllers" : "brokers");

    if (!json_object_get(o->plan, "how"))
        return false;
    if (json_is_array(which))
        return plan_names(which, p->node_id);
    return controller ? json_is_true(which) : !which;
}

bool plan_has_touched(const struct operation *o, const struct process *p)
{
    int64_t since = json_integer_value(json_object_get(o->plan, "since"));

    return (plan_restarts(o) ? p->restart : p->revision) >= since;
}

/* What it runs with is the update's: it was touched, or placed anew meanwhile. */
static bool is_of_update(const struct operation *o, const struct process *p)
{
    return plan_covers(o, p) && p->revision >= json_integer_value(json_object_get(o->plan, "since"));
}

static bool others_run(const struct process *p)
{
    list_each(n, &p->cluster->processes) {
        const struct process *other = list_item(n, struct process, node);

        if (other != p && other->seen != SEEN_RUNNING)
            return false;
    }
    return true;
}

/* What is under way: one that was touched, or placed anew, and is not there again. */
static struct plan_next next_under_way(const struct cluster *c, const struct operation *o)
{
    struct plan_next ret = next(PLAN_DONE, NULL);

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (!is_of_update(o, p))
            continue;
        if (p->seen == SEEN_FAILED)
            return next(PLAN_FAILED, p);
        if (p->seen != SEEN_RUNNING)
            ret = next(PLAN_WAIT, p);
    }
    return ret;
}

/* The first of a kind that may be touched now: when one is away, no other than that one; and whatever has
 * failed, which serves nobody. */
static struct plan_next next_of(const struct cluster *c, const struct operation *o, enum process_kind kind)
{
    struct plan_next ret = next(PLAN_DONE, NULL);

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->kind != kind || !plan_covers(o, p) || plan_has_touched(o, p))
            continue;
        if (!plan_restarts(o) || p->seen == SEEN_FAILED || others_run(p))
            return next(PLAN_TOUCH, p);
        ret = next(PLAN_WAIT, p);
    }
    return ret;
}

static const json_t *added_ids(const struct operation *o)
{
    return json_object_get(json_object_get(o->target, "brokerCountUpdateInfo"), "createdBrokerIds");
}

/* Brokers that were added come up together. One that was there before is waited for: its failure is none of
 * this update's, whatever its revision says, which an older klammd may have given. */
static struct plan_next next_of_added(const struct cluster *c, const struct operation *o)
{
    json_int_t count = json_integer_value(json_object_get(o->plan, "count")), brokers = 0;
    struct plan_next ret = next(PLAN_DONE, NULL);

    for (struct list *n = c->processes.next; count && n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (p->kind != PROCESS_BROKER)
            continue;
        brokers++;
        if (p->seen == SEEN_FAILED && plan_has_touched(o, p) && plan_names(added_ids(o), p->node_id))
            return next(PLAN_FAILED, p);
        if (p->seen != SEEN_RUNNING)
            ret = next(PLAN_WAIT, p);
    }
    return brokers < count ? next(PLAN_ADD, NULL) : ret;
}

/* How far the rebalance is whose id stands in the plan under `key`. */
static bool is_over(const struct cluster *c, const struct operation *o, const char *key, bool *ret_done)
{
    int64_t id = json_integer_value(json_object_get(o->plan, key));
    enum rebalance_state state = rebalance_state_of(c, id, NULL);

    *ret_done = state == REBALANCE_DONE;
    return state != REBALANCE_WAITING && state != REBALANCE_MOVING;
}

/* Nothing is on those that go any more: they run no more. */
static struct plan_next next_of_stops(const struct cluster *c, const struct operation *o)
{
    struct plan_next ret = next(PLAN_DONE, NULL);

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (!plan_removes(o, p))
            continue;
        if (p->wanted == WANTED_RUN)
            return next(PLAN_STOP, p);
        if (p->seen != plan_rests_as(p))
            ret = next(PLAN_WAIT, p);
    }
    return ret;
}

/* Nothing can come to be on them any more: their volumes go. */
static struct plan_next next_of_forgotten(const struct cluster *c, const struct operation *o, bool empty)
{
    struct plan_next ret = next(PLAN_DONE, NULL);

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (!plan_removes(o, p))
            continue;
        if (p->wanted != WANTED_GONE)
            return next(empty ? PLAN_REMOVE : PLAN_RETURN, p);
        if (p->seen != SEEN_GONE)
            ret = next(PLAN_WAIT, p);
    }
    return ret;
}

/* Partitions move to those that came, or from those that go. That new brokers did not get their share is
 * no reason to fail: they are there. */
static struct plan_next next_of_moves(const struct cluster *c, const struct operation *o)
{
    bool fill = json_is_true(json_object_get(o->plan, "fill")), done;
    struct plan_next stops;

    if (!fill && !json_object_get(o->plan, "remove"))
        return next(PLAN_DONE, NULL);
    if (json_object_get(o->plan, "farewell"))
        return is_over(c, o, "farewell", &done) ? next_of_forgotten(c, o, done) : next(PLAN_WAIT, NULL);
    if (!json_object_get(o->plan, "wish"))
        return next(PLAN_MOVE, NULL);
    if (!is_over(c, o, "wish", &done))
        return next(PLAN_WAIT, NULL);
    if (fill)
        return next(PLAN_DONE, NULL);
    if (!done)
        return next(PLAN_CANNOT, NULL);
    stops = next_of_stops(c, o);
    return stops.action == PLAN_DONE ? next(PLAN_FORGET, NULL) : stops;
}

bool plan_gives_up(const struct operation *o)
{
    return json_integer_value(json_object_get(o->plan, "returns")) >= PLAN_RETURNS_MAX;
}

/* All processes run what their nodes have installed: the features follow. */
static struct plan_next next_of_release(const struct cluster *c, const struct operation *o)
{
    bool done;

    if (!json_object_get(o->plan, "release") || json_object_get(o->plan, "undoing"))
        return next(PLAN_DONE, NULL);
    if (!json_object_get(o->plan, "raise"))
        return next(PLAN_RAISE, NULL);
    if (!is_over(c, o, "raise", &done))
        return next(PLAN_WAIT, NULL);
    return next(done ? PLAN_DONE : PLAN_CANNOT, NULL);
}

static struct plan_next next_of_roll(const struct cluster *c, const struct operation *o)
{
    struct plan_next ret = next_of(c, o, PROCESS_BROKER), controllers;

    if (ret.action == PLAN_TOUCH)
        return ret;
    controllers = next_of(c, o, PROCESS_CONTROLLER);
    /* Brokers that wait, wait for one that is away: for a controller that an update being undone has hurt. */
    return ret.action == PLAN_DONE || controllers.action == PLAN_TOUCH ? controllers : ret;
}

struct plan_next plan_next(const struct cluster *c, const struct operation *o)
{
    struct plan_next ret = next_of_added(c, o);

    if (ret.action == PLAN_DONE)
        ret = next_of_moves(c, o);
    if (ret.action == PLAN_DONE)
        ret = next_under_way(c, o);
    if (ret.action == PLAN_DONE)
        ret = next_of_roll(c, o);
    return ret.action == PLAN_DONE ? next_of_release(c, o) : ret;
}

char *plan_step(const struct operation *o, const struct process *p)
{
    if (json_object_get(o->plan, "release"))
        return mem_strdup(PLAN_STEP_BINARIES);
    return mem_printf("%s_%s_%d", strcmp(o->type, "REBOOT_NODE") == 0 ? "REBOOT" : "UPDATE",
                      p->kind == PROCESS_BROKER ? "BROKER" : "CONTROLLER", p->node_id);
}

static const char *last_of(const json_t *names)
{
    return json_string_value(json_array_get(names, json_array_size(names) - 1));
}

static void add_steps(const struct cluster *c, const struct operation *o, enum process_kind kind, json_t *ret)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);
        OWNED_MEM char *name = NULL;

        if (p->kind != kind || !plan_covers(o, p))
            continue;
        name = plan_step(o, p);
        if (strcmp(name, last_of(ret)) != 0)
            json_array_append_new(ret, json_string(name));
    }
}

json_t *plan_steps(const struct cluster *c, const struct operation *o)
{
    json_t *ret = json_pack("[s]", "INITIALIZE_UPDATE");

    if (json_object_get(o->plan, "count"))
        json_array_append_new(ret, json_string(PLAN_STEP_LAUNCH));
    if (json_is_true(json_object_get(o->plan, "fill")))
        json_array_append_new(ret, json_string(PLAN_STEP_FILL));
    if (json_object_get(o->plan, "remove")) {
        json_array_append_new(ret, json_string(PLAN_STEP_DRAIN));
        json_array_append_new(ret, json_string(PLAN_STEP_REMOVE));
    }
    add_steps(c, o, PROCESS_BROKER, ret);
    add_steps(c, o, PROCESS_CONTROLLER, ret);
    json_array_append_new(ret, json_string(PLAN_STEP_FINALIZE));
    return ret;
}

/* As brokers go that are removed: those that came up may hold replicas by now, and that they were filled
 * is no drain. */
static void take_back_added(struct operation *o)
{
    json_object_set_new(o->plan, "remove", json_deep_copy(added_ids(o)));
    json_object_del(o->plan, "count");
    json_object_del(o->plan, "fill");
    json_object_del(o->plan, "wish");
    json_object_set_new(o->plan, "steps", json_pack("[s, s, s, s, s]", "INITIALIZE_UPDATE", PLAN_STEP_LAUNCH,
                                                    PLAN_STEP_DRAIN, PLAN_STEP_REMOVE, PLAN_STEP_FINALIZE));
}

void plan_undo(const struct cluster *c, struct operation *o, int64_t since, const char *code,
               const char *message)
{
    json_t *brokers = json_array(), *controllers = json_array();

    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);

        if (!is_of_update(o, p))
            continue;
        json_array_append_new(p->kind == PROCESS_BROKER ? brokers : controllers, json_integer(p->node_id));
    }
    json_object_set_new(o->plan, "brokers", brokers);
    json_object_set_new(o->plan, "controllers", controllers);
    json_object_set_new(o->plan, "since", json_integer(since));
    json_object_set_new(o->plan, "undoing", json_pack("{s:s, s:s}", "code", code, "message", message));
    if (json_object_get(o->plan, "count"))
        take_back_added(o);
}
