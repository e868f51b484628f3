/* topics - what klammd asks of a broker on this node about topics, one connection an ask.
 *
 * Owned by the agent's loop; never blocks. An ask ends with an answer, or after ASK_MS without one. */
#ifndef KLAMM_AGENT_TOPICS_TOPICS_H
#define KLAMM_AGENT_TOPICS_TOPICS_H

#include "api/agent/ask.h"
#include "common/list.h"
#include "common/loop.h"

struct topics {
    struct loop *loop;
    /* Where the process listens, NULL when it is no broker of this node; `ret_port` of a found one. */
    const char *(*address)(void *ctx, const char *process, uint16_t *ret_port);
    void (*changed)(void *ctx); /* there is an answer to report */
    void *ctx;
    struct list all;            /* list_init */
};

/* The list of a poll's answer, NULL for none: begins what is new, forgets what is no longer listed. */
void topics_want(struct topics *t, const json_t *asks);
/* The answers of those that have come to an end: a new list. */
json_t *topics_answers(const struct topics *t);

#endif
