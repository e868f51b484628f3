/* raft_sim - the metadata quorum under faults: one seed is one life of a quorum.
 *
 * Chance picks the quorum's size, its times and which kinds of fault come how often; then faults,
 * clients and changes of the voters run side by side until the faults stop. After that a leader
 * must come, a value commit, and every node hear of it. */
#include <inttypes.h>
#include <stdio.h>

#include "common/mem.h"
#include "tests/sim/quorum.h"

enum fault {
    FAULT_KILL,
    FAULT_POWER,
    FAULT_POWER_ALL,
    FAULT_CRASH_POINT,
    FAULT_PAUSE,
    FAULT_CUT,
    FAULT_HEAL,
    FAULT_SLOW_DISK,
    FAULT_NOISE,
    FAULT_LOST,
    FAULT_RESIGN,
    FAULT_SNAPSHOT,
    FAULT_VOTERS,
    FAULT_DISK,
    FAULTS,
};

/* How often each comes, when it does at all. */
static const int weights[FAULTS] = {
    [FAULT_KILL] = 12,   [FAULT_POWER] = 10, [FAULT_POWER_ALL] = 3, [FAULT_CRASH_POINT] = 20,
    [FAULT_PAUSE] = 10,  [FAULT_CUT] = 14,   [FAULT_HEAL] = 12,     [FAULT_SLOW_DISK] = 6,
    [FAULT_NOISE] = 6,   [FAULT_LOST] = 4,   [FAULT_RESIGN] = 4,    [FAULT_SNAPSHOT] = 8,
    [FAULT_VOTERS] = 20, [FAULT_DISK] = 3,
};

struct world {
    struct sim s;
    struct network net;
    struct quorum q;
    int weight[FAULTS], weight_all;
    int64_t fault_ms, client_ms; /* mean pauses */
    int64_t calm_us;             /* no fault from then on */
    bool eager;                  /* voters are changed by every leader at once */
    uint64_t values;
};

static struct quorum_stats stats;

static void pick_times(struct sim *s, struct quorum_profile *p)
{
    static const int64_t elections[] = { 100, 250, 1000 };

    p->election_ms = elections[sim_between(s, 0, 2)];
    p->fetch_ms = p->election_ms * sim_between(s, 1, 2);
    p->backoff_ms = p->election_ms;
    p->request_ms = p->fetch_ms;
    p->max_wait_ms = p->fetch_ms / 4;
    p->retry_ms = 20;
    p->dynamic = sim_chance(s, 450);
    p->block = sim_chance(s, 300);
    p->lost_seen = sim_chance(s, 700);
    p->dies_after_vote = sim_chance(s, 200) ? 100 : 0;
}

static void pick_faults(struct world *w)
{
    struct sim *s = &w->s;

    for (int f = 0; f < FAULTS; f++) {
        w->weight[f] = sim_chance(s, 650) ? weights[f] : 0;
        if ((f == FAULT_VOTERS || f == FAULT_DISK) && !w->q.p.dynamic)
            w->weight[f] = 0;
        if (f == FAULT_VOTERS && sim_chance(s, 250))
            w->weight[f] *= 6;
        w->weight_all += w->weight[f];
    }
    w->eager = w->weight[FAULT_VOTERS] && sim_chance(s, 300);
    w->fault_ms = w->q.p.election_ms * sim_between(s, 3, 20) / 10;
    w->client_ms = w->q.p.election_ms * sim_between(s, 1, 8) / 20;
}

static void pick_network(struct world *w)
{
    struct network *net = &w->net;
    int64_t election_us = w->q.p.election_ms * 1000;

    net->delay_us = sim_between(&w->s, 200, election_us / 20);
    net->late_us = sim_between(&w->s, 0, 2 * election_us);
    net->loss = sim_chance(&w->s, 400) ? (int)sim_between(&w->s, 1, 150) : 0;
    net->twice = sim_chance(&w->s, 400) ? (int)sim_between(&w->s, 1, 100) : 0;
    net->late = sim_chance(&w->s, 400) ? (int)sim_between(&w->s, 1, 100) : 0;
}

static void world_init(struct world *w, uint64_t seed, bool verbose)
{
    static const int sizes[] = { 1, 2, 3, 3, 3, 3, 3, 4, 5, 5 };
    struct quorum_profile p;
    uint64_t voters = 0;
    int n, observers;

    sim_init(&w->s, seed, verbose);
    pick_times(&w->s, &p);
    n = sizes[sim_between(&w->s, 0, ARRAY_LEN(sizes) - 1)];
    observers = (int)sim_between(&w->s, 0, p.dynamic ? 3 : 1);
    for (int id = 0; id < n; id++)
        voters = voters_with(voters, id, 1);
    w->net.ends = n + observers;
    quorum_init(&w->q, &w->s, &w->net, n + observers, voters, &p);
    w->q.stats = &stats;
    pick_faults(w);
    pick_network(w);
    for (int id = 0; id < w->q.n; id++)
        w->q.nodes[id].disk_us = sim_between(&w->s, 100, p.election_ms * 50);
}

static struct node *any_node(struct world *w)
{
    return &w->q.nodes[sim_between(&w->s, 0, w->q.n - 1)];
}

static void restart(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct node *n = &w->q.nodes[ev->node];

    if (n->up || ev->incarnation != n->life)
        return;
    stats.restarts++;
    node_start(n);
}

static void restart_later(struct world *w, struct node *n)
{
    int64_t most_us = w->q.p.election_ms * (sim_chance(&w->s, 200)   ? 12000
                                            : sim_chance(&w->s, 200) ? 50
                                                                     : 2000);

    sim_after(
        &w->s, sim_between(&w->s, 100, most_us),
        (struct sim_event){ .run = restart, .ctx = w, .node = n->id, .incarnation = n->life });
}

static void on_died(void *ctx, struct node *n)
{
    restart_later(ctx, n);
}

/* May these be the voters, when the disk of `lost` (-1: of none) is gone: a majority still has its
 * own. */
static bool alive(const struct quorum *q, uint64_t voters, int lost)
{
    int have = 0;

    for (int id = 0; id < q->n; id++) {
        int disk = voters_disk(voters, id);

        have += disk && id != lost && q->nodes[id].disk == disk;
    }
    return 2 * have > voters_count(voters);
}

static void lose_disk(struct world *w, struct node *n)
{
    struct quorum *q = &w->q;
    int64_t offset;

    if (q->ghosts_n == QUORUM_GHOSTS_MAX || n->disk == 15)
        return;
    for (int id = 0; id < q->n; id++) {
        if (!alive(q, model_log_voters(&q->nodes[id].log, &offset), n->id))
            return;
    }
    node_crash(n, true);
    node_lose_disk(n);
    stats.disks_lost++;
    SIM_TRACE(&w->s, "n%d has a new disk", n->id);
}

static void change_voters(struct world *w, struct node *n)
{
    struct node *peer = any_node(w);
    int64_t offset;
    uint64_t voters = model_log_voters(&n->log, &offset);
    int disk = voters_disk(voters, peer->id);

    for (int id = 0; id < w->q.n; id++) { /* the one without its disk goes first */
        if (voters_disk(voters, id) && voters_disk(voters, id) != w->q.nodes[id].disk) {
            peer = &w->q.nodes[id];
            disk = voters_disk(voters, id);
        }
    }
    if (alive(&w->q, voters_with(voters, peer->id, disk ? 0 : peer->disk), -1))
        node_change_voters(n, peer->id, !disk);
}

static void healed(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    (void)ev;
    network_heal(&w->net);
}

/* Only one other hears of it. */
static void seclude(struct world *w, const struct node *n)
{
    int peer = any_node(w)->id;

    for (int from = 0; from < w->q.n; from++)
        for (int to = 0; to < w->q.n; to++)
            w->net.cut[from][to] = (from == n->id || from == peer) != (to == n->id || to == peer);
    sim_after(&w->s, w->q.p.election_ms * sim_between(&w->s, 1000, 5000),
              (struct sim_event){ .run = healed, .ctx = w });
}

static void on_leads(void *ctx, struct node *n)
{
    struct world *w = ctx;

    if (!w->eager)
        return;
    change_voters(w, n);
    if (w->s.now_us < w->calm_us && sim_chance(&w->s, 300))
        seclude(w, n);
}

static void some_leader_does(struct world *w, void (*what)(struct world *w, struct node *n))
{
    for (int k = 0; k < w->q.n; k++) {
        struct node *n = &w->q.nodes[k];

        if (node_leads(n) && n->busy_until_us <= w->s.now_us)
            what(w, n);
    }
}

static void resign(struct world *w, struct node *n)
{
    (void)w;
    node_resign(n);
}

static void pause(struct world *w, struct node *n)
{
    int64_t us = w->q.p.fetch_ms * 1000;

    stats.pauses++;
    SIM_TRACE(&w->s, "n%d stops for a while", n->id);
    node_pause(n, sim_between(&w->s, us / 10, 4 * us));
}

static void power_cut_all(struct world *w)
{
    for (int id = 0; id < w->q.n; id++)
        node_crash(&w->q.nodes[id], true);
}

static void cut(struct world *w)
{
    stats.cuts++;
    SIM_TRACE(&w->s, "the network is cut");
    network_break(&w->net, &w->s);
}

static enum fault pick_fault(struct world *w)
{
    int64_t at = sim_between(&w->s, 0, w->weight_all - 1);
    int f = 0;

    while (at >= w->weight[f])
        at -= w->weight[f++];
    return (enum fault)f;
}

static void strike(struct world *w)
{
    struct node *n = any_node(w);
    struct sim *s = &w->s;

    switch (pick_fault(w)) {
    case FAULT_KILL:
        node_crash(n, false);
        break;
    case FAULT_POWER:
        node_crash(n, true);
        break;
    case FAULT_POWER_ALL:
        power_cut_all(w);
        break;
    case FAULT_CRASH_POINT:
        node_crash_soon(n, (int)sim_between(s, 0, 12), sim_chance(s, 600));
        break;
    case FAULT_PAUSE:
        pause(w, n);
        break;
    case FAULT_CUT:
        cut(w);
        break;
    case FAULT_HEAL:
        network_heal(&w->net);
        break;
    case FAULT_SLOW_DISK:
        n->disk_us = sim_between(s, 100, w->q.p.fetch_ms * 2000);
        break;
    case FAULT_NOISE:
        pick_network(w);
        break;
    case FAULT_LOST:
        if (n->up)
            node_connection_lost(n, any_node(w)->id);
        break;
    case FAULT_RESIGN:
        some_leader_does(w, resign);
        break;
    case FAULT_SNAPSHOT:
        if (n->up)
            node_snapshot(n, sim_chance(s, 600));
        break;
    case FAULT_VOTERS:
        some_leader_does(w, change_voters);
        break;
    case FAULT_DISK:
        lose_disk(w, n);
        break;
    case FAULTS:
        break;
    }
}

static void on_fault(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    if (w->s.now_us >= w->calm_us)
        return;
    strike(w);
    sim_after(&w->s, sim_between(&w->s, 1, 2 * w->fault_ms * 1000), *ev);
}

static void propose(struct world *w, struct node *n)
{
    node_propose(n, ++w->values);
}

static void on_client(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    some_leader_does(w, propose);
    sim_after(&w->s, sim_between(&w->s, 1, 2 * w->client_ms * 1000), *ev);
}

static void calm(struct world *w)
{
    network_calm(&w->net);
    SIM_TRACE(&w->s, "the faults stop");
    for (int id = 0; id < w->q.n; id++) {
        struct node *n = &w->q.nodes[id];

        n->disk_us = 1000;
        n->crash_in = -1;
        if (n->busy_until_us > w->s.now_us)
            n->busy_until_us = w->s.now_us;
        if (!n->up)
            node_start(n);
    }
}

static bool all_have(const struct world *w, int64_t end)
{
    for (int id = 0; id < w->q.n; id++) {
        if (w->q.nodes[id].r.high_watermark < end)
            return false;
    }
    return true;
}

/* Clients go on writing: what one writes once the faults have stopped must be acknowledged, and
 * every node must come to know of it. */
static void check_lives(struct world *w)
{
    int64_t end_us = w->s.now_us + 30 * (w->q.p.election_ms + w->q.p.fetch_ms) * 1000;
    int64_t began = w->q.committed_n, acked = w->q.acked_max;

    while (w->s.now_us < end_us && !(w->q.acked_max > acked && w->q.acked_max >= began))
        sim_run(&w->s, w->s.now_us + 20000);
    SIM_CHECK(&w->s, w->q.acked_max > acked && w->q.acked_max >= began,
              "no value was committed after the faults stopped");
    began = w->q.acked_max;
    while (w->s.now_us < end_us && !all_have(w, began + 1))
        sim_run(&w->s, w->s.now_us + 20000);
    SIM_CHECK(&w->s, all_have(w, began + 1),
              "not every node has heard that %" PRId64 " is committed", began);
}

static uint64_t run(uint64_t seed, bool verbose)
{
    struct world *w = mem_new(struct world);
    uint64_t hash;

    world_init(w, seed, verbose);
    w->q.hooks = (struct quorum_hooks){ .ctx = w, .died = on_died, .leads = on_leads };
    w->calm_us = w->q.p.election_ms * 1000 * sim_between(&w->s, 10, 40);
    for (int id = 0; id < w->q.n; id++)
        node_start(&w->q.nodes[id]);
    if (w->weight_all)
        sim_after(&w->s, w->fault_ms * 1000, (struct sim_event){ .run = on_fault, .ctx = w });
    sim_after(&w->s, 0, (struct sim_event){ .run = on_client, .ctx = w });
    sim_run(&w->s, w->calm_us);
    calm(w);
    check_lives(w);
    hash = w->s.hash;
    quorum_done(&w->q);
    sim_done(&w->s);
    mem_free(w);
    return hash;
}

static void totals(void)
{
    printf("elections %" PRId64 ", committed %" PRId64 ", acknowledged %" PRId64
           ", truncations %" PRId64 ", snapshots %" PRId64 " (installed %" PRId64 ")\n",
           stats.elections, stats.commits, stats.acks, stats.truncations, stats.snapshots,
           stats.installs);
    printf("crashes %" PRId64 " (%" PRId64 " without power), cuts %" PRId64 ", pauses %" PRId64
           ", voter changes %" PRId64 ", disks lost %" PRId64 ", resigned %" PRId64 "\n",
           stats.crashes, stats.power_cuts, stats.cuts, stats.pauses, stats.voter_changes,
           stats.disks_lost, stats.resigned);
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, "raft_sim", run, totals);
}
