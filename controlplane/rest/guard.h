/* guard - what a peer of an HTTP server may cost before anybody knows who it is.
 *
 * Every connection of a server lies under the guard, from its acceptance to its end:
 *
 *   G1  a request, TLS handshake, head and body, is there `request_ms` after its first byte (the first one
 *       of a connection: after its acceptance), however slowly it drips
 *   G2  at most `connections_max` strangers at a time: for a new one the oldest goes that is not being
 *       served at that moment
 *   G3  strangers' requests hold at most `underway_bytes_max` together: when there is more, the one that
 *       holds the most goes
 *   G4  no stranger's request is longer than `stranger_bytes_max`
 *
 * A stranger is whoever has not shown a client certificate that verified. "Goes" means that its
 * connection is shut down, and libevent finds it closed.
 *
 * evhttp tells nobody of a connection before its first request, and nobody when that one ends. So the
 * guard keeps a reference to its buffer until then, and looks every GUARD_TICK_MS, while a request is
 * under way, whether evhttp has given the buffer up. Owned by the event loop's thread. */
#ifndef KLAMM_CONTROLPLANE_REST_GUARD_H
#define KLAMM_CONTROLPLANE_REST_GUARD_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <stdint.h>

enum { GUARD_TICK_MS = 100 };

struct guard_limits {
    int64_t request_ms;
    unsigned connections_max;
    size_t stranger_bytes_max, underway_bytes_max;
};

struct guard;

struct guard *guard_new(struct event_base *base, const struct guard_limits *limits);
/* The server is gone; the guard goes with the last of its connections, which libevent may free later. */
void guard_release(struct guard *g);

/* For evhttp's bevcb: the buffer of a connection that is about to be accepted; `tls` NULL: plain. */
struct bufferevent *guard_connection(struct guard *g, SSL_CTX *tls);

/* The request is there in whole: its time no longer counts, its bytes do. `closed` is called when the
 * connection ends before guard_served; the guard has taken evhttp's closecb for itself. */
void guard_serving(struct guard *g, struct evhttp_connection *c, void (*closed)(void *ctx), void *ctx);
/* It is about to be answered. */
void guard_served(struct guard *g, struct evhttp_connection *c);

/* Strangers that are connected, and the bytes that they hold: for tests and dumps. */
unsigned guard_strangers(const struct guard *g);
size_t guard_underway(const struct guard *g);

#endif
