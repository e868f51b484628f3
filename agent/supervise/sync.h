/* sync - what of a broker's partitions is in sync, asked of the broker itself, often, until it is enough.
 *
 *   SYNC_MAY_STOP   every partition that the broker is in sync with has all its replicas in sync, so the
 *                   others carry on without it (one that has a single replica stands still meanwhile)
 *   SYNC_CAUGHT_UP  the broker is in sync with every partition that it has a replica of
 *
 * The answer is the broker's own view of the metadata, as young as its last fetch from the controllers,
 * so it is asked for at the last moment before a stop. A broker that has just started knows what became
 * of its partitions before it is let in again. Owned by one loop; never blocks. */
#ifndef KLAMM_AGENT_SUPERVISE_SYNC_H
#define KLAMM_AGENT_SUPERVISE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "api/kafka/msg/metadata.h"
#include "common/loop.h"

enum { SYNC_MS_MIN = 5, SYNC_MS_MAX = 250, SYNC_SAY_MS = 2000, SYNC_REASON_BYTES = 300 };

enum sync_goal { SYNC_MAY_STOP, SYNC_CAUGHT_UP };

struct kf_channel;

struct sync {
    struct loop *loop;
    const char *host; /* kept */
    uint16_t port;
    int32_t node_id;
    void (*reached)(struct sync *s); /* once; at rest then */
    void (*waits)(struct sync *s);   /* another reason, not more often than every SYNC_SAY_MS; may be NULL */
    char reason[SYNC_REASON_BYTES];  /* what it waits for, "" when it does not */
    enum sync_goal goal;
    /* private */
    struct kf_channel *channel;
    struct loop_timer timer;
    int64_t wait_ms, said_ms;
    bool under_way;
};

/* The public members are set; begins anew when one is under way. */
void sync_begin(struct sync *s, enum sync_goal goal);
/* At rest is fine. */
void sync_end(struct sync *s);
static inline bool sync_under_way(const struct sync *s)
{
    return s->under_way;
}

/* How many partitions keep the goal from being reached, 0: none does. `ret` (SYNC_REASON_BYTES) says the
 * number and names one. Pure. */
int sync_missing(const struct kf_metadata_response *m, int32_t node_id, enum sync_goal goal, char *ret);

#endif
