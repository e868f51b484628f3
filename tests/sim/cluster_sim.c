/* cluster_sim - whole clusters under faults: one seed is one life of a cluster.
 *
 * Chance picks the cluster's size, what it promises (records durable on acknowledgement or not,
 * with eligible leader replicas or not), its times and which kinds of fault come how often. No
 * fault is kept from it but the one that nobody survives: where power cuts take what is not synced,
 * only one replica of those in ISR and ELR is dead at a time, in the controller's eyes (to which a
 * kill is the same as a power cut). So nothing acknowledged may ever be lost. */
#include <inttypes.h>
#include <stdio.h>

#include "common/mem.h"
#include "tests/sim/cluster.h"

static struct quorum_stats quorum_stats;

enum fault {
    FAULT_KILL,
    FAULT_POWER,
    FAULT_POWER_ALL,
    FAULT_CRASH_POINT,
    FAULT_JOINER,
    FAULT_STOP,
    FAULT_PAUSE,
    FAULT_CUT,
    FAULT_HEAL,
    FAULT_SLOW_DISK,
    FAULT_NOISE,
    FAULT_RESIGN,
    FAULT_SNAPSHOT,
    FAULTS,
};

static const int weights[FAULTS] = {
    [FAULT_KILL] = 14,    [FAULT_POWER] = 12,    [FAULT_POWER_ALL] = 3, [FAULT_CRASH_POINT] = 10,
    [FAULT_JOINER] = 10,  [FAULT_STOP] = 8,      [FAULT_PAUSE] = 12,    [FAULT_CUT] = 16,
    [FAULT_HEAL] = 14,    [FAULT_SLOW_DISK] = 5, [FAULT_NOISE] = 5,     [FAULT_RESIGN] = 4,
    [FAULT_SNAPSHOT] = 6,
};

struct world {
    struct cluster c;
    int weight[FAULTS], weight_all;
    int64_t fault_ms, calm_us;
    bool agents;
    bool soon;   /* who dies now is back in no time */
    bool greedy; /* all that is committed is deleted */
};

static void pick_quorum(struct sim *s, struct quorum_profile *p)
{
    p->election_ms = sim_chance(s, 500) ? 100 : 250;
    p->fetch_ms = 2 * p->election_ms;
    p->backoff_ms = p->election_ms;
    p->request_ms = p->fetch_ms;
    p->max_wait_ms = p->fetch_ms / 4;
    p->retry_ms = 20;
    p->block = sim_chance(s, 300);
    p->lost_seen = sim_chance(s, 700);
}

static void pick_cluster(struct cluster *c)
{
    static const int sizes[] = { 3, 3, 3, 4, 5 };
    struct cluster_profile *p = &c->p;
    struct sim *s = &c->s;

    p->brokers = sizes[sim_between(s, 0, ARRAY_LEN(sizes) - 1)];
    p->partitions = (int)sim_between(s, 1, PARTITIONS_MAX);
    p->durable = sim_chance(s, 350);
    p->elr = sim_chance(s, 500);
    p->min_isr = sim_chance(s, 750) ? 2 : 1;
    p->power = p->durable || (p->elr && p->min_isr > 1);
    p->deletes = sim_chance(s, 250); /* idempotent producers are not remembered then */
    /* A move may leave the one as the last replica that has just lost what it had. */
    p->moves = sim_chance(s, 400) && (p->durable || !p->power);
    p->session_ms = sim_between(s, 300, 2000);
    p->heartbeat_ms = p->session_ms / 5;
    p->lag_ms = sim_between(s, 200, 2000);
    p->wait_ms = sim_between(s, 50, 300);
    p->call_ms = sim_between(s, 150, 400);
    p->checkpoint_ms = sim_between(s, 50, 1000);
    p->client_ms = sim_between(s, 10, 60);
}

static void pick_network(struct cluster *c)
{
    struct network *net = &c->net;

    net->delay_us = sim_between(&c->s, 200, 10000);
    net->late_us = sim_between(&c->s, 0, 500000);
    net->loss = sim_chance(&c->s, 300) ? (int)sim_between(&c->s, 1, 80) : 0;
    net->twice = sim_chance(&c->s, 300) ? (int)sim_between(&c->s, 1, 60) : 0;
    net->late = sim_chance(&c->s, 300) ? (int)sim_between(&c->s, 1, 60) : 0;
}

static void pick_faults(struct world *w)
{
    struct sim *s = &w->c.s;

    for (int f = 0; f < FAULTS; f++) {
        w->weight[f] = sim_chance(s, 650) ? weights[f] : 0;
        w->weight_all += w->weight[f];
    }
    w->fault_ms = sim_between(s, 100, 1000);
    w->agents = sim_chance(s, 500);
}

static struct node *any_node(struct world *w)
{
    return &w->c.q.nodes[sim_between(&w->c.s, 0, w->c.q.n - 1)];
}

static void restart(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct node *n = &w->c.q.nodes[ev->node];

    if (!n->up && ev->incarnation == n->life)
        node_start(n);
}

/* What a power cut leaves of the records. */
static void lose_power(struct cluster *c, struct broker_model *b)
{
    cluster_stats.power_cuts++;
    for (int p = 0; p < PARTITIONS_MAX; p++) {
        struct part_log *l = &b->replicas[p].log;
        int64_t end = sim_between(&c->s, l->synced, l->end);

        part_log_cut(l, end);
    }
    b->tainted |= !c->p.durable;
    SIM_TRACE(&c->s, "b%d has lost what was not synced", b->id);
}

static void on_died(void *ctx, struct node *n)
{
    struct world *w = ctx;
    struct cluster *c = &w->c;
    int64_t most_us = w->soon || sim_chance(&c->s, 200) ? 5000
                      : sim_chance(&c->s, 300)          ? 4000000
                                                        : 500000;

    if (is_broker(c, n->id)) {
        struct broker_model *b = sim_broker_of(c, n->id);

        if (w->agents && b->life.epoch >= 0)
            sim_agent_tells_death(b);
        sim_broker_died(b);
        b->unclean |= b->clean_epoch < 0;
        if (n->lost_power)
            lose_power(c, b);
        else
            cluster_stats.kills++;
    } else {
        sim_controller_on_role(&c->controllers[n->id]);
    }
    sim_after(
        &c->s, sim_between(&c->s, 1000, most_us),
        (struct sim_event){ .run = restart, .ctx = w, .node = n->id, .incarnation = n->life });
}

static void on_started(void *ctx, struct node *n)
{
    struct world *w = ctx;

    if (is_broker(&w->c, n->id))
        sim_broker_started(sim_broker_of(&w->c, n->id));
}

static void on_committed(void *ctx, struct node *n)
{
    struct world *w = ctx;

    truth_on_metadata(&w->c);
    if (is_broker(&w->c, n->id))
        sim_broker_on_committed(sim_broker_of(&w->c, n->id));
    else
        sim_controller_on_committed(&w->c.controllers[n->id]);
}

static void on_role(void *ctx, struct node *n)
{
    struct world *w = ctx;

    if (!is_broker(&w->c, n->id))
        sim_controller_on_role(&w->c.controllers[n->id]);
}

static void on_leads(void *ctx, struct node *n)
{
    struct world *w = ctx;

    sim_controller_on_leads(&w->c.controllers[n->id]);
}

/* Housekeeping of all brokers: checkpoints, now and then a flush, who lags. */
static void on_house(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct broker_model *b = &w->c.brokers[ev->number];

    for (int p = 0; p < PARTITIONS_MAX && b->n->up; p++) {
        struct part_log *l = &b->replicas[p].log;

        if (!b->replicas[p].open || b->n->busy_until_us > w->c.s.now_us)
            continue;
        if (sim_chance(&w->c.s, 300))
            l->synced = l->end;
        l->checkpoint = l->high_watermark;
        if (w->c.p.deletes && sim_chance(&w->c.s, w->greedy ? 700 : 200))
            part_log_raise_start(l, w->greedy ? l->high_watermark
                                              : sim_between(&w->c.s, l->start, l->high_watermark));
    }
    sim_after(&w->c.s, sim_between(&w->c.s, 1, 2 * w->c.p.checkpoint_ms * 1000), *ev);
}

static void on_look(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;
    struct broker_model *b = &w->c.brokers[ev->number];

    if (b->n->up && b->n->busy_until_us <= w->c.s.now_us) {
        sim_replica_look(b);
        sim_replica_settle(b);
    }
    sim_after(&w->c.s, w->c.p.lag_ms * 500, *ev);
}

/* Controllers die in any way, at any time; so do brokers where no power cut can take what counts.
 */
static void crash(struct world *w, struct node *n, bool power)
{
    struct cluster *c = &w->c;

    if (!is_broker(c, n->id) || c->p.durable)
        node_crash(n, power);
    else if (!c->p.power)
        node_crash(n, false);
    else if (truth_spares(c, sim_broker_of(c, n->id)))
        node_crash(n, power);
}

static void power_cut_all(struct world *w)
{
    for (int id = 0; id < w->c.q.n; id++)
        crash(w, &w->c.q.nodes[id], true);
}

static void crash_soon(struct world *w, struct node *n)
{
    bool any_way = !is_broker(&w->c, n->id) || w->c.p.durable;

    if (any_way || !w->c.p.power)
        node_crash_soon(n, (int)sim_between(&w->c.s, 0, 12), any_way && sim_chance(&w->c.s, 600));
}

/* Who is not up yet just ends, which is not clean. */
static void stop(struct world *w, struct broker_model *b)
{
    if (sim_broker_runs(b) || w->c.p.durable || !w->c.p.power || truth_spares(&w->c, b))
        sim_broker_stop(b);
}

/* One that a leader is about to take into an ISR. */
static struct node *joiner(struct world *w)
{
    for (int k = 0; k < w->c.p.brokers; k++) {
        const struct leader *l = w->c.brokers[k].replicas[0].leader;

        for (int32_t i = 0; l && l->in_flight && i < l->replicas_n; i++) {
            if (l->replicas[i].maximal && !l->replicas[i].committed)
                return &w->c.q.nodes[l->replicas[i].id];
        }
    }
    return NULL;
}

static enum fault pick_fault(struct world *w)
{
    int64_t at = sim_between(&w->c.s, 0, w->weight_all - 1);
    int f = 0;

    while (at >= w->weight[f])
        at -= w->weight[f++];
    return (enum fault)f;
}

static void strike(struct world *w)
{
    struct node *n = any_node(w);
    struct sim *s = &w->c.s;

    switch (pick_fault(w)) {
    case FAULT_KILL:
        crash(w, n, false);
        break;
    case FAULT_POWER:
        crash(w, n, true);
        break;
    case FAULT_POWER_ALL:
        power_cut_all(w);
        break;
    case FAULT_CRASH_POINT:
        crash_soon(w, n);
        break;
    case FAULT_JOINER:
        n = joiner(w);
        w->soon = n != NULL;
        if (n)
            crash(w, n, true);
        w->soon = false;
        break;
    case FAULT_STOP:
        if (is_broker(&w->c, n->id))
            stop(w, sim_broker_of(&w->c, n->id));
        break;
    case FAULT_PAUSE:
        SIM_TRACE(s, "n%d stops for a while", n->id);
        node_pause(n, sim_between(s, 10000, 2000 * w->c.p.session_ms));
        break;
    case FAULT_CUT:
        SIM_TRACE(s, "the network is cut");
        network_break(&w->c.net, s);
        break;
    case FAULT_HEAL:
        network_heal(&w->c.net);
        break;
    case FAULT_SLOW_DISK:
        n->disk_us = sim_between(s, 100, 300000);
        break;
    case FAULT_NOISE:
        pick_network(&w->c);
        break;
    case FAULT_RESIGN:
        if (node_leads(n))
            node_resign(n);
        break;
    case FAULT_SNAPSHOT:
        if (n->up)
            node_snapshot(n, sim_chance(s, 600));
        break;
    case FAULTS:
        break;
    }
}

static void on_fault(void *ctx, const struct sim_event *ev)
{
    struct world *w = ctx;

    if (w->c.s.now_us >= w->calm_us)
        return;
    strike(w);
    sim_after(&w->c.s, sim_between(&w->c.s, 1, 2 * w->fault_ms * 1000), *ev);
}

static void advance(struct world *w, int64_t until_us)
{
    struct sim *s = &w->c.s;

    while (s->heap_n && s->heap[0].at_us <= until_us) {
        sim_next(s);
        truth_isr(&w->c);
    }
    s->now_us = until_us;
}

static void calm(struct world *w)
{
    struct cluster *c = &w->c;

    network_calm(&c->net);
    c->calm = true;
    SIM_TRACE(&c->s, "the faults stop");
    for (int id = 0; id < c->q.n; id++) {
        struct node *n = &c->q.nodes[id];

        n->disk_us = 1000;
        n->crash_in = -1;
        if (n->busy_until_us > c->s.now_us)
            n->busy_until_us = c->s.now_us;
        if (!n->up)
            node_start(n);
    }
}

/* Every broker runs, every partition is led, all its replicas are in sync, no move is open. */
static bool is_whole(const struct cluster *c)
{
    const struct topic_state *t = image_topic(truth_image(c), str_of("t"));

    for (int k = 0; k < c->p.brokers; k++) {
        if (!sim_broker_runs(&c->brokers[k]))
            return false;
    }
    for (int p = 0; t && p < t->partitions_n; p++) {
        const struct partition_state *s = &t->partitions[p];

        if (s->leader < 0 || s->isr_n != s->replicas_n || s->adding_n || s->removing_n)
            return false;
    }
    return t != NULL;
}

static void dump_leader(const struct cluster *c, const struct leader *l)
{
    for (int32_t k = 0; l && k < l->replicas_n; k++) {
        const struct leader_replica *r = &l->replicas[k];

        SIM_TRACE(&c->s,
                  "    b%d: end %" PRId64 ", epoch %" PRId64 ", fetched at %" PRId64
                  ", caught up at %" PRId64 "%s%s",
                  r->id, r->end, r->broker_epoch, r->fetched_ms, r->caught_up_ms,
                  r->committed ? ", in the ISR" : "", r->maximal ? ", counts" : "");
    }
}

static void dump(const struct cluster *c)
{
    for (int k = 0; k < c->p.brokers; k++) {
        const struct broker_model *b = &c->brokers[k];

        SIM_TRACE(&c->s, "b%d is %s, epoch %" PRId64 "%s, metadata %" PRId64, b->id,
                  life_state_name(b->life.state), b->life.epoch, b->life.fenced ? ", fenced" : "",
                  b->applied);
        for (int p = 0; p < c->p.partitions; p++) {
            const struct replica *r = &b->replicas[p];

            SIM_TRACE(&c->s,
                      "  %d: leader %d epoch %d/%d, log %" PRId64 "-%" PRId64 " synced %" PRId64
                      " high watermark %" PRId64 ", follows %d, in flight %d",
                      p, r->leader_id, r->leader_epoch, r->partition_epoch, r->log.start,
                      r->log.end, r->log.synced, r->log.high_watermark, r->follow,
                      r->leader && r->leader->in_flight);
            dump_leader(c, r->leader);
        }
    }
}

static void check_lives(struct world *w)
{
    struct cluster *c = &w->c;
    int64_t end_us = c->s.now_us + 40000000;

    while (!is_whole(c) && c->s.now_us < end_us)
        advance(w, c->s.now_us + 50000);
    if (!is_whole(c))
        dump(c);
    SIM_CHECK(&c->s, is_whole(c), "the cluster does not become whole after the faults stopped");
    clients_mark(c);
    while (!clients_are_served(c) && c->s.now_us < end_us)
        advance(w, c->s.now_us + 50000);
    if (!clients_are_served(c))
        dump(c);
    SIM_CHECK(&c->s, clients_are_served(c), "a client is not served after the faults stopped");
    truth_final(c);
}

static void world_init(struct world *w, uint64_t seed, bool verbose)
{
    struct cluster *c = &w->c;
    struct quorum_profile q = { 0 };
    uint64_t voters = 0;

    sim_init(&c->s, seed, verbose);
    pick_quorum(&c->s, &q);
    pick_cluster(c);
    w->greedy = sim_chance(&c->s, 500);
    for (int id = 0; id < CONTROLLERS; id++)
        voters = voters_with(voters, id, 1);
    c->net.ends = CONTROLLERS + c->p.brokers + CLIENTS;
    quorum_init(&c->q, &c->s, &c->net, CONTROLLERS + c->p.brokers, voters, &q);
    c->q.stats = &quorum_stats;
    c->q.hooks = (struct quorum_hooks){ .ctx = w,
                                        .committed = on_committed,
                                        .role = on_role,
                                        .leads = on_leads,
                                        .started = on_started,
                                        .died = on_died };
    pick_faults(w);
    pick_network(c);
    truth_init(c);
    sim_controllers_init(c);
    for (int k = 0; k < c->p.brokers; k++) {
        struct broker_model *b = &c->brokers[k];

        *b = (struct broker_model){
            .c = c, .id = CONTROLLERS + k, .n = &c->q.nodes[CONTROLLERS + k], .clean_epoch = -1
        };
        for (int p = 0; p < PARTITIONS_MAX; p++)
            b->replicas[p].index = p;
        sim_after(&c->s, k, (struct sim_event){ .run = on_house, .ctx = w, .number = k });
        sim_after(&c->s, k, (struct sim_event){ .run = on_look, .ctx = w, .number = k });
    }
    sim_clients_init(c);
    SIM_TRACE(&c->s, "%d brokers, %d partitions, min ISR %d%s%s", c->p.brokers, c->p.partitions,
              c->p.min_isr, c->p.durable ? ", durable" : "", c->p.elr ? ", ELR" : "");
}

static void world_done(struct world *w)
{
    struct cluster *c = &w->c;

    w->c.q.hooks = (struct quorum_hooks){ 0 };
    for (int k = 0; k < c->p.brokers; k++) {
        struct broker_model *b = &c->brokers[k];

        sim_broker_died(b);
        for (int p = 0; p < PARTITIONS_MAX; p++) {
            part_log_done(&b->replicas[p].log);
            mem_free(b->replicas[p].waits);
        }
    }
    sim_controllers_done(c);
    sim_clients_done(c);
    truth_done(c);
    while (c->all) {
        struct rpc *m = c->all;

        c->all = m->all;
        mem_free(m);
    }
    quorum_done(&c->q);
    sim_done(&c->s);
    mem_free(w);
}

static uint64_t run(uint64_t seed, bool verbose)
{
    struct world *w = mem_new(struct world);
    struct sim *s = &w->c.s;
    uint64_t hash;

    world_init(w, seed, verbose);
    for (int id = 0; id < w->c.q.n; id++)
        node_start(&w->c.q.nodes[id]);
    w->calm_us = sim_between(s, 4000, 12000) * 1000;
    if (w->weight_all)
        sim_after(s, sim_between(s, 0, 3000000), (struct sim_event){ .run = on_fault, .ctx = w });
    advance(w, w->calm_us);
    calm(w);
    check_lives(w);
    hash = s->hash;
    world_done(w);
    return hash;
}

static void totals(void)
{
    const struct cluster_stats *t = &cluster_stats;

    printf("committed %" PRId64 ", acknowledged %" PRId64 ", consumed %" PRId64
           ", duplicates refused %" PRId64 ", truncations %" PRId64 ", logs begun anew %" PRId64
           "\n",
           t->committed, t->acked, t->consumed, t->duplicates, t->truncations, t->restarts);
    printf("partition leaders %" PRId64 ", ISR changes %" PRId64 ", moves %" PRId64
           ", brokers killed %" PRId64 ", stopped %" PRId64 ", without power %" PRId64 "\n",
           t->elections, t->isr_changes, t->moves, t->kills, t->stops, t->power_cuts);
    printf("controllers elected %" PRId64 ", metadata committed %" PRId64 "\n",
           quorum_stats.elections, quorum_stats.commits);
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, "cluster_sim", run, totals);
}
