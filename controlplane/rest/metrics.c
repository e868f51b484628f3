#include "controlplane/rest/metrics.h"

#include <stdio.h>

#include "common/metrics_process.h"
#include "controlplane/rest/api.h"

enum { KINDS = 2, SEEN_STATES = SEEN_GONE + 1, NUMBER_TEXT = 12, TYPES_MAX = 64 };

static void put_clusters(struct store *s, struct metrics *m)
{
    unsigned by_state[CLUSTER_STATES] = { 0 };

    metrics_family(m, "klamm_cluster_state", "gauge", "1: the state that the cluster is in.");
    list_each (node, store_clusters(s)) {
        const struct cluster *c = list_item(node, struct cluster, node);
        struct metric_label l[] = { { "cluster", str_of(c->name) },
                                    { "state", str_of(store_cluster_state_name(c->state)) } };

        by_state[c->state]++;
        metrics_sample(m, l, 2, 1);
    }
    metrics_family(m, "klamm_clusters", "gauge", "Clusters by state.");
    for (int i = 0; i < CLUSTER_STATES; i++) {
        struct metric_label l = { "state",
                                  str_of(store_cluster_state_name((enum cluster_state)i)) };

        metrics_sample(m, &l, 1, by_state[i]);
    }
}

static void put_processes_of(const struct cluster *c, struct metrics *m)
{
    unsigned n[KINDS][SEEN_STATES] = { 0 };

    list_each (node, &((struct cluster *)(uintptr_t)c)->processes) {
        const struct process *p = list_item(node, struct process, node);

        n[p->kind == PROCESS_BROKER][p->seen]++;
    }
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i < SEEN_STATES; i++) {
            struct metric_label l[] = {
                { "cluster", str_of(c->name) },
                { "kind",
                  str_of(store_process_kind_name(k ? PROCESS_BROKER : PROCESS_CONTROLLER)) },
                { "seen", str_of(store_seen_name((enum process_seen)i)) },
            };

            if (n[k][i])
                metrics_sample(m, l, 3, n[k][i]);
        }
}

static void put_processes(struct store *s, struct metrics *m)
{
    metrics_family(m, "klamm_cluster_processes", "gauge",
                   "Brokers and controllers as their agents saw them last.");
    list_each (node, store_clusters(s))
        put_processes_of(list_item(node, struct cluster, node), m);
}

static double used(const struct process *p)
{
    return (double)p->used_bytes;
}

static double total(const struct process *p)
{
    return (double)p->total_bytes;
}

static double partitions(const struct process *p)
{
    return (double)p->replicas;
}

/* What brokers tell of themselves, of those that have. */
static void put_brokers(struct store *s, struct metrics *m, const char *family, const char *help,
                        double (*value)(const struct process *p))
{
    char number[NUMBER_TEXT];

    metrics_family(m, family, "gauge", help);
    list_each (node, store_clusters(s)) {
        struct cluster *c = list_item(node, struct cluster, node);

        list_each (at, &c->processes) {
            const struct process *p = list_item(at, struct process, node);
            struct metric_label l[] = { { "cluster", str_of(c->name) }, { "broker", { 0 } } };

            if (p->kind != PROCESS_BROKER || !p->total_bytes)
                continue;
            l[1].value =
                str_make(number, (size_t)snprintf(number, sizeof(number), "%d", p->node_id));
            metrics_sample(m, l, 2, value(p));
        }
    }
}

struct tally {
    const char *type, *state;
    unsigned n;
};

static void count(struct tally all[TYPES_MAX], unsigned *n, const char *type, const char *state)
{
    unsigned i = 0;

    while (i < *n && (strcmp(all[i].type, type) != 0 || strcmp(all[i].state, state) != 0))
        i++;
    if (i == TYPES_MAX)
        return;
    if (i == *n)
        all[(*n)++] = (struct tally){ type, state, 0 };
    all[i].n++;
}

static void put_operations(struct store *s, struct metrics *m)
{
    struct tally all[TYPES_MAX];
    unsigned n = 0;

    list_each (node, store_operations(s)) {
        const struct operation *o = list_item(node, struct operation, node);

        count(all, &n, o->type, store_operation_state_name(o));
    }
    metrics_family(m, "klamm_operations", "gauge",
                   "Operations that klammd remembers, by type and state.");
    for (unsigned i = 0; i < n; i++) {
        struct metric_label l[] = { { "type", str_of(all[i].type) },
                                    { "state", str_of(all[i].state) } };

        metrics_sample(m, l, 2, all[i].n);
    }
}

static void put_nodes(struct store *s, struct metrics *m)
{
    static const char *const names[] = { "AWAY", "CONNECTED", "REMOVED" };
    unsigned by_state[ARRAY_LEN(names)] = { 0 };

    list_each (node, store_nodes(s)) {
        const struct node *n = list_item(node, struct node, node);

        by_state[n->removed_ms ? 2 : fleet_node_connected(n)]++;
    }
    metrics_family(m, "klamm_nodes", "gauge", "Nodes by what their agents are.");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct metric_label l = { "state", str_of(names[i]) };

        metrics_sample(m, &l, 1, by_state[i]);
    }
}

static void render(struct store *s, struct metrics *m)
{
    put_clusters(s, m);
    put_processes(s, m);
    put_brokers(s, m, "klamm_broker_volume_used_bytes", "Bytes that a broker's volume holds.",
                used);
    put_brokers(s, m, "klamm_broker_volume_total_bytes", "Size of a broker's volume.", total);
    put_brokers(s, m, "klamm_broker_partitions", "Partitions that a broker holds, replicas included.",
                partitions);
    put_operations(s, m);
    put_nodes(s, m);
    metrics_process(m);
}

void metrics_handle(struct http_request *r)
{
    const struct api *api = r->ctx;
    OWNED_BUF text = { 0 };
    struct metrics m = { .out = &text };

    if (!str_is(r->method, "GET") || !str_is(r->path, "/metrics")) {
        api_handle(r);
        return;
    }
    render(api->store, &m);
    if (m.full)
        http_reply(r, 503, NULL, NULL, slice_make(NULL, 0));
    else
        http_reply(r, 200, NULL, "text/plain; version=0.0.4; charset=utf-8", buf_slice(&text));
}
