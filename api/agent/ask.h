/* ask - what klammd has one agent ask of a cluster at once, for a caller who waits: its topics.
 *
 *   in the answer to a poll   asks: [{id, process, action, topic, ...}]   all that are open
 *   in a report               answers: [{id, error, message, ...}]        of asks that were listed last
 *
 * The process is a broker of the agent's own node, so an agent dials nothing else. What is listed again is
 * not begun again; what is no longer listed is forgotten by the agent, whatever it has come to.
 *
 * An answer without `error` has what the action is for; `error` is a name of Kafka's errors, or
 * ASK_UNREACHABLE. */
#ifndef KLAMM_API_AGENT_ASK_H
#define KLAMM_API_AGENT_ASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define ASK_UNREACHABLE "UNREACHABLE"

enum { ASKS_MAX = 64, ASK_TOPIC_MAX = 249, ASK_CONFIGS_MAX = 100, ASK_ITEMS_MAX = 100, ASK_MS = 15000 };

enum ask_action {
    ASK_LIST,       /* topics: [{name, partitions, replicas, outOfSync}], more */
    ASK_DESCRIBE,   /* partitions, replicas, configs: {name: value} that were set */
    ASK_PARTITIONS, /* items: [{partition, leader, replicas, isr}], more */
    ASK_CREATE,
    ASK_UPDATE,
    ASK_DELETE,
    /* alive: broker `from` serves; lost: so many partitions have no other replica in sync; such: one */
    ASK_LOSSES,
    /* As CREATE and UPDATE with Kafka's validateOnly. Actions of their own: an agent that does not know
     * them refuses, and does not do what should only be tried. */
    ASK_TRY_CREATE,
    ASK_TRY_UPDATE,
    ASK_ACTIONS,
};

struct ask {
    int64_t id;          /* grows with every ask of a klammd; 1 or more */
    char *process;       /* "<cluster uuid>/broker-1" */
    enum ask_action action;
    char *topic;         /* of all but ASK_LIST and ASK_LOSSES */
    char *prefix, *after; /* of ASK_LIST; NULL: from the first, of any name */
    int32_t from;        /* of ASK_PARTITIONS; the broker of ASK_LOSSES */
    int32_t max;         /* items of the two lists, 1 to ASK_ITEMS_MAX */
    int32_t partitions, replicas; /* 0: not said */
    json_t *configs;     /* text by name; NULL: none */
};

/* A new object of the caller. */
json_t *ask_encode(const struct ask *a);
/* ERR_INVALID names the member. `ret` is the caller's: ask_done. */
err_t ask_decode(const json_t *o, struct ask *ret, struct why *reterr);
void ask_done(struct ask *a);

#endif
