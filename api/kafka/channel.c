#include "api/kafka/channel.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/kafka/errors.h"
#include "api/kafka/fields.h"
#include "api/kafka/frame.h"
#include "api/kafka/msg/api_versions.h"
#include "common/invariant.h"
#include "common/limits.h"

enum { READ_STEP = 64 * 1024, CONNECT_MS = 10000 };

struct call {
    struct list node;
    const struct kf_api *api;
    int16_t version;
    int32_t correlation_id;
    int64_t deadline_ms; /* 0: none */
    kf_done_fn done;     /* NULL: cancelled */
    void *ctx;
};

struct kf_channel {
    struct kf_channel_options o;
    char *client_id;
    struct loop_watch watch;
    struct loop_timer timer; /* connect, then the earliest deadline */
    struct loop_task flush;
    bool connected, up, failed, *freed; /* freed: told when a callback frees the channel */
    int32_t next_correlation_id;
    struct list calls;
    struct buf out, in;
    struct arena node_arena;
    struct buf node_bytes;
    struct kf_api_versions_response node;
};

static void fail(struct kf_channel *c, err_t e, const char *reason);

static void close_fd(struct kf_channel *c)
{
    if (c->watch.fd < 0)
        return;
    loop_unwatch(c->o.loop, &c->watch);
    close(c->watch.fd);
    c->watch.fd = -1;
    loop_timer_clear(c->o.loop, &c->timer);
    loop_undefer(c->o.loop, &c->flush);
}

/* Runs a callback; false when it freed the channel. */
static bool finish(struct kf_channel *c, struct call *call, err_t e, const void *msg)
{
    bool freed = false, *outer = c->freed;
    kf_done_fn done = call->done;
    void *ctx = call->ctx;
    int16_t version = call->version;

    list_remove(&call->node);
    mem_free(call);
    if (!done)
        return true;
    c->freed = &freed;
    done(ctx, e, msg, version);
    if (freed) {
        if (outer)
            *outer = true;
        return false;
    }
    c->freed = outer;
    return true;
}

static void fail(struct kf_channel *c, err_t e, const char *reason)
{
    if (c->failed)
        return;
    c->failed = true;
    c->up = false;
    close_fd(c);
    while (!list_empty(&c->calls))
        if (!finish(c, list_item(c->calls.next, struct call, node), e, NULL))
            return;
    if (c->o.down)
        c->o.down(c->o.ctx, e, reason);
}

static void arm(struct kf_channel *c)
{
    int64_t at = 0;

    list_each(node, &c->calls) {
        const struct call *call = list_item(node, struct call, node);

        if (call->deadline_ms && (!at || call->deadline_ms < at))
            at = call->deadline_ms;
    }
    if (at)
        loop_timer_set(c->o.loop, &c->timer, at);
    else
        loop_timer_clear(c->o.loop, &c->timer);
}

static void on_timer(struct loop_timer *t)
{
    struct kf_channel *c = container_of(t, struct kf_channel, timer);

    fail(c, ERR_TIMEOUT, c->up ? "a request was not answered in time" : "no connection in time");
}

static void want(struct kf_channel *c, uint32_t events)
{
    if (loop_rewatch(c->o.loop, &c->watch, events))
        fail(c, ERR_IO, "epoll failed");
}

static void send_out(struct loop_task *t)
{
    struct kf_channel *c = container_of(t, struct kf_channel, flush);
    ssize_t n;

    if (!c->connected || c->failed)
        return;
    while (c->out.n) {
        n = send(c->watch.fd, c->out.p, c->out.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            fail(c, err_from_errno(errno), "sending failed");
            return;
        }
        buf_consume(&c->out, (size_t)n);
    }
    want(c, c->out.n ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static err_t queue(struct kf_channel *c, const struct kf_call *call, int16_t version, struct why *reterr)
{
    struct kf_header h = { call->api_key, version, c->next_correlation_id, str_of(c->client_id) };
    struct call *open;
    err_t e;

    e = kf_request_encode(&h, call->msg, &c->out, reterr);
    if (e)
        return e;
    open = mem_new(struct call);
    *open = (struct call){ .api = kf_api(call->api_key),
                           .version = version,
                           .correlation_id = c->next_correlation_id++,
                           .deadline_ms = call->timeout_ms ? loop_now_ms(c->o.loop) + call->timeout_ms : 0,
                           .done = call->done,
                           .ctx = call->ctx };
    c->next_correlation_id &= INT32_MAX;
    list_push(&c->calls, &open->node);
    loop_defer(c->o.loop, &c->flush);
    return ERR_OK;
}

static void ask_versions(struct kf_channel *c, int16_t version);

static void on_versions(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct kf_channel *c = ctx;
    const struct kf_api_versions_response *r = msg;

    if (e)
        return; /* the channel fails anyway */
    if (r->error_code == KF_ERR_UNSUPPORTED_VERSION && version > 0) {
        ask_versions(c, 0);
        return;
    }
    if (r->error_code) {
        fail(c, ERR_UNSUPPORTED, kf_error_name(r->error_code));
        return;
    }
    c->node = *r; /* its arrays live in node_arena: see on_frame */
    c->up = true;
    arm(c);
    if (c->o.up)
        c->o.up(c->o.ctx);
}

static void ask_versions(struct kf_channel *c, int16_t version)
{
    struct kf_api_versions_request r;
    struct kf_call call = { .api_key = KF_API_API_VERSIONS, .msg = &r, .done = on_versions, .ctx = c };

    kf_init(&kf_api_versions_request_schema, &r);
    r.client_software_name = str_of("klamm");
    r.client_software_version = str_of("1");
    INVARIANT(queue(c, &call, version, NULL) == ERR_OK);
}

/* A node that does not know our version answers in version 0. */
static err_t decode(const struct call *call, struct cursor body, struct arena *a, void *ret)
{
    struct cursor again = body;
    err_t e = kf_decode(call->api->response, call->version, &body, a, ret);

    if (e && call->api->key == KF_API_API_VERSIONS)
        e = kf_decode(call->api->response, 0, &again, a, ret);
    return e;
}

/* False when the channel failed or was freed. */
static bool on_frame(struct kf_channel *c, struct slice frame)
{
    struct call *call = list_item(c->calls.next, struct call, node);
    OWNED_ARENA local = { 0 };
    struct arena *a = &local;
    struct cursor body;
    int32_t correlation_id;
    void *msg;

    if (!c->up) {
        /* kept for the channel's life: the answer to ApiVersions */
        buf_clear(&c->node_bytes);
        buf_put(&c->node_bytes, frame.p, frame.n);
        frame = buf_slice(&c->node_bytes);
        a = &c->node_arena;
    }
    body = cursor_over(frame);
    if (list_empty(&c->calls) ||
        kf_response_header_decode(call->api, call->version, &body, &correlation_id) ||
        correlation_id != call->correlation_id) {
        fail(c, ERR_MALFORMED, "an answer to no request");
        return false;
    }
    msg = arena_alloc(a, call->api->response->size);
    if (decode(call, body, a, msg)) {
        fail(c, ERR_MALFORMED, "an answer that does not parse");
        return false;
    }
    return finish(c, call, ERR_OK, msg) && !c->failed;
}

/* Cuts frames off the input; false when the channel is gone. */
static bool cut_frames(struct kf_channel *c)
{
    size_t at = 0;

    while (c->in.n - at >= 4) {
        uint32_t n = be32_get(c->in.p + at);

        if (n > c->o.response_bytes_max) {
            fail(c, ERR_TOO_LARGE, "an answer larger than the limit");
            return false;
        }
        if (c->in.n - at - 4 < n)
            break;
        if (!on_frame(c, slice_make(c->in.p + at + 4, n)))
            return false;
        at += 4 + n;
    }
    buf_consume(&c->in, at);
    return true;
}

static void receive(struct kf_channel *c)
{
    for (;;) {
        ssize_t n = recv(c->watch.fd, buf_reserve(&c->in, READ_STEP), READ_STEP, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            fail(c, n ? err_from_errno(errno) : ERR_CLOSED, "the node closed the connection");
            return;
        }
        c->in.n += (size_t)n;
        if (n < READ_STEP)
            break;
    }
    if (cut_frames(c))
        arm(c);
}

static void on_connected(struct kf_channel *c)
{
    int error = 0;
    socklen_t n = sizeof(error);

    if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        error = errno;
    if (error) {
        fail(c, err_from_errno(error), strerror(error));
        return;
    }
    c->connected = true;
    ask_versions(c, kf_api(KF_API_API_VERSIONS)->max);
    want(c, EPOLLIN);
}

static void on_ready(struct loop_watch *w, uint32_t events)
{
    struct kf_channel *c = container_of(w, struct kf_channel, watch);

    if (!c->connected) {
        on_connected(c);
        return;
    }
    if (events & EPOLLOUT)
        loop_defer(c->o.loop, &c->flush);
    if (events & ~(uint32_t)EPOLLOUT)
        receive(c);
}

static err_t dial(struct kf_channel *c, struct why *reterr)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
    char port[8];
    int one = 1, status;

    snprintf(port, sizeof(port), "%u", c->o.port);
    status = getaddrinfo(c->o.host, port, &hints, &found);
    if (status)
        return why(reterr, ERR_INVALID, "host %s does not resolve: %s", c->o.host, gai_strerror(status));
    c->watch.fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->watch.fd >= 0) {
        setsockopt(c->watch.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        /* Whatever comes of it, a refusal too, is told when the descriptor is ready. */
        if (connect(c->watch.fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS)
            status = errno;
    }
    freeaddrinfo(found);
    if (c->watch.fd < 0)
        return why(reterr, ERR_IO, "no socket: %s", strerror(errno));
    if (status)
        return why(reterr, err_from_errno(status), "%s:%u: %s", c->o.host, c->o.port, strerror(status));
    return loop_watch(c->o.loop, &c->watch);
}

err_t kf_channel_new(const struct kf_channel_options *o, struct kf_channel **ret, struct why *reterr)
{
    OWNED(kf_channel) c = mem_new(struct kf_channel);
    err_t e;

    c->o = *o;
    if (!c->o.connect_timeout_ms)
        c->o.connect_timeout_ms = CONNECT_MS;
    if (!c->o.response_bytes_max)
        c->o.response_bytes_max = REQUEST_BYTES_MAX;
    c->client_id = mem_strdup(o->client_id);
    c->watch = (struct loop_watch){ -1, EPOLLOUT, on_ready };
    c->timer.fire = on_timer;
    c->flush.run = send_out;
    list_init(&c->calls);
    e = dial(c, reterr);
    c->o.host = NULL; /* borrowed for the call alone */
    if (e)
        return e;
    loop_timer_in(o->loop, &c->timer, c->o.connect_timeout_ms);
    *ret = c;
    c = NULL;
    return ERR_OK;
}

struct kf_channel *kf_channel_free(struct kf_channel *c)
{
    if (!c)
        return NULL;
    if (c->freed)
        *c->freed = true;
    close_fd(c);
    while (!list_empty(&c->calls)) {
        struct call *call = list_item(c->calls.next, struct call, node);

        list_remove(&call->node);
        mem_free(call);
    }
    buf_done(&c->in);
    buf_done(&c->out);
    buf_done(&c->node_bytes);
    arena_done(&c->node_arena);
    mem_free(c->client_id);
    mem_free(c);
    return NULL;
}

bool kf_channel_is_up(const struct kf_channel *c)
{
    return c->up;
}

const void *kf_channel_node(const struct kf_channel *c)
{
    return c->up ? &c->node : NULL;
}

int16_t kf_channel_version(const struct kf_channel *c, int16_t api_key, int16_t max)
{
    const struct kf_api *api = kf_api(api_key);

    if (!c->up || !api)
        return -1;
    if (max < 0 || max > api->max)
        max = api->max;
    for (int32_t i = 0; i < c->node.api_keys_n; i++) {
        const struct kf_api_versions_response_api_version *v = &c->node.api_keys[i];

        if (v->api_key != api_key)
            continue;
        if (v->max_version < max)
            max = v->max_version;
        return max >= api->min && max >= v->min_version ? max : -1;
    }
    return -1;
}

err_t kf_channel_call(struct kf_channel *c, const struct kf_call *call, struct why *reterr)
{
    int16_t version = kf_channel_version(c, call->api_key, call->version_max);
    err_t e;

    if (!c->up)
        return why(reterr, ERR_UNREACHABLE, "the connection is not up");
    if (version < 0)
        return why(reterr, ERR_UNSUPPORTED, "the node serves no version of api key %d that klamm knows",
                   call->api_key);
    e = queue(c, call, version, reterr);
    if (!e && call->timeout_ms)
        arm(c);
    return e;
}

void kf_channel_cancel(struct kf_channel *c, const void *ctx)
{
    list_each(node, &c->calls) {
        struct call *call = list_item(node, struct call, node);

        if (call->ctx == ctx && call->done != on_versions)
            call->done = NULL;
    }
}
