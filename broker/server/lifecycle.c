#include "broker/server/lifecycle.h"

#include "common/invariant.h"

#define BIT(s) (1u << (s))

static const struct {
    const char *name;
    unsigned next;
} states[LIFE_STATES] = {
    [LIFE_FOLLOWING] = { "following", BIT(LIFE_REGISTERING) | BIT(LIFE_STOPPED) },
    [LIFE_REGISTERING] = { "registering", BIT(LIFE_CATCHING_UP) | BIT(LIFE_STOPPED) },
    [LIFE_CATCHING_UP] = { "catching_up", BIT(LIFE_RECOVERING) | BIT(LIFE_REGISTERING) | BIT(LIFE_STOPPED) },
    [LIFE_RECOVERING] = { "recovering", BIT(LIFE_UNFENCING) | BIT(LIFE_STOPPED) },
    [LIFE_UNFENCING] = { "unfencing", BIT(LIFE_RUNNING) | BIT(LIFE_REGISTERING) | BIT(LIFE_STOPPED) },
    [LIFE_RUNNING] = { "running", BIT(LIFE_STOPPING) | BIT(LIFE_REGISTERING) | BIT(LIFE_STOPPED) },
    [LIFE_STOPPING] = { "stopping", BIT(LIFE_STOPPED) },
    [LIFE_STOPPED] = { "stopped", 0 },
};

const char *life_state_name(enum life_state s)
{
    return states[s].name;
}

/* The only writer of l->state. */
static void move(struct lifecycle *l, enum life_state next)
{
    INVARIANT(states[l->state].next & BIT(next));
    l->state = next;
}

void lifecycle_init(struct lifecycle *l, int64_t now_ms, int64_t heartbeat_ms, int64_t session_ms,
                    int64_t register_ms, bool controlled)
{
    *l = (struct lifecycle){
        .state = LIFE_FOLLOWING, .epoch = -1, .heartbeat_ms = heartbeat_ms, .controlled = controlled,
        .register_by_ms = now_ms + register_ms, .timer_ms = now_ms + register_ms, .fenced = true,
        .session_ms = session_ms, .heard_ms = now_ms - session_ms,
    };
}

bool lifecycle_in_session(const struct lifecycle *l, int64_t now_ms)
{
    return now_ms - l->heard_ms < l->session_ms;
}

bool lifecycle_wants_fence(const struct lifecycle *l)
{
    return l->state < LIFE_UNFENCING;
}

bool lifecycle_wants_stop(const struct lifecycle *l)
{
    return l->state == LIFE_STOPPING;
}

static unsigned ask(struct lifecycle *l)
{
    if (l->asking)
        return 0;
    l->asking = true;
    l->awaited = false;
    return l->state == LIFE_REGISTERING ? LIFE_SEND_REGISTRATION : LIFE_SEND_HEARTBEAT;
}

static unsigned stop_now(struct lifecycle *l)
{
    move(l, LIFE_STOPPED);
    l->timer_ms = INT64_MAX;
    return LIFE_QUIT;
}

/* A controlled shutdown ends when every active broker has told the offset of its last change:
 * not with the next regular heartbeat, but now. */
static unsigned tell_offset(struct lifecycle *l)
{
    if (l->asking)
        l->awaited = true;
    return ask(l);
}

static unsigned on_metadata(struct lifecycle *l, const struct life_event *ev)
{
    if (l->state == LIFE_RUNNING && ev->awaited)
        return tell_offset(l);
    if (l->state == LIFE_FOLLOWING) {
        move(l, LIFE_REGISTERING);
        return ask(l);
    }
    if (l->state != LIFE_CATCHING_UP || !ev->registered)
        return 0;
    move(l, LIFE_RECOVERING);
    return LIFE_OPEN_LOGS;
}

static unsigned on_registered(struct lifecycle *l, const struct life_event *ev)
{
    l->asking = false;
    if (l->state != LIFE_REGISTERING)
        return 0;
    l->epoch = ev->epoch;
    l->timer_ms = ev->now_ms + l->heartbeat_ms;
    move(l, LIFE_CATCHING_UP);
    return on_metadata(l, ev);
}

static unsigned on_heartbeat(struct lifecycle *l, const struct life_event *ev)
{
    l->asking = false;
    l->fenced = ev->fenced;
    if (!ev->fenced)
        l->heard_ms = l->asked_ms;
    l->timer_ms = ev->now_ms + l->heartbeat_ms;
    if (l->state == LIFE_STOPPING) {
        if (ev->may_stop)
            return stop_now(l);
        l->timer_ms = ev->now_ms + LIFE_STOP_POLL_MS;
        return 0;
    }
    if (l->state == LIFE_RUNNING && l->awaited)
        return ask(l);
    if (l->state != LIFE_UNFENCING)
        return 0;
    if (ev->fenced) /* not yet: its metadata offset was too low for the controller */
        return ask(l);
    move(l, LIFE_RUNNING);
    return LIFE_SERVE;
}

/* No heartbeat of its epoch will be taken again: it registers anew, however long that takes. */
static void register_again(struct lifecycle *l)
{
    move(l, LIFE_REGISTERING);
    l->register_by_ms = INT64_MAX;
    l->fenced = true;
}

static unsigned on_failed(struct lifecycle *l, const struct life_event *ev)
{
    l->asking = false;
    if (ev->taken && l->state == LIFE_STOPPING)
        return stop_now(l);
    if (ev->taken && (l->state == LIFE_CATCHING_UP || l->state == LIFE_UNFENCING || l->state == LIFE_RUNNING))
        register_again(l);
    l->timer_ms = ev->now_ms + (l->state == LIFE_REGISTERING ? LIFE_REGISTER_RETRY_MS
                                                             : l->heartbeat_ms);
    return 0;
}

static unsigned on_timer(struct lifecycle *l, const struct life_event *ev)
{
    if (ev->now_ms < l->timer_ms)
        return 0;
    if (l->state <= LIFE_REGISTERING && ev->now_ms >= l->register_by_ms)
        return stop_now(l) | LIFE_GIVE_UP;
    if (l->state == LIFE_STOPPING && ev->now_ms >= l->stop_by_ms)
        return stop_now(l);
    l->timer_ms = ev->now_ms + l->heartbeat_ms;
    if (l->state <= LIFE_REGISTERING && l->timer_ms > l->register_by_ms)
        l->timer_ms = l->register_by_ms;
    return l->state == LIFE_FOLLOWING || l->state == LIFE_STOPPED ? 0 : ask(l);
}

static unsigned on_recovered(struct lifecycle *l)
{
    if (l->state != LIFE_RECOVERING)
        return 0;
    move(l, LIFE_UNFENCING);
    return ask(l);
}

static unsigned on_stop(struct lifecycle *l, const struct life_event *ev)
{
    if (l->state == LIFE_STOPPED)
        return 0;
    if (l->state != LIFE_RUNNING || !l->controlled)
        return stop_now(l);
    move(l, LIFE_STOPPING);
    l->stop_by_ms = ev->now_ms + LIFE_STOP_MS_MAX;
    l->timer_ms = ev->now_ms;
    return ask(l);
}

static unsigned step(struct lifecycle *l, const struct life_event *ev)
{
    switch (ev->kind) {
    case LIFE_METADATA:
        return on_metadata(l, ev);
    case LIFE_REGISTERED:
        return on_registered(l, ev);
    case LIFE_HEARTBEAT:
        return on_heartbeat(l, ev);
    case LIFE_FAILED:
        return on_failed(l, ev);
    case LIFE_RECOVERED:
        return on_recovered(l);
    case LIFE_TIMER:
        return on_timer(l, ev);
    case LIFE_STOP:
        return on_stop(l, ev);
    }
    return 0;
}

unsigned lifecycle_step(struct lifecycle *l, const struct life_event *ev)
{
    unsigned effects = step(l, ev);

    if (effects & LIFE_SEND_HEARTBEAT)
        l->asked_ms = ev->now_ms;
    return effects;
}
