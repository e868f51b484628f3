/* fleet_sim - the control plane and the agents under faults, against the same life without them.
 *
 *   fleet_sim SEED | fleet_sim FROM TO [--twice]
 *
 * Of a seed: users with lists of API calls; what fails, and how often. Kinds of lives:
 *   sweep  one cluster, every type of operation, klammd killed behind the n-th durable step, for every n
 *   fail   klammd, agents, processes, machines and messages fail: the end and the count of effects are
 *          those of the undisturbed life
 *   lose   nodes burn, or are away until they are given up, and come back
 *   old    klammd is restored from an old backup */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/sim/fleet.h"

enum { SWEEP_EVERY = 40, FAULTS_MS = 300000, LIMIT_MS = 3600000, TICK_MS = 100 };
enum kind { KIND_FAIL, KIND_LOSE, KIND_OLD, KIND_SWEEP };

struct totals totals;
static struct world *the_world;

/* Ids, keys and the wall clock are the seed's: the linker puts these in the place of the system's. */
void __wrap_rng_system(void *p, size_t n);
int64_t __wrap_clock_wall_ms(void);

void __wrap_rng_system(void *p, size_t n)
{
    uint8_t *to = p;

    while (n--)
        *to++ = (uint8_t)rng_next(&the_world->ids);
}

int64_t __wrap_clock_wall_ms(void)
{
    return world_ms(the_world);
}

bool world_chance(struct world *w, int per_mille)
{
    return w->faults.on && sim_chance(&w->sim, per_mille);
}

int cluster_of_id(const struct world *w, const char *id, const char **ret_name)
{
    const char *slash = strchr(id, '/');
    size_t n = slash ? (size_t)(slash - id) : 0;

    *ret_name = slash ? slash + 1 : "";
    for (int i = 0; i < w->users_n; i++)
        if (n && strlen(w->users[i].uuid) == n && memcmp(w->users[i].uuid, id, n) == 0)
            return i;
    return -1;
}

struct effect *effect_of(struct world *w, const char *id)
{
    const char *name;
    int cluster = cluster_of_id(w, id, &name);

    for (int i = 0; i < w->effects_n; i++)
        if (w->effects[i].cluster == cluster && strcmp(w->effects[i].id, name) == 0)
            return &w->effects[i];
    SIM_CHECK(&w->sim, w->effects_n < EFFECTS, "more than %d processes in a life", EFFECTS);
    w->effects[w->effects_n] = (struct effect){ .cluster = cluster };
    (void)snprintf(w->effects[w->effects_n].id, sizeof(w->effects[0].id), "%s", name);
    return &w->effects[w->effects_n++];
}

/* --- faults, each again and again --- */

static void again(struct world *w, void (*run)(void *ctx, const struct sim_event *ev), int mean_ms)
{
    if (mean_ms && w->faults.on)
        sim_after(&w->sim, sim_between(&w->sim, mean_ms / 10, 2 * mean_ms) * 1000,
                  (struct sim_event){ .run = run, .ctx = w });
}

static struct agent *any_agent(struct world *w)
{
    return &w->agents[rng_below(&w->sim.rng, NODES)];
}

/* Its identity has another agent just now: what it does is not told apart from what that one does. */
static bool is_doubled(const struct world *w, const struct agent *a)
{
    return w->agents[CLONE].up && w->agents[CLONE].node == a->node;
}

static void on_agent_start(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = &w->agents[ev->node];

    if (!a->up && !a->burnt && !a->removed)
        agent_start(w, a);
}

static void start_later(struct world *w, const struct agent *a, int64_t ms)
{
    sim_after(&w->sim, ms * 1000, (struct sim_event){ .run = on_agent_start, .ctx = w, .node = a->index });
}

static void fail_agent(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = any_agent(w);

    (void)ev;
    again(w, fail_agent, w->faults.agents_ms);
    if (!w->faults.on || !a->up || is_doubled(w, a))
        return;
    agent_crash(w, a);
    start_later(w, a, sim_between(&w->sim, 1, sim_chance(&w->sim, 100) ? 9000 : 500));
}

static void fail_process(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = any_agent(w);

    (void)ev;
    again(w, fail_process, w->faults.processes_ms);
    if (w->faults.on)
        process_dies(w, a, &a->slots[rng_below(&w->sim.rng, SLOTS / 4)]);
}

static bool any_off(const struct world *w)
{
    for (int i = 0; i < NODES; i++)
        if (w->agents[i].off && !w->agents[i].burnt)
            return true;
    return false;
}

static bool any_lost(const struct world *w)
{
    for (int i = 0; i < NODES; i++)
        if (w->agents[i].burnt || w->klammd.given_up[i])
            return true;
    return false;
}

static void fail_machine(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = any_agent(w), *sibling = &w->agents[(a->index + 3) % NODES];
    bool alone = w->klammd.given_up[sibling->node] || sibling->burnt;

    (void)ev;
    again(w, fail_machine, w->faults.power_ms);
    if (!w->faults.on || a->off || a->burnt || a->removed || is_doubled(w, a) || any_off(w))
        return;
    machine_off(w, a);
    if (w->loses_nodes && !any_lost(w) && sim_chance(&w->sim, 300)) {
        a->burnt = true;
        SIM_TRACE(&w->sim, "node %d burns", a->node);
        return;
    }
    start_later(w, a, sim_between(&w->sim, 100, w->loses_nodes && !alone ? 120000 : 8000));
}

static void lie(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = any_agent(w);

    (void)ev;
    again(w, lie, w->faults.lies_ms);
    if (w->faults.on && a->up && !is_doubled(w, a))
        agent_lies(w, a);
}

static void end_clone(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = &w->agents[CLONE];

    (void)ev;
    agent_crash(w, a);
    for (int i = 0; i < SLOTS; i++)
        a->slots[i] = (struct slot){ .life = a->slots[i].life + 1, .timer = a->slots[i].timer + 1 };
}

/* Somebody has copied a node's identity, and starts an agent with it on another machine. */
static void begin_clone(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct agent *a = &w->agents[CLONE], *of = any_agent(w);

    (void)ev;
    again(w, begin_clone, w->faults.clone_ms);
    if (!w->faults.on || a->up || !of->up || of->revision < 0 || w->klammd.given_up[of->node])
        return;
    a->node = of->node;
    agent_start(w, a);
    sim_after(&w->sim, sim_between(&w->sim, 100, 5000) * 1000,
              (struct sim_event){ .run = end_clone, .ctx = w });
}

static void bother(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    (void)ev;
    again(w, bother, w->faults.impatient_ms);
    if (!w->faults.on)
        return;
    klammd_refuses_to_remove(w);
    user_is_impatient(w, (int)rng_below(&w->sim.rng, (uint64_t)w->users_n));
}

static int rarely(struct world *w, int low_ms, int high_ms)
{
    return sim_chance(&w->sim, 300) ? 0 : (int)sim_between(&w->sim, low_ms, high_ms);
}

static void begin_faults(struct world *w, enum kind kind)
{
    struct faults *f = &w->faults;

    f->on = true;
    f->loss = sim_chance(&w->sim, 300) ? 0 : (int)sim_between(&w->sim, 1, 150);
    f->doubled = sim_chance(&w->sim, 300) ? 0 : (int)sim_between(&w->sim, 1, 150);
    f->late = sim_chance(&w->sim, 300) ? 0 : (int)sim_between(&w->sim, 1, 100);
    f->klammd = sim_chance(&w->sim, 200) ? 0 : (int)sim_between(&w->sim, 1, 150);
    f->agents_ms = rarely(w, 50, 3000);
    f->processes_ms = rarely(w, 50, 3000);
    f->power_ms = kind == KIND_LOSE ? 20000 : rarely(w, 1000, 10000);
    f->lies_ms = rarely(w, 100, 3000);
    f->clone_ms = rarely(w, 1000, 10000);
    f->impatient_ms = rarely(w, 50, 3000);
    again(w, fail_agent, f->agents_ms);
    again(w, fail_process, f->processes_ms);
    again(w, fail_machine, f->power_ms);
    again(w, lie, f->lies_ms);
    again(w, begin_clone, f->clone_ms);
    again(w, bother, f->impatient_ms);
}

/* --- a life --- */

static bool all_done(const struct world *w)
{
    for (int i = 0; i < w->users_n; i++)
        if (!user_is_done(&w->users[i]))
            return false;
    return true;
}

static void on_tick(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    (void)ev;
    sim_after(&w->sim, TICK_MS * 1000, (struct sim_event){ .run = on_tick, .ctx = w });
    for (int i = 0; i < w->users_n && !w->restored; i++)
        user_acts(w, i);
    for (int i = 0; i < NODES; i++)
        if (w->agents[i].up)
            data_work(w, &w->agents[i]);
    data_topic(w);
    data_assigned(w);
    if (w->faults.on && (all_done(w) || sim_ms(&w->sim) > FAULTS_MS)) {
        SIM_TRACE(&w->sim, "no more faults");
        w->faults.on = false;
    }
}

static void on_backup(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    bool all = w->klammd.up;

    for (int i = 0; i < w->users_n; i++)
        all &= w->users[i].at > 0;
    if (!ev->number && !all) {
        sim_after(&w->sim, 1000000, (struct sim_event){ .run = on_backup, .ctx = w });
        return;
    }
    if (!ev->number) {
        klammd_backup(w);
        sim_after(&w->sim, sim_between(&w->sim, 100, 20000) * 1000,
                  (struct sim_event){ .run = on_backup, .ctx = w, .number = 1 });
        return;
    }
    klammd_restore(w);
    for (int i = 0; i < w->users_n; i++)
        w->users[i].version[0] = '\0';
}

static void put_nodes(struct world *w)
{
    struct why reason;

    store_begin(w->klammd.store);
    for (int i = 0; i < NODES; i++) {
        char name[3] = { 'n', (char)('0' + i), 0 }, zone[2] = { (char)('a' + i % 3), 0 };
        struct node *n = store_node_new(w->klammd.store, name, zone);

        n->cpus = 1000;
        n->memory_bytes = (int64_t)10 << 40;
        n->disk_bytes = (int64_t)1 << 50;
        store_put_node(w->klammd.store, n);
    }
    if (store_commit(w->klammd.store, &reason))
        sim_fail(&w->sim, "the store: %s", reason.text);
}

static void configure(struct config *c)
{
    static char ids[3][8] = { "s-a", "s-b", "s-c" }, zones[3][2] = { "a", "b", "c" };
    static char region[] = "eu-central-1", account[] = "000000000000", group[] = "sg-1";

    for (unsigned i = 0; i < 3; i++)
        c->subnets[i] = (struct subnet){ ids[i], zones[i], 0x7f100000 + (i << 8), 0xffffff00, NULL };
    c->subnets_n = 3;
    c->cpu_overcommit = c->memory_overcommit = c->storage_overcommit = 1;
    c->region = region;
    c->account_id = account;
    c->security_group = group;
}

static void begin(struct world *w, const char *dir, uint64_t seed, bool verbose, enum kind kind)
{
    the_world = w;
    sim_init(&w->sim, seed, verbose);
    rng_seed(&w->ids, seed ^ 0x1d5);
    configure(&w->config);
    w->base = event_base_new();
    w->klammd.path = mem_printf("%s/klammd.db", dir);
    w->klammd.backup = mem_printf("%s/backup.db", dir);
    w->users_n = kind == KIND_SWEEP ? 1 : 1 + (int)rng_below(&w->sim.rng, CLUSTERS);
    for (int i = 0; i < w->users_n; i++) {
        (void)snprintf(w->users[i].name, sizeof(w->users[i].name), "c%d", i);
        user_plan(w, &w->users[i], kind == KIND_SWEEP);
    }
    klammd_start(w);
    put_nodes(w);
    user_prepare(w);
    for (int i = 0; i < NODES; i++) {
        w->agents[i].index = w->agents[i].node = i;
        agent_start(w, &w->agents[i]);
    }
    w->agents[CLONE].index = CLONE;
    sim_after(&w->sim, 0, (struct sim_event){ .run = on_tick, .ctx = w });
}

/* What is still on the wire holds memory. */
struct carried {
    int ignored;
    json_t *body;
};

static void end(struct world *w)
{
    for (int i = 0; i < w->sim.heap_n; i++) {
        struct carried *m = w->sim.heap[i].object;

        if (m)
            json_decref(m->body);
        mem_free(m);
    }
    if (w->klammd.up) {
        fleet_free(w->klammd.fleet);
        store_free(w->klammd.store);
    }
    (void)unlink(w->klammd.path);
    mem_free(w->klammd.path);
    (void)unlink(w->klammd.backup);
    mem_free(w->klammd.backup);
    event_base_free(w->base);
    sim_done(&w->sim);
    mem_free(w);
}

static void run(struct world *w)
{
    int64_t looked_ms = 0;

    while (sim_next(&w->sim)) {
        totals.events++;
        if (sim_ms(&w->sim) < looked_ms + TICK_MS)
            continue;
        looked_ms = sim_ms(&w->sim);
        if (!w->faults.on && world_settled(w))
            return;
        SIM_CHECK(&w->sim, looked_ms < LIMIT_MS, "crash at %d: not settled: %s", w->klammd.crash_at,
                  w->unsettled);
    }
}

/* Its end in words, and what it adds to the seed's hash. */
static char *live(const char *dir, uint64_t seed, bool verbose, enum kind kind, int crash_at, uint64_t *hash,
                  int *commits)
{
    struct world *w = mem_new(struct world);
    char *told;

    begin(w, dir, seed, verbose, kind);
    w->klammd.crash_at = crash_at;
    w->loses_nodes = kind == KIND_LOSE;
    if (crash_at < 0)
        begin_faults(w, kind);
    if (kind == KIND_OLD)
        sim_after(&w->sim, sim_between(&w->sim, 1, 30) * 1000000, (struct sim_event){ .run = on_backup,
                                                                                    .ctx = w });
    run(w);
    told = world_tell(w);
    *hash = *hash * 31 + w->sim.hash;
    *commits = w->klammd.commits;
    totals.lives++;
    end(w);
    return told;
}

static void same(uint64_t seed, int crash_at, const char *calm, const char *faulty)
{
    if (strcmp(calm, faulty) == 0)
        return;
    fprintf(stderr, "seed %llu: with faults (crash at %d) the end is another one.\n",
            (unsigned long long)seed, crash_at);
    fprintf(stderr, "undisturbed:\n%s\nnow:\n%s", calm, faulty);
    exit(1);
}

static uint64_t run_seed(uint64_t seed, bool verbose)
{
    const char *base = getenv("TMPDIR");
    OWNED_MEM char *dir = mem_printf("%s/fleet-%d", base ? base : "/tmp", (int)getpid());
    enum kind kind = seed % SWEEP_EVERY == 0 ? KIND_SWEEP
                     : seed % 4 == 1         ? KIND_LOSE
                     : seed % 4 == 3         ? KIND_OLD
                                             : KIND_FAIL;
    uint64_t hash = 0;
    int commits = 0, ignored;
    OWNED_MEM char *calm = NULL;

    (void)mkdir(dir, 0700);
    if (kind == KIND_FAIL || kind == KIND_SWEEP)
        calm = live(dir, seed, false, kind, 0, &hash, &commits);
    for (int n = 1; kind == KIND_SWEEP && n <= commits; n++) {
        OWNED_MEM char *told = live(dir, seed, verbose, kind, n, &hash, &ignored);

        same(seed, n, calm, told);
    }
    if (kind != KIND_SWEEP) {
        OWNED_MEM char *told = live(dir, seed, verbose, kind, -1, &hash, &ignored);

        if (calm)
            same(seed, -1, calm, told);
    }
    (void)rmdir(dir);
    return hash;
}

static void print_totals(void)
{
    printf("fleet: %ld lives, %ld transitions, %ld durable steps, %ld deaths of klammd, %ld reports"
           " (%ld too late),\n", totals.lives, totals.events, totals.commits, totals.crashes, totals.reports,
           totals.stale);
    printf("  %ld calls (%ld refused, %ld of them untimely), %ld operations, %ld restarts, %ld volumes"
           " removed, %ld nodes lost, %ld old backups, %ld drains in vain\n",
           totals.calls, totals.refused, totals.impatient, totals.operations, totals.restarts,
           totals.removals, totals.lost, totals.restored, totals.returned);
}

int main(int argc, char **argv)
{
    log_level_set(LOG_ERROR);
    return sim_main(argc, argv, "fleet", run_seed, print_totals);
}
