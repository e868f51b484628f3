/* group_sim - consumer groups of all protocols under faults (tests/sim/README.md). */
#include "broker/group/assignor.h"
#include "tests/sim/coordinator.h"

#include <stdio.h>

enum { CALM_US = 120000000 };

/* ---- faults ---- */

static void grow(struct coordinators *w)
{
    int t = (int)sim_between(&w->s, 0, TOPICS - 1);

    if (w->partitions_n[t] == PARTITIONS_MAX)
        return;
    if (!w->partitions_n[t])
        coordinator_add_topic(w, t);
    else
        coordinator_add_partition(w, t);
    SIM_TRACE(&w->s, "topic %d has %d partitions", t, w->partitions_n[t]);
    coordinator_tell_topic(w, t);
}

static void strike_member(struct coordinators *w, struct member *m)
{
    struct sim *s = &w->s;

    if (!m->alive) {
        if (sim_chance(s, w->reborn))
            member_born(m);
    } else if (sim_chance(s, w->dies)) {
        member_dies(m);
    } else if (sim_chance(s, w->dies)) {
        SIM_TRACE(s, "member %d (%s) leaves", m->index, m->id);
        m->leaving = true;
    } else if (sim_chance(s, 60) && !m->by_regex && !m->is_static) {
        m->topics = (unsigned)sim_between(s, 1, (1 << TOPICS) - 1);
    }
}

static void stop(struct coordinators *w)
{
    struct coordinator_node *n = &w->nodes[sim_between(&w->s, 0, COORDINATORS - 1)];

    n->stopped_us = w->s.now_us + sim_between(&w->s, 1000, sim_chance(&w->s, 300) ? 9000000 : 1000000);
    SIM_TRACE(&w->s, "node %d stops for %lld ms", n->id,
              (long long)(n->stopped_us - w->s.now_us) / 1000);
}

static void strike(void *ctx, const struct sim_event *ev)
{
    struct coordinators *w = ctx;
    struct sim *s = &w->s;

    (void)ev;
    if (w->calm)
        return;
    for (int i = 0; i < w->members_n; i++)
        strike_member(w, &w->members[i]);
    if (sim_chance(s, w->moves))
        coordinator_move(w);
    if (sim_chance(s, w->moves / 3))
        coordinator_crash(&w->nodes[sim_between(s, 0, COORDINATORS - 1)]);
    if (sim_chance(s, 60))
        stop(w);
    if (sim_chance(s, 60))
        grow(w);
    if (sim_chance(s, 100) && network_whole(&w->net))
        network_break(&w->net, s);
    else if (sim_chance(s, 300))
        network_heal(&w->net);
    sim_after(s, sim_between(s, 100000, 1500000), (struct sim_event){ .run = strike, .ctx = w });
}

/* ---- a life ---- */

static void pick_config(struct coordinators *w)
{
    struct sim *s = &w->s;

    w->config = (struct group_config){
        .session_ms_min = 1000, .session_ms_max = 60000,
        .initial_rebalance_delay_ms = (int32_t)sim_between(s, 0, 3000),
        .size_max = INT32_MAX, .metadata_bytes_max = 4096,
        .retention_ms = 7 * 86400000LL, .retention_check_ms = 600000,
        .consumer_enabled = true,
        .consumer_session_ms = 6000, .consumer_session_ms_min = 6000,
        .consumer_session_ms_max = 60000, .consumer_heartbeat_ms = 1000,
        .consumer_heartbeat_ms_min = 1000, .consumer_heartbeat_ms_max = 15000,
        .consumer_size_max = INT32_MAX,
        .consumer_assignment_ms = sim_chance(s, 500) ? 1000 : 0,
        .regex_refresh_ms = 600000,
        .assignors = { &assignors[sim_chance(s, 500)], &assignors[0] }, .assignors_n = 1,
        .upgrade = true, .downgrade = true,
        .hurry = sim_chance(s, 500),
    };
}

static void pick_faults(struct coordinators *w)
{
    struct sim *s = &w->s;

    w->dies_at_record = sim_chance(s, 500) ? (int)sim_between(s, 0, 20) : 0;
    w->append_fails = sim_chance(s, 500) ? (int)sim_between(s, 0, 60) : 0;
    w->moves = sim_chance(s, 700) ? (int)sim_between(s, 0, 150) : 0;
    w->dies = sim_chance(s, 800) ? (int)sim_between(s, 0, 30) : 0;
    w->reborn = (int)sim_between(s, 50, 300);
    w->compacts = sim_chance(s, 500) ? 500 : 0;
    w->stalls = sim_chance(s, 500) ? 50 : 0;
    w->net.ends = COORDINATORS + w->members_n;
    w->net.loss = sim_chance(s, 500) ? (int)sim_between(s, 0, 50) : 0;
    w->net.twice = sim_chance(s, 500) ? (int)sim_between(s, 0, 100) : 0;
    w->net.late = sim_chance(s, 500) ? (int)sim_between(s, 0, 50) : 0;
    w->net.delay_us = sim_between(s, 200, 5000);
    w->net.late_us = sim_between(s, 100000, 6000000);
}

static void begin(struct coordinators *w, uint64_t seed, bool verbose)
{
    struct sim *s = &w->s;

    *w = (struct coordinators){ .leader = -1 };
    sim_init(s, seed, verbose);
    w->groups_n = 1 + sim_chance(s, 300);
    w->members_n = (int)sim_between(s, 2, MEMBERS_MAX);
    w->mixed = sim_chance(s, 600);
    w->classic = sim_chance(s, 350)   ? MEMBER_CONSUMER
                 : sim_chance(s, 500) ? MEMBER_EAGER
                                      : MEMBER_COOPERATIVE;
    pick_config(w);
    pick_faults(w);
    w->image = image_new();
    for (int t = 0; t < TOPICS; t++)
        w->topic_ids[t] = (struct uuid){ { 1, (uint8_t)(t + 1) } };
    coordinator_add_topic(w, 0);
    coordinator_add_topic(w, 1);
    coordinator_open(w);
    for (int i = 0; i < w->members_n; i++) {
        struct member *m = &w->members[i];

        m->w = w;
        m->index = i;
        m->group = i % w->groups_n;
        m->is_static = sim_chance(s, 250);
        snprintf(m->instance, sizeof(m->instance), "i%d", i);
        member_born(m);
    }
    sim_after(s, 100000, (struct sim_event){ .run = strike, .ctx = w });
}

static void become_calm(struct coordinators *w)
{
    w->calm = true;
    network_calm(&w->net);
    for (int i = 0; i < COORDINATORS; i++)
        w->nodes[i].stopped_us = 0;
    for (int t = 0; t < TOPICS; t++)
        if (!w->partitions_n[t]) {
            coordinator_add_topic(w, t);
            coordinator_tell_topic(w, t);
        }
    SIM_TRACE(&w->s, "the faults stop");
}

/* A static cooperative member that comes back instead of giving up what it has to does not join again,
 * and nobody else knows that it had to: Kafka's too stay like this until the next rebalance. */
static void nudge(void *ctx, const struct sim_event *ev)
{
    struct coordinators *w = ctx;

    (void)ev;
    for (int i = 0; i < w->members_n && !w->nudges; i++)
        w->nudges = w->members[i].is_static && w->classic == MEMBER_COOPERATIVE;
}

static uint64_t run(uint64_t seed, bool verbose)
{
    static struct coordinators world;
    struct coordinators *w = &world;
    uint64_t hash;
    int64_t end;

    begin(w, seed, verbose);
    sim_run(&w->s, sim_between(&w->s, 20, 90) * 1000000);
    become_calm(w);
    sim_after(&w->s, CALM_US / 2, (struct sim_event){ .run = nudge, .ctx = w });
    sim_run(&w->s, w->s.now_us + CALM_US);
    end = w->nodes[w->leader].log.n;
    sim_run(&w->s, w->s.now_us + 1000000);
    check_converged(w, end);
    hash = w->s.hash ^ (uint64_t)w->committed.n;
    coordinator_done(w);
    image_free(w->image);
    arena_done(&w->arena);
    sim_done(&w->s);
    return hash;
}

static void totals(void)
{
    const struct group_totals *t = &group_totals;

    printf("members begun %lld, records %lld, commits %lld, fetches %lld, claims of partitions %lld\n",
           (long long)t->joins, (long long)t->records, (long long)t->commits, (long long)t->fetches,
           (long long)t->claims);
    printf("coordinators moved %lld, loaded %lld, deposed late %lld, crashed %lld, appends refused %lld\n",
           (long long)t->moves, (long long)t->loads, (long long)t->deposed, (long long)t->crashes,
           (long long)t->refused);
}

int main(int argc, char **argv)
{
    return sim_main(argc, argv, "group_sim", run, totals);
}
