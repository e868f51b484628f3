/* klammd: its store, reconcilers and acts are real; the shell (fleet.c, lost.c) is modelled line by line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/agent/messages.h"
#include "controlplane/fleet/act.h"
#include "controlplane/fleet/grow.h"
#include "controlplane/fleet/rebalance.h"
#include "controlplane/fleet/wanted.h"
#include "controlplane/reconcile/node.h"
#include "controlplane/reconcile/plan.h"
#include "controlplane/store/store_private.h"
#include "tests/sim/fleet.h"

enum { LOST_MS = 60000, LOST_AGAIN_MS = 10000 };

static void on_restart(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    (void)ev;
    if (!w->klammd.up)
        klammd_start(w);
}

static void sql(struct world *w, const char *text)
{
    char *error = NULL;

    if (sqlite3_exec(w->klammd.store->db, text, NULL, NULL, &error))
        sim_fail(&w->sim, "%s: %s", text, error ? error : "?");
}

void klammd_start(struct world *w)
{
    struct klammd *k = &w->klammd;
    struct why reason;

    if (store_open(k->path, &k->store, &reason))
        sim_fail(&w->sim, "the store does not open: %s", reason.text);
    sql(w, "PRAGMA synchronous = OFF"); /* processes die here, not machines */
    k->fleet = fleet_new(w->base, k->store, NULL, &w->config);
    k->up = true;
    k->life++;
    k->since_ms = world_ms(w);
    k->changes = sqlite3_total_changes(k->store->db);
    memset(k->sessions, 0, sizeof(k->sessions));
    for (int i = 0; i < NODES; i++)
        k->silent_since_ms[i] = k->since_ms;
    k->woken = false;
    SIM_TRACE(&w->sim, "klammd starts");
    klammd_wake(w);
}

void klammd_stop(struct world *w)
{
    struct klammd *k = &w->klammd;

    if (!k->up)
        return;
    SIM_TRACE(&w->sim, "klammd dies");
    k->up = false;
    k->fleet = fleet_free(k->fleet);
    k->store = store_free(k->store);
    for (int i = 0; i < AGENTS; i++)
        agent_cut_off(w, &w->agents[i]);
    sim_after(&w->sim, sim_between(&w->sim, 5, world_chance(w, 200) ? 8000 : 100) * 1000,
              (struct sim_event){ .run = on_restart, .ctx = w });
}

bool klammd_may_die(struct world *w)
{
    struct klammd *k = &w->klammd;
    int changes = sqlite3_total_changes(k->store->db);

    if (changes == k->changes)
        return false;
    k->changes = changes;
    k->commits++;
    totals.commits++;
    check_store(w);
    if (k->commits != k->crash_at && !world_chance(w, w->faults.klammd))
        return false;
    totals.crashes++;
    klammd_stop(w);
    return true;
}

static void copy_database(struct world *w, const char *from, const char *to)
{
    OWNED_MEM char *wal = mem_printf("%s-wal", to), *shm = mem_printf("%s-shm", to);
    OWNED_MEM char *text = mem_printf("VACUUM INTO '%s'", to);
    sqlite3 *db;

    (void)unlink(to);
    (void)unlink(wal);
    (void)unlink(shm);
    if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READWRITE, NULL) || sqlite3_exec(db, text, NULL, NULL, NULL))
        sim_fail(&w->sim, "%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

void klammd_backup(struct world *w)
{
    copy_database(w, w->klammd.path, w->klammd.backup);
}

/* Somebody puts the old file in the new one's place. */
void klammd_restore(struct world *w)
{
    klammd_stop(w);
    copy_database(w, w->klammd.backup, w->klammd.path);
    w->restored = true;
    for (int i = 0; i < AGENTS * SLOTS; i++) /* that one was told, this one is not */
        w->agents[i / SLOTS].slots[i % SLOTS].told_any = false;
    totals.restored++;
    SIM_TRACE(&w->sim, "klammd is restored from its backup");
}

/* --- who is there --- */

static int node_index(const char *host)
{
    return host[1] - '0';
}

static int64_t silent_since_ms(void *ctx, const char *host)
{
    struct world *w = ctx;
    int i = node_index(host);

    return w->klammd.sessions[i].parked ? 0 : w->klammd.silent_since_ms[i];
}

static bool was_removed(void *ctx, const char *host)
{
    struct world *w = ctx;

    return store_node(w->klammd.store, str_of(host))->removed_ms != 0;
}

static struct node *node_of(struct world *w, int i)
{
    char name[3] = { 'n', (char)('0' + i), 0 };

    return store_node(w->klammd.store, str_of(name));
}

static void end_session(struct world *w, int node)
{
    w->klammd.sessions[node].parked = false;
    w->klammd.silent_since_ms[node] = world_ms(w);
}

struct answer {
    int status;
    json_t *body;
};

static void on_answer(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct answer *a = ev->object;

    agent_answered(w, ev->node, ev->incarnation, (uint32_t)ev->number, a->status, a->body);
    json_decref(a->body);
    mem_free(a);
}

static void answer(struct world *w, int agent, uint32_t life, uint32_t request, int status, json_t *body)
{
    struct answer *a;

    if (world_chance(w, w->faults.loss)) {
        json_decref(body);
        return;
    }
    a = mem_new(struct answer);
    *a = (struct answer){ status, body };
    sim_after(&w->sim, sim_between(&w->sim, 1, world_chance(w, w->faults.late) ? 8000 : 5) * 1000,
              (struct sim_event){ .run = on_answer, .ctx = w, .node = agent, .incarnation = life,
                                  .number = request, .object = a });
}

static void poll_answer(struct world *w, int node)
{
    struct session s = w->klammd.sessions[node];
    const struct node *n = node_of(w, node);

    end_session(w, node);
    if (n->removed_ms)
        answer(w, s.agent, s.life, s.request, AGENT_STATUS_REMOVED, json_object());
    else
        answer(w, s.agent, s.life, s.request, 200, wanted_of_node(w->klammd.store, n));
}

/* --- what klammd does by itself --- */

static void note_act(struct world *w, const struct cluster *c, const struct reconcile_next *next)
{
    static const char *const names[] = { "nothing", "place", "activate", "fail", "tombstone", "forget",
        "heal", "replace", "write off", "say", "unsay", "add", "touch", "tell", "undo", "abort", "move",
        "stop", "deregister", "return", "remove", "raise", "give up", "finish" };

    if (next->action != RECONCILE_NOTHING)
        SIM_TRACE(&w->sim, "klammd: %s, %s %d", c->name, names[next->action],
                  next->process ? next->process->node_id : -1);
    if (next->action == RECONCILE_TOUCH)
        check_touch(w, c, next->process);
}

/* All that can be done for one cluster now; false: klammd has died. */
static bool reconcile(struct world *w, struct cluster *c, int64_t *soonest)
{
    for (;;) {
        struct klammd *k = &w->klammd;
        struct act a = { k->store, &w->config, world_ms(w) };
        struct reconcile_view view = { a.now_ms, k->since_ms, silent_since_ms, was_removed, w,
                                       act_operation(k->store, c) };
        struct reconcile_next next = reconcile_cluster(c, &view);
        bool forget = next.action == RECONCILE_FORGET;
        struct why reason;
        int64_t again = 0;

        note_act(w, c, &next);
        if (act_on(&a, c, &next, &again, &reason))
            sim_fail(&w->sim, "the store: %s", reason.text);
        if (klammd_may_die(w))
            return false;
        if (again && (!*soonest || again < *soonest))
            *soonest = again;
        if (forget || again || next.action == RECONCILE_NOTHING)
            return true;
    }
}

static bool place_rebalance(struct world *w, struct cluster *c, int64_t *soonest)
{
    struct rebalance_view view = { world_ms(w), silent_since_ms, was_removed, w };
    struct why reason;
    int64_t again;

    if (rebalance_place(w->klammd.store, c, &view, &again, &reason))
        sim_fail(&w->sim, "the store: %s", reason.text);
    if (again && (!*soonest || again < *soonest))
        *soonest = again;
    return !klammd_may_die(w);
}

static bool scale(struct world *w, struct cluster *c)
{
    struct act a = { w->klammd.store, &w->config, world_ms(w) };
    struct why reason;
    bool begun;

    if (grow_by_itself(&a, c, &begun, &reason))
        sim_fail(&w->sim, "the store: %s", reason.text);
    if (begun)
        klammd_wake(w);
    return !klammd_may_die(w);
}

/* L2: what another broker of the cluster would answer, and what its disk would say. */
static bool serves(const struct world *w, int node)
{
    for (int i = 0; i < AGENTS; i++)
        for (int k = 0; w->agents[i].node == node && k < SLOTS; k++)
            if (w->agents[i].slots[k].running && w->agents[i].slots[k].is_broker)
                return true;
    return false;
}

/* L1: the zone's other node is there. */
static bool has_room_elsewhere(const struct world *w, int node)
{
    int other = (node + NODES / 2) % NODES;

    return w->klammd.sessions[other].parked && !w->klammd.given_up[other];
}

/* A node that is away for long is given up when nothing on it serves; its machine is off then. */
static bool look_for_lost(struct world *w, int64_t *soonest)
{
    for (int i = 0; i < NODES; i++) {
        struct act a = { w->klammd.store, &w->config, world_ms(w) };
        struct node *n = node_of(w, i);
        struct node_removal r = { .node = n, .clusters = store_clusters(w->klammd.store), .now_ms = a.now_ms,
                                  .silent_since_ms = silent_since_ms(w, n->name), .data_is_lost = true };
        const struct process *one;
        struct why reason;

        if (!w->loses_nodes || n->removed_ms || !r.silent_since_ms ||
            !reconcile_placed_on(r.clusters, n, &one))
            continue;
        if (!*soonest || LOST_AGAIN_MS < *soonest)
            *soonest = LOST_AGAIN_MS;
        if (a.now_ms - r.silent_since_ms < LOST_MS || serves(w, i) || !has_room_elsewhere(w, i))
            continue;
        if (reconcile_may_remove(&r, &reason)) {
            SIM_TRACE(&w->sim, "klammd: node %d is kept: %s", i, reason.text);
            continue;
        }
        if (act_remove_node(&a, n, &reason))
            sim_fail(&w->sim, "the store: %s", reason.text);
        totals.lost++;
        w->klammd.given_up[i] = true;
        SIM_TRACE(&w->sim, "klammd: node %d is given up", i);
        if (klammd_may_die(w))
            return false;
    }
    return true;
}

/* Somebody wants a node given up that is there: he is told no, as long as anything is on it. */
void klammd_refuses_to_remove(struct world *w)
{
    int i = (int)rng_below(&w->sim.rng, NODES);
    struct node *n = w->klammd.up ? node_of(w, i) : NULL;
    struct node_removal r = { .node = n, .clusters = n ? store_clusters(w->klammd.store) : NULL,
                              .now_ms = world_ms(w), .data_is_lost = true };
    const struct process *one;
    struct why reason;

    if (n && w->klammd.sessions[i].parked && !n->removed_ms && reconcile_placed_on(r.clusters, n, &one))
        SIM_CHECK(&w->sim, reconcile_may_remove(&r, &reason),
                  "node %d may be removed though its agent is there", i);
}

static struct cluster *next_cluster(struct world *w, struct list **at)
{
    *at = (*at)->next;
    return *at == store_clusters(w->klammd.store) ? NULL : list_item(*at, struct cluster, node);
}

/* False: klammd has died, and the list with it. */
static bool each_cluster(struct world *w, int64_t *soonest)
{
    struct list *at = store_clusters(w->klammd.store);
    struct cluster *c;

    while ((c = next_cluster(w, &at))) {
        struct list *before = at->prev;

        if (!reconcile(w, c, soonest))
            return false;
        if (before->next != at) /* it is forgotten */
            at = before;
    }
    at = store_clusters(w->klammd.store);
    while ((c = next_cluster(w, &at)))
        if (!place_rebalance(w, c, soonest) || !scale(w, c))
            return false;
    return true;
}

static void on_wake(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct klammd *k = &w->klammd;
    int64_t soonest = 0;

    if (!k->up || k->life != ev->incarnation)
        return;
    if (ev->number && ev->number != k->later)
        return;
    if (!ev->number)
        k->woken = false;
    if (!look_for_lost(w, &soonest) || !each_cluster(w, &soonest))
        return;
    if (soonest)
        sim_after(&w->sim, soonest * 1000,
                  (struct sim_event){ .run = on_wake, .ctx = w, .incarnation = k->life,
                                      .number = ++k->later });
    for (int i = 0; i < NODES; i++)
        if (k->sessions[i].parked && k->sessions[i].revision != node_of(w, i)->revision)
            poll_answer(w, i);
}

void klammd_wake(struct world *w)
{
    struct klammd *k = &w->klammd;

    if (k->woken || !k->up)
        return;
    k->woken = true;
    sim_after(&w->sim, 0, (struct sim_event){ .run = on_wake, .ctx = w, .incarnation = k->life });
}

/* --- what agents say --- */

static void on_poll_over(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    const struct session *s = &w->klammd.sessions[ev->node];

    if (w->klammd.up && s->parked && w->klammd.life == ev->incarnation && s->request == (uint32_t)ev->number)
        poll_answer(w, ev->node);
}

static void on_gone(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    const struct session *s = &w->klammd.sessions[ev->node];

    if (!w->klammd.up || !s->parked || s->life != ev->incarnation || s->agent != (int)ev->number)
        return;
    end_session(w, ev->node);
    klammd_wake(w);
}

void klammd_gone(struct world *w, const struct agent *a)
{
    sim_after(&w->sim, sim_between(&w->sim, 1, 20) * 1000,
              (struct sim_event){ .run = on_gone, .ctx = w, .node = a->node, .incarnation = a->life,
                                  .number = a->index });
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "";
}

static void put_node(struct world *w, const struct node *n)
{
    struct why reason;

    store_begin(w->klammd.store);
    store_put_node(w->klammd.store, n);
    if (store_commit(w->klammd.store, &reason))
        sim_fail(&w->sim, "the store: %s", reason.text);
}

static void on_poll(struct world *w, struct node *n, int agent, uint32_t life, uint32_t request,
                    const json_t *body)
{
    int node = node_index(n->name);
    struct session *s = &w->klammd.sessions[node];

    if ((s->parked && !reconcile_is_run_of(n, text_of(body, "instance"))) ||
        !reconcile_is_agent_of(n, text_of(body, "installation"))) {
        answer(w, agent, life, request, 409, json_object());
        return;
    }
    if (s->parked)
        poll_answer(w, node);
    if (reconcile_bind(n, text_of(body, "installation"), text_of(body, "instance"))) {
        put_node(w, n);
        if (klammd_may_die(w))
            return;
    }
    *s = (struct session){ true, agent, life, request,
                           json_integer_value(json_object_get(body, "revision")) };
    if (s->revision != n->revision) {
        poll_answer(w, node);
        return;
    }
    sim_after(&w->sim, AGENT_POLL_MS * 1000,
              (struct sim_event){ .run = on_poll_over, .ctx = w, .node = node,
                                  .incarnation = w->klammd.life, .number = request });
}

static void on_report(struct world *w, struct node *n, int agent, uint32_t life, uint32_t request,
                      const json_t *body)
{
    struct act a = { w->klammd.store, &w->config, world_ms(w) };
    struct why reason;
    bool changed, moved;

    totals.reports++;
    if (!reconcile_is_agent_of(n, text_of(body, "installation")) ||
        !reconcile_is_run_of(n, text_of(body, "instance"))) {
        answer(w, agent, life, request, 409, json_object());
        return;
    }
    if (!reconcile_is_news(n, json_integer_value(json_object_get(body, "report")))) {
        totals.stale++;
        answer(w, agent, life, request, 200, json_object());
        return;
    }
    if (act_report(&a, n, json_object_get(body, "processes"), &changed, &reason))
        sim_fail(&w->sim, "the store: %s", reason.text);
    if (klammd_may_die(w))
        return;
    if (rebalance_report(w->klammd.store, n, json_object_get(body, "rebalances"), &moved, &reason))
        sim_fail(&w->sim, "the store: %s", reason.text);
    if (klammd_may_die(w))
        return;
    answer(w, agent, life, request, 200, json_object());
    if (changed || moved)
        klammd_wake(w);
}

void klammd_hears(struct world *w, int agent, uint32_t life, uint32_t request, bool is_report, json_t *body)
{
    struct node *n = w->klammd.up ? node_of(w, w->agents[agent].node) : NULL;

    if (!n)
        return; /* nobody listens: a timeout, or klammd's end told it */
    if (n->removed_ms)
        answer(w, agent, life, request, AGENT_STATUS_REMOVED, json_object());
    else if (is_report)
        on_report(w, n, agent, life, request, body);
    else if (w->agents[agent].up && w->agents[agent].life == life) /* else its connection is closed */
        on_poll(w, n, agent, life, request, body);
}
