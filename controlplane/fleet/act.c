#include "controlplane/fleet/act.h"

#include <arpa/inet.h>

#include "controlplane/fleet/act_internal.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/reconcile/plan.h"

enum { AGAIN_MS = 1000 };

/* The node's newest revision follows its processes', so that its agent is told. */
void act_touch(struct store *s, struct process *p)
{
    struct node *n = store_node(s, str_of(p->host));

    p->revision = store_next_revision(s);
    store_put_process(s, p);
    if (n) {
        n->revision = p->revision;
        store_put_node(s, n);
    }
}

void act_end_operation(const struct act *a, const struct cluster *c, enum operation_state state,
                          const char *code, const char *message)
{
    struct operation *o = store_active_operation(a->store, c);

    if (!o)
        return;
    o->state = state;
    o->ended_ms = a->now_ms;
    if (state == OPERATION_COMPLETE)
        store_set_text(&o->step, NULL);
    store_set_text(&o->error_code, code);
    store_set_text(&o->error_message, message);
    store_put_operation(a->store, o);
}

/* The cluster's state, with a reason or (NULL) without. */
void act_set_state(struct store *s, struct cluster *c, const char *code, const char *message)
{
    store_set_text(&c->state_code, code);
    store_set_text(&c->state_message, message);
    store_put_cluster(s, c);
}

void act_set_step(struct store *s, const struct cluster *c, const char *step)
{
    struct operation *o = store_active_operation(s, c);

    if (!o)
        return;
    o->state = OPERATION_IN_PROGRESS;
    store_set_text(&o->step, step);
    store_put_operation(s, o);
}

static bool address_taken(void *ctx, uint32_t address)
{
    struct store *s = ctx;
    struct in_addr a = { htonl(address) };
    char text[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, &a, text, sizeof(text));
    list_each(node, store_clusters(s)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes)
            if (strcmp(list_item(at, struct process, node)->address, text) == 0)
                return true;
    }
    return false;
}

unsigned act_list_subnets(const struct config *config, const struct cluster *c,
                             struct placement_subnet *ret)
{
    const json_t *ids = json_object_get(json_object_get(c->spec, "brokerNodeGroupInfo"), "clientSubnets");
    unsigned n = 0;

    for (size_t i = 0; i < json_array_size(ids) && n < ACT_SUBNETS_MAX; i++) {
        const struct subnet *s = config_subnet(config, json_string_value(json_array_get(ids, i)));

        if (s)
            ret[n++] = (struct placement_subnet){ s->id, s->zone, s->network, s->mask };
    }
    return n;
}

void act_add_process(struct store *s, struct cluster *c, const struct placed *placed, int64_t now_ms)
{
    struct process *p = store_process_new(c, placed->controller ? PROCESS_CONTROLLER : PROCESS_BROKER,
                                          placed->node_id);
    struct in_addr a = { htonl(placed->address) };
    char text[INET_ADDRSTRLEN];

    store_set_text(&p->address, inet_ntop(AF_INET, &a, text, sizeof(text)));
    store_set_text(&p->host, placed->host);
    store_set_text(&p->zone, placed->zone);
    store_set_text(&p->subnet_id, placed->subnet_id);
    p->added_ms = now_ms;
    act_touch(s, p);
}

/* A cluster that has served is waited with for ever. */
static err_t act_no_place(const struct act *a, struct cluster *c, const char *reason, int64_t *ret_again_ms,
                      struct why *reterr)
{
    bool give_up =
        c->state == CLUSTER_CREATING && a->now_ms - c->created_ms > RECONCILE_PLACE_MS_MAX;

    *ret_again_ms = give_up ? 0 : AGAIN_MS;
    if (!give_up && c->state_message && strcmp(c->state_message, reason) == 0)
        return ERR_OK;
    store_begin(a->store);
    if (give_up) {
        c->state = CLUSTER_FAILED;
        act_end_operation(a, c, OPERATION_FAILED, "InsufficientCapacity", reason);
    }
    act_set_state(a->store, c, give_up ? "InsufficientCapacity" : "WaitingForCapacity", reason);
    return store_commit(a->store, reterr);
}

/* Its `nodes` are the caller's to free. */
struct placement act_placement(const struct act *a, const struct cluster *c)
{
    struct placement p = {
        .controllers = CONTROLLERS, .brokers = c->brokers_n, .instance_type = capacity_instance_type(c),
        .broker = capacity_of_broker(c), .controller = capacity_of_controller(),
        .address_taken = address_taken, .ctx = a->store,
    };

    p.nodes = capacity_nodes(a->store, a->config, c, &p.nodes_n);
    return p;
}

static bool place_all(const struct act *a, struct cluster *c, struct placed *ret, struct why *reterr)
{
    const json_t *group = json_object_get(c->spec, "brokerNodeGroupInfo");
    struct placement_subnet subnets[ACT_SUBNETS_MAX];
    struct placement p = act_placement(a, c);
    OWNED_MEM struct placement_node *nodes = p.nodes;

    p.subnets = subnets;
    p.subnets_n = act_list_subnets(a->config, c, subnets);
    if (p.subnets_n == json_array_size(json_object_get(group, "clientSubnets")))
        return placement_new_cluster(&p, ret, reterr) == ERR_OK;
    (void)why(reterr, ERR_NOT_FOUND, "a subnet of the cluster is no longer in klammd's configuration");
    return false;
}

static err_t act_place(const struct act *a, struct cluster *c, int64_t *ret_again_ms, struct why *reterr)
{
    size_t n = CONTROLLERS + (size_t)c->brokers_n;
    OWNED_MEM struct placed *placed = mem_resize_array(NULL, n, sizeof(*placed));
    struct why reason;

    if (!place_all(a, c, placed, &reason))
        return act_no_place(a, c, reason.text, ret_again_ms, reterr);
    store_begin(a->store);
    act_set_state(a->store, c, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        act_add_process(a->store, c, &placed[i], a->now_ms);
    act_set_step(a->store, c, "LAUNCH_BROKERS");
    return store_commit(a->store, reterr);
}

static err_t act_activate(const struct act *a, struct cluster *c, struct why *reterr)
{
    store_begin(a->store);
    c->state = CLUSTER_ACTIVE;
    act_set_state(a->store, c, NULL, NULL);
    act_end_operation(a, c, OPERATION_COMPLETE, NULL, NULL);
    return store_commit(a->store, reterr);
}

char *act_describe_failure(const struct act *a, const struct process *p)
{
    const char *kind = store_process_kind_name(p->kind);

    if (p->seen == SEEN_FAILED)
        return mem_printf("%s %d on node %s: %s", kind, p->node_id, p->host,
                          p->reason ? p->reason : "failed without a reason");
    return mem_printf("%s %d on node %s is not running %lld s after it was asked for (last seen: "
                      "%s)",
                      kind, p->node_id, p->host, (long long)(a->now_ms - p->added_ms) / 1000,
                      store_seen_name(p->seen));
}

static err_t act_fail(const struct act *a, struct cluster *c, const struct process *failed,
                      struct why *reterr)
{
    OWNED_MEM char *message = act_describe_failure(a, failed);
    const char *code = failed->seen == SEEN_FAILED ? "LaunchFailed" : "LaunchTimeout";

    store_begin(a->store);
    c->state = CLUSTER_FAILED;
    act_set_state(a->store, c, code, message);
    act_end_operation(a, c, OPERATION_FAILED, code, message);
    return store_commit(a->store, reterr);
}

static err_t act_tombstone(const struct act *a, struct cluster *c, struct why *reterr)
{
    store_begin(a->store);
    list_each(node, &c->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->wanted == WANTED_GONE)
            continue;
        p->wanted = WANTED_GONE;
        act_touch(a->store, p);
    }
    act_set_step(a->store, c, "REMOVE_BROKERS");
    return store_commit(a->store, reterr);
}

static err_t act_forget(const struct act *a, struct cluster *c, struct why *reterr)
{
    store_begin(a->store);
    act_end_operation(a, c, OPERATION_COMPLETE, NULL, NULL);
    /* The nodes' lists change, so their agents may forget the processes too. */
    list_each(node, &c->processes) {
        struct node *n = store_node(a->store, str_of(list_item(node, struct process, node)->host));

        if (!n)
            continue;
        n->revision = store_next_revision(a->store);
        store_put_node(a->store, n);
    }
    store_remove_cluster(a->store, c);
    return store_commit(a->store, reterr);
}

static err_t act_say(const struct act *a, struct cluster *c, const struct process *waits_for,
                     struct why *reterr)
{
    OWNED_MEM char *message = NULL;

    if (waits_for)
        message = mem_printf(
            "The agent of node %s (zone %s) is not connected; %s %d is there. Waiting for it.",
            waits_for->host, waits_for->zone, store_process_kind_name(waits_for->kind),
            waits_for->node_id);
    store_begin(a->store);
    act_set_state(a->store, c, waits_for ? RECONCILE_WAITING : NULL, message);
    return store_commit(a->store, reterr);
}

struct process *act_stored(const struct act *a, const struct process *p)
{
    OWNED_MEM char *id = store_process_id(p);

    return store_process(a->store, str_of(id));
}

static err_t act_heal(const struct act *a, struct cluster *c, const struct process *lost, struct why *reterr)
{
    OWNED_MEM char *message =
        mem_printf("Node %s was removed; its %s %d is placed on another node of zone %s.", lost->host,
                   store_process_kind_name(lost->kind), lost->node_id, lost->zone);

    store_begin(a->store);
    c->state = CLUSTER_HEALING;
    act_set_state(a->store, c, "NodeRemoved", message);
    return store_commit(a->store, reterr);
}

/* With its id and its address; nothing of what it was counts any more. */
static err_t act_replace(const struct act *a, struct cluster *c, const struct process *lost,
                         int64_t *ret_again_ms, struct why *reterr)
{
    struct process *p = act_stored(a, lost);
    struct placement placement = act_placement(a, c);
    OWNED_MEM struct placement_node *nodes = placement.nodes;
    OWNED_MEM char *message = NULL;
    struct placement_node *to;
    struct why reason;

    if (placement_choose(&placement, p->zone, p->kind == PROCESS_CONTROLLER, p->node_id, &to, &reason))
        return act_no_place(a, c, reason.text, ret_again_ms, reterr);
    message = mem_printf("%s %d starts anew on node %s: node %s was removed.",
                         p->kind == PROCESS_BROKER ? "Broker" : "Controller", p->node_id, to->name, p->host);
    store_begin(a->store);
    store_set_text(&p->host, to->name);
    store_set_text(&p->reason, NULL);
    p->seen = SEEN_NOTHING;
    act_touch(a->store, p);
    act_set_state(a->store, c, "NodeRemoved", message);
    return store_commit(a->store, reterr);
}

static err_t act_write_off(const struct act *a, const struct process *lost, struct why *reterr)
{
    struct process *p = act_stored(a, lost);

    store_begin(a->store);
    p->seen = plan_rests_as(p);
    store_put_process(a->store, p);
    return store_commit(a->store, reterr);
}

err_t act_on(const struct act *a, struct cluster *c, const struct reconcile_next *next, int64_t *ret_again_ms,
             struct why *reterr)
{
    *ret_again_ms = next->again_ms;
    switch (next->action) {
    case RECONCILE_NOTHING:
        break;
    case RECONCILE_PLACE:
        return act_place(a, c, ret_again_ms, reterr);
    case RECONCILE_ACTIVATE:
        return act_activate(a, c, reterr);
    case RECONCILE_FAIL:
        return act_fail(a, c, next->process, reterr);
    case RECONCILE_TOMBSTONE:
        return act_tombstone(a, c, reterr);
    case RECONCILE_FORGET:
        return act_forget(a, c, reterr);
    case RECONCILE_HEAL:
        return act_heal(a, c, next->process, reterr);
    case RECONCILE_REPLACE:
        return act_replace(a, c, next->process, ret_again_ms, reterr);
    case RECONCILE_WRITE_OFF:
        return act_write_off(a, next->process, reterr);
    case RECONCILE_SAY:
    case RECONCILE_UNSAY:
        return act_say(a, c, next->process, reterr);
    case RECONCILE_ADD:
        return act_add(a, c, ret_again_ms, reterr);
    case RECONCILE_TOUCH:
        return act_on_process(a, c, next->process, reterr);
    case RECONCILE_TELL:
        return act_tell(a, c, next->process, reterr);
    case RECONCILE_UNDO:
        return act_undo(a, c, next->process, reterr);
    case RECONCILE_ABORT:
        return act_abort(a, c, next->process, reterr);
    case RECONCILE_MOVE:
        return act_move(a, c, reterr);
    case RECONCILE_STOP:
        return act_stop(a, c, reterr);
    case RECONCILE_RETURN:
        return act_return(a, c, reterr);
    case RECONCILE_REMOVE:
        return act_remove(a, c, reterr);
    case RECONCILE_DEREGISTER:
        return act_deregister(a, c, reterr);
    case RECONCILE_RAISE:
        return act_raise(a, c, reterr);
    case RECONCILE_GIVE_UP:
        return act_give_up(a, c, reterr);
    case RECONCILE_FINISH:
        return act_finish(a, c, reterr);
    }
    return ERR_OK;
}

/* What is waited for in an update is told as it changes. */
static bool another_reason(const struct process *p, const char *reason)
{
    bool updated = p->cluster->state == CLUSTER_UPDATING || p->cluster->state == CLUSTER_REBOOTING;

    return updated && p->seen == SEEN_STARTING && reason && (!p->reason || strcmp(p->reason, reason) != 0);
}

/* The process of `n` that is reported about; NULL: there is none. */
static struct process *reported(const struct act *a, const struct node *n, const struct seen_process *s)
{
    struct process *p = store_process(a->store, str_of(s->id));

    return p && strcmp(p->host, n->name) == 0 ? p : NULL;
}

/* Whether a valid, fresh report has news. */
static bool is_news(const struct process *p, const struct seen_process *s, enum process_seen *ret)
{
    return store_seen_parse(s->state, ret) && reconcile_accepts(p, s->revision, *ret) &&
           (*ret != p->seen || another_reason(p, s->reason));
}

/* How full it is; true when somebody acts on it. */
static bool note_usage(const struct act *a, struct process *p, const struct seen_process *s)
{
    if (s->total_bytes)
        p->replicas = s->replicas;
    if (!s->total_bytes || (p->used_bytes == s->used_bytes && p->total_bytes == s->total_bytes))
        return false;
    p->used_bytes = s->used_bytes;
    p->total_bytes = s->total_bytes;
    forecast_note(&p->forecast, a->now_ms, p->used_bytes);
    return json_object_get(p->cluster->scaling, "policy") != NULL;
}

/* The agent was asked for something that this store knows nothing of: it is an old backup. What is stored
 * is asked for again, as the newest. */
static bool is_from_the_future(const struct act *a, const struct process *p, const struct seen_process *s)
{
    return s->revision > p->revision && s->revision <= store_opened_revision(a->store);
}

/* True when what is stored of the process changes. */
static bool take_seen(const struct act *a, struct process *p, const struct seen_process *s, bool stored)
{
    bool again = is_from_the_future(a, p, s);
    enum process_seen seen = SEEN_STARTING;

    if (!again && !is_news(p, s, &seen))
        return false;
    if (!stored)
        store_begin(a->store);
    p->seen = seen;
    store_set_text(&p->reason, again ? NULL : s->reason);
    if (again)
        act_touch(a->store, p);
    else
        store_put_process(a->store, p);
    return true;
}

err_t act_report(const struct act *a, const struct node *n, const json_t *processes, bool *ret_changed,
                 struct why *reterr)
{
    bool stored = false;

    *ret_changed = false;
    for (size_t i = 0; i < json_array_size(processes); i++) {
        struct seen_process s;
        struct process *p;

        if (seen_decode(json_array_get(processes, i), &s, NULL))
            continue;
        p = reported(a, n, &s);
        if (p)
            *ret_changed |= note_usage(a, p, &s);
        if (p && take_seen(a, p, &s, stored))
            stored = *ret_changed = true;
        seen_done(&s);
    }
    return stored ? store_commit(a->store, reterr) : ERR_OK;
}

err_t act_facts(const struct act *a, struct node *n, const struct node_facts *f, bool *ret_changed,
                struct why *reterr)
{
    memcpy(n->limits, f->limits, sizeof(n->limits));
    memcpy(n->volumes, f->volumes, sizeof(n->volumes));
    *ret_changed = n->cpus != f->cpus || n->memory_bytes != f->memory_bytes || n->disk_bytes != f->disk_bytes;
    if (!*ret_changed)
        return ERR_OK;
    store_begin(a->store);
    n->cpus = f->cpus;
    n->memory_bytes = f->memory_bytes;
    n->disk_bytes = f->disk_bytes;
    store_put_node(a->store, n);
    return store_commit(a->store, reterr);
}

/* What was on it runs no more: nobody will say so, and until it is placed anew it counts as away. */
static void stop_counting_on(const struct act *a, const struct node *n)
{
    list_each(node, store_clusters(a->store)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes) {
            struct process *p = list_item(at, struct process, node);

            if (p->seen == SEEN_GONE || strcmp(p->host, n->name) != 0)
                continue;
            p->seen = SEEN_STOPPED;
            store_put_process(a->store, p);
        }
    }
}

err_t act_remove_node(const struct act *a, struct node *n, struct why *reterr)
{
    if (n->removed_ms)
        return ERR_OK;
    store_begin(a->store);
    stop_counting_on(a, n);
    n->removed_ms = a->now_ms;
    n->revision = store_next_revision(a->store);
    store_put_node(a->store, n);
    return store_commit(a->store, reterr);
}
