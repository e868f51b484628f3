#include "controlplane/fleet/lost.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/reconcile/node.h"

enum { AGAIN_MS = 10000 };

/* Of one node. */
struct check {
    struct list node;
    struct lost *all;
    char *name;
    unsigned waits; /* for so many answers */
    bool keep;      /* something speaks against giving it up */
    char *said;     /* what did last */
    int64_t again_ms;
};

static struct check *find(struct lost *l, const char *name)
{
    list_each (node, &l->checks) {
        struct check *c = list_item(node, struct check, node);

        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

static struct check *begin_check(struct lost *l, const char *name)
{
    struct check *c = mem_new(struct check);

    *c = (struct check){ .all = l, .name = mem_strdup(name) };
    list_push(&l->checks, &c->node);
    return c;
}

static void check_free(struct check *c)
{
    list_remove(&c->node);
    mem_free(c->name);
    mem_free(c->said);
    mem_free(c);
}

/* The first reason of a look; told when it is another one than before. */
static void keep(struct check *c, const char *reason)
{
    if (c->keep)
        return;
    c->keep = true;
    if (c->said && strcmp(c->said, reason) == 0)
        return;
    log_event(LOG_WARN, "node_kept", "name=%s reason=\"%s\"", c->name, reason);
    store_set_text(&c->said, reason);
}

static void end_of_look(struct check *c)
{
    struct why reason;

    if (c->waits || c->keep)
        return;
    log_event(LOG_WARN, "node_lost", "name=%s away_s=%lld", c->name,
              (long long)c->all->config->lost_after_s);
    if (fleet_remove_node(c->all->fleet, c->all->store, str_of(c->name), true, &reason))
        keep(c, reason.text);
}

static void on_answer(void *ctx, const json_t *answer)
{
    struct check *c = ctx;
    const char *error = json_string_value(json_object_get(answer, "error"));
    const char *message = json_string_value(json_object_get(answer, "message"));
    const char *such = json_string_value(json_object_get(answer, "such"));
    long long lost = json_integer_value(json_object_get(answer, "lost"));
    OWNED_MEM char *reason = NULL;

    c->waits--;
    if (error)
        reason = mem_printf("its cluster cannot be asked: %s", message ? message : error);
    else if (!json_is_false(json_object_get(answer, "alive")))
        reason = mem_strdup("its agent is away, but its broker serves");
    else if (lost || !json_object_get(answer, "lost"))
        reason = mem_printf("%lld partitions have no other replica in sync, such as %s", lost,
                            such ? such : "?");
    if (reason)
        keep(c, reason);
    end_of_look(c);
}

static void ask(struct check *c, struct cluster *cluster, const struct process *p)
{
    struct ask a = { .action = ASK_LOSSES, .from = p->node_id };

    if (fleet_ask(c->all->fleet, cluster, &a, on_answer, c))
        c->waits++;
    else
        keep(c, "no other broker of its cluster can be asked");
}

/* Whether nodes that are there take all of it: what is found a place counts as placed. */
static bool have_room(struct check *c, const struct cluster *cluster, struct placement *p)
{
    struct why reason;

    for (struct list *at = cluster->processes.next; at != &cluster->processes; at = at->next) {
        const struct process *it = list_item(at, struct process, node);
        struct placement_node *to;

        if (strcmp(it->host, c->name) != 0 || it->seen == SEEN_GONE)
            continue;
        if (placement_choose(p, it->zone, it->kind == PROCESS_CONTROLLER, it->node_id, &to,
                             &reason)) {
            keep(c, reason.text);
            return false;
        }
    }
    return true;
}

static void check_room(struct check *c, const struct cluster *cluster)
{
    struct store *s = c->all->store;
    struct placement p = { .instance_type = capacity_instance_type(cluster),
                           .broker = capacity_of_broker(cluster),
                           .controller = capacity_of_controller() };
    OWNED_MEM struct placement_node *nodes = capacity_nodes(s, c->all->config, cluster, &p.nodes_n);
    unsigned there = 0;

    for (unsigned i = 0; i < p.nodes_n; i++) {
        const struct node *n = store_node(s, str_of(nodes[i].name));

        if (n && fleet_node_connected(n))
            nodes[there++] = nodes[i];
    }
    p.nodes = nodes;
    p.nodes_n = there;
    (void)have_room(c, cluster, &p);
}

static bool lives(const struct cluster *c)
{
    return c->state != CLUSTER_DELETING && c->state != CLUSTER_FAILED;
}

/* A creation fails by itself. */
static void look(struct check *c, struct cluster *cluster)
{
    bool any = false;

    list_each (node, &cluster->processes) {
        const struct process *p = list_item(node, struct process, node);

        if (strcmp(p->host, c->name) != 0 || p->seen == SEEN_GONE)
            continue;
        any = true;
        if (cluster->state == CLUSTER_CREATING)
            keep(c, "a cluster on it is being created");
        else if (p->kind == PROCESS_BROKER && lives(cluster) && !c->keep)
            ask(c, cluster, p);
    }
    if (any && lives(cluster))
        check_room(c, cluster);
}

/* The answers may come before all is asked: `waits` has one of its own until then. */
static void look_at(struct lost *l, const struct node *n, int64_t now_ms)
{
    struct check *c = find(l, n->name);

    if (!c)
        c = begin_check(l, n->name);
    if (c->waits)
        return;
    c->again_ms = now_ms + AGAIN_MS;
    c->keep = false;
    c->waits = 1;
    list_each (node, store_clusters(l->store))
        look(c, list_item(node, struct cluster, node));
    c->waits--;
    end_of_look(c);
}

/* When it is to be looked at, 0: never as things are. */
static int64_t due_ms(struct lost *l, const struct node *n, const struct check *c, int64_t now_ms)
{
    int64_t lost_at = n->silent_since_ms + l->config->lost_after_s * 1000;
    const struct process *one;

    if (n->removed_ms || n->session)
        return 0;
    if (now_ms < lost_at)
        return lost_at;
    if (!reconcile_placed_on(store_clusters(l->store), n, &one))
        return 0;
    return c && c->again_ms > lost_at ? c->again_ms : lost_at;
}

int64_t lost_look(struct lost *l, int64_t now_ms)
{
    int64_t soonest = 0;

    if (!l->config->lost_after_s)
        return 0;
    list_each (node, store_nodes(l->store)) {
        const struct node *n = list_item(node, struct node, node);
        struct check *c = find(l, n->name);
        int64_t due = due_ms(l, n, c, now_ms), in = due > now_ms ? due - now_ms : AGAIN_MS;

        if (!due) {
            if (c && !c->waits)
                check_free(c);
            continue;
        }
        if (due <= now_ms)
            look_at(l, n, now_ms);
        if (!soonest || in < soonest)
            soonest = in;
    }
    return soonest;
}

void lost_done(struct lost *l)
{
    while (!list_empty(&l->checks))
        check_free(list_item(l->checks.next, struct check, node));
}
