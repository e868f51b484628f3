/* What must hold after every event, and what a life comes to. */
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "controlplane/reconcile/plan.h"
#include "tests/sim/fleet.h"

static bool is_update(const struct operation *o)
{
    return strcmp(o->type, "CREATE_CLUSTER") != 0 && strcmp(o->type, "DELETE_CLUSTER") != 0;
}

/* One operation at a time; a version of its own for each update that was completed, and for nothing else. */
static void check_cluster(struct world *w, struct user *u, const struct cluster *c)
{
    int active = 0, completed = 0;

    list_each(at, store_operations(w->klammd.store)) {
        const struct operation *o = list_item(at, struct operation, node);

        if (strcmp(o->cluster_arn, c->arn) != 0)
            continue;
        active += o->state <= OPERATION_IN_PROGRESS;
        completed += o->state == OPERATION_COMPLETE && is_update(o);
    }
    SIM_CHECK(&w->sim, active <= 1, "%s has %d operations under way", c->name, active);
    SIM_CHECK(&w->sim, active || c->state == CLUSTER_ACTIVE || c->state == CLUSTER_FAILED ||
              c->state == CLUSTER_HEALING, "%s is being updated by no operation", c->name);
    if (*u->version && completed == u->completed)
        SIM_CHECK(&w->sim, strcmp(u->version, c->current_version) == 0, "%s has a new version for nothing",
                  c->name);
    else if (*u->version)
        SIM_CHECK(&w->sim, strcmp(u->version, c->current_version) != 0,
                  "%s is updated and has its old version", c->name);
    u->completed = completed;
    (void)snprintf(u->version, sizeof(u->version), "%s", c->current_version);
}

void check_store(struct world *w)
{
    list_each(at, store_clusters(w->klammd.store)) {
        const struct cluster *c = list_item(at, struct cluster, node);
        struct user *u = &w->users[c->name[1] - '0'];

        if (!*u->uuid) {
            (void)snprintf(u->uuid, sizeof(u->uuid), "%s", c->uuid);
            (void)snprintf(u->arn, sizeof(u->arn), "%s", c->arn);
            (void)snprintf(u->kafka_id, sizeof(u->kafka_id), "%s", c->kafka_id);
        }
        check_cluster(w, u, c);
    }
}

static const struct slot *slot_of(const struct world *w, int node, const char *id, const struct agent **ret)
{
    for (int i = 0; i < AGENTS * SLOTS; i++) {
        const struct slot *s = &w->agents[i / SLOTS].slots[i % SLOTS];

        *ret = &w->agents[i / SLOTS];
        if ((*ret)->node == node && s->used && strcmp(s->id, id) == 0)
            return s;
    }
    return NULL;
}

/* Whether the agent has said, and knows that it was heard, that the process is away; and it is. */
static bool is_known_away(const struct world *w, const struct process *p)
{
    OWNED_MEM char *id = store_process_id(p);
    const struct agent *a;
    const struct slot *s = slot_of(w, p->host[1] - '0', id, &a);

    return s && a->up && s->told_any && !s->told && !s->running;
}

void check_touch(struct world *w, const struct cluster *c, const struct process *p)
{
    if (!plan_restarts(store_active_operation(w->klammd.store, c)) || p->seen == SEEN_FAILED)
        return;
    list_each(at, (struct list *)(uintptr_t)&c->processes) {
        const struct process *other = list_item(at, struct process, node);

        if (other == p)
            continue;
        SIM_CHECK(&w->sim, other->seen == SEEN_RUNNING,
                  "%s: %d is restarted while %d is seen %s", c->name, p->node_id, other->node_id,
                  store_seen_name(other->seen));
        SIM_CHECK(&w->sim, !is_known_away(w, other), "%s: %d is restarted, though klammd was told that %d is"
                  " away", c->name, p->node_id, other->node_id);
    }
}

/* Never two processes of one broker on two nodes: but on one that was given up and has not heard of it. */
void check_runs(struct world *w, const struct agent *a, const struct slot *s)
{
    SIM_CHECK(&w->sim, !s->gone && !s->stopped, "%s is launched on node %d, where it shall not run", s->id,
              a->node);
    for (int i = 0; i < AGENTS * SLOTS; i++) {
        const struct agent *other = &w->agents[i / SLOTS];
        const struct slot *t = &other->slots[i % SLOTS];

        if (t == s || !t->used || !t->running || w->klammd.given_up[other->node] ||
            w->klammd.given_up[a->node])
            continue;
        SIM_CHECK(&w->sim, strcmp(t->id, s->id) != 0,
                  "%s is launched by agent %d while it runs with agent %d", s->id, a->index, other->index);
    }
}

/* For a restart: one process of a cluster at a time; one that is not in sync may go at any time. A klammd out
 * of a backup cannot heed what it has not been told yet: there the agents' own look at what is in sync
 * (agent/supervise/sync.h) is all that guards, and the model has none. */
void check_stops(struct world *w, const struct agent *a, const struct slot *s)
{
    size_t prefix = (size_t)(strchr(s->id, '/') - s->id) + 1;

    for (int i = 0; i < AGENTS * SLOTS; i++) {
        const struct agent *other = &w->agents[i / SLOTS];
        const struct slot *t = &other->slots[i % SLOTS];

        if (w->restored && !t->told_any)
            continue;
        if (s->caught_up && t != s && t->used && t->away && !t->gone && !w->klammd.given_up[other->node])
            SIM_CHECK(&w->sim, strncmp(t->id, s->id, prefix) != 0,
                      "%s is stopped on node %d for a restart while %s is away", s->id, a->node, t->id);
    }
}

/* Never destroy by accident. */
void check_removes(struct world *w, const struct agent *a, const struct slot *s)
{
    const char *name;
    int cluster = cluster_of_id(w, s->id, &name);
    const struct broker *b = data_broker(w, s->id, false);

    SIM_CHECK(&w->sim, s->gone && !s->running, "node %d: the volume of %s goes without a tombstone", a->node,
              s->id);
    SIM_CHECK(&w->sim, cluster >= 0, "node %d: the volume of %s, of no cluster, goes", a->node, s->id);
    if (w->users[cluster].asked_to_delete)
        return;
    SIM_CHECK(&w->sim, s->is_broker, "node %d: the volume of %s goes", a->node, s->id);
    SIM_CHECK(&w->sim, !b || (!b->holds && !b->registered),
              "node %d: the volume of %s%s goes with %d replicas on it", a->node, s->id,
              b->registered ? ", which may be given some," : "", b->holds);
}

/* What the process is not yet; NULL: it is as it shall be. */
static const char *unsettled_process(const struct process *p, const struct slot *s)
{
    return !s                              ? "is not on its node"
           : !s->running                   ? "does not run"
           : !s->caught_up || s->away      ? "has not caught up"
           : s->launched < s->restart      ? "was not restarted"
           : p->seen != SEEN_RUNNING       ? "is not seen running"
           : s->revision != p->revision    ? "has an old revision"
                                           : NULL;
}

static bool is_settled(struct world *w, const struct cluster *c)
{
    const struct operation *o = store_active_operation(w->klammd.store, c);

    list_each(at, (struct list *)(uintptr_t)&c->processes) {
        const struct process *p = list_item(at, struct process, node);
        OWNED_MEM char *id = store_process_id(p);
        const struct agent *a;
        const struct slot *s = slot_of(w, p->host[1] - '0', id, &a);
        const char *what = unsettled_process(p, s);

        (void)snprintf(w->unsettled, sizeof(w->unsettled), "%s of %s on %s %s", strchr(id, '/') + 1, c->name,
                       p->host, what ? what : "");
        if (what)
            return false;
    }
    (void)snprintf(w->unsettled, sizeof(w->unsettled), "%s is %s%s%s, or its data not settled", c->name,
                   store_cluster_state_name(c->state), o ? ", " : "", o ? o->type : "");
    /* An old backup does not know of all brokers. */
    return c->state == CLUSTER_ACTIVE && !o &&
           (w->restored || data_settled(w, c->name[1] - '0', c->brokers_n));
}

bool world_settled(struct world *w)
{
    int wanted = 0, used = 0;

    (void)snprintf(w->unsettled, sizeof(w->unsettled), "klammd is down, or a user not done");
    if (!w->klammd.up)
        return false;
    list_each(at, store_clusters(w->klammd.store)) {
        const struct cluster *c = list_item(at, struct cluster, node);

        if (!is_settled(w, c))
            return false;
        list_each(p, (struct list *)(uintptr_t)&c->processes)
            wanted++;
    }
    for (int i = 0; i < w->users_n; i++)
        if (!user_is_done(&w->users[i]) && !w->restored)
            return false;
    for (int i = 0; i < AGENTS * SLOTS; i++) {
        const struct agent *a = &w->agents[i / SLOTS];

        if (!a->burnt && w->klammd.given_up[a->node] && a->slots[i % SLOTS].running)
            return false;
        used += !a->burnt && !w->klammd.given_up[a->node] && a->slots[i % SLOTS].used;
    }
    (void)snprintf(w->unsettled, sizeof(w->unsettled), "%d processes are on nodes, %d are wanted", used,
                   wanted);
    return used == wanted || w->restored;
}

/* --- the end in words --- */

static void tell_json(struct buf *b, const char *what, const json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);

    buf_printf(b, "  %s %s\n", what, text);
    mem_free(text);
}

static void tell_cluster(struct buf *b, const struct cluster *c)
{
    buf_printf(b, "  %s, %d brokers\n", store_cluster_state_name(c->state), c->brokers_n);
    tell_json(b, "spec", c->spec);
    tell_json(b, "tags", c->tags);
    list_each(at, (struct list *)(uintptr_t)&c->processes) {
        const struct process *p = list_item(at, struct process, node);

        buf_printf(b, "  %s-%d zone %s, %s\n", store_process_kind_name(p->kind), p->node_id, p->zone,
                   store_seen_name(p->seen));
    }
}

static void tell_operations(struct buf *b, const struct world *w, const struct user *u)
{
    for (struct list *at = store_operations(w->klammd.store)->prev; at != store_operations(w->klammd.store);
         at = at->prev) {
        const struct operation *o = list_item(at, struct operation, node);

        if (strcmp(o->cluster_arn, u->arn) == 0)
            buf_printf(b, "  %s: %s %s\n", o->type, store_operation_state_name(o),
                       o->error_code ? o->error_code : "");
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct effect *)a)->id, ((const struct effect *)b)->id);
}

/* Restarts in all: with which process an update begins, is whoever is away. */
static void tell_effects(struct buf *b, struct world *w, int cluster)
{
    struct effect sorted[EFFECTS];
    int n = 0, restarts = 0;

    for (int i = 0; i < w->effects_n; i++)
        if (w->effects[i].cluster == cluster)
            sorted[n++] = w->effects[i];
    qsort(sorted, (size_t)n, sizeof(sorted[0]), by_name);
    for (int i = 0; i < n; i++) {
        buf_printf(b, "  %s: %d volumes made, %d removed\n", sorted[i].id, sorted[i].volumes,
                   sorted[i].removals);
        restarts += sorted[i].restarts;
    }
    buf_printf(b, "  %d restarts\n", restarts);
}

char *world_tell(struct world *w)
{
    OWNED_BUF b = { 0 };

    for (int i = 0; i < w->users_n; i++) {
        const struct user *u = &w->users[i];
        const struct cluster *c = store_cluster(w->klammd.store, str_of(u->arn));

        buf_printf(&b, "%s\n", u->name);
        if (c)
            tell_cluster(&b, c);
        tell_operations(&b, w, u);
        tell_effects(&b, w, i);
    }
    return mem_strdup(buf_text(&b));
}
