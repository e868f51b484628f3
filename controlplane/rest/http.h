/* http - a small HTTP(S) server over libevent: bounded, with replies now or later.
 *
 * A handler answers exactly once, by http_reply, at once or after http_park. A parked request whose
 * client goes away is cancelled and gone.
 * What strangers may cost is bounded (guard.h): so many connections, a request within HTTP_REQUEST_MS, so
 * many bytes. Everything runs on the event loop's thread. */
#ifndef KLAMM_CONTROLPLANE_REST_HTTP_H
#define KLAMM_CONTROLPLANE_REST_HTTP_H

#include <event2/event.h>
#include <jansson.h>
#include <openssl/ssl.h>

#include "common/err.h"
#include "common/limits.h"
#include "common/slice.h"

enum {
    HTTP_HEADER_BYTES_MAX = 32 * 1024,
    HTTP_TIMEOUT_S = 60,     /* between requests, and without any progress */
    HTTP_ALIVE_S = 11,
    HTTP_REQUEST_MS = 10000, /* from the first byte of a request to its last */
    HTTP_STRANGERS_MAX = 1000,
    HTTP_PEER_BYTES = 128,   /* of a common name, with its NUL */
    HTTP_REQUEST_BYTES_MAX = REST_BODY_BYTES_MAX + 2 * HTTP_HEADER_BYTES_MAX,
    HTTP_UNDERWAY_BYTES_MAX = 64 * 1024 * 1024,
};

struct http_server;
struct evhttp_request;
struct guard;

struct http_request {
    struct evhttp_request *raw;
    struct str method, path, query; /* path and query as on the request line, still escaped; raw's */
    struct slice body;              /* raw's; none once it is parked */
    const char *peer;               /* common name of the client's certificate, NULL without a good one */
    char peer_name[HTTP_PEER_BYTES];
    char id[37];                    /* x-amzn-requestid */
    void *parked;                   /* of http_park */
    void (*cancelled)(struct http_request *r);
    struct event *watch;            /* of a parked request: its client goes away */
    void *ctx;                      /* of the server */
    struct guard *guard;            /* of the server */
};

struct http_server_options {
    struct event_base *base;
    const char *host;
    uint16_t port;
    SSL_CTX *tls; /* kept; NULL: plain HTTP */
    size_t stranger_bytes_max; /* of a request without a client certificate; 0: HTTP_REQUEST_BYTES_MAX */
    void (*handle)(struct http_request *r);
    void *ctx;
};

err_t http_server_new(const struct http_server_options *o, struct http_server **ret,
                      struct why *reterr);
/* Stops listening and closes what is open. NULL is fine. */
struct http_server *http_server_free(struct http_server *s);

/* Keeps the request for a later answer; `cancelled` is called instead when its client dies or closes its
 * side before, at once, or when the network has not delivered its signs of life for HTTP_ALIVE_S. `parked`
 * is left in r->parked. */
void http_park(struct http_request *r, void *parked, void (*cancelled)(struct http_request *r));
/* True when the client of a parked request is gone and `cancelled` only waits for its turn. */
bool http_peer_gone(const struct http_request *r);

/* The i-th header; false behind the last. */
bool http_header_at(const struct http_request *r, unsigned i, struct str *ret_name,
                    struct str *ret_value);
/* Borrowed, NULL when absent; any case. */
const char *http_header(const struct http_request *r, const char *name);

/* `error_type` (NULL: none) becomes x-amzn-errortype. The body is copied, may be empty. Ends the
 * request. */
void http_reply(struct http_request *r, int status, const char *error_type,
                const char *content_type, struct slice body);
/* As above with a JSON document, which is taken over. */
void http_reply_json(struct http_request *r, int status, const char *error_type, json_t *body);

#endif
