/* pulse - does a process that runs still answer?
 *
 * A process that dies is heard of by its pidfd. One that stands still (stopped by a signal, frozen,
 * its threads waiting for each other) keeps its connections and says nothing: its leaders would be
 * lost until the session times out, and its clients until their requests do. So it is asked for
 * ApiVersions every PULSE_EVERY_MS over the protocol. When an answer stays out for PULSE_SILENCE_MS
 * it stands still if, in the second half of that time,
 *   - none of its threads ran at all (schedstat),
 *   - none waits for a core (a machine that is overloaded) or for a device (a disk that is slow),
 * and
 *   - the agent itself was not late.
 * Anything else is life, and is asked again. Owned by one loop; never blocks. */
#ifndef KLAMM_AGENT_SUPERVISE_PULSE_H
#define KLAMM_AGENT_SUPERVISE_PULSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/loop.h"

enum { PULSE_EVERY_MS = 250, PULSE_SILENCE_MS = 1000, PULSE_LATE_MS = 200 };

struct kf_channel;

struct pulse {
    struct loop *loop;
    const char *host; /* kept */
    uint16_t port;
    void (*still)(struct pulse *p); /* once; the pulse is at rest then */
    /* private */
    pid_t pid;
    struct kf_channel *channel;
    struct loop_timer timer;
    bool waits;  /* for an answer, since `asked_ms` */
    bool looked; /* `ran_ns` is what its threads had run halfway */
    int64_t asked_ms, due_ms;
    uint64_t ran_ns;
};

/* The public members are set; begins anew when it was under way. */
void pulse_begin(struct pulse *p, pid_t pid);
/* At rest is fine. */
void pulse_end(struct pulse *p);

#endif
