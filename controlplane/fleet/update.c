/* Updates of a running cluster: each action of the reconciler one transaction. */
#include "common/rng.h"
#include "controlplane/fleet/act_internal.h"
#include "controlplane/reconcile/plan.h"

const struct operation *act_operation(struct store *s, const struct cluster *c)
{
    bool updated = c->state == CLUSTER_UPDATING || c->state == CLUSTER_REBOOTING;

    return updated ? store_active_operation(s, c) : NULL;
}

void act_new_version(char ret[15])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t bytes[13];

    rng_system(bytes, sizeof(bytes));
    ret[0] = 'K';
    for (int i = 0; i < 13; i++)
        ret[i + 1] = digits[bytes[i] & 31];
    ret[14] = '\0';
}

char *act_new_uuid(void)
{
    uint8_t b[16];

    rng_system(b, sizeof(b));
    return mem_printf("%02x%02x%02x%02x-%02x%02x-4%x%02x-a%x%02x-%02x%02x%02x%02x%02x%02x-1", b[0],
                      b[1], b[2], b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10], b[11],
                      b[12], b[13], b[14], b[15]);
}

struct operation *act_new_operation(const struct act *a, const struct cluster *c, const char *type)
{
    OWNED_MEM char *uuid = act_new_uuid();
    OWNED_MEM char *arn = mem_printf("arn:aws:kafka:%s:%s:cluster-operation/%s/%s/%s", a->config->region,
                                     a->config->account_id, c->name, c->uuid, uuid);
    struct operation *o = store_operation_new(a->store, arn, c->arn, type);

    o->created_ms = a->now_ms;
    store_put_operation(a->store, o);
    return o;
}

static void new_version(const struct act *a, struct cluster *c)
{
    char version[15];

    act_new_version(version);
    store_set_text(&c->current_version, version);
    store_put_cluster(a->store, c);
}

/* Back in service. A version of its own for every update that changed something. */
err_t act_end_update(const struct act *a, struct cluster *c, enum operation_state state, const char *code,
                     const char *message, struct why *reterr)
{
    c->state = CLUSTER_ACTIVE;
    act_set_state(a->store, c, NULL, NULL);
    if (state == OPERATION_COMPLETE)
        new_version(a, c);
    act_end_operation(a, c, state, code, message);
    return store_commit(a->store, reterr);
}

err_t act_finish(const struct act *a, struct cluster *c, struct why *reterr)
{
    const struct operation *o = store_active_operation(a->store, c);
    const json_t *undoing = o ? json_object_get(o->plan, "undoing") : NULL;
    json_t *release = o ? json_object_get(o->plan, "release") : NULL;
    OWNED_MEM char *code = NULL, *message = NULL;

    store_begin(a->store);
    act_forget_removed(a, c);
    if (!undoing && release)
        json_object_set(c->spec, "kafkaVersion", release);
    if (!undoing)
        return act_end_update(a, c, OPERATION_COMPLETE, NULL, NULL, reterr);
    code = mem_strdup(json_string_value(json_object_get(undoing, "code")));
    message = mem_strdup(json_string_value(json_object_get(undoing, "message")));
    return act_end_update(a, c, OPERATION_FAILED, code, message, reterr);
}

err_t act_on_process(const struct act *a, struct cluster *c, const struct process *next, struct why *reterr)
{
    const struct operation *o = store_active_operation(a->store, c);
    struct process *p = act_stored(a, next);
    OWNED_MEM char *step = plan_step(o, p);

    store_begin(a->store);
    p->seen = SEEN_STARTING; /* until its agent answers this revision */
    act_touch(a->store, p);
    if (plan_restarts(o))
        p->restart = p->revision;
    store_put_process(a->store, p);
    act_set_step(a->store, c, step);
    return store_commit(a->store, reterr);
}

err_t act_tell(const struct act *a, struct cluster *c, const struct process *p, struct why *reterr)
{
    OWNED_MEM char *message = mem_printf("%s %d on node %s: %s", store_process_kind_name(p->kind), p->node_id,
                                         p->host, p->reason);

    store_begin(a->store);
    act_set_state(a->store, c, "WaitingForBroker", message);
    return store_commit(a->store, reterr);
}

err_t act_abort(const struct act *a, struct cluster *c, const struct process *failed, struct why *reterr)
{
    OWNED_MEM char *message = act_describe_failure(a, failed);

    store_begin(a->store);
    return act_end_update(a, c, OPERATION_FAILED, "LaunchFailed", message, reterr);
}

err_t act_undo(const struct act *a, struct cluster *c, const struct process *failed, struct why *reterr)
{
    struct operation *o = store_active_operation(a->store, c);
    OWNED_MEM char *reason = act_describe_failure(a, failed);
    OWNED_MEM char *message = mem_printf("%s; the cluster is as it was before the update", reason);
    const char *key;
    json_t *value;

    store_begin(a->store);
    json_object_foreach (json_object_get(o->plan, "undo"), key, value) {
        if (json_is_null(value))
            json_object_del(c->spec, key);
        else
            json_object_set(c->spec, key, value);
    }
    plan_undo(c, o, store_next_revision(a->store), "LaunchFailed", message);
    store_put_operation(a->store, o);
    act_set_state(a->store, c, "RollingBack", reason);
    return store_commit(a->store, reterr);
}

/* As many brokers as the cluster has; those that are there stay where they are. */
static bool place(const struct act *a, struct cluster *c, int32_t from, struct placed *ret,
                  struct why *reterr)
{
    struct placement_subnet subnets[ACT_SUBNETS_MAX];
    struct placement p = act_placement(a, c);
    OWNED_MEM struct placement_node *nodes = p.nodes;

    p.controllers = 0;
    p.brokers_from = from;
    p.last_id = act_last_broker_id(c);
    p.subnets = subnets;
    p.subnets_n = act_list_subnets(a->config, c, subnets);
    return p.subnets_n && placement_new_cluster(&p, ret, reterr) == ERR_OK;
}

/* No room: the operation ends, and the cluster has as many brokers as before. */
static err_t no_room(const struct act *a, struct cluster *c, int32_t from, const char *reason,
                     struct why *reterr)
{
    store_begin(a->store);
    c->brokers_n = from;
    json_object_set_new(c->spec, "numberOfBrokerNodes", json_integer(from));
    return act_end_update(a, c, OPERATION_FAILED, "InsufficientCapacity", reason, reterr);
}

static int32_t brokers_of(const struct cluster *c)
{
    int32_t n = 0;

    list_each(node, &((struct cluster *)(uintptr_t)c)->processes)
        n += list_item(node, struct process, node)->kind == PROCESS_BROKER;
    return n;
}

err_t act_add(const struct act *a, struct cluster *c, int64_t *ret_again_ms, struct why *reterr)
{
    int32_t from = brokers_of(c), n = c->brokers_n - from;
    struct operation *o = store_active_operation(a->store, c);
    OWNED_MEM struct placed *placed = mem_resize_array(NULL, (size_t)n + 1, sizeof(*placed));
    struct why reason = { "a subnet of the cluster is no longer in klammd's configuration" };
    json_t *ids = json_array();

    *ret_again_ms = 0;
    if (!place(a, c, from, placed, &reason)) {
        json_decref(ids);
        return no_room(a, c, from, reason.text, reterr);
    }
    store_begin(a->store);
    for (int32_t i = 0; i < n; i++) {
        act_add_process(a->store, c, &placed[i], a->now_ms);
        json_array_append_new(ids, json_integer(placed[i].node_id));
    }
    json_object_set_new(o->target, "brokerCountUpdateInfo", json_pack("{s:o}", "createdBrokerIds", ids));
    store_put_operation(a->store, o);
    act_set_step(a->store, c, "LAUNCH_BROKERS");
    return store_commit(a->store, reterr);
}
