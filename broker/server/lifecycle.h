/* lifecycle - a broker between start and stop, as the controller sees it.
 *
 *   FOLLOWING --metadata--> REGISTERING --epoch--> CATCHING_UP --own record--> RECOVERING
 *                                                                                 | logs open
 *   STOPPED <--may stop-- STOPPING <--stop-- RUNNING <--unfenced-- UNFENCING <----+
 *
 * Whose registration was taken by another incarnation, such as by the late request of a process
 * that is dead, goes back to REGISTERING from wherever it is, its logs open.
 *
 * A stop before RUNNING goes straight to STOPPED. A pure core: time and replies come in
 * as events, what is to be done comes out as a set of effects. One request is under way
 * at a time. */
#ifndef KLAMM_BROKER_SERVER_LIFECYCLE_H
#define KLAMM_BROKER_SERVER_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

enum life_state {
    LIFE_FOLLOWING,   /* reads the metadata log for the first time */
    LIFE_REGISTERING,
    LIFE_CATCHING_UP, /* until the image holds this incarnation's registration */
    LIFE_RECOVERING,  /* opens the logs */
    LIFE_UNFENCING,
    LIFE_RUNNING,
    LIFE_STOPPING,    /* controlled shutdown: the controller moves leaders away */
    LIFE_STOPPED,
    LIFE_STATES,
};

enum life_event_kind {
    LIFE_METADATA,     /* metadata was applied; `registered`: it holds this incarnation;
                        * `awaited`: a broker that stops waits until all others tell this offset */
    LIFE_REGISTERED,   /* the registration's answer: `epoch` */
    LIFE_HEARTBEAT,    /* a heartbeat's answer: fenced, may_stop */
    LIFE_FAILED,       /* the request under way failed; `taken`: its epoch is out of date, and the
                        * image holds another incarnation under this id */
    LIFE_RECOVERED,    /* the logs are open */
    LIFE_TIMER,
    LIFE_STOP,         /* SIGTERM; a second one waits for nobody */
};

struct life_event {
    enum life_event_kind kind;
    int64_t now_ms;
    int64_t epoch;
    bool registered, awaited, fenced, may_stop, taken;
};

enum life_effect {
    LIFE_SEND_REGISTRATION = 1,
    LIFE_SEND_HEARTBEAT = 2, /* with want_fence, want_shut_down below */
    LIFE_OPEN_LOGS = 4,      /* they may be open */
    LIFE_SERVE = 8,          /* unfenced; it may serve already */
    LIFE_QUIT = 16,
    LIFE_GIVE_UP = 32,       /* could not register in time */
};

struct lifecycle {
    enum life_state state;
    int64_t epoch;           /* -1 until registered */
    bool asking;             /* a request is under way */
    bool awaited;            /* it left before the offset that others wait for was applied */
    int64_t timer_ms;        /* when LIFE_TIMER is due; INT64_MAX: never */
    int64_t heartbeat_ms;    /* interval */
    int64_t session_ms;      /* without a heartbeat for so long the controller fences it */
    int64_t asked_ms;        /* when the last heartbeat was sent, */
    int64_t heard_ms;        /* and the last one that was answered with: not fenced */
    int64_t register_by_ms;
    int64_t stop_by_ms;
    bool controlled;         /* controlled.shutdown.enable */
    bool fenced;
    unsigned refusals;       /* of the registration, so far (the shell's count) */
};

enum {
    LIFE_STOP_POLL_MS = 20,         /* between the heartbeats of a controlled shutdown */
    LIFE_STOP_MS_MAX = 300000,      /* then it stops without leave */
    LIFE_REGISTER_RETRY_MS = 100,
};

void lifecycle_init(struct lifecycle *l, int64_t now_ms, int64_t heartbeat_ms, int64_t session_ms,
                    int64_t register_ms, bool controlled);
/* Returns the effects, in the order of their bits. */
unsigned lifecycle_step(struct lifecycle *l, const struct life_event *ev);
bool lifecycle_wants_fence(const struct lifecycle *l);
bool lifecycle_wants_stop(const struct lifecycle *l);
/* False once the controller may have fenced it and elected others without its knowing. */
bool lifecycle_in_session(const struct lifecycle *l, int64_t now_ms);
const char *life_state_name(enum life_state s);

#endif
