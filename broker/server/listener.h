/* listener - accepts connections, cuts frames, hands requests on, sends replies.
 *
 * One request per connection is in the works at a time (Kafka's ordering rule);
 * while it is, the connection is not read. A handler answers at once or later,
 * exactly once, through request_reply or its kin; the request and its arena live
 * until then. A handler that has done its work and only waits to answer says so
 * (request_let_next): the next request is served meanwhile, answers stay in order.
 * All of it runs on the loop given: the data plane's reactor and the controller's thread
 * each have listeners of their own. */
#ifndef KLAMM_BROKER_SERVER_LISTENER_H
#define KLAMM_BROKER_SERVER_LISTENER_H

#include <netinet/in.h>

#include "api/kafka/codec.h"
#include "common/list.h"
#include "common/loop.h"

struct listener;
struct conn;
struct log_span;
struct request_counters;

struct request {
    struct conn *conn;
    int16_t api_key, api_version;
    bool flexible;             /* tagged fields in headers and body */
    int32_t correlation_id;
    struct str client_id;      /* "" when null */
    struct slice frame;        /* header and body as received, without the size */
    struct cursor body;
    struct arena *arena;       /* dies with the request */
    const char *listener_name;
    bool privileged;           /* a controller or the inter-broker listener */
    uint8_t fetch_kind;        /* of a Fetch: enum request_kind; 0: it has not said */
    int64_t begun_ns;          /* 0: not timed */
    uint8_t peer_address[16];
    uint8_t peer_address_n;    /* 4 or 16 */
    struct str principal_type, principal_name; /* "User" "ANONYMOUS" on PLAINTEXT */
    void *ctx;                 /* of the listener */
    /* Free for the handler that parks the request. */
    void *parked;
    /* Called when the peer goes away while the request is parked (or NULL); afterwards
     * the request is gone and must not be answered. */
    void (*cancelled)(struct request *r);
};

typedef void (*request_fn)(struct request *r);

struct listener_options {
    struct loop *loop;
    const char *name;          /* "PLAINTEXT", "CONTROLLER" */
    const char *host;          /* "" is all addresses */
    uint16_t port;             /* 0: the kernel picks (tests) */
    bool controller;           /* which APIs are valid here (api_keys.h) */
    bool privileged;
    size_t request_bytes_max;  /* socket.request.max.bytes */
    int64_t idle_ms_max;       /* connections.max.idle.ms */
    uint32_t connections_max;
    struct request_counters *counters; /* NULL: nobody counts; kept */
    bool paused;               /* bound, but nobody is accepted until listener_resume */
    request_fn handle;
    void *ctx;
};

err_t listener_new(const struct listener_options *o, struct listener **ret, struct why *reterr);
/* Closes the listener and its connections; parked requests are cancelled. */
struct listener *listener_free(struct listener *l);
DEFINE_OWNED(listener)
void listener_resume(struct listener *l);
/* Connections that are there stay, however many. */
void listener_set_connections_max(struct listener *l, uint32_t most);
uint16_t listener_port(const struct listener *l);
uint32_t listener_connections(const struct listener *l);

/* Encodes header and body by the request's version and frees the request. An encoding
 * failure is ours: the connection is closed and the failure logged. */
void request_reply(struct request *r, const struct kf_schema *s, const void *msg);
/* No answer: acks=0 produce. The next frame is read. */
void request_done(struct request *r);
/* The effects of `r` are done, its answer comes later (`cancelled` is set): the next frame of the
 * connection is handled now. What `r` had in its frame is gone: frame, body, client_id and what
 * was decoded to point into it. Up to OPEN_REQUESTS_MAX wait at a time. */
void request_let_next(struct request *r);
/* No further request of the connection is read for `ms` (KIP-219); answers go out. */
void request_mute(struct request *r, int64_t ms);
/* Something that ends with a connection. */
struct conn_end {
    struct list node;
    void (*closed)(struct conn_end *e); /* it is off the connection's list */
};
/* `e` (its node initialised) belongs to the request's connection now, and to no other; list_remove
 * takes it off. */
void request_watch_conn(struct request *r, struct conn_end *e);
/* Malformed or unanswerable: the connection is closed. */
void request_close(struct request *r, const char *reason);
/* A body already encoded, and file ranges to be inserted at body positions (Fetch):
 * `body` is moved, spans are moved. */
void request_reply_raw(struct request *r, struct buf *body, struct log_span *spans, const size_t *at,
                       unsigned spans_n);

#endif
