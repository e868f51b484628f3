/* controller_link - the broker's connection to the active controller.
 *
 * Follows the leader that the metadata observer names; requests wait while there is
 * none, are repeated on NOT_CONTROLLER and broken connections with a back-off, and end
 * with ERR_TIMEOUT at their deadline. Order is kept. Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_CONTROLLER_LINK_H
#define KLAMM_BROKER_SERVER_CONTROLLER_LINK_H

#include "api/kafka/codec.h"
#include "common/loop.h"

struct controller_link;

/* `body` is the decoded response (NULL on an error), borrowed for the call. */
typedef void (*link_done_fn)(void *ctx, err_t e, const void *body);

struct link_call {
    int16_t api_key;
    const struct kf_schema *request, *response;
    const void *message;       /* borrowed for the call of link_send */
    int16_t version_max;       /* 0: the newest both sides know */
    int64_t deadline_ms;       /* monotonic */
    link_done_fn done;
    void *ctx;
};

struct link_request;

struct controller_link *link_new(struct loop *loop, const char *client_id);
/* Open calls are dropped without `done`. Always returns NULL. */
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
