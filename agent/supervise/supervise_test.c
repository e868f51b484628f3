#include "tests/lib/test.h"

#include <string.h>

#include "agent/supervise/supervise.h"
#include "common/rng.h"

static unsigned step(struct supervise *s, enum supervise_event_type type, int64_t now, bool yes, int code)
{
    struct supervise_event e = { type, now, 50, type == SUPERVISE_START && yes, yes, code };

    return supervise_step(s, &e);
}

static void a_new_process_is_formatted_launched_and_reported_running(void **state)
{
    struct supervise s = { 0 };

    (void)state;
    assert_true(step(&s, SUPERVISE_START, 0, false, 0) & SUPERVISE_FORMAT);
    assert_true(step(&s, SUPERVISE_EXITED, 1, false, 0) & SUPERVISE_LAUNCH);
    assert_string_equal(supervise_seen(&s), "starting");
    assert_int_equal(step(&s, SUPERVISE_READY, 2, false, 0), SUPERVISE_REPORT);
    assert_string_equal(supervise_seen(&s), "running");
}

static void an_adopted_process_is_probed_and_not_launched_again(void **state)
{
    struct supervise s = { 0 };
    unsigned effects;

    (void)state;
    effects = step(&s, SUPERVISE_START, 0, true, 0);
    assert_true(effects & SUPERVISE_PROBE);
    assert_false(effects & (SUPERVISE_LAUNCH | SUPERVISE_FORMAT));
}

static void a_restart_stops_what_runs_with_time_to_hand_over_and_launches_at_once(void **state)
{
    struct supervise s = { 0 };
    unsigned effects;

    (void)state;
    (void)step(&s, SUPERVISE_START, 0, true, 0);
    (void)step(&s, SUPERVISE_READY, 1, true, 0);
    effects = step(&s, SUPERVISE_RESTART, 10, true, 0);
    assert_int_equal(effects, SUPERVISE_TERM | SUPERVISE_SET_TIMER | SUPERVISE_REPORT);
    assert_int_equal(s.timer_ms, 10 + SUPERVISE_RESTART_MS);
    assert_string_equal(supervise_seen(&s), "starting");
    assert_int_equal(step(&s, SUPERVISE_RESTART, 11, true, 0), 0);
    assert_true(step(&s, SUPERVISE_EXITED, 12, true, 0) & SUPERVISE_LAUNCH);
    for (int i = 0; i < SUPERVISE_FAILURES_MAX; i++) { /* it was ready once, but not as it is now */
        (void)step(&s, SUPERVISE_EXITED, 20 + i, true, 1);
        (void)step(&s, SUPERVISE_TIMER, 20 + i, true, 0);
    }
    (void)step(&s, SUPERVISE_EXITED, 30, true, 1);
    assert_string_equal(supervise_seen(&s), "failed");
    /* The next restart does not wait, and what failed before it says nothing about it. */
    assert_int_equal(step(&s, SUPERVISE_RESTART, 31, true, 0), SUPERVISE_SET_TIMER | SUPERVISE_REPORT);
    assert_int_equal(s.timer_ms, 31);
    assert_string_equal(supervise_seen(&s), "starting");
}

static void a_restart_that_is_overtaken_by_a_shutdown_or_a_tombstone_launches_nothing(void **state)
{
    struct supervise s = { 0 }, t;

    (void)state;
    (void)step(&s, SUPERVISE_START, 0, true, 0);
    (void)step(&s, SUPERVISE_RESTART, 10, true, 0);
    t = s;
    assert_int_equal(step(&s, SUPERVISE_SHUTDOWN, 11, true, 0), SUPERVISE_SET_TIMER);
    assert_int_equal(step(&s, SUPERVISE_EXITED, 12, true, 0), SUPERVISE_REPORT);
    assert_string_equal(supervise_seen(&s), "stopped");
    assert_true(step(&t, SUPERVISE_WANT_GONE, 11, true, 0) & SUPERVISE_KILL);
    assert_true(step(&t, SUPERVISE_EXITED, 12, true, 137) & SUPERVISE_REMOVE);
}

static void the_first_restart_is_at_once_and_later_ones_wait_longer_and_longer(void **state)
{
    struct supervise s = { 0 };
    int64_t now = 0, last = -1;

    (void)state;
    (void)step(&s, SUPERVISE_START, 0, false, 0);
    (void)step(&s, SUPERVISE_EXITED, 0, false, 0);
    for (int i = 0; i < 12; i++) {
        assert_true(step(&s, SUPERVISE_EXITED, now, true, 1) & SUPERVISE_SET_TIMER);
        assert_true(s.timer_ms - now >= last);
        assert_true(s.timer_ms - now <= SUPERVISE_BACKOFF_MS_MAX * 5 / 4);
        if (!i)
            assert_int_equal(s.timer_ms, now);
        last = s.timer_ms - now;
        now = s.timer_ms;
        if (i + 1 >= SUPERVISE_FAILURES_MAX)
            assert_string_equal(supervise_seen(&s), "failed");
        assert_true(step(&s, SUPERVISE_TIMER, now, true, 0) & SUPERVISE_LAUNCH);
    }
    (void)step(&s, SUPERVISE_READY, now, true, 0);
    now += SUPERVISE_STEADY_MS;
    (void)step(&s, SUPERVISE_EXITED, now, true, 1);
    assert_int_equal(s.timer_ms, now);
}

static void a_shutdown_asks_twice_and_then_kills(void **state)
{
    struct supervise s = { 0 };

    (void)state;
    (void)step(&s, SUPERVISE_START, 0, true, 0);
    assert_true(step(&s, SUPERVISE_SHUTDOWN, 5, false, 0) & SUPERVISE_TERM);
    assert_true(step(&s, SUPERVISE_TIMER, s.timer_ms, false, 0) & SUPERVISE_TERM);
    assert_true(step(&s, SUPERVISE_TIMER, s.timer_ms, false, 0) & SUPERVISE_KILL);
    assert_int_equal(step(&s, SUPERVISE_EXITED, s.timer_ms, false, 9), SUPERVISE_REPORT);
    assert_string_equal(supervise_seen(&s), "stopped");
}

static void what_is_wanted_stopped_ends_in_order_and_runs_again_only_when_that_is_wanted(void **state)
{
    struct supervise s = { 0 }, t;

    (void)state;
    (void)step(&s, SUPERVISE_START, 0, true, 0);
    (void)step(&s, SUPERVISE_READY, 1, true, 0);
    assert_int_equal(step(&s, SUPERVISE_WANT_STOPPED, 10, true, 0), SUPERVISE_TERM | SUPERVISE_SET_TIMER);
    assert_int_equal(s.timer_ms, 10 + SUPERVISE_RESTART_MS);
    assert_string_equal(supervise_seen(&s), "starting");
    t = s;
    assert_int_equal(step(&s, SUPERVISE_EXITED, 11, true, 0), SUPERVISE_REPORT);
    assert_string_equal(supervise_seen(&s), "stopped");
    assert_int_equal(step(&s, SUPERVISE_RESTART, 12, true, 0), 0);
    assert_true(step(&s, SUPERVISE_WANT_RUN, 13, true, 0) & SUPERVISE_LAUNCH);
    /* Wanted to run again before it has ended. */
    assert_int_equal(step(&t, SUPERVISE_WANT_RUN, 11, true, 0), 0);
    assert_true(step(&t, SUPERVISE_EXITED, 12, true, 0) & SUPERVISE_LAUNCH);
    /* One that the agent finds so after its own restart. */
    s = (struct supervise){ .want_stopped = true };
    assert_int_equal(step(&s, SUPERVISE_START, 0, false, 0), SUPERVISE_REPORT);
    assert_int_equal(step(&s, SUPERVISE_WANT_GONE, 1, false, 0), SUPERVISE_REMOVE);
    s = (struct supervise){ .want_stopped = true };
    assert_true(step(&s, SUPERVISE_START, 0, true, 0) & SUPERVISE_TERM);
}

static void a_tombstone_kills_removes_and_then_says_gone(void **state)
{
    struct supervise s = { 0 };

    (void)state;
    (void)step(&s, SUPERVISE_START, 0, false, 0);
    (void)step(&s, SUPERVISE_EXITED, 0, true, 0);
    assert_true(step(&s, SUPERVISE_WANT_GONE, 5, false, 0) & SUPERVISE_KILL);
    assert_int_equal(step(&s, SUPERVISE_EXITED, 6, false, 9), SUPERVISE_REMOVE);
    assert_string_equal(supervise_seen(&s), "starting");
    assert_int_equal(step(&s, SUPERVISE_REMOVED, 7, false, 0), SUPERVISE_REPORT);
    assert_string_equal(supervise_seen(&s), "gone");
}

/* Whatever comes in whatever order: nothing is removed without a tombstone, nothing is launched while
 * something runs. The model runs at most one process. */
static void no_order_of_events_removes_without_a_tombstone_or_runs_two(void **state)
{
    struct rng r;

    (void)state;
    rng_seed(&r, 11);
    for (int run = 0; run < 20000; run++) {
        struct supervise s = { 0 };
        bool alive = rng_below(&r, 4) == 0, tombstone = false;
        unsigned effects = step(&s, SUPERVISE_START, 0, alive, 0);

        for (int i = 1; i < 30; i++) {
            enum supervise_event_type type = (enum supervise_event_type)rng_below(&r, SUPERVISE_SHUTDOWN + 1);

            assert_false((effects & SUPERVISE_REMOVE) && (!tombstone || alive));
            if (effects & (SUPERVISE_LAUNCH | SUPERVISE_FORMAT)) {
                assert_false(alive);
                alive = true;
            }
            if (type == SUPERVISE_EXITED && !alive)
                type = SUPERVISE_TIMER;
            if (type == SUPERVISE_EXITED)
                alive = false;
            tombstone |= type == SUPERVISE_WANT_GONE;
            effects = step(&s, type, i, type != SUPERVISE_START || alive, (int)rng_below(&r, 2));
        }
    }
}

TEST_MAIN(TEST(a_new_process_is_formatted_launched_and_reported_running),
          TEST(an_adopted_process_is_probed_and_not_launched_again),
          TEST(a_restart_stops_what_runs_with_time_to_hand_over_and_launches_at_once),
          TEST(a_restart_that_is_overtaken_by_a_shutdown_or_a_tombstone_launches_nothing),
          TEST(the_first_restart_is_at_once_and_later_ones_wait_longer_and_longer),
          TEST(a_shutdown_asks_twice_and_then_kills),
          TEST(what_is_wanted_stopped_ends_in_order_and_runs_again_only_when_that_is_wanted),
          TEST(a_tombstone_kills_removes_and_then_says_gone),
          TEST(no_order_of_events_removes_without_a_tombstone_or_runs_two))
