/* rebalance - what klammd and the agent of one node say about the moves of a cluster's partitions.
 *
 *   in the answer to a poll   rebalances: [{clusterId, id, bootstrap, drain: [broker ids], dryRun, cancel,
 *                             retire, unregister, rate, release}]
 *   in a report               rebalances: [{clusterId, id, state, reason, ...}]: agent/rebalance/show.h says
 *                             what else is in it
 *
 * One agent at a time is asked; what is no longer in the list is dropped by it, and what moves goes on by
 * itself: the next agent finds it in the cluster. `id` grows with every wish of a cluster. */
#ifndef KLAMM_API_AGENT_REBALANCE_H
#define KLAMM_API_AGENT_REBALANCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum { REBALANCE_DRAIN_MAX = 1000, REBALANCE_TEXT_MAX = 8192 };

struct rebalance_wish {
    char *cluster_id, *bootstrap;
    int64_t id;         /* 1 or more */
    int64_t rate_bytes; /* a second; 0: by headroom */
    bool dry_run, cancel;
    bool retire;        /* the brokers of `drain` go for good: nothing new is placed on them meanwhile */
    bool unregister;    /* they are stopped: the cluster shall forget them; nothing moves. Failed: one
                         * of them is not empty */
    char *release;      /* the cluster's features become those of that release; nothing moves; NULL: not so */
    int32_t *drain;
    unsigned drain_n;
};

/* A new object of the caller. */
json_t *rebalance_wish_encode(const struct rebalance_wish *w);
/* ERR_INVALID names the member. `ret` is the caller's: rebalance_wish_done. */
err_t rebalance_wish_decode(const json_t *o, struct rebalance_wish *ret, struct why *reterr);
void rebalance_wish_done(struct rebalance_wish *w);

/* Of what an agent has seen: which cluster and wish, and whether it is over. ERR_INVALID names the member;
 * texts are borrowed from `o`. */
struct rebalance_seen {
    const char *cluster_id, *state, *reason;
    int64_t id;
    bool over; /* done, cancelled or failed */
};
err_t rebalance_seen_decode(const json_t *o, struct rebalance_seen *ret, struct why *reterr);

#endif
