/* call - one authenticated call of the MSK API: its parameters in, its answer or refusal out. */
#ifndef KLAMM_CONTROLPLANE_REST_CALL_H
#define KLAMM_CONTROLPLANE_REST_CALL_H

#include <jansson.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "controlplane/config.h"
#include "controlplane/fleet/fleet.h"
#include "controlplane/store/store.h"

/* Which service the signature's scope names. */
enum call_service { CALL_KAFKA, CALL_EC2, CALL_STS, CALL_SCALING };

struct call {
    struct store *store;
    const struct config *config;
    struct fleet *fleet;
    struct arena *arena;          /* dies with the call */
    int64_t now_ms;
    enum call_service service;
    struct str access_key;        /* whose signature was found good */
    struct str parameters[3];     /* of the path, unescaped */
    struct str query;             /* still escaped: call_query */
    json_t *body;                 /* an object, empty when the request had no body */
    const char *target;           /* X-Amz-Target of Application Auto Scaling, or NULL */
    bool dry;                     /* only the plan is asked for (dry.h) */
    struct store *fork;           /* what a dry call changes in place of the store; NULL: none */
    const char *operation;        /* of a dry call */

    /* What a broker of `asked` has to tell first; `finish` makes the answer of it. NULL: nothing. */
    struct cluster *asked; /* may be gone when `finish` runs */
    const char *arn_prefix; /* of what is answered */
    struct ask ask;
    enum ask_action asked_for; /* of it, when it is gone to the fleet */
    void (*finish)(struct call *c, const json_t *answer);
    void (*dry_finish)(struct call *c, const json_t *answer); /* that of the operation itself */

    /* The answer. */
    int status;                   /* 200 unless set */
    json_t *answer;               /* NULL: no body */
    const char *action;           /* of EC2 and STS */
    struct buf xml;               /* of EC2 and STS: what stands inside of the answer */
    const char *error_type;       /* set by call_refuse */
    char invalid_parameter[64];
    struct why why;
};

/* Sets c->answer or refuses. A store that fails to commit is ERR_IO: klammd stops. */
typedef void (*rest_fn)(struct call *c);

/* Refuses: status, error shape, the member or parameter that is wrong ("" for none), the sentence.
 */
void call_refuse(struct call *c, int status, const char *type, const char *parameter,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
#define call_bad(c, parameter, ...)                                                                \
    call_refuse(c, 400, "BadRequestException", parameter, __VA_ARGS__)
static inline bool call_refused(const struct call *c)
{
    return c->error_type != NULL;
}

/* The unescaped value of a query parameter in the arena, or null. The n-th of several. */
struct str call_query(struct call *c, const char *name, unsigned n);

/* The cluster of the path's first parameter; refuses with NotFoundException or a bad ARN. */
struct cluster *call_cluster(struct call *c);

/* Commits; when that fails klammd stops: what is in memory cannot be believed. */
void call_commit(struct call *c);

/* maxResults and nextToken: how a list is cut into pages. */
struct page {
    int max;             /* 1 to 100 */
    struct str after;    /* key of the last item of the page before, null at the beginning */
    bool reached;        /* `after` has been passed */
    int taken;
    const char *last;    /* key of the last item taken */
    bool more;
};
/* Refuses a maxResults or nextToken that klammd did not make. */
bool call_page(struct call *c, struct page *ret);
/* For every item in order: take it? */
bool page_take(struct page *p, const char *key);
/* Sets nextToken in the answer when there is more. */
void page_end(struct call *c, const struct page *p);

/* What page tokens are made of: the key of the last item. False: not one that this service gave. */
bool page_token_parse(struct call *c, struct str token, struct str *ret_key);
json_t *page_token_print(const char *key);

/* ISO 8601 with milliseconds, as MSK prints times. */
json_t *json_time(int64_t ms);

#endif
