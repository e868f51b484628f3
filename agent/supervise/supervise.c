#include "agent/supervise/supervise.h"

#include "common/invariant.h"

#define BIT(state) (1u << (state))

/* From each state, to which it may move. */
static const unsigned moves[SUPERVISE_STATES] = {
    [SUPERVISE_NEW] = BIT(SUPERVISE_FORMATTING) | BIT(SUPERVISE_STARTING) | BIT(SUPERVISE_REMOVING) |
                      BIT(SUPERVISE_STOPPED) | BIT(SUPERVISE_STOPPING),
    [SUPERVISE_FORMATTING] = BIT(SUPERVISE_STARTING) | BIT(SUPERVISE_WAITING) | BIT(SUPERVISE_STOPPING),
    [SUPERVISE_STARTING] = BIT(SUPERVISE_RUNNING) | BIT(SUPERVISE_WAITING) | BIT(SUPERVISE_STOPPING),
    [SUPERVISE_RUNNING] = BIT(SUPERVISE_STARTING) | BIT(SUPERVISE_WAITING) | BIT(SUPERVISE_STOPPING),
    [SUPERVISE_WAITING] = BIT(SUPERVISE_FORMATTING) | BIT(SUPERVISE_STARTING) | BIT(SUPERVISE_REMOVING) |
                          BIT(SUPERVISE_STOPPED),
    [SUPERVISE_STOPPING] = BIT(SUPERVISE_REMOVING) | BIT(SUPERVISE_STOPPED) | BIT(SUPERVISE_STARTING) |
                           BIT(SUPERVISE_FORMATTING),
    [SUPERVISE_REMOVING] = BIT(SUPERVISE_GONE),
    [SUPERVISE_STOPPED] = BIT(SUPERVISE_REMOVING) | BIT(SUPERVISE_STARTING) | BIT(SUPERVISE_FORMATTING),
    [SUPERVISE_GONE] = 0,
};

/* The only writer of s->state. */
static void move(struct supervise *s, enum supervise_state next)
{
    INVARIANT(moves[s->state] & BIT(next));
    s->state = next;
}

/* Whether nothing of it shall run: for good, or for now. */
static bool shall_end(const struct supervise *s)
{
    return s->want_gone || s->want_stopped || s->shutdown;
}

static unsigned launch(struct supervise *s, int64_t now_ms)
{
    move(s, SUPERVISE_STARTING);
    s->since_ms = now_ms;
    return SUPERVISE_LAUNCH | SUPERVISE_PROBE | SUPERVISE_REPORT;
}

static unsigned begin(struct supervise *s, const struct supervise_event *e)
{
    if (e->formatted)
        return launch(s, e->now_ms);
    move(s, SUPERVISE_FORMATTING);
    return SUPERVISE_FORMAT | SUPERVISE_REPORT;
}

static unsigned stop(struct supervise *s, int64_t now_ms)
{
    move(s, SUPERVISE_STOPPING);
    s->hurried = false;
    s->timer_ms = now_ms + (s->want_gone                                         ? SUPERVISE_STOP_MS
                            : (s->restart || s->want_stopped) && !s->shutdown ? SUPERVISE_RESTART_MS
                                                                              : SUPERVISE_HURRY_MS);
    return (s->want_gone ? SUPERVISE_KILL : SUPERVISE_TERM) | SUPERVISE_SET_TIMER;
}

/* Nothing of it runs, and nothing shall. */
static unsigned rest(struct supervise *s)
{
    if (s->want_gone) {
        move(s, SUPERVISE_REMOVING);
        s->failures = 1; /* what cannot be removed is not tried again in the same instant */
        return SUPERVISE_REMOVE;
    }
    if (s->state != SUPERVISE_STOPPED)
        move(s, SUPERVISE_STOPPED);
    return SUPERVISE_REPORT;
}

static unsigned on_start(struct supervise *s, const struct supervise_event *e)
{
    if (s->state != SUPERVISE_NEW)
        return 0;
    if (e->alive) { /* adopted: it may be ready already, the probe tells */
        s->since_ms = e->now_ms;
        if (shall_end(s))
            return stop(s, e->now_ms);
        move(s, SUPERVISE_STARTING);
        return SUPERVISE_PROBE | SUPERVISE_REPORT;
    }
    return shall_end(s) ? rest(s) : begin(s, e);
}

/* None before the second failure, exponential from then on, with jitter of a quarter. */
static int64_t backoff_ms(unsigned failures, uint32_t random)
{
    int64_t ms;

    if (!failures)
        return 0;
    ms = SUPERVISE_BACKOFF_MS_MIN * (int64_t)(1u << (failures < 10 ? failures - 1 : 9));
    if (ms > SUPERVISE_BACKOFF_MS_MAX)
        ms = SUPERVISE_BACKOFF_MS_MAX;
    return ms + ms / 4 * (random % 100) / 100;
}

static unsigned wait_a_while(struct supervise *s, const struct supervise_event *e)
{
    s->timer_ms = e->now_ms + backoff_ms(s->failures++, e->random);
    move(s, SUPERVISE_WAITING);
    return SUPERVISE_SET_TIMER | SUPERVISE_REPORT;
}

static unsigned on_exited(struct supervise *s, const struct supervise_event *e)
{
    switch (s->state) {
    case SUPERVISE_FORMATTING:
        return e->code ? wait_a_while(s, e) : launch(s, e->now_ms);
    case SUPERVISE_RUNNING:
        if (e->now_ms - s->since_ms >= SUPERVISE_STEADY_MS)
            s->failures = 0;
        return wait_a_while(s, e);
    case SUPERVISE_STARTING:
        return wait_a_while(s, e);
    case SUPERVISE_STOPPING:
        if (!s->restart || shall_end(s))
            return rest(s);
        s->restart = false;
        return begin(s, e);
    default:
        return 0;
    }
}

/* As good as new: what it does wrong from here on is the new launch's. */
static unsigned on_restart(struct supervise *s, const struct supervise_event *e)
{
    bool runs = s->state == SUPERVISE_STARTING || s->state == SUPERVISE_RUNNING;

    if (!runs && s->state != SUPERVISE_WAITING)
        return 0; /* whatever is launched next is launched as wanted */
    s->ever_ready = false;
    s->failures = 0;
    s->restart = runs;
    s->timer_ms = e->now_ms;
    if (!runs)
        return SUPERVISE_SET_TIMER | SUPERVISE_REPORT;
    return stop(s, e->now_ms) | SUPERVISE_REPORT;
}

static unsigned on_ready(struct supervise *s)
{
    if (s->state != SUPERVISE_STARTING)
        return 0;
    move(s, SUPERVISE_RUNNING);
    s->ever_ready = true;
    return SUPERVISE_REPORT;
}

static unsigned on_timer(struct supervise *s, const struct supervise_event *e)
{
    if (s->state == SUPERVISE_WAITING)
        return begin(s, e);
    if (s->state == SUPERVISE_REMOVING)
        return SUPERVISE_REMOVE;
    if (s->state != SUPERVISE_STOPPING)
        return 0;
    s->timer_ms = e->now_ms + SUPERVISE_STOP_MS;
    if (s->hurried || s->want_gone)
        return SUPERVISE_KILL | SUPERVISE_SET_TIMER;
    s->hurried = true;
    return SUPERVISE_TERM | SUPERVISE_SET_TIMER;
}

/* To be stopped for good or for now: what runs is stopped, what does not run needs nothing. */
static unsigned on_end(struct supervise *s, const struct supervise_event *e)
{
    switch (s->state) {
    case SUPERVISE_FORMATTING:
    case SUPERVISE_STARTING:
    case SUPERVISE_RUNNING:
        return stop(s, e->now_ms);
    case SUPERVISE_WAITING:
    case SUPERVISE_STOPPED:
        return rest(s);
    case SUPERVISE_STOPPING: /* being stopped for now or for a restart */
        if (!s->want_gone && !(s->shutdown && (s->restart || s->want_stopped)))
            return 0;
        if (!s->want_gone) {
            s->timer_ms = e->now_ms + SUPERVISE_HURRY_MS;
            return SUPERVISE_SET_TIMER;
        }
        s->timer_ms = e->now_ms + SUPERVISE_STOP_MS;
        return SUPERVISE_KILL | SUPERVISE_SET_TIMER;
    default: /* NEW: something may run that nobody has looked for yet; SUPERVISE_START tells */
        return 0;
    }
}

/* It was wanted stopped, and is no longer: what is being stopped is launched when it has ended. */
static unsigned on_want_run(struct supervise *s, const struct supervise_event *e)
{
    bool stopped = s->want_stopped;

    s->want_stopped = false;
    if (!stopped || shall_end(s))
        return 0;
    s->ever_ready = false;
    s->failures = 0;
    s->restart = s->state == SUPERVISE_STOPPING;
    return s->state == SUPERVISE_STOPPED ? begin(s, e) : 0;
}

static unsigned on_removed(struct supervise *s, const struct supervise_event *e)
{
    if (s->state != SUPERVISE_REMOVING)
        return 0;
    if (e->code) {
        s->timer_ms = e->now_ms + backoff_ms(s->failures++, e->random);
        return SUPERVISE_SET_TIMER | SUPERVISE_REPORT;
    }
    move(s, SUPERVISE_GONE);
    return SUPERVISE_REPORT;
}

unsigned supervise_step(struct supervise *s, const struct supervise_event *e)
{
    switch (e->type) {
    case SUPERVISE_START:
        return on_start(s, e);
    case SUPERVISE_EXITED:
        return on_exited(s, e);
    case SUPERVISE_READY:
        return on_ready(s);
    case SUPERVISE_TIMER:
        return on_timer(s, e);
    case SUPERVISE_WANT_GONE:
        s->want_gone = true;
        return on_end(s, e);
    case SUPERVISE_WANT_STOPPED:
        s->want_stopped = true;
        return on_end(s, e);
    case SUPERVISE_WANT_RUN:
        return on_want_run(s, e);
    case SUPERVISE_REMOVED:
        return on_removed(s, e);
    case SUPERVISE_RESTART:
        return on_restart(s, e);
    case SUPERVISE_SHUTDOWN:
        s->shutdown = true;
        return on_end(s, e);
    }
    return 0;
}

const char *supervise_seen(const struct supervise *s)
{
    switch (s->state) {
    case SUPERVISE_RUNNING:
        return "running";
    case SUPERVISE_STOPPED:
        return "stopped";
    case SUPERVISE_GONE:
        return "gone";
    case SUPERVISE_WAITING:
        return !s->ever_ready && s->failures >= SUPERVISE_FAILURES_MAX ? "failed" : "starting";
    default:
        return "starting";
    }
}
