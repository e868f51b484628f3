/* controller_link - the broker's connection to the active controller.
 *
 * Follows the leader that the metadata observer names. Calls wait while there is none,
 * are repeated after a broken connection and on NOT_CONTROLLER, with a back-off, and end
 * with ERR_TIMEOUT at their deadline. Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_CONTROLLER_LINK_H
#define KLAMM_BROKER_SERVER_CONTROLLER_LINK_H

#include "api/kafka/codec.h"
#include "common/loop.h"

struct controller_link;
struct link_request;

struct link_call {
    int16_t api_key;
    const void *message;  /* kept until done or link_cancel */
    int64_t timeout_ms;
    /* Whether the answer says NOT_CONTROLLER: then the call is repeated. */
    bool (*elsewhere)(const void *answer);
    /* `answer` is the decoded response, NULL when `e`; borrowed for the call. */
    void (*done)(void *ctx, err_t e, const void *answer);
    void *ctx;
};

struct controller_link *link_new(struct loop *loop, const char *client_id);
/* Open calls end without `done`. NULL is fine. Always returns NULL. */
struct controller_link *link_free(struct controller_link *l);

/* The active controller; host NULL: unknown. */
void link_leader(struct controller_link *l, const char *host, uint16_t port);
/* Never calls `done` from within. */
struct link_request *link_send(struct controller_link *l, const struct link_call *c);
/* `done` is not called any more. */
void link_cancel(struct controller_link *l, struct link_request *q);

/* Narrows [*min, *max] to what the controller serves; false when nothing is left. As long
 * as the controller has not said, the range stays. */
bool link_version_range(const struct controller_link *l, int16_t api_key, int16_t *min, int16_t *max);

#endif
