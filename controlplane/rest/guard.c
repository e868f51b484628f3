#include "controlplane/rest/guard.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>

#include "common/clock.h"
#include "common/list.h"
#include "common/map.h"
#include "common/mem.h"

enum { READ_BYTES = 960 }; /* with libevent's head it is a KiB */

struct guard {
    struct event_base *base;
    struct guard_limits limits;
    struct event *tick;
    struct list peers;    /* oldest first */
    struct list readers;  /* those whose clock runs */
    struct map by_buffer; /* bufferevent to its peer */
    unsigned strangers, all;
    size_t underway;      /* bytes of strangers' requests */
    bool released;
};

enum peer_state {
    PEER_READING, /* a request is coming in: the clock runs */
    PEER_WAITING, /* between requests */
    PEER_SERVING,
    PEER_DROPPED, /* shut down, evhttp has not noticed yet */
};

struct peer {
    struct list node, reader;
    struct guard *guard;
    struct bufferevent *buffer;
    struct evbuffer_cb_entry *input;
    bool referenced;    /* until its first request */
    void (*closed)(void *ctx);
    void *ctx;
    int64_t deadline_ms;
    size_t bytes;       /* of the request under way */
    enum peer_state state;
    bool stranger;
};

static void tick_soon(struct guard *g)
{
    if (!evtimer_pending(g->tick, NULL))
        event_add(g->tick, &(struct timeval){ 0, GUARD_TICK_MS * 1000 });
}

/* Bytes of the request under way, from now on so many. */
static void hold(struct peer *p, size_t bytes)
{
    if (p->stranger)
        p->guard->underway += bytes - p->bytes;
    p->bytes = bytes;
}

static void drop(struct peer *p)
{
    hold(p, 0);
    p->state = PEER_DROPPED;
    (void)shutdown(bufferevent_getfd(p->buffer), SHUT_RDWR);
}

static void read_on(struct peer *p)
{
    p->state = PEER_READING;
    p->deadline_ms = clock_mono_ms() + p->guard->limits.request_ms;
    list_remove(&p->reader);
    list_push(&p->guard->readers, &p->reader);
    tick_soon(p->guard);
}

static void free_unused(struct guard *g)
{
    if (!g->released || g->all)
        return;
    event_free(g->tick);
    map_done(&g->by_buffer);
    mem_free(g);
}

static void forget(struct peer *p)
{
    struct guard *g = p->guard;

    hold(p, 0);
    g->all--;
    if (p->stranger)
        g->strangers--;
    list_remove(&p->node);
    list_remove(&p->reader);
    (void)map_remove(&g->by_buffer, &p->buffer, sizeof(p->buffer));
    evbuffer_remove_cb_entry(bufferevent_get_input(p->buffer), p->input);
    if (p->referenced)
        bufferevent_decref(p->buffer);
    mem_free(p);
    free_unused(g);
}

/* True of a buffer that only our reference keeps: evhttp always has callbacks on its own. */
static bool is_given_up(const struct peer *p)
{
    bufferevent_data_cb read, write;
    bufferevent_event_cb event;
    void *ctx;

    bufferevent_getcb(p->buffer, &read, &write, &event, &ctx);
    return p->referenced && !read && !write && !event;
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
    struct guard *g = ctx;
    int64_t now = clock_mono_ms();

    (void)fd;
    (void)what;
    g->all++; /* the guard is not to go within the loop */
    list_each(node, &g->readers) {
        struct peer *p = list_item(node, struct peer, reader);

        if (is_given_up(p))
            forget(p);
        else if (p->state == PEER_READING && now >= p->deadline_ms)
            drop(p);
    }
    g->all--;
    if (!list_empty(&g->readers))
        tick_soon(g);
    free_unused(g);
}

static bool is_verified(const struct peer *p)
{
    SSL *ssl = bufferevent_openssl_get_ssl(p->buffer);
    X509 *certificate = ssl ? SSL_get0_peer_certificate(ssl) : NULL;

    return certificate && SSL_get_verify_result(ssl) == X509_V_OK;
}

/* Now that something has been decrypted, its certificate is known. */
static void recognise(struct peer *p)
{
    if (!p->stranger || !is_verified(p))
        return;
    hold(p, 0);
    p->stranger = false;
    p->guard->strangers--;
}

static void drop_largest(struct guard *g)
{
    struct peer *largest = NULL;

    list_each(node, &g->readers) {
        struct peer *p = list_item(node, struct peer, reader);

        if (p->stranger && p->state == PEER_READING && (!largest || p->bytes > largest->bytes))
            largest = p;
    }
    if (largest)
        drop(largest);
}

static void on_input(struct evbuffer *b, const struct evbuffer_cb_info *info, void *ctx)
{
    struct peer *p = ctx;

    (void)b;
    if (!info->n_added || p->state == PEER_DROPPED)
        return;
    recognise(p);
    if (p->state == PEER_WAITING)
        read_on(p);
    hold(p, p->bytes + info->n_added);
    if (p->stranger && p->bytes > p->guard->limits.stranger_bytes_max)
        drop(p);
    else if (p->guard->underway > p->guard->limits.underway_bytes_max)
        drop_largest(p->guard);
}

/* G2: the oldest makes room. */
static void make_room(struct guard *g)
{
    unsigned left = g->strangers;

    list_each(node, &g->peers) {
        struct peer *p = list_item(node, struct peer, node);

        if (left < g->limits.connections_max)
            return;
        if (!p->stranger || p->state == PEER_SERVING)
            continue;
        left--;
        if (is_given_up(p))
            forget(p);
        else if (p->state != PEER_DROPPED)
            drop(p); /* evhttp finds it closed in this turn of the loop or the next */
    }
}

/* Of TLS, libevent keeps the room of the next read for as long as nothing comes: 4 KiB, unless told. The
 * rest of a record is read at once all the same. */
static struct bufferevent *new_buffer(struct guard *g, SSL_CTX *tls)
{
    struct bufferevent *b;

    if (!tls)
        return bufferevent_socket_new(g->base, -1, BEV_OPT_CLOSE_ON_FREE);
    b = bufferevent_openssl_socket_new(g->base, -1, SSL_new(tls), BUFFEREVENT_SSL_ACCEPTING,
                                       BEV_OPT_CLOSE_ON_FREE);
    if (b)
        (void)bufferevent_set_max_single_read(b, READ_BYTES);
    return b;
}

struct bufferevent *guard_connection(struct guard *g, SSL_CTX *tls)
{
    struct bufferevent *buffer;
    struct peer *p;

    make_room(g);
    buffer = new_buffer(g, tls);
    if (!buffer)
        return NULL;
    p = mem_new(struct peer);
    *p = (struct peer){ .guard = g, .buffer = buffer, .stranger = true, .referenced = true };
    bufferevent_incref(buffer);
    p->input = evbuffer_add_cb(bufferevent_get_input(buffer), on_input, p);
    list_init(&p->reader);
    list_push(&g->peers, &p->node);
    (void)map_set(&g->by_buffer, &buffer, sizeof(buffer), p);
    g->strangers++;
    g->all++;
    read_on(p);
    return buffer;
}

static void on_close(struct evhttp_connection *c, void *ctx)
{
    struct peer *p = ctx;
    void (*closed)(void *ctx) = p->closed;
    void *closed_ctx = p->ctx;

    (void)c;
    forget(p);
    if (closed)
        closed(closed_ctx);
}

static struct peer *peer_of(const struct guard *g, struct evhttp_connection *c)
{
    struct bufferevent *buffer = evhttp_connection_get_bufferevent(c);

    return map_get(&g->by_buffer, &buffer, sizeof(buffer));
}

void guard_serving(struct guard *g, struct evhttp_connection *c, void (*closed)(void *ctx), void *ctx)
{
    struct peer *p = peer_of(g, c);

    p->closed = closed;
    p->ctx = ctx;
    evhttp_connection_set_closecb(c, on_close, p);
    if (p->referenced)
        bufferevent_decref(p->buffer);
    p->referenced = false;
    list_remove(&p->reader);
    if (p->state != PEER_DROPPED)
        p->state = PEER_SERVING;
}

void guard_served(struct guard *g, struct evhttp_connection *c)
{
    struct peer *p = peer_of(g, c);
    size_t ahead = evbuffer_get_length(bufferevent_get_input(p->buffer));

    p->closed = NULL;
    if (p->state == PEER_DROPPED)
        return;
    hold(p, ahead);
    p->state = PEER_WAITING;
    if (ahead) /* of its next request */
        read_on(p);
}

struct guard *guard_new(struct event_base *base, const struct guard_limits *limits)
{
    struct guard *g = mem_new(struct guard);

    g->base = base;
    g->limits = *limits;
    g->tick = evtimer_new(base, on_tick, g);
    list_init(&g->peers);
    list_init(&g->readers);
    return g;
}

void guard_release(struct guard *g)
{
    if (!g)
        return;
    g->released = true;
    /* evhttp has given up all buffers by now. */
    g->all++;
    list_each(node, &g->peers) {
        struct peer *p = list_item(node, struct peer, node);

        if (is_given_up(p))
            forget(p);
    }
    g->all--;
    free_unused(g);
}

unsigned guard_strangers(const struct guard *g)
{
    return g->strangers;
}

size_t guard_underway(const struct guard *g)
{
    return g->underway;
}
