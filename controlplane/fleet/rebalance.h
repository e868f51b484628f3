/* rebalance - a cluster's wish to have its partitions moved, kept until an agent says that it is so.
 *
 *   want --place: the agent of one of the cluster's brokers--> its reports --over--> kept, with what was seen
 *                  ^-- that agent away for REBALANCE_AWAY_MS, or its node removed: another one
 *
 * klammd has no route to brokers: the agent plans and moves (agent/rebalance), and the cluster itself knows
 * what moves, so a second agent goes on where the first one was. One wish a cluster; a newer one replaces it.
 *
 * cluster->rebalance, an object: id, dryRun, cancel, drain, retire, unregister, rate, release, over, host
 * (absent: nobody yet), seen (the newest report). What is seen is on disk when its state is another
 * one; klammd hears the rest again. */
#ifndef KLAMM_CONTROLPLANE_FLEET_REBALANCE_H
#define KLAMM_CONTROLPLANE_FLEET_REBALANCE_H

#include "controlplane/reconcile/wish.h"
#include "controlplane/store/store.h"

enum { REBALANCE_AWAY_MS = 10000, REBALANCE_AGAIN_MS = 1000, REBALANCE_RATE_MIB_MAX = 1 << 20 };

struct rebalance_options {
    bool dry_run, cancel; /* cancel: from the beginning, which gives back what an earlier wish has taken */
    int64_t rate_bytes; /* a second; 0: by headroom */
    json_t *drain;      /* broker ids that shall hold nothing, taken over; NULL: none */
    bool retire;        /* they go for good: nothing new is placed on them meanwhile */
    bool unregister;    /* their processes are stopped: the cluster shall forget them; nothing moves */
    const char *release; /* the cluster's features become those of it; nothing moves; NULL: not so */
};

/* A new wish; returns its id. Between store_begin and store_commit; then fleet_wake. */
int64_t rebalance_want(struct store *s, struct cluster *c, const struct rebalance_options *o);
/* What moves is taken back. Nothing to do when it is over. Between store_begin and store_commit, as above. */
void rebalance_cancel(struct store *s, struct cluster *c);

/* What is wanted of a node's agent, a new list (api/agent/rebalance.h). */
json_t *rebalance_of_node(struct store *s, const struct node *n);

struct rebalance_view {
    int64_t now_ms;
    int64_t (*silent_since_ms)(void *ctx, const char *host); /* as in reconcile/cluster.h */
    bool (*removed)(void *ctx, const char *host);
    void *ctx;
};
/* Gives the wish to an agent when it has none that is there. `ret_again_ms`: look again after so long, 0:
 * an event will tell. An error: the store is broken. */
err_t rebalance_place(struct store *s, struct cluster *c, const struct rebalance_view *v,
                      int64_t *ret_again_ms, struct why *reterr);
/* Takes what the agent of `n` has seen. What is malformed or not asked of it changes nothing.
 * `ret_changed`: a state is another one. An error: the store is broken. */
err_t rebalance_report(struct store *s, struct node *n, const json_t *rebalances, bool *ret_changed,
                       struct why *reterr);

#endif
