/* The agent dies between any two effects and starts again: the core, a small model of the shell (which
 * carries effects out in process.c's order) and of the world (one directory, processes that outlive the
 * agent). The end must be the same, with never two processes and never an orphan directory. */
#include "tests/lib/test.h"

#include <stdbool.h>
#include <string.h>

#include "agent/supervise/supervise.h"
#include "common/rng.h"

struct world {
    int running;            /* processes alive; formatting counts */
    bool formatting;        /* what runs formats */
    bool stubborn;          /* does not end by SIGTERM */
    bool directory, formatted, tombstone;
    bool agent;             /* alive */
    int effects, die_at;    /* the agent dies before its die_at-th effect; 0: never */
    int removes, launches;
    int wanted, launched;   /* restarts: asked for, and what runs was launched for */
    int restarts;           /* of what ran, by SIGTERM */
    struct supervise core;
    bool timer;
    int64_t now;
    struct rng rng;
};

static void feed(struct world *w, enum supervise_event_type type, int code);

/* False: the agent died before it. */
static bool lives(struct world *w)
{
    if (w->agent && ++w->effects == w->die_at)
        w->agent = false;
    return w->agent;
}

static void start_process(struct world *w, bool format)
{
    assert_int_equal(w->running, 0);
    w->running++;
    w->formatting = format;
    w->directory = true;
    w->launched = w->wanted;
    w->launches++;
}

static void remove_directory(struct world *w)
{
    assert_true(w->tombstone);
    assert_int_equal(w->running, 0);
    if (rng_below(&w->rng, 4) == 0) {
        feed(w, SUPERVISE_REMOVED, 1);
        return;
    }
    w->directory = w->formatted = false;
    w->removes++;
    feed(w, SUPERVISE_REMOVED, 0);
}

static void carry_out(struct world *w, unsigned effects)
{
    w->timer = effects & SUPERVISE_SET_TIMER ? true : effects ? false : w->timer;
    if ((effects & SUPERVISE_TERM) && lives(w) && !w->stubborn) {
        w->restarts += w->running && w->launched < w->wanted;
        w->running = 0;
    }
    if ((effects & SUPERVISE_KILL) && lives(w))
        w->running = 0;
    if ((effects & (SUPERVISE_FORMAT | SUPERVISE_LAUNCH)) && lives(w))
        start_process(w, effects & SUPERVISE_FORMAT);
    if ((effects & SUPERVISE_REMOVE) && lives(w))
        remove_directory(w);
}

static void feed(struct world *w, enum supervise_event_type type, int code)
{
    struct supervise_event e = { type,           w->now,       (uint32_t)rng_next(&w->rng),
                                 w->running > 0, w->formatted, code };

    if (w->agent)
        carry_out(w, supervise_step(&w->core, &e));
}

static void start_agent(struct world *w)
{
    w->agent = true;
    w->timer = false;
    w->core = (struct supervise){ .want_gone = w->tombstone };
    feed(w, SUPERVISE_START, 0);
}

/* What the world does next by itself; false: nothing. */
static bool go_on(struct world *w)
{
    w->now++;
    if (!w->agent) {
        start_agent(w);
    } else if (w->running && w->formatting) {
        w->running = 0;
        w->formatted = rng_below(&w->rng, 3) != 0;
        feed(w, SUPERVISE_EXITED, w->formatted ? 0 : 1);
    } else if (!w->running &&
               (w->core.state == SUPERVISE_STARTING || w->core.state == SUPERVISE_RUNNING ||
                w->core.state == SUPERVISE_STOPPING || w->core.state == SUPERVISE_FORMATTING)) {
        feed(w, SUPERVISE_EXITED, 9);
    } else if (w->timer) {
        w->timer = false;
        w->now = w->core.timer_ms > w->now ? w->core.timer_ms : w->now;
        feed(w, SUPERVISE_TIMER, 0);
    } else if (w->core.state == SUPERVISE_STARTING) {
        feed(w, SUPERVISE_READY, 0);
    } else if (w->core.state == SUPERVISE_RUNNING && w->launched < w->wanted) {
        feed(w, SUPERVISE_RESTART, 0);
    } else {
        return false;
    }
    return true;
}

static void settle(struct world *w)
{
    for (int i = 0; go_on(w); i++)
        assert_true(i < 500);
}

static void one_life(struct world *w, int kills, bool tombstone_early)
{
    start_agent(w);
    for (int i = 0; i < kills; i++) {
        for (int n = (int)rng_below(&w->rng, 6); n && go_on(w); n--)
            ;
        w->running = 0; /* somebody kills the broker */
    }
    if (!tombstone_early) {
        settle(w);
        assert_int_equal(w->core.state, SUPERVISE_RUNNING);
        assert_int_equal(w->running, 1);
        assert_int_equal(w->removes, 0);
    }
    w->tombstone = true; /* kept on disk first, then told to the core */
    feed(w, SUPERVISE_WANT_GONE, 0);
    settle(w);
    assert_int_equal(w->core.state, SUPERVISE_GONE);
    assert_int_equal(w->running, 0);
    assert_false(w->directory);
}

static void an_agent_that_dies_before_any_effect_leaves_no_second_process_and_no_orphan(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct world w;
        int die_at = 0;

        do {
            memset(&w, 0, sizeof(w));
            rng_seed(&w.rng, seed);
            w.die_at = ++die_at;
            w.stubborn = seed & 1;
            one_life(&w, (int)(seed % 4), seed & 8);
        } while (w.effects >= die_at);
        assert_true(die_at > 1);
    }
}

static void a_shutdown_at_any_moment_ends_with_nothing_running_and_everything_kept(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct world w = {
            .stubborn = seed & 1, .running = seed & 2 ? 1 : 0, .directory = true, .formatted = true
        };

        rng_seed(&w.rng, seed);
        w.agent = true;
        if (seed & 4) { /* before the agent has looked for what runs */
            feed(&w, SUPERVISE_SHUTDOWN, 0);
            feed(&w, SUPERVISE_START, 0);
        } else {
            feed(&w, SUPERVISE_START, 0);
            for (int n = (int)rng_below(&w.rng, 8); n && go_on(&w); n--)
                ;
            feed(&w, SUPERVISE_SHUTDOWN, 0);
        }
        settle(&w);
        assert_int_equal(w.core.state, SUPERVISE_STOPPED);
        assert_int_equal(w.running, 0);
        assert_true(w.directory);
    }
}

/* Three restarts, the later ones perhaps asked for in the midst of the one before. */
static void a_restart_comes_once_wherever_the_agent_dies(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct world w;
        int die_at = 0;

        do {
            memset(&w, 0, sizeof(w));
            rng_seed(&w.rng, seed);
            w.die_at = ++die_at;
            start_agent(&w);
            settle(&w);
            for (int i = 0; i < 3; i++) {
                w.wanted++;
                if (seed & 1)
                    settle(&w);
                for (int n = (int)rng_below(&w.rng, 6); n && go_on(&w); n--)
                    ;
            }
            settle(&w);
            assert_int_equal(w.core.state, SUPERVISE_RUNNING);
            assert_int_equal(w.launched, 3);
            assert_true(w.restarts <= 3 && w.restarts >= 1);
            assert_true(!(seed & 1) || w.restarts == 3);
            assert_int_equal(w.removes, 0);
        } while (w.effects >= die_at);
    }
}

/* A poll's answer may come before the agent's first look at its processes. */
static void a_tombstone_before_the_first_look_waits_for_it(void **state)
{
    struct world w = { .running = 1, .directory = true, .formatted = true, .tombstone = true, .agent = true };

    (void)state;
    rng_seed(&w.rng, 1);
    feed(&w, SUPERVISE_WANT_GONE, 0);
    assert_true(w.directory);
    feed(&w, SUPERVISE_START, 0);
    settle(&w);
    assert_int_equal(w.core.state, SUPERVISE_GONE);
    assert_int_equal(w.removes, 1);
}

static enum supervise_state reach(struct supervise *s, enum supervise_state state)
{
    static const enum supervise_event_type paths[SUPERVISE_STATES][5] = {
        [SUPERVISE_FORMATTING] = { SUPERVISE_START, SUPERVISE_REMOVED },
        [SUPERVISE_STARTING] = { SUPERVISE_START, SUPERVISE_EXITED, SUPERVISE_REMOVED },
        [SUPERVISE_RUNNING] = { SUPERVISE_START, SUPERVISE_EXITED, SUPERVISE_READY, SUPERVISE_REMOVED },
        [SUPERVISE_WAITING] = { SUPERVISE_START, SUPERVISE_EXITED, SUPERVISE_EXITED, SUPERVISE_REMOVED },
        [SUPERVISE_STOPPING] = { SUPERVISE_START, SUPERVISE_SHUTDOWN, SUPERVISE_REMOVED },
        [SUPERVISE_REMOVING] = { SUPERVISE_WANT_GONE, SUPERVISE_START, SUPERVISE_REMOVED },
        [SUPERVISE_STOPPED] = { SUPERVISE_SHUTDOWN, SUPERVISE_START, SUPERVISE_REMOVED },
        [SUPERVISE_GONE] = { SUPERVISE_WANT_GONE, SUPERVISE_START, SUPERVISE_REMOVED, SUPERVISE_START },
    };
    const enum supervise_event_type *path = paths[state];

    memset(s, 0, sizeof(*s));
    for (int i = 0; i < 4 && state != SUPERVISE_NEW && s->state != state; i++) {
        struct supervise_event e = { .type = path[i], .now_ms = i };

        (void)supervise_step(s, &e);
    }
    return s->state;
}

static void every_event_in_every_state_keeps_the_rules(void **state)
{
    (void)state;
    for (int from = 0; from < SUPERVISE_STATES; from++) {
        for (int type = SUPERVISE_START; type <= SUPERVISE_SHUTDOWN; type++) {
            for (int bits = 0; bits < 8; bits++) {
                struct supervise s;
                struct supervise_event e = {
                    (enum supervise_event_type)type, 1000, 7, bits & 1, bits & 2, bits >> 2
                };
                unsigned effects;

                assert_int_equal(reach(&s, (enum supervise_state)from), from);
                effects = supervise_step(&s, &e);
                assert_false((effects & SUPERVISE_REMOVE) && !s.want_gone);
                assert_false((effects & (SUPERVISE_LAUNCH | SUPERVISE_FORMAT)) &&
                             (s.want_gone || s.want_stopped || s.shutdown));
                if (from == SUPERVISE_NEW && type != SUPERVISE_START)
                    assert_int_equal(effects, 0);
                if (from == SUPERVISE_GONE)
                    assert_int_equal(effects, 0);
                if (effects & SUPERVISE_SET_TIMER)
                    assert_true(s.timer_ms >= e.now_ms);
                assert_non_null(supervise_seen(&s));
            }
        }
    }
}

TEST_MAIN(TEST(an_agent_that_dies_before_any_effect_leaves_no_second_process_and_no_orphan),
          TEST(a_shutdown_at_any_moment_ends_with_nothing_running_and_everything_kept),
          TEST(a_restart_comes_once_wherever_the_agent_dies),
          TEST(a_tombstone_before_the_first_look_waits_for_it),
          TEST(every_event_in_every_state_keeps_the_rules))
