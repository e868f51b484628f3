/* job - the rebalances that klammd wants of this node, each on a thread of its own (run.h).
 *
 * Owned by the agent's loop. What is no longer wanted is told to stop and forgotten when its thread has
 * ended; nothing here waits for it. */
#ifndef KLAMM_AGENT_REBALANCE_JOB_H
#define KLAMM_AGENT_REBALANCE_JOB_H

#include <jansson.h>

#include "common/list.h"
#include "common/loop.h"

enum { JOBS_MAX = 200 };

struct jobs {
    struct loop *loop;
    void (*changed)(void *ctx); /* there is something new to report */
    void *ctx;
    struct list all;            /* list_init */
};

/* The list of a poll's answer, NULL for none: begins what is new, tells what is to be cancelled. */
void jobs_want(struct jobs *j, const json_t *rebalances);
/* What a report says of them: a new list. */
json_t *jobs_seen(const struct jobs *j);

#endif
