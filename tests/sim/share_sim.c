/* share_sim - a share group under faults (tests/sim/README.md). */
#include "tests/sim/share_world.h"

#include <stdio.h>

enum { CALM_US = 60000000 };

/* ---- faults ---- */

static void stop(struct share_world *w)
{
    struct sim *s = &w->g.s;
    int64_t until = s->now_us + sim_between(s, 1000, sim_chance(s, 300) ? 5000000 : 500000);

    if (sim_chance(s, 500))
        w->nodes[sim_between(s, 0, SHARE_NODES - 1)].stopped_us = until;
    else
        w->g.nodes[sim_between(s, 0, COORDINATORS - 1)].stopped_us = until;
}

static void grow(struct share_world *w)
{
    if (w->g.partitions_n[0] == SHARE_PARTS)
        return;
    SIM_TRACE(&w->g.s, "the topic grows");
    coordinator_add_partition(&w->g, 0);
    coordinator_tell_topic(&w->g, 0);
}

static void strike_part(struct share_world *w, int part)
{
    struct sim *s = &w->g.s;
    struct share_part *p = &w->parts[part];
    int64_t most = p->records[SHARE_RECORDS - 1].batch; /* the last is for the end */

    if (sim_chance(s, w->part_moves))
        share_lead_move(w, part);
    if (sim_chance(s, w->part_moves / 2))
        share_lead_crash(&w->leaders[part][sim_between(s, 0, SHARE_LEADERS - 1)]);
    if (sim_chance(s, w->log_begins))
        p->log_start = p->records[sim_between(s, p->log_start, p->log_end > 0 ? p->log_end - 1 : 0)].batch;
    if (p->log_end < most && sim_chance(s, 500))
        p->log_end += sim_between(s, 1, 20);
    if (p->log_end > most)
        p->log_end = most;
    while (p->log_end < most && p->records[p->log_end].batch != p->log_end)
        p->log_end++;
}

static void strike(void *ctx, const struct sim_event *ev)
{
    struct share_world *w = ctx;
    struct sim *s = &w->g.s;

    (void)ev;
    if (w->calm)
        return;
    for (int i = 0; i < SHARE_MEMBERS; i++) {
        if (w->members[i].alive && sim_chance(s, w->dies))
            share_member_dies(&w->members[i]);
        else if (!w->members[i].alive && !w->altering && sim_chance(s, 200))
            share_member_born(&w->members[i]);
    }
    for (int part = 0; part < SHARE_PARTS; part++)
        strike_part(w, part);
    if (!w->altering && sim_chance(s, w->alters))
        share_admin_alters(w);
    if (sim_chance(s, w->moves))
        share_node_move(w);
    if (sim_chance(s, w->moves / 3))
        share_node_crash(&w->nodes[sim_between(s, 0, SHARE_NODES - 1)]);
    if (sim_chance(s, w->g.moves))
        coordinator_move(&w->g);
    if (sim_chance(s, w->g.moves / 3))
        coordinator_crash(&w->g.nodes[sim_between(s, 0, COORDINATORS - 1)]);
    if (sim_chance(s, 60))
        stop(w);
    if (sim_chance(s, 60))
        grow(w);
    sim_after(s, sim_between(s, 20000, 400000), (struct sim_event){ .run = strike, .ctx = w });
}

static int some(struct sim *s, int likely, int64_t most)
{
    return sim_chance(s, likely) ? (int)sim_between(s, 0, most) : 0;
}

static void pick_group(struct share_world *w)
{
    struct sim *s = &w->g.s;

    w->g.config = (struct group_config){
        .session_ms_min = 1000, .session_ms_max = 60000, .size_max = INT32_MAX,
        .metadata_bytes_max = 4096, .retention_ms = 7 * 86400000LL, .retention_check_ms = 600000,
        .share_session_ms = 6000, .share_session_ms_min = 6000, .share_session_ms_max = 60000,
        .share_heartbeat_ms = 1000, .share_heartbeat_ms_min = 1000,
        .share_heartbeat_ms_max = 15000, .share_size_max = 200,
        .share_retry_ms = (int32_t)sim_between(s, 500, 5000), .hurry = sim_chance(s, 500),
    };
    w->g.groups_n = 1;
    w->g.share_begins = share_initialize;
    w->g.dies_at_record = some(s, 500, 20);
    w->g.append_fails = some(s, 500, 60);
    w->g.moves = some(s, 700, 80);
    w->g.compacts = some(s, 500, 500);
    w->g.stalls = some(s, 500, 50);
    w->g.image = image_new();
    w->g.topic_ids[0] = (struct uuid){ { 1, 1 } };
    coordinator_add_topic(&w->g, 0);
    if (sim_chance(s, 500))
        coordinator_add_partition(&w->g, 0);
}

static void pick_faults(struct share_world *w)
{
    struct sim *s = &w->g.s;

    w->dies_at_record = some(s, 500, 30);
    w->append_fails = some(s, 500, 60);
    w->moves = some(s, 700, 120);
    w->part_moves = some(s, 700, 80);
    w->dies = some(s, 800, 40);
    w->loss = some(s, 500, 50);
    w->twice = some(s, 500, 100);
    w->late = some(s, 500, 50);
    w->stalls = some(s, 500, 50);
    w->snapshots = some(s, 500, 50);
    w->alters = some(s, 300, 30);
    w->log_begins = some(s, 300, 40);
    w->late_us = sim_between(s, 50000, 5000000);
    w->limits = (struct share_limits){ .lock_ms = (int32_t)sim_between(s, 300, 5000),
                                       .locks_max = (int32_t)sim_between(s, 20, 100),
                                       .count_max = (int32_t)sim_between(s, 2, 6) };
    w->updates_max = (int32_t)sim_between(s, 0, 20);
}

static void make_log(struct share_world *w, struct share_part *p)
{
    for (int64_t at = 0; at < SHARE_RECORDS;) {
        int64_t n = sim_between(&w->g.s, 1, 12), first = at;
        bool none = at + n < SHARE_RECORDS && sim_chance(&w->g.s, 100);

        for (; at < SHARE_RECORDS && at < first + n; at++)
            p->records[at] = (struct share_record){ .batch = first, .none = none };
    }
}

static void open_part(struct share_world *w, int part)
{
    make_log(w, &w->parts[part]);
    w->parts[part].start = -1;
    for (int i = 0; i < SHARE_LEADERS; i++) {
        struct share_leader *l = &w->leaders[part][i];

        l->w = w;
        l->part = part;
        l->id = i;
        share_lead_open(l);
    }
    share_lead_move(w, part);
}

static void begin(struct share_world *w, uint64_t seed, bool verbose)
{
    struct sim *s = &w->g.s;

    *w = (struct share_world){ .g = { .leader = -1 } };
    sim_init(s, seed, verbose);
    pick_faults(w);
    pick_group(w);
    coordinator_open(&w->g);
    share_node_open(w);
    for (int part = 0; part < SHARE_PARTS; part++)
        open_part(w, part);
    for (int i = 0; i < SHARE_MEMBERS; i++) {
        w->members[i] = (struct share_client){ .w = w, .index = i };
        share_member_born(&w->members[i]);
    }
    sim_after(s, 50000, (struct sim_event){ .run = strike, .ctx = w });
}

/* A leader notices with its next write that an admin has moved the group: it gets something to write. */
static void last_batches(void *ctx, const struct sim_event *ev)
{
    struct share_world *w = ctx;

    (void)ev;
    for (int part = 0; part < SHARE_PARTS; part++)
        w->parts[part].log_end = SHARE_RECORDS;
}

static void become_calm(struct share_world *w)
{
    w->calm = w->g.calm = true;
    for (int i = 0; i < COORDINATORS; i++)
        w->g.nodes[i].stopped_us = 0;
    grow(w);
    for (int i = 0; i < SHARE_NODES; i++)
        w->nodes[i].stopped_us = 0;
    for (int i = 0; i < SHARE_MEMBERS; i++)
        if (!w->members[i].alive)
            share_member_born(&w->members[i]);
    SIM_TRACE(&w->g.s, "the faults stop");
}

static uint64_t run(uint64_t seed, bool verbose)
{
    static struct share_world world;
    struct share_world *w = &world;
    uint64_t hash;

    begin(w, seed, verbose);
    sim_run(&w->g.s, sim_between(&w->g.s, 3, 20) * 1000000);
    become_calm(w);
    sim_after(&w->g.s, CALM_US / 2, (struct sim_event){ .run = last_batches, .ctx = w });
    sim_run(&w->g.s, w->g.s.now_us + CALM_US);
    share_check_end(w);
    hash = w->g.s.hash ^ (uint64_t)w->committed.n;
    for (int part = 0; part < SHARE_PARTS; part++)
        for (int i = 0; i < SHARE_LEADERS; i++)
            share_lead_close(&w->leaders[part][i]);
    share_node_close(w);
    coordinator_done(&w->g);
    image_free(w->g.image);
    arena_done(&w->g.arena);
    sim_done(&w->g.s);
    return hash;
}

static void totals(void)
{
    const struct share_sim_totals *t = &share_sim_totals;

    printf("records delivered %lld, again %lld, done %lld, locks ended %lld, leads loaded %lld\n",
           (long long)t->delivered, (long long)t->redelivered, (long long)t->accepted,
           (long long)t->locks, (long long)t->restarts);
    printf("groups altered %lld; their coordinators moved %lld, loaded %lld, deposed late %lld, "
           "crashed %lld, records %lld, appends refused %lld\n",
           (long long)t->altered, (long long)group_totals.moves, (long long)group_totals.loads,
           (long long)group_totals.deposed, (long long)group_totals.crashes,
           (long long)group_totals.records, (long long)group_totals.refused);
    printf("coordinators moved %lld, loaded %lld, deposed late %lld, crashed %lld, writes %lld, "
           "appends refused %lld, leaders fenced %lld\n",
           (long long)t->moves, (long long)t->loads, (long long)t->deposed, (long long)t->crashes,
           (long long)t->writes, (long long)t->refused, (long long)t->fenced);
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, "share_sim", run, totals);
}
