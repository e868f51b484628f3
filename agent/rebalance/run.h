/* run - carries a rebalance out over the Kafka protocol: the shell around execute.h.
 *
 * Blocks; for a thread of its own. What does not answer is asked again, with a pause, for ever: a cluster
 * whose brokers are away is waited for. A release that is refused RUN_REFUSALS_MAX times has failed: nodes
 * that have just started may not have told yet what they support. So has a retirement whose cordon is refused
 * as often. When one has failed or is cancelled, a broker that is away is waited with for RUN_UNCORDON_MS: if
 * it does not come, it stays cordoned, and the reason says so. */
#ifndef KLAMM_AGENT_REBALANCE_RUN_H
#define KLAMM_AGENT_REBALANCE_RUN_H

#include <stdatomic.h>

#include "agent/rebalance/execute.h"

enum {
    RUN_ANSWER_MS = 5000,
    RUN_RETRY_MS = 300,
    RUN_SAMPLE_MS = 400,
    RUN_UNCORDON_MS = 30000,
    RUN_REFUSALS_MAX = 100,
};

struct run_options {
    const char *bootstrap;      /* host:port,host:port */
    const int32_t *drain;
    unsigned drain_n;
    struct execute_wish wish;
    /* Nothing new is placed on those of `drain`, from before the plan on; taken back when it fails. */
    bool retire;
    /* Nothing moves: the cluster shall forget those of `drain`, stopped by now; failed: one is not empty. */
    bool unregister;
    const char *release;        /* nothing moves: the cluster's features become those of it; NULL: not so */
    const atomic_bool *stop;    /* give up, leaving all as it is */
    const atomic_bool *cancel;  /* from now on the wish is to cancel; NULL is fine */
    /* After every step, and when the cluster does not answer: `trouble` says why, else NULL. */
    void (*progress)(void *ctx, const struct execute *x, const char *trouble);
    void *ctx;
};

/* Until the wish is fulfilled, failed or cancelled: `x` (execute_init was called) tells. ERR_CLOSED: stopped;
 * ERR_INVALID: the bootstrap list names nothing. */
err_t rebalance_run(const struct run_options *o, struct execute *x, struct why *reterr);

#endif
