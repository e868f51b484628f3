/* txn_sim - exactly-once copying under faults (tests/sim/README.md). */
#include "broker/group/assignor.h"
#include "tests/sim/model_image.h"
#include "tests/sim/txn_world.h"

#include <stdio.h>

enum { CALM_US = 90000000 };

static void stop(struct txn_world *w)
{
    struct txn_node *n = &w->nodes[sim_between(&w->s, 0, TXN_NODES - 1)];

    n->stopped_us = w->s.now_us + sim_between(&w->s, 1000, sim_chance(&w->s, 300) ? 5000000 : 500000);
    SIM_TRACE(&w->s, "node %d stops for %lld ms", n->id,
              (long long)(n->stopped_us - w->s.now_us) / 1000);
}

static void strike_process(struct txn_world *w, struct txn_process *p)
{
    if (p->alive && p->step != TXN_DONE && sim_chance(&w->s, w->dies))
        txn_process_dies(p);
    else if (!p->alive && sim_chance(&w->s, w->doubles))
        txn_process_born(p);
}

static void strike(void *ctx, const struct sim_event *ev)
{
    struct txn_world *w = ctx;
    struct sim *s = &w->s;

    (void)ev;
    if (w->calm)
        return;
    for (int job = 0; job < TXN_JOBS; job++)
        for (int i = 0; i < TXN_PROCESSES; i++)
            strike_process(w, &w->processes[job][i]);
    if (sim_chance(s, w->moves))
        txn_node_move(w);
    if (sim_chance(s, w->moves / 3))
        txn_node_crash(&w->nodes[sim_between(s, 0, TXN_NODES - 1)]);
    if (sim_chance(s, w->part_dies))
        txn_part_crash(&w->parts[sim_between(s, 0, TXN_PARTS - 1)]);
    if (sim_chance(s, 60))
        stop(w);
    if (w->version < TXN_V2 && sim_chance(s, 10))
        w->version = TXN_V2;
    sim_after(s, sim_between(s, 20000, 400000), (struct sim_event){ .run = strike, .ctx = w });
}

static int some(struct sim *s, int likely, int64_t most)
{
    return sim_chance(s, likely) ? (int)sim_between(s, 0, most) : 0;
}

static void pick_faults(struct txn_world *w)
{
    struct sim *s = &w->s;

    w->dies_at_record = some(s, 500, 30);
    w->append_fails = some(s, 500, 60);
    w->moves = some(s, 700, 120);
    w->part_dies = some(s, 700, 120);
    w->dies = some(s, 800, 60);
    w->doubles = some(s, 800, 200);
    w->loss = some(s, 500, 50);
    w->twice = some(s, 500, 100);
    w->late = some(s, 500, 50);
    w->stalls = some(s, 500, 50);
    w->aborts = (int)sim_between(s, 0, 300);
    w->late_us = sim_between(s, 50000, 5000000);
}

static void begin(struct txn_world *w, uint64_t seed, bool verbose)
{
    struct sim *s = &w->s;
    struct uuid in = { { 1 } };

    *w = (struct txn_world){ .next_id = 1000 };
    sim_init(s, seed, verbose);
    w->version = sim_chance(s, 600) ? TXN_V2 : TXN_V1;
    w->aged = sim_chance(s, 150);
    w->input = sim_between(s, 5, TXN_INPUT_MAX);
    w->config = (struct group_config){ .session_ms_min = 1000, .session_ms_max = 60000,
                                       .size_max = INT32_MAX, .metadata_bytes_max = 4096,
                                       .retention_ms = 7 * 86400000LL, .retention_check_ms = 600000,
                                       .consumer_enabled = true,
                                       .assignors = { &assignors[0] }, .assignors_n = 1 };
    pick_faults(w);
    w->image = image_new();
    model_image_topic(w->image, &w->image_offset, "in", in);
    for (int32_t i = 0; i < TXN_JOBS; i++)
        model_image_partition(w->image, &w->image_offset, in, i);
    for (int i = 0; i < TXN_PARTS; i++) {
        w->parts[i].w = w;
        w->parts[i].index = i;
        txn_part_open(&w->parts[i]);
    }
    txn_node_open(w);
    for (int job = 0; job < TXN_JOBS; job++)
        for (int i = 0; i < TXN_PROCESSES; i++) {
            w->processes[job][i] = (struct txn_process){ .w = w, .job = job, .index = i };
            if (!i)
                txn_process_born(&w->processes[job][i]);
        }
    sim_after(s, 50000, (struct sim_event){ .run = strike, .ctx = w });
}

/* The faults stop; a job that nobody runs is run again. */
static void become_calm(struct txn_world *w)
{
    w->calm = true;
    for (int i = 0; i < TXN_NODES; i++)
        w->nodes[i].stopped_us = 0;
    for (int job = 0; job < TXN_JOBS; job++)
        if (!w->processes[job][0].alive && !w->processes[job][1].alive)
            txn_process_born(&w->processes[job][0]);
    SIM_TRACE(&w->s, "the faults stop");
}

static uint64_t run(uint64_t seed, bool verbose)
{
    static struct txn_world world;
    struct txn_world *w = &world;
    uint64_t hash;

    begin(w, seed, verbose);
    sim_run(&w->s, sim_between(&w->s, 3, 20) * 1000000);
    become_calm(w);
    sim_run(&w->s, w->s.now_us + CALM_US);
    txn_check_end(w);
    hash = w->s.hash ^ (uint64_t)w->committed;
    txn_node_close(w);
    for (int i = 0; i < TXN_PARTS; i++)
        txn_part_close(&w->parts[i]);
    image_free(w->image);
    arena_done(&w->arena);
    sim_done(&w->s);
    return hash;
}

static void totals(void)
{
    const struct txn_sim_totals *t = &txn_sim_totals;

    printf("transactions %lld, committed %lld, aborted %lld, processes fenced %lld, "
           "records read %lld\n",
           (long long)t->transactions, (long long)t->committed, (long long)t->aborted,
           (long long)t->fenced, (long long)t->read);
    printf("coordinators moved %lld, crashed %lld, deposed late %lld, appends refused %lld, "
           "markers sent %lld\n",
           (long long)t->moves, (long long)t->crashes, (long long)t->deposed, (long long)t->refused,
           (long long)t->markers);
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, "txn_sim", run, totals);
}
