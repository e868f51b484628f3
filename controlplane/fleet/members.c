/* Brokers that come and go: partitions move to them or from them, each action one transaction. */
#include "controlplane/fleet/act_internal.h"
#include "controlplane/fleet/rebalance.h"
#include "controlplane/reconcile/plan.h"

#define LAST_BROKER_ID "lastBrokerId"

int32_t act_last_broker_id(const struct cluster *c)
{
    int32_t last = (int32_t)json_integer_value(json_object_get(c->spec, LAST_BROKER_ID));

    for (const struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item((struct list *)(uintptr_t)n, struct process, node);

        if (p->kind == PROCESS_BROKER && p->node_id > last)
            last = p->node_id;
    }
    return last;
}

/* A rebalance for the operation; its id is kept with the plan, in the same transaction. */
static err_t wish(const struct act *a, struct cluster *c, struct rebalance_options *w, const char *key,
                  const char *step, struct why *reterr)
{
    struct operation *o = store_active_operation(a->store, c);
    json_t *remove = json_object_get(o->plan, "remove");

    store_begin(a->store);
    w->drain = json_incref(remove);
    json_object_set_new(o->plan, key, json_integer(rebalance_want(a->store, c, w)));
    store_put_operation(a->store, o);
    act_set_step(a->store, c, step);
    return store_commit(a->store, reterr);
}

err_t act_move(const struct act *a, struct cluster *c, struct why *reterr)
{
    const struct operation *o = store_active_operation(a->store, c);
    bool drain = json_object_get(o->plan, "remove") != NULL;
    struct rebalance_options w = { .retire = drain, .cancel = plan_gives_up(o),
                                   .rate_bytes = json_integer_value(json_object_get(o->plan, "rate")) };

    return wish(a, c, &w, "wish", drain ? PLAN_STEP_DRAIN : PLAN_STEP_FILL, reterr);
}

err_t act_deregister(const struct act *a, struct cluster *c, struct why *reterr)
{
    struct rebalance_options w = { .unregister = true };

    return wish(a, c, &w, "farewell", PLAN_STEP_REMOVE, reterr);
}

err_t act_raise(const struct act *a, struct cluster *c, struct why *reterr)
{
    const struct operation *o = store_active_operation(a->store, c);
    struct rebalance_options w = { .release = json_string_value(json_object_get(o->plan, "release")) };

    return wish(a, c, &w, "raise", PLAN_STEP_FINALIZE, reterr);
}

/* Those of the operation that are wanted otherwise are wanted so, and seen so when their agents say it. */
static void want_all(const struct act *a, struct cluster *c, enum process_wanted wanted)
{
    const struct operation *o = store_active_operation(a->store, c);

    list_each(node, &c->processes) {
        struct process *p = list_item(node, struct process, node);

        if (!plan_removes(o, p) || p->wanted == WANTED_GONE || p->wanted == wanted)
            continue;
        p->wanted = wanted;
        p->seen = SEEN_STARTING;
        act_touch(a->store, p);
    }
}

err_t act_stop(const struct act *a, struct cluster *c, struct why *reterr)
{
    store_begin(a->store);
    want_all(a, c, WANTED_STOPPED);
    act_set_step(a->store, c, PLAN_STEP_REMOVE);
    return store_commit(a->store, reterr);
}

err_t act_return(const struct act *a, struct cluster *c, struct why *reterr)
{
    struct operation *o = store_active_operation(a->store, c);
    json_int_t returns = json_integer_value(json_object_get(o->plan, "returns"));
    OWNED_MEM char *message = NULL;
    const char *reason;

    (void)rebalance_state_of(c, json_integer_value(json_object_get(o->plan, "farewell")), &reason);
    message = mem_printf("%s; the brokers to be removed run again, and are drained again", reason);
    store_begin(a->store);
    want_all(a, c, WANTED_RUN);
    json_object_set_new(o->plan, "returns", json_integer(returns + 1));
    json_object_set_new(o->plan, "returned", json_string(reason));
    json_object_del(o->plan, "wish");
    json_object_del(o->plan, "farewell");
    store_put_operation(a->store, o);
    act_set_step(a->store, c, PLAN_STEP_DRAIN);
    act_set_state(a->store, c, "DrainingAgain", message);
    return store_commit(a->store, reterr);
}

err_t act_remove(const struct act *a, struct cluster *c, struct why *reterr)
{
    struct operation *o = store_active_operation(a->store, c);
    json_t *remove = json_object_get(o->plan, "remove");

    store_begin(a->store);
    list_each(node, &c->processes) {
        struct process *p = list_item(node, struct process, node);

        if (!plan_removes(o, p) || p->wanted == WANTED_GONE)
            continue;
        p->wanted = WANTED_GONE;
        act_touch(a->store, p);
    }
    json_object_set_new(o->target, "brokerCountUpdateInfo", json_pack("{s:O}", "deletedBrokerIds", remove));
    act_set_step(a->store, c, PLAN_STEP_REMOVE);
    return store_commit(a->store, reterr);
}

static err_t cannot_raise(const struct act *a, struct cluster *c, int64_t wish, struct why *reterr)
{
    OWNED_MEM char *message = NULL;
    const char *reason;

    (void)rebalance_state_of(c, wish, &reason);
    message = mem_printf("%s; the cluster runs on with the features it has", reason);
    store_begin(a->store);
    return act_end_update(a, c, OPERATION_FAILED, "FinalizeFailed", message, reterr);
}

err_t act_give_up(const struct act *a, struct cluster *c, struct why *reterr)
{
    const struct operation *o = store_active_operation(a->store, c);
    const json_t *raise = json_object_get(o->plan, "raise");
    const char *reason;
    OWNED_MEM char *message = NULL;

    if (raise)
        return cannot_raise(a, c, json_integer_value(raise), reterr);
    (void)rebalance_state_of(c, json_integer_value(json_object_get(o->plan, "wish")), &reason);
    if (plan_gives_up(o))
        reason = json_string_value(json_object_get(o->plan, "returned"));
    message = mem_printf("%s; all brokers stay, and what has moved stays where it is", reason);
    store_begin(a->store);
    return act_end_update(a, c, OPERATION_FAILED, "DrainFailed", message, reterr);
}

/* The nodes' lists change, so that their agents may forget the processes too. */
void act_forget_removed(const struct act *a, struct cluster *c)
{
    int32_t last = act_last_broker_id(c), removed = 0;

    list_each(at, &c->processes) {
        struct process *p = list_item(at, struct process, node);

        if (p->wanted != WANTED_GONE)
            continue;
        act_touch(a->store, p);
        store_remove_process(a->store, p);
        removed++;
    }
    if (!removed)
        return;
    c->brokers_n -= removed;
    json_object_set_new(c->spec, "numberOfBrokerNodes", json_integer(c->brokers_n));
    json_object_set_new(c->spec, LAST_BROKER_ID, json_integer(last));
    store_put_cluster(a->store, c);
}
