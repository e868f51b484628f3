/* supervise - the life of one broker or controller process on this node. Pure.
 *
 *   new --(not formatted) format--> formatting --exit 0--+
 *    |                                                   v
 *    +--(formatted) launch-----------------------> starting --ready--> running
 *    ^                                                   |  exit          | exit
 *    +------------------- timer ------------- waiting <--+----------------+
 *   restart: term, term, (kill), then launched at once
 *   wanted stopped: term, term, (kill) -> stopped    wanted to run again: launched
 *   wanted gone: kill, then remove (again and again) -> gone    shutdown: term, term, (kill) -> stopped
 *
 * A process that is to be gone is killed: its volume goes with it, so there is nothing to save.
 *
 * Invariants, over any crash and restart of the agent (supervise_test):
 *   V1  LAUNCH and FORMAT only while nothing of it runs
 *   V2  REMOVE only after a tombstone, and while nothing of it runs
 *   V3  before SUPERVISE_START nothing is done: a process of an agent before may run
 *
 * Time and random numbers come in the event. The shell (process.c) carries the effects out and feeds
 * back what came of them; after the agent's own restart it feeds SUPERVISE_START with what it finds. */
#ifndef KLAMM_AGENT_SUPERVISE_SUPERVISE_H
#define KLAMM_AGENT_SUPERVISE_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SUPERVISE_BACKOFF_MS_MIN = 100,   /* the first restart is at once */
    SUPERVISE_BACKOFF_MS_MAX = 30000,
    SUPERVISE_STEADY_MS = 60000,      /* so long running: the next failure is a first one again */
    SUPERVISE_HURRY_MS = 1500,        /* from SIGTERM to a second one: wait for no controller */
    SUPERVISE_STOP_MS = 30000,        /* then to SIGKILL */
    SUPERVISE_RESTART_MS = 60000,     /* of a restart or a wanted stop: to hand over, to a second SIGTERM */
    SUPERVISE_FAILURES_MAX = 5,       /* before the first readiness: then it is reported failed */
};

enum supervise_state {
    SUPERVISE_NEW,
    SUPERVISE_FORMATTING,
    SUPERVISE_STARTING,
    SUPERVISE_RUNNING,
    SUPERVISE_WAITING,
    SUPERVISE_STOPPING,
    SUPERVISE_REMOVING,
    SUPERVISE_STOPPED,
    SUPERVISE_GONE,
    SUPERVISE_STATES,
};

enum supervise_event_type {
    SUPERVISE_START,    /* `alive`, `formatted`: what the shell found */
    SUPERVISE_EXITED,   /* the process or the formatting ended; `code` */
    SUPERVISE_READY,    /* it serves */
    SUPERVISE_TIMER,
    SUPERVISE_WANT_GONE,
    SUPERVISE_REMOVED,  /* the directory is gone; `code` != 0: it could not be removed */
    SUPERVISE_WANT_STOPPED, /* its volume stays */
    SUPERVISE_WANT_RUN, /* after that: launched again */
    SUPERVISE_RESTART,  /* what runs is stopped and launched anew; what waits is launched at once */
    SUPERVISE_SHUTDOWN, /* the agent stops its processes and itself */
};

struct supervise_event {
    enum supervise_event_type type;
    int64_t now_ms;
    uint32_t random;
    bool alive, formatted;
    int code;
};

enum supervise_effect {
    SUPERVISE_FORMAT = 1,
    SUPERVISE_LAUNCH = 2,
    SUPERVISE_TERM = 4,
    SUPERVISE_KILL = 8,
    SUPERVISE_REMOVE = 16,
    SUPERVISE_SET_TIMER = 32, /* at `timer_ms`; without it the timer is off */
    SUPERVISE_REPORT = 64,
    SUPERVISE_PROBE = 128,    /* begin to look for readiness */
};

struct supervise {
    enum supervise_state state;
    bool want_gone, want_stopped, shutdown, restart, ever_ready, hurried;
    unsigned failures;      /* in a row */
    int64_t since_ms;       /* of the last launch */
    int64_t timer_ms;       /* with SUPERVISE_SET_TIMER */
};

/* Returns the effects, or'ed. An event that does not fit the state does nothing: it came late. */
unsigned supervise_step(struct supervise *s, const struct supervise_event *e);

/* "starting", "running", "stopped", "failed", "gone": what klammd is told. */
const char *supervise_seen(const struct supervise *s);

#endif
