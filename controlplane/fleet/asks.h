/* asks - what callers wait for that only a cluster's brokers know: an agent of one of them is asked
 * (api/agent/ask.h). In memory: whoever waits is gone with klammd.
 *
 * The ask stands in every answer to a poll of its node until the node's agent has answered or its time is
 * over, so a lost message costs time and never a second effect. */
#ifndef KLAMM_CONTROLPLANE_FLEET_ASKS_H
#define KLAMM_CONTROLPLANE_FLEET_ASKS_H

#include <event2/event.h>

#include "api/agent/ask.h"
#include "controlplane/store/store.h"

struct pending;

struct asks {
    struct event_base *base;
    struct list all; /* list_init */
    int64_t last_id; /* of an ask; begins where no earlier klammd was */
};

/* `answer` is borrowed; after it the pending ask is gone. An answer of klammd's own has `error` and
 * `message`. */
typedef void (*asks_done_fn)(void *ctx, const json_t *answer);

/* `a` is moved: its id is set here, its process is `p`'s. */
struct pending *asks_new(struct asks *all, const struct process *p, struct ask *a, asks_done_fn done,
                         void *ctx);
/* Nobody waits any more; `done` is not called. */
void asks_cancel(struct pending *q);
/* All end without `done`. */
void asks_done(struct asks *all);

/* What the answer to a poll of the node lists: a new list. They count as told from here on. */
json_t *asks_of_node(struct asks *all, const struct node *n);
bool asks_any_untold(const struct asks *all, const struct node *n);
/* The list `answers` of a report of the node. */
void asks_take(struct asks *all, const struct node *n, const json_t *answers);

#endif
