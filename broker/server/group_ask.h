/* group_ask - a request about groups as questions to the coordinator's core: the part that all
 * of broker/server/api_group*.c share. */
#ifndef KLAMM_BROKER_SERVER_GROUP_ASK_H
#define KLAMM_BROKER_SERVER_GROUP_ASK_H

#include "broker/server/broker.h"
#include "broker/server/groups.h"

/* Questions of one request, each about one group; in its arena. */
struct group_asks {
    struct broker *b;
    struct request *r;
    struct group_ask *asks;
    int32_t n, open;
    bool asking;                          /* in group_asks_begin: not answered yet */
    void (*done)(struct group_asks *all); /* all have their responses */
    void *ctx;
};

/* `n` questions of an API; group ids and requests are the caller's to fill in. */
struct group_asks *group_asks_new(struct broker *b, struct request *r, enum group_api api,
                                  int32_t n);
/* Asks all; parks the request until `done`. */
void group_asks_begin(struct group_asks *all);

/* A request that is one question, answered with the core's response as it is. */
void group_ask_simple(struct broker *b, struct request *r, enum group_api api, struct str group_id,
                      const void *request, const struct kf_schema *response);

/* What share coordinators keep of these share groups is deleted, then `then` is called with an error
 * each; the request is parked meanwhile. Groups of another kind have nothing there. */
void share_forget_groups(struct broker *b, struct request *r, const struct str *ids, int32_t n,
                         void (*then)(struct broker *b, struct request *r, const int16_t *errors,
                                      void *ctx),
                         void *ctx);

#endif
