/* forward - what only the active controller decides: the client's own bytes in an
 * Envelope there, its answer back to the client. */
#ifndef KLAMM_BROKER_SERVER_FORWARD_H
#define KLAMM_BROKER_SERVER_FORWARD_H

#include "common/slice.h"

struct broker;
struct request;

/* The controller's answer to a request that this broker wrote, decoded into the request's arena; NULL when
 * there is none to be had, and the connection is closed behind the call. */
typedef void (*forward_answer)(void *ctx, struct request *r, void *response);

/* Sends `message`, of the API and in the version of `r`, in the client's name; `done` answers the client.
 * `message` is borrowed for the call, `ctx` kept until `done` or the client's going. */
void forward_message(struct broker *b, struct request *r, const void *message, forward_answer done,
                     void *ctx);

/* Asks the controller to make a topic with the cluster's defaults, in the client's name;
 * nobody waits for the answer. Once per topic at a time. */
void forward_create_topic(struct broker *b, const struct request *r, struct str topic);

#endif
