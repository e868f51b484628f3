#include "controlplane/fleet/act.h"

#include <arpa/inet.h>

#include "controlplane/placement/placement.h"
#include "controlplane/reconcile/cluster.h"

enum { AGAIN_MS = 1000, SUBNETS_MAX = 3 };

/* The node's newest revision follows its processes', so that its agent is told. */
static void touch(struct store *s, struct process *p)
{
    struct node *n = store_node(s, str_of(p->host));

    p->revision = store_next_revision(s);
    store_put_process(s, p);
    if (n) {
        n->revision = p->revision;
        store_put_node(s, n);
    }
}

static void end_operation(struct store *s, const struct cluster *c, enum operation_state state,
                          const char *code, const char *message, int64_t now_ms)
{
    struct operation *o = store_active_operation(s, c);

    if (!o)
        return;
    o->state = state;
    o->ended_ms = now_ms;
    store_set_text(&o->step, NULL);
    store_set_text(&o->error_code, code);
    store_set_text(&o->error_message, message);
    store_put_operation(s, o);
}

static void set_step(struct store *s, const struct cluster *c, const char *step)
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

static unsigned processes_on(struct store *s, const char *host)
{
    unsigned n = 0;

    list_each(node, store_clusters(s)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each(at, &c->processes)
            n += strcmp(list_item(at, struct process, node)->host, host) == 0;
    }
    return n;
}

static unsigned list_nodes(struct store *s, struct placement_node *ret, unsigned max)
{
    unsigned n = 0;

    list_each(node, store_nodes(s)) {
        struct node *it = list_item(node, struct node, node);

        if (n < max)
            ret[n++] = (struct placement_node){ it->name, it->zone, processes_on(s, it->name) };
    }
    return n;
}

static unsigned list_subnets(const struct config *config, const struct cluster *c, struct placement_subnet *ret)
{
    const json_t *ids = json_object_get(json_object_get(c->spec, "brokerNodeGroupInfo"), "clientSubnets");
    unsigned n = 0;

    for (size_t i = 0; i < json_array_size(ids) && n < SUBNETS_MAX; i++) {
        const struct subnet *s = config_subnet(config, json_string_value(json_array_get(ids, i)));

        if (s)
            ret[n++] = (struct placement_subnet){ s->id, s->zone, s->network, s->mask };
    }
    return n;
}

static void add_process(struct store *s, struct cluster *c, const struct placed *placed, int64_t now_ms)
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
    touch(s, p);
}

static err_t no_place(struct store *s, struct cluster *c, const char *reason, int64_t now_ms,
                      int64_t *ret_again_ms, struct why *reterr)
{
    bool give_up = now_ms - c->created_ms > RECONCILE_PLACE_MS_MAX;

    *ret_again_ms = give_up ? 0 : AGAIN_MS;
    if (!give_up && c->state_message && strcmp(c->state_message, reason) == 0)
        return ERR_OK;
    store_begin(s);
    store_set_text(&c->state_code, give_up ? "InsufficientCapacity" : "WaitingForCapacity");
    store_set_text(&c->state_message, reason);
    if (give_up) {
        c->state = CLUSTER_FAILED;
        end_operation(s, c, OPERATION_FAILED, c->state_code, reason, now_ms);
    }
    store_put_cluster(s, c);
    return store_commit(s, reterr);
}

err_t act_place(struct store *s, const struct config *config, struct cluster *c, int64_t now_ms,
                int64_t *ret_again_ms, struct why *reterr)
{
    struct placement_node nodes[256];
    struct placement_subnet subnets[SUBNETS_MAX];
    struct placement p = { .nodes = nodes, .subnets = subnets, .brokers = c->brokers_n,
                           .address_taken = address_taken, .ctx = s };
    struct placed *placed = mem_resize_array(NULL, (size_t)c->brokers_n + 1, sizeof(*placed));
    struct why reason;
    err_t e = ERR_NOT_FOUND;

    *ret_again_ms = 0;
    p.nodes_n = list_nodes(s, nodes, ARRAY_LEN(nodes));
    p.subnets_n = list_subnets(config, c, subnets);
    (void)why(&reason, e, "a subnet of the cluster is no longer in klammd's configuration");
    if (p.subnets_n == json_array_size(json_object_get(json_object_get(c->spec, "brokerNodeGroupInfo"),
                                                       "clientSubnets")))
        e = placement_new_cluster(&p, placed, &reason);
    if (e) {
        mem_free(placed);
        return no_place(s, c, reason.text, now_ms, ret_again_ms, reterr);
    }
    store_begin(s);
    store_set_text(&c->state_code, NULL);
    store_set_text(&c->state_message, NULL);
    store_put_cluster(s, c);
    for (int32_t i = 0; i <= c->brokers_n; i++)
        add_process(s, c, &placed[i], now_ms);
    set_step(s, c, "LAUNCH_BROKERS");
    mem_free(placed);
    return store_commit(s, reterr);
}

err_t act_activate(struct store *s, struct cluster *c, int64_t now_ms, struct why *reterr)
{
    store_begin(s);
    c->state = CLUSTER_ACTIVE;
    store_put_cluster(s, c);
    end_operation(s, c, OPERATION_COMPLETE, NULL, NULL, now_ms);
    return store_commit(s, reterr);
}

err_t act_fail(struct store *s, struct cluster *c, const struct process *failed, int64_t now_ms,
               struct why *reterr)
{
    OWNED_MEM char *message = mem_printf("%s %d on node %s: %s", store_process_kind_name(failed->kind),
                                         failed->node_id, failed->host,
                                         failed->reason ? failed->reason : "failed without a reason");

    store_begin(s);
    c->state = CLUSTER_FAILED;
    store_set_text(&c->state_code, "LaunchFailed");
    store_set_text(&c->state_message, message);
    store_put_cluster(s, c);
    end_operation(s, c, OPERATION_FAILED, "LaunchFailed", message, now_ms);
    return store_commit(s, reterr);
}

err_t act_tombstone(struct store *s, struct cluster *c, struct why *reterr)
{
    store_begin(s);
    list_each(node, &c->processes) {
        struct process *p = list_item(node, struct process, node);

        if (p->wanted == WANTED_GONE)
            continue;
        p->wanted = WANTED_GONE;
        touch(s, p);
    }
    set_step(s, c, "REMOVE_BROKERS");
    return store_commit(s, reterr);
}

err_t act_forget(struct store *s, struct cluster *c, int64_t now_ms, struct why *reterr)
{
    store_begin(s);
    end_operation(s, c, OPERATION_COMPLETE, NULL, NULL, now_ms);
    /* The nodes' lists change, so their agents may forget the processes too. */
    list_each(node, &c->processes) {
        struct node *n = store_node(s, str_of(list_item(node, struct process, node)->host));

        if (!n)
            continue;
        n->revision = store_next_revision(s);
        store_put_node(s, n);
    }
    store_remove_cluster(s, c);
    return store_commit(s, reterr);
}
