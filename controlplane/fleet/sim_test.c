/* The control plane's deciding code against model agents, a network that loses, doubles and delays,
 * and crashes of klammd after every durable step and of agents at any time.
 *
 * Always: a directory goes only by a tombstone of a cluster that was asked to be deleted, no two live
 * processes hold one address, and of a cluster at most one process is away for a restart. In the end, when
 * the faults have stopped: every cluster is ACTIVE with all its processes running, restarted once for every
 * operation that asked for it, or gone without a process or a directory left anywhere but on a node that is
 * lost for good. */
#include "tests/lib/test.h"

#include <stdlib.h>

#include "api/agent/messages.h"
#include "common/rng.h"
#include "controlplane/fleet/act.h"
#include "controlplane/fleet/capacity.h"
#include "controlplane/fleet/rebalance.h"
#include "controlplane/fleet/wanted.h"
#include "controlplane/reconcile/node.h"
#include "controlplane/reconcile/plan.h"
#include "controlplane/store/store_private.h"
#include "tests/lib/fleet_world.h"
#include "tests/lib/stores.h"

static bool chance(struct sim *s, unsigned percent)
{
    return s->faulty && rng_below(&s->rng, 100) < percent;
}

static void open_klammd(struct sim *s)
{
    struct why reason;

    if (store_open(s->path, &s->store, &reason))
        fail_msg("%s", reason.text);
    /* Processes die here, not machines: no need to wait for the disk. */
    assert_int_equal(sqlite3_exec(s->store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
}

static void drop(struct message *m)
{
    json_decref(m->body);
    *m = (struct message){ 0 };
}

static void crash_klammd(struct sim *s)
{
    s->store = store_free(s->store);
    for (int i = 0; i < WIRE; i++)
        if (s->wire[i].body && (s->wire[i].is_report || rng_below(&s->rng, 2)))
            drop(&s->wire[i]);
    for (int i = 0; i < AGENTS; i++)
        s->agents[i].polling = false;
    open_klammd(s);
}

/* True when klammd has died behind this commit: all pointers into the store are void. */
static bool durable(struct sim *s)
{
    if (++s->commits != s->crash_at && !chance(s, 4))
        return false;
    crash_klammd(s);
    return true;
}

static void commit(struct sim *s)
{
    stores_commit(s->store);
    (void)durable(s);
}

static void put_node(struct sim *s, const struct agent *a)
{
    struct node *n = store_node_new(s->store, a->name, a->zone);

    n->cpus = 64;
    n->memory_bytes = (int64_t)256 << 30;
    n->disk_bytes = (int64_t)1000 << 30;
    store_put_node(s->store, n);
}

static void init(struct sim *s, const char *dir, uint64_t seed)
{
    static char ids[3][8] = { "s-a", "s-b", "s-c" }, zones[3][2] = { "a", "b", "c" };

    rng_seed(&s->rng, seed);
    s->path = mem_printf("%s/%llu.db", dir, (unsigned long long)seed);
    s->now_ms = 1000000;
    for (unsigned i = 0; i < 3; i++)
        s->config.subnets[i] = (struct subnet){ ids[i], zones[i], 0x7f100000 + (i << 8), 0xffffff00, NULL };
    s->config.subnets_n = 3;
    s->config.cpu_overcommit = s->config.memory_overcommit = s->config.storage_overcommit = 1;
    open_klammd(s);
    store_begin(s->store);
    for (int i = 0; i < AGENTS; i++) {
        struct agent *a = &s->agents[i];

        (void)snprintf(a->name, sizeof(a->name), "n%d", i);
        (void)snprintf(a->zone, sizeof(a->zone), "%c", 'a' + i % 3);
        a->up = true;
        a->held = -1;
        put_node(s, a);
    }
    ask_configurations(s->store);
    commit(s);
}

static void done(struct sim *s)
{
    for (int i = 0; i < WIRE; i++)
        drop(&s->wire[i]);
    store_free(s->store);
    mem_free(s->path);
}

/* Commits what was asked, if anything. */
static void asked(struct sim *s, bool done)
{
    if (done)
        commit(s);
}

static struct asks *asks(struct sim *s)
{
    s->asks.store = s->store;
    s->asks.now_ms = s->now_ms;
    return &s->asks;
}

static void create(struct sim *s, int32_t brokers)
{
    asked(s, ask_create(asks(s), s->created_n++, brokers));
}

static void delete(struct sim *s, unsigned i)
{
    bool done = ask_delete(asks(s), i, s->deleted[s->deleted_n]);

    s->deleted_n += done;
    asked(s, done);
}

static int64_t silent_since_ms(void *ctx, const char *host)
{
    struct sim *s = ctx;

    for (int i = 0; i < AGENTS; i++)
        if (strcmp(s->agents[i].name, host) == 0)
            return s->agents[i].up ? 0 : 1;
    return 1;
}

static bool was_removed(void *ctx, const char *host)
{
    struct sim *s = ctx;

    return store_node(s->store, str_of(host))->removed_ms != 0;
}

/* klammd: one action for one cluster that has one. */
static void reconcile(struct sim *s)
{
    list_each(node, store_clusters(s->store)) {
        struct cluster *c = list_item(node, struct cluster, node);
        struct reconcile_view view = { s->now_ms, s->now_ms, silent_since_ms, was_removed, s,
                                       act_operation(s->store, c) };
        struct act a = { s->store, &s->config, s->now_ms };
        struct reconcile_next next = reconcile_cluster(c, &view);
        struct why reason;
        int64_t again;

        if (next.action == RECONCILE_NOTHING)
            continue;
        if (act_on(&a, c, &next, &again, &reason))
            fail_msg("%s", reason.text);
        if (durable(s))
            return;
    }
}

static void place_rebalances(struct sim *s)
{
    struct rebalance_view v = { s->now_ms, silent_since_ms, was_removed, s };

    list_each(node, store_clusters(s->store)) {
        struct cluster *c = list_item(node, struct cluster, node);
        const json_t *before = json_object_get(c->rebalance, "host");
        struct why reason;
        int64_t again;

        if (rebalance_place(s->store, c, &v, &again, &reason))
            fail_msg("%s", reason.text);
        if (json_object_get(c->rebalance, "host") != before && durable(s))
            return;
    }
}

static void put_on_wire(struct sim *s, int agent, bool is_report, json_t *body)
{
    for (int i = 0; i < WIRE; i++) {
        if (s->wire[i].body)
            continue;
        if (chance(s, 15))
            break; /* lost */
        s->wire[i] = (struct message){ agent, is_report, json_incref(body) };
        if (!chance(s, 15)) /* else doubled */
            break;
    }
    json_decref(body);
}

/* The agent asks, when it does not wait already; a lost answer ends in a timeout. */
static void poll(struct sim *s, int i)
{
    struct agent *a = &s->agents[i];
    struct node *n = store_node(s->store, str_of(a->name));

    if (a->polling && rng_below(&s->rng, 10) == 0)
        a->polling = false;
    /* The 25 seconds of a poll that has nothing to tell pass as well. */
    if (a->polling || (a->held == n->revision && rng_below(&s->rng, 20)))
        return;
    a->polling = true;
    put_on_wire(s, i, false, wanted_of_node(s->store, n));
}

static struct slot *slot_of(struct agent *a, const char *id)
{
    struct slot *free_slot = NULL;

    for (int i = 0; i < SLOTS; i++) {
        if (a->slots[i].used && strcmp(a->slots[i].id, id) == 0)
            return &a->slots[i];
        if (!a->slots[i].used && !free_slot)
            free_slot = &a->slots[i];
    }
    assert_non_null(free_slot);
    return free_slot;
}

static bool was_deleted(const struct sim *s, const char *id)
{
    for (unsigned i = 0; i < s->deleted_n; i++)
        if (strncmp(id, s->deleted[i], strlen(s->deleted[i])) == 0 && id[strlen(s->deleted[i])] == '/')
            return true;
    return false;
}

static void take_wanted(struct sim *s, struct agent *a, const struct wanted_process *w)
{
    struct slot *slot = slot_of(a, w->id);

    if (slot->used && (w->revision <= slot->revision || (slot->gone && !w->gone)))
        return;
    if (!slot->used)
        *slot = (struct slot){ .used = true, .directory = !w->gone };
    (void)snprintf(slot->id, sizeof(slot->id), "%s", w->id);
    (void)snprintf(slot->address, sizeof(slot->address), "%s", w->address);
    assert_true(w->volume_bytes >= slot->volume_bytes);
    slot->volume_bytes = w->volume_bytes;
    slot->failed &= w->restart == slot->restart;
    slot->bad = json_object_get(w->properties, "message.max.bytes") != NULL;
    slot->revision = w->revision;
    slot->restart = w->restart;
    slot->gone = w->gone;
    slot->stopped = w->stopped;
    a->told = false;
    /* never destroy by accident */
    assert_true(!w->gone || was_deleted(s, w->id) || moves_is_empty(&s->moves, w->id));
}

static bool listed(const json_t *processes, const char *id)
{
    for (size_t i = 0; i < json_array_size(processes); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(processes, i), "id")), id) == 0)
            return true;
    return false;
}

static void on_wanted(struct sim *s, struct agent *a, const json_t *body)
{
    const json_t *processes = json_object_get(body, "processes");

    a->polling = false;
    a->held = json_integer_value(json_object_get(body, "revision"));
    a->told = false;
    for (size_t i = 0; i < json_array_size(processes); i++) {
        struct wanted_process w;
        struct why reason;

        if (wanted_decode(json_array_get(processes, i), &w, &reason))
            fail_msg("%s", reason.text);
        take_wanted(s, a, &w);
        wanted_done(&w);
    }
    for (int i = 0; i < SLOTS; i++)
        if (a->slots[i].gone && !a->slots[i].directory && !listed(processes, a->slots[i].id))
            a->slots[i] = (struct slot){ 0 };
    moves_wanted(&s->moves, (int)(a - s->agents), json_object_get(body, "rebalances"));
}

static void launch(struct sim *s, struct slot *slot)
{
    moves_runs(&s->moves, slot->id, !slot->bad);
    slot->running = !slot->bad;
    slot->failed = slot->bad;
    slot->launched = slot->restart;
}

static size_t uuid_length(const struct slot *slot)
{
    return (size_t)(strchr(slot->id, '/') - slot->id) + 1;
}

/* One process of a cluster at a time is away. */
static void restart_or_catch_up(struct sim *s, struct slot *slot)
{
    if (slot->launched >= slot->restart) {
        slot->away = false;
        return;
    }
    for (int i = 0; i < AGENTS * SLOTS; i++) {
        const struct slot *other = &s->agents[i / SLOTS].slots[i % SLOTS];

        assert_false(other != slot && other->away &&
                     strncmp(other->id, slot->id, uuid_length(slot)) == 0);
    }
    slot->away = true;
    slot->running = false;
    slot->restarts++;
}

static bool has_work(const struct slot *slot)
{
    if (!slot->used)
        return false;
    if (slot->gone)
        return slot->running || slot->directory;
    if (slot->stopped)
        return slot->running;
    return !slot->failed && (!slot->running || slot->away || slot->launched < slot->restart);
}

static void stop(struct sim *s, struct slot *slot)
{
    slot->running = slot->away = false;
    moves_runs(&s->moves, slot->id, false);
}

/* The agent's own work: start what is wanted, stop and remove what is not. */
static void work(struct sim *s, struct agent *a)
{
    unsigned first = (unsigned)rng_below(&s->rng, SLOTS), i = 0;
    struct slot *slot;

    while (i < SLOTS && !has_work(&a->slots[(first + i) % SLOTS]))
        i++;
    if (i == SLOTS)
        return;
    slot = &a->slots[(first + i) % SLOTS];
    if (slot->stopped && !slot->gone)
        stop(s, slot);
    else if (!slot->gone && slot->running)
        restart_or_catch_up(s, slot);
    else if (!slot->gone)
        launch(s, slot);
    else if (slot->running)
        stop(s, slot);
    else
        slot->directory = false;
    a->told = false;
}

static bool is_there(const struct slot *slot)
{
    return slot->running && !slot->away && slot->launched >= slot->restart;
}

static const char *state_of(const struct slot *slot)
{
    if (slot->gone && !slot->directory && !slot->running)
        return "gone";
    if (slot->stopped && !slot->running)
        return "stopped";
    return slot->failed ? "failed" : is_there(slot) ? "running" : "starting";
}

static void report(struct sim *s, int i)
{
    struct agent *a = &s->agents[i];
    json_t *processes = json_array();

    for (int k = 0; k < SLOTS; k++) {
        const struct slot *slot = &a->slots[k];
        char state[16];

        if (!slot->used)
            continue;
        (void)snprintf(state, sizeof(state), "%s", state_of(slot));
        json_array_append_new(processes, seen_encode(&(struct seen_process){
            (char *)(uintptr_t)slot->id, state, NULL, slot->revision, 0, 0, 0 }));
    }
    put_on_wire(s, i, true, json_pack("{s:o, s:o}", "processes", processes, "rebalances",
                                      moves_seen(&s->moves, i)));
}

static void on_report(struct sim *s, struct agent *a, const json_t *body)
{
    struct act act = { s->store, &s->config, s->now_ms };
    struct node *n = store_node(s->store, str_of(a->name));
    struct why reason;
    bool changed;

    if (n->removed_ms)
        return; /* refused */
    if (act_report(&act, n, json_object_get(body, "processes"), &changed, &reason))
        fail_msg("%s", reason.text);
    if (changed && durable(s))
        return; /* no answer */
    n = store_node(s->store, str_of(a->name));
    if (rebalance_report(s->store, n, json_object_get(body, "rebalances"), &changed, &reason))
        fail_msg("%s", reason.text);
    if (changed && durable(s))
        return;
    a->told = !chance(s, 15);
}

static void deliver(struct sim *s)
{
    struct message *m = &s->wire[rng_below(&s->rng, WIRE)];
    struct message it = *m;
    struct agent *a = &s->agents[it.agent];

    if (!it.body)
        return;
    *m = (struct message){ 0 };
    if (it.is_report)
        on_report(s, a, it.body);
    else if (a->up && a->polling)
        on_wanted(s, a, it.body);
    json_decref(it.body);
}

/* The agent dies; its processes and its disk stay. Its answers under way are lost with it, its
 * reports may still arrive. */
static void crash_agent(struct sim *s, int i)
{
    struct agent *a = &s->agents[i];

    a->up = false;
    moves_agent_died(&s->moves, i);
    a->polling = a->told = false;
    a->held = -1;
    for (int k = 0; k < WIRE; k++)
        if (s->wire[k].body && s->wire[k].agent == i && !s->wire[k].is_report)
            drop(&s->wire[k]);
}

/* A machine burns down; what ran on it is dead, its disks are never seen again. */
static void lose(struct sim *s, int i)
{
    crash_agent(s, i);
    s->agents[i].lost = true;
    for (int k = 0; k < SLOTS; k++) {
        stop(s, &s->agents[i].slots[k]);
        s->agents[i].slots[k].away = false;
    }
}

/* Somebody says so, and klammd gives the node up, or says why it does not: then it comes back. */
static void remove_lost(struct sim *s, struct agent *a)
{
    struct act act = { s->store, &s->config, s->now_ms };
    struct node *n = store_node(s->store, str_of(a->name));
    struct node_removal r = { .node = n, .clusters = store_clusters(s->store), .now_ms = s->now_ms,
                              .silent_since_ms = 1, .data_is_lost = true };
    struct why reason;

    if (n->removed_ms)
        return;
    if (reconcile_may_remove(&r, &reason)) {
        a->lost = false;
        return;
    }
    if (act_remove_node(&act, n, &reason))
        fail_msg("%s", reason.text);
    s->removed_n++;
    (void)durable(s);
}

static void turn_of_agent(struct sim *s, int i)
{
    struct agent *a = &s->agents[i];

    if (a->lost) {
        remove_lost(s, a);
        return;
    }
    if (!a->up) {
        a->up = !s->faulty || chance(s, 30);
        return;
    }
    if (chance(s, 2)) {
        crash_agent(s, i);
        return;
    }
    /* Zone a has two nodes: one may go. */
    if (i % 3 == 0 && !s->agents[3 - i].lost && rng_below(&s->rng, 100) == 0 && s->faulty) {
        lose(s, i);
        return;
    }
    switch (rng_below(&s->rng, 3)) {
    case 0:
        poll(s, i);
        break;
    case 1:
        work(s, a);
        if (moves_work(&s->moves, i, rng_next(&s->rng)))
            a->told = false;
        break;
    default:
        if (!a->told)
            report(s, i);
    }
}

static void check_addresses(const struct sim *s)
{
    for (int i = 0; i < AGENTS * SLOTS; i++)
        for (int k = 0; k < i; k++) {
            const struct slot *a = &s->agents[i / SLOTS].slots[i % SLOTS];
            const struct slot *b = &s->agents[k / SLOTS].slots[k % SLOTS];

            assert_false(a->running && b->running && strcmp(a->address, b->address) == 0);
        }
}

static void step(struct sim *s)
{
    s->now_ms += 5;
    switch (rng_below(&s->rng, 4)) {
    case 0:
        reconcile(s);
        place_rebalances(s);
        break;
    case 1:
        moves_place(&s->moves, rng_next(&s->rng));
        deliver(s);
        break;
    default:
        turn_of_agent(s, (int)rng_below(&s->rng, AGENTS));
    }
    check_addresses(s);
}

static bool all_running(const struct sim *s, const struct cluster *c)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);
        bool found = false;

        for (int i = 0; i < AGENTS * SLOTS; i++) {
            const struct slot *slot = &s->agents[i / SLOTS].slots[i % SLOTS];

            found |= slot->running && strcmp(slot->address, p->address) == 0 &&
                     strcmp(s->agents[i / SLOTS].name, p->host) == 0;
        }
        if (!found)
            return false;
    }
    return true;
}

/* For how many operations a process was to be restarted. */
static int asked_of(const struct sim *s, const struct process *p)
{
    int n = 0;

    list_each(node, store_operations(s->store)) {
        const struct operation *o = list_item(node, struct operation, node);

        n += strcmp(o->cluster_arn, p->cluster->arn) == 0 && plan_covers(o, p) && plan_restarts(o) &&
             p->added_ms <= o->created_ms;
    }
    return n;
}

/* Each operation has had its effect, and had it once; one that began anew elsewhere has its life there. */
static void check_restarts(const struct sim *s, const struct cluster *c)
{
    for (struct list *n = c->processes.next; n != &c->processes; n = n->next) {
        const struct process *p = list_item(n, struct process, node);
        OWNED_MEM char *id = store_process_id(p);

        for (int i = 0; i < AGENTS * SLOTS; i++) {
            const struct agent *a = &s->agents[i / SLOTS];
            const struct slot *slot = &a->slots[i % SLOTS];

            if (!slot->used || strcmp(slot->id, id) != 0 || strcmp(a->name, p->host) != 0)
                continue;
            assert_true(slot->launched == p->restart);
            assert_true(p->kind == PROCESS_CONTROLLER ||
                        slot->volume_bytes == capacity_of_broker(c).storage_bytes);
            assert_true(slot->restarts == asked_of(s, p) || s->removed_n);
            assert_true(slot->restarts <= asked_of(s, p));
        }
    }
}

/* How many of the clusters and slots are as they shall be in the end; all when `settled`. */
static bool settled(const struct sim *s)
{
    int32_t expected = 0, used = 0;

    list_each(node, store_clusters(s->store)) {
        struct cluster *c = list_item(node, struct cluster, node);
        OWNED_MEM char *id = mem_printf("%s/", c->uuid);

        if (c->state != CLUSTER_ACTIVE || was_deleted(s, id) || !all_running(s, c))
            return false;
        if (store_active_operation(s->store, c) || !moves_settled(&s->moves, c->uuid, c->brokers_n))
            return false;
        expected += c->brokers_n + CONTROLLERS;
    }
    for (int i = 0; i < AGENTS * SLOTS; i++)
        used += !s->agents[i / SLOTS].lost && s->agents[i / SLOTS].slots[i % SLOTS].used;
    return used == expected;
}

static void run_until_settled(struct sim *s, uint64_t seed)
{
    s->faulty = false;
    for (int i = 0; i < CALM_STEPS; i++) {
        if (settled(s))
            return;
        step(s);
    }
    fail_msg("seed %llu, crash at %d: not settled", (unsigned long long)seed, s->crash_at);
}

/* All run with what the cluster has; what does not start has been put back. */
static void check_configuration(const struct cluster *c, const char *wanted)
{
    const json_t *info = json_object_get(c->spec, "configurationInfo");
    const char *name = json_string_value(json_object_get(info, "arn"));

    assert_true(!wanted || (name && strcmp(name, wanted) == 0));
    assert_true(!name || strcmp(name, "x") != 0);
}

static const struct operation *newest(const struct sim *s)
{
    return list_item(store_operations(s->store)->next, struct operation, node);
}

static unsigned s_asked; /* operations in all lives */
static int s_drained, s_forgotten;

/* Clusters come and go while everything fails; then the faults stop. */
static unsigned one_life(const char *dir, uint64_t seed)
{
    static const char *const configurations[] = { "a", "b", "x" };
    struct sim s = { .faulty = true };
    unsigned survivors;

    init(&s, dir, seed);
    for (int i = 0; i < FAULTY_STEPS; i++) {
        if (s.created_n < CLUSTERS && rng_below(&s.rng, 100) == 0)
            create(&s, rng_below(&s.rng, 2) ? 3 : 6);
        if (s.created_n && rng_below(&s.rng, 20) == 0)
            asked(&s, ask_reboot(asks(&s), (unsigned)rng_below(&s.rng, s.created_n),
                                 1 + (int)rng_below(&s.rng, 2)));
        if (s.created_n && rng_below(&s.rng, 40) == 0)
            asked(&s, ask_configure(asks(&s), (unsigned)rng_below(&s.rng, s.created_n),
                                    configurations[rng_below(&s.rng, 3)]));
        if (s.created_n && rng_below(&s.rng, 80) == 0)
            asked(&s, ask_grow(asks(&s), (unsigned)rng_below(&s.rng, s.created_n)));
        if (s.created_n && rng_below(&s.rng, 80) == 0)
            asked(&s, ask_scale(asks(&s), (unsigned)rng_below(&s.rng, s.created_n)));
        if (s.created_n && rng_below(&s.rng, 10) == 0)
            asked(&s, ask_shrink(asks(&s), (unsigned)rng_below(&s.rng, s.created_n)));
        s.moves.cannot_drain = rng_below(&s.rng, 4) == 0;
        if (s.created_n && rng_below(&s.rng, 500) == 0)
            delete(&s, (unsigned)rng_below(&s.rng, s.created_n));
        step(&s);
    }
    run_until_settled(&s, seed);
    survivors = 0;
    list_each(node, store_clusters(s.store)) {
        check_restarts(&s, list_item(node, struct cluster, node));
        check_configuration(list_item(node, struct cluster, node), NULL);
        survivors++;
    }
    s_asked += s.asks.n;
    s_drained += s.moves.drained;
    s_forgotten += s.moves.forgotten;
    assert_int_equal(survivors, s.created_n - s.deleted_n);
    done(&s);
    return s.removed_n;
}

static void whatever_fails_every_cluster_ends_active_or_gone(void **state)
{
    OWNED_MEM char *dir = test_dir();
    const char *only = getenv("SEED"), *count = getenv("SEEDS");
    unsigned long seeds = count ? strtoul(count, NULL, 10) : 60;
    unsigned removed = 0;

    (void)state;
    if (only)
        removed = one_life(dir, strtoull(only, NULL, 10));
    else
        for (uint64_t seed = 1; seed <= seeds; seed++)
            removed += one_life(dir, seed);
    assert_true(only || seeds < 60 || removed > 5);
    assert_true(only || seeds < 60 || s_asked > 60);
    assert_true(only || seeds < 60 || (s_drained > 20 && s_forgotten > 20));
}

/* Six brokers: a drain that cannot be, one that can, and three more again, under ids of their own. */
static void members_come_and_go(struct sim *s)
{
    s->moves.cannot_drain = true;
    asked(s, ask_shrink(asks(s), 0));
    run_until_settled(s, 0);
    assert_int_equal(store_cluster_named(s->store, str_of("c0"))->brokers_n, 6);
    assert_string_equal(newest(s)->error_code, "DrainFailed");
    assert_non_null(strstr(newest(s)->error_message, "cannot be drained"));
    s->moves.cannot_drain = false;
    asked(s, ask_shrink(asks(s), 0));
    run_until_settled(s, 0);
    assert_int_equal(newest(s)->state, OPERATION_COMPLETE);
    assert_int_equal(store_cluster_named(s->store, str_of("c0"))->brokers_n, 3);
    assert_null(store_process(s->store, str_of("uuid-0/broker-4")));
    asked(s, ask_scale(asks(s), 0));
    run_until_settled(s, 0);
    assert_null(store_process(s->store, str_of("uuid-0/broker-6")));
    assert_non_null(store_process(s->store, str_of("uuid-0/broker-9")));
    check_restarts(s, store_cluster_named(s->store, str_of("c0")));
}

/* Create to ACTIVE, reboot all, delete to gone, with klammd killed once, behind its n-th durable step. */
static int one_crash(const char *dir, int crash_at)
{
    struct sim s = { .crash_at = crash_at };
    int commits;

    init(&s, dir, 1000 + (uint64_t)crash_at);
    create(&s, 3);
    run_until_settled(&s, 0);
    assert_non_null(store_cluster_named(s.store, str_of("c0")));
    asked(&s, ask_reboot(asks(&s), 0, 1));
    run_until_settled(&s, 0);
    check_restarts(&s, store_cluster_named(s.store, str_of("c0")));
    asked(&s, ask_configure(asks(&s), 0, "a"));
    run_until_settled(&s, 0);
    asked(&s, ask_configure(asks(&s), 0, "x"));
    run_until_settled(&s, 0);
    check_restarts(&s, store_cluster_named(s.store, str_of("c0")));
    check_configuration(store_cluster_named(s.store, str_of("c0")), "a");
    asked(&s, ask_grow(asks(&s), 0));
    run_until_settled(&s, 0);
    asked(&s, ask_scale(asks(&s), 0));
    run_until_settled(&s, 0);
    check_restarts(&s, store_cluster_named(s.store, str_of("c0")));
    assert_int_equal(store_cluster_named(s.store, str_of("c0"))->brokers_n, 6);
    members_come_and_go(&s);
    delete(&s, 0);
    run_until_settled(&s, 0);
    assert_null(store_cluster_named(s.store, str_of("c0")));
    commits = s.commits;
    done(&s);
    return commits;
}

static void klammd_may_die_behind_every_durable_step_of_a_life(void **state)
{
    OWNED_MEM char *dir = test_dir();
    int n = 0, commits;

    (void)state;
    do
        commits = one_crash(dir, ++n);
    while (n < commits);
    assert_true(n >= 20);
}

TEST_MAIN(TEST(klammd_may_die_behind_every_durable_step_of_a_life),
          TEST(whatever_fails_every_cluster_ends_active_or_gone))
