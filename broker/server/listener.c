#include "broker/server/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/server/conn.h"
#include "common/invariant.h"
#include "common/log.h"
#include "common/net.h"

enum {
    BACKLOG = 1024,
    ACCEPTS_PER_TURN = 64,
    ACCEPT_RETRY_MS = 100, /* after the process ran out of descriptors */
};

/* Small buffers and large ones are kept apart, so that a rare large frame finds one. */
struct in_buffer *listener_take_in(struct listener *l, size_t n)
{
    bool large = n > IN_BYTES_MIN;
    struct in_buffer *b = l->spare_in[large];

    if (b && b->capacity >= n) {
        l->spare_in[large] = b->next;
        l->spare_in_bytes -= b->capacity;
        return b;
    }
    b = mem_try(sizeof(*b) + n);
    if (b)
        b->capacity = n;
    return b;
}

void listener_give_in(struct listener *l, struct in_buffer *b)
{
    bool large = b->capacity > IN_BYTES_MIN;

    if (l->spare_in_bytes + b->capacity > SPARE_BYTES_MAX) {
        mem_free(b);
        return;
    }
    b->next = l->spare_in[large];
    l->spare_in[large] = b;
    l->spare_in_bytes += b->capacity;
}

struct buf listener_take_out(struct listener *l)
{
    return l->spare_out_n ? l->spare_out[--l->spare_out_n] : (struct buf){ 0 };
}

void listener_give_out(struct listener *l, struct buf *b)
{
    if (l->spare_out_n == ARRAY_LEN(l->spare_out) || b->capacity > SPARE_OUT_BYTES_MAX) {
        buf_done(b);
        return;
    }
    b->n = 0;
    l->spare_out[l->spare_out_n++] = *b;
    *b = (struct buf){ 0 };
}

struct request_slot *listener_take_request(struct listener *l)
{
    struct request_slot *s = l->spare_requests;

    if (!s)
        return mem_new(struct request_slot);
    l->spare_requests = s->next;
    l->spare_requests_n--;
    return s;
}

void listener_give_request(struct listener *l, struct request_slot *s)
{
    if (!l || l->spare_requests_n >= SPARE_REQUESTS_MAX) {
        arena_done(&s->arena);
        mem_free(s);
        return;
    }
    arena_clear(&s->arena);
    s->next = l->spare_requests;
    l->spare_requests = s;
    l->spare_requests_n++;
}

void listener_touch(struct listener *l, struct conn *c)
{
    c->active_ms = loop_now_ms(l->o.loop);
    list_remove(&c->node);
    list_push(&l->conns, &c->node);
    if (!l->idle.slot && l->o.idle_ms_max > 0)
        loop_timer_set(l->o.loop, &l->idle, c->active_ms + l->o.idle_ms_max);
}

/* The oldest connection decides when to look again; no one there, no timer. */
static void idle_check(struct loop_timer *t)
{
    struct listener *l = container_of(t, struct listener, idle);
    int64_t limit = loop_now_ms(l->o.loop) - l->o.idle_ms_max;

    list_each(node, &l->conns) {
        struct conn *c = list_item(node, struct conn, node);

        if (c->active_ms > limit) {
            loop_timer_set(l->o.loop, t, c->active_ms + l->o.idle_ms_max);
            return;
        }
        if (c->oldest)
            listener_touch(l, c); /* a parked request is not idleness */
        else
            conn_close(c, "idle");
    }
}

static uint8_t peer_bytes(const struct sockaddr_storage *a, uint8_t *ret)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;

    if (a->ss_family == AF_INET) {
        memcpy(ret, &v4->sin_addr, 4);
        return 4;
    }
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        memcpy(ret, v6->sin6_addr.s6_addr + 12, 4);
        return 4;
    }
    memcpy(ret, &v6->sin6_addr, 16);
    return 16;
}

static void accept_resume(struct loop_timer *t)
{
    struct listener *l = container_of(t, struct listener, retry_accept);

    (void)loop_rewatch(l->o.loop, &l->watch, EPOLLIN);
}

static void accept_failed(struct listener *l, int error)
{
    if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
        return;
    log_event(LOG_WARN, "accept_failed", "listener=%s error=%s", l->name, strerrordesc_np(error));
    (void)loop_rewatch(l->o.loop, &l->watch, 0);
    loop_timer_in(l->o.loop, &l->retry_accept, ACCEPT_RETRY_MS);
}

static void accept_ready(struct loop_watch *w, uint32_t events)
{
    struct listener *l = container_of(w, struct listener, watch);

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage a;
        socklen_t n = sizeof(a);
        uint8_t peer[16], peer_n;
        int one = 1;
        int fd = accept4(w->fd, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            accept_failed(l, errno);
            return;
        }
        if (l->conns_n >= l->o.connections_max) {
            log_event(LOG_WARN, "connection_refused", "listener=%s reason=max.connections limit=%u",
                      l->name, l->o.connections_max);
            close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
        peer_n = peer_bytes(&a, peer);
        conn_new(l, fd, peer, peer_n);
    }
}

void listener_set_connections_max(struct listener *l, uint32_t most)
{
    l->o.connections_max = most;
}

/* All addresses: IPv6 with IPv4 mapped where the kernel has it, else IPv4. */
static err_t bind_any(const struct listener_options *o, int *ret_fd, struct why *reterr)
{
    const char *hosts[] = { *o->host ? o->host : "::", *o->host ? NULL : "0.0.0.0" };
    char port[8], shown[320];
    err_t e = ERR_INVALID;

    snprintf(port, sizeof(port), "%u", o->port);
    snprintf(shown, sizeof(shown), "%s://%s:%s", o->name, o->host, port);
    (void)why(reterr, e, "listener %s: the host has no address", shown);
    for (unsigned i = 0; e && i < ARRAY_LEN(hosts) && hosts[i]; i++) {
        struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
        struct addrinfo *found = NULL;

        if (getaddrinfo(hosts[i], port, &hints, &found))
            continue;
        for (struct addrinfo *a = found; e && a; a = a->ai_next) {
            *ret_fd = net_listen(a, BACKLOG);
            e = *ret_fd >= 0 ? ERR_OK
                             : why(reterr, ERR_INVALID, "listener %s cannot be bound: %s", shown,
                                   strerrordesc_np(errno));
        }
        freeaddrinfo(found);
    }
    return e;
}

err_t listener_new(const struct listener_options *o, struct listener **ret, struct why *reterr)
{
    OWNED(listener) l = mem_new(struct listener);
    err_t e;

    l->o = *o;
    l->name = mem_strdup(o->name);
    l->o.name = l->name;
    list_init(&l->conns);
    l->idle.fire = idle_check;
    l->retry_accept.fire = accept_resume;
    l->watch = (struct loop_watch){ .fd = -1, .events = o->paused ? 0 : EPOLLIN,
                                    .ready = accept_ready };
    e = bind_any(o, &l->watch.fd, reterr);
    if (e)
        return e;

    l->o.host = NULL;
    l->port = net_port(l->watch.fd);
    e = loop_watch(o->loop, &l->watch);
    if (e)
        return why(reterr, e, "listener %s cannot be watched: %s", o->name, err_text(e));

    *ret = l;
    l = NULL;
    return ERR_OK;
}

static void free_spares(struct listener *l)
{
    for (unsigned i = 0; i < ARRAY_LEN(l->spare_in); i++)
        for (struct in_buffer *b; (b = l->spare_in[i]);) {
            l->spare_in[i] = b->next;
            mem_free(b);
        }
    while (l->spare_out_n)
        buf_done(&l->spare_out[--l->spare_out_n]);
    for (struct request_slot *s; (s = l->spare_requests);) {
        l->spare_requests = s->next;
        arena_done(&s->arena);
        mem_free(s);
    }
}

struct listener *listener_free(struct listener *l)
{
    if (!l)
        return NULL;
    if (l->watch.fd >= 0) {
        loop_unwatch(l->o.loop, &l->watch);
        close(l->watch.fd);
    }
    loop_timer_clear(l->o.loop, &l->idle);
    loop_timer_clear(l->o.loop, &l->retry_accept);
    list_each(node, &l->conns)
        conn_destroy(list_item(node, struct conn, node));
    free_spares(l);
    mem_free(l->name);
    mem_free(l);
    return NULL;
}

void listener_resume(struct listener *l)
{
    (void)loop_rewatch(l->o.loop, &l->watch, EPOLLIN);
}

uint16_t listener_port(const struct listener *l)
{
    return l->port;
}

uint32_t listener_connections(const struct listener *l)
{
    return l->conns_n;
}
