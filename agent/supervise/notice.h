/* notice - tells a cluster's controllers that a broker's process is dead, in that broker's own name.
 *
 * BrokerHeartbeat{broker id, broker epoch, want_fence} to every controller at once: the active one fences
 * the broker and moves its leaders now instead of when the session times out; the others answer
 * NOT_CONTROLLER and are asked again, as is one that cannot be reached. Over when one has fenced it, when
 * the epoch is stale (the broker has registered again) or the broker unknown, and after NOTICE_MS_MAX: the
 * session has timed out by then. A notice of an epoch that is not the current one does nothing (KIP-631).
 *
 * klamm-broker keeps its epoch in `<first log dir>/broker.epoch`. Owned by one loop; never blocks. */
#ifndef KLAMM_AGENT_SUPERVISE_NOTICE_H
#define KLAMM_AGENT_SUPERVISE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"

enum {
    NOTICE_VOTERS_MAX = 9,
    NOTICE_HOST_MAX = 64,
    NOTICE_MS_MAX = 15000,
    NOTICE_PAUSE_MS_MIN = 2, /* doubled up to the next */
    NOTICE_PAUSE_MS_MAX = 250,
};

struct kf_channel;
struct notice;

/* private */
struct notice_voter {
    struct notice *notice;
    struct kf_channel *channel;
    struct loop_timer timer;
    int64_t pause_ms;
    char host[NOTICE_HOST_MAX];
    uint16_t port;
};

struct notice {
    struct loop *loop; /* set before the first use; the rest is private and begins as zeros */
    int32_t node_id;
    int64_t epoch, began_ms;
    unsigned voters_n;
    struct notice_voter voters[NOTICE_VOTERS_MAX];
};

/* The epoch that the broker with its data in `<dir>/data` registered with last; -1: none is known. */
int64_t notice_epoch(const char *dir);
/* `voters` as in controller.quorum.voters; what does not parse is left out. Begins anew when one was
 * under way. */
void notice_begin(struct notice *n, const char *voters, int32_t node_id, int64_t epoch);
/* At rest is fine. */
void notice_end(struct notice *n);
bool notice_under_way(const struct notice *n);

#endif
