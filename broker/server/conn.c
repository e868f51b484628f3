#include "broker/server/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/kafka/frame.h"
#include "broker/server/request_counters.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

enum {
    SIZE_BYTES = 4,
    FRAME_BYTES_MIN = 8, /* api key, version, correlation id */
    GUESS_SLACK = 1024,
    READS_PER_TURN = 8,  /* of one connection, the others wait */
};

void conn_wake(struct conn *c)
{
    if (!c->zombie)
        loop_defer(c->l->o.loop, &c->turn);
}

void conn_close(struct conn *c, const char *reason)
{
    if (c->zombie || c->closing)
        return;
    log_event(LOG_DEBUG, "connection_closed", "listener=%s reason=\"%s\"", c->l->name, reason);
    c->closing = true;
    conn_wake(c);
}

static void open_push(struct conn *c, struct request_slot *s)
{
    s->next = NULL;
    if (c->youngest)
        c->youngest->next = s;
    else
        c->oldest = s;
    c->youngest = s;
    c->open_n++;
}

static struct request_slot *open_pop(struct conn *c)
{
    struct request_slot *s = c->oldest;

    c->oldest = s->next;
    if (!c->oldest)
        c->youngest = NULL;
    c->open_n--;
    return s;
}

static void give_back(struct listener *l, struct request_slot *s)
{
    buf_done(&s->held);
    s->answered = false;
    listener_give_request(l, s);
}

/* The oldest ones that have their answers go out (C5). */
static void release_in_order(struct conn *c)
{
    while (c->oldest && c->oldest->answered) {
        struct request_slot *s = open_pop(c);

        c->held_n -= s->held.n;
        if (s->held.n && !c->closing)
            conn_out_put(c, &s->held);
        give_back(c->l, s);
    }
}

static void zombie_done(struct conn *c)
{
    give_back(NULL, open_pop(c));
    mem_free(c->in);
    mem_free(c);
}

static void take_time(const struct conn *c, const struct request *r)
{
    uint64_t ns = (uint64_t)(clock_mono_ns() - r->begun_ns);

    request_counters_time(c->l->o.counters, r->api_key, ns);
    if (r->fetch_kind)
        request_counters_time(c->l->o.counters, r->fetch_kind, ns);
}

void conn_request_over(struct request *r)
{
    struct request_slot *s = (struct request_slot *)r;
    struct conn *c = r->conn;

    INVARIANT(!s->answered && c->oldest);
    if (c->request == s)
        c->request = NULL;
    s->answered = true;
    if (c->zombie) {
        zombie_done(c);
        return;
    }
    if (r->begun_ns)
        take_time(c, r);
    c->held_n += s->held.n;
    release_in_order(c);
    conn_wake(c);
}

void request_let_next(struct request *r)
{
    struct conn *c = r->conn;

    INVARIANT(c->request == (struct request_slot *)r && r->cancelled);
    c->request = NULL;
    r->frame = slice_make(NULL, 0);
    r->body = cursor_over(r->frame);
    r->client_id = str_make("", 0);
    if (!c->in_handler)
        conn_wake(c);
}

/* The handler may still hold the request: without a way to take it back, it keeps
 * what it needs until it answers into the void. */
static void become_zombie(struct conn *c)
{
    c->zombie = true;
    c->l = NULL;
    c->request->r.ctx = NULL;
    c->request->r.listener_name = "";
}

/* All but the one in the works that cannot be taken back. */
static void cancel_requests(struct conn *c)
{
    struct listener *l = c->l;

    while (c->oldest && (c->oldest != c->request || c->request->r.cancelled)) {
        struct request_slot *s = open_pop(c);

        if (!s->answered)
            s->r.cancelled(&s->r);
        if (s == c->request)
            c->request = NULL;
        give_back(l, s);
    }
}

void request_watch_conn(struct request *r, struct conn_end *e)
{
    list_remove(&e->node);
    list_push(&r->conn->ends, &e->node);
}

static void tell_ends(struct conn *c)
{
    while (!list_empty(&c->ends)) {
        struct conn_end *e = list_item(c->ends.next, struct conn_end, node);

        list_remove(&e->node);
        e->closed(e);
    }
}

void conn_destroy(struct conn *c)
{
    struct listener *l = c->l;

    INVARIANT(!c->in_handler);
    loop_unwatch(l->o.loop, &c->watch);
    loop_undefer(l->o.loop, &c->turn);
    loop_timer_clear(l->o.loop, &c->mute);
    close(c->watch.fd);
    list_remove(&c->node);
    l->conns_n--;
    conn_out_done(c);
    cancel_requests(c);
    tell_ends(c);
    if (c->request) {
        become_zombie(c);
        return;
    }
    if (c->in)
        listener_give_in(l, c->in);
    mem_free(c);
}

/* Which versions a listener serves is also what ApiVersions says there. An ApiVersions
 * request of an unknown version is handed on without its body: it has an answer. */
static const char *parse_header(struct conn *c, struct request *r)
{
    const struct kf_api *api;
    struct kf_header h;
    err_t e;

    r->body = cursor_over(r->frame);
    e = kf_header_decode(&r->body, &h, &api);
    r->api_key = h.api_key;
    r->api_version = h.api_version;
    r->correlation_id = h.correlation_id;
    if (!api || !(api->listeners & (c->l->o.controller ? KF_ON_CONTROLLER : KF_ON_BROKER)))
        return "this api is not served on this listener";
    if (e == ERR_UNSUPPORTED && r->api_key == KF_API_API_VERSIONS) {
        r->client_id = str_make("", 0);
        r->body = (struct cursor){ 0 };
        return NULL;
    }
    if (e)
        return e == ERR_UNSUPPORTED ? "this version of the api is not served"
                                    : "malformed request header";
    r->client_id = h.client_id.p ? h.client_id : str_make("", 0);
    r->flexible = kf_request_header_version(api, r->api_version) == 2;
    return NULL;
}

static void count(struct conn *c, struct request *r)
{
    struct request_counters *counters = c->l->o.counters;

    if (!counters)
        return;
    request_counters_add(counters, r->api_key, r->api_version);
    if (counters->timed)
        r->begun_ns = clock_mono_ns();
}

static void start_request(struct conn *c, struct slice frame)
{
    struct request_slot *s = listener_take_request(c->l);
    struct request *r = &s->r;
    const char *refused;

    *r = (struct request){
        .conn = c, .frame = frame, .arena = &s->arena, .ctx = c->l->o.ctx,
        .listener_name = c->l->name, .privileged = c->l->o.privileged,
        .peer_address_n = c->peer_n,
        .principal_type = STR_LIT("User"), .principal_name = STR_LIT("ANONYMOUS"),
    };
    memcpy(r->peer_address, c->peer, sizeof(c->peer));
    c->request = s;
    open_push(c, s);
    refused = parse_header(c, r);
    if (refused) {
        request_close(r, refused);
        return;
    }
    count(c, r);
    c->l->o.handle(r);
}

static size_t in_left(const struct conn *c)
{
    return c->in_n - c->taken;
}

/* The announced size of the next frame with its prefix; 0 when not known yet. */
static size_t next_frame(struct conn *c)
{
    uint32_t n;

    if (in_left(c) < SIZE_BYTES)
        return 0;
    n = be32_get(c->in->bytes + c->taken);
    if (n < FRAME_BYTES_MIN || n > c->l->o.request_bytes_max) {
        conn_close(c, "frame size out of bounds");
        return 0;
    }
    return SIZE_BYTES + (size_t)n;
}

/* Why no frame is cut now: one is in the works, too much waits to go out, or the client is over its
 * quota. */
static bool is_full(const struct conn *c)
{
    return c->request || c->blocked || c->mute.slot || c->open_n >= OPEN_REQUESTS_MAX ||
           conn_out_left(c) > OUT_BYTES_PAUSE;
}

static void cut_frames(struct conn *c)
{
    size_t n;

    c->in_handler = true;
    while (!c->closing && !is_full(c) && (n = next_frame(c)) && in_left(c) >= n) {
        uint8_t *frame = c->in->bytes + c->taken + SIZE_BYTES;

        c->taken += n;
        c->last_frame_n = n;
        listener_touch(c->l, c);
        start_request(c, slice_make(frame, n - SIZE_BYTES));
    }
    c->in_handler = false;
    if (c->in && !c->request && !in_left(c)) {
        listener_give_in(c->l, c->in);
        c->in = NULL;
        c->in_n = c->taken = 0;
    }
}

/* A buffer of at least `n` bytes with what is there moved to its front. */
static bool regrow(struct conn *c, size_t n)
{
    size_t left = c->in ? in_left(c) : 0;
    struct in_buffer *b = c->in;

    if (!b || b->capacity < n) {
        b = listener_take_in(c->l, n);
        if (!b)
            return false;
    }
    if (left)
        memmove(b->bytes, c->in->bytes + c->taken, left);
    if (c->in && b != c->in)
        listener_give_in(c->l, c->in);
    c->in = b;
    c->in_n = left;
    c->taken = 0;
    return true;
}

/* How much to ask the socket for, and room for it. A frame's announced size is believed
 * up to four times what already arrived (C3); the guess is a size that did arrive once. */
static size_t make_room(struct conn *c)
{
    size_t left = c->in ? in_left(c) : 0, frame = c->in ? next_frame(c) : 0;
    size_t want = frame ? frame : c->last_frame_n + GUESS_SLACK;
    size_t believed = 4 * left > IN_BYTES_MIN ? 4 * left : IN_BYTES_MIN;

    if (frame && want > believed && want > c->last_frame_n)
        want = believed > c->last_frame_n ? believed : c->last_frame_n;
    if (want < IN_BYTES_MIN)
        want = IN_BYTES_MIN;
    if ((!c->in || c->taken + want > c->in->capacity) && !regrow(c, want))
        return 0;
    return want - left;
}

static void read_some(struct conn *c)
{
    for (int i = 0; i < READS_PER_TURN; i++) {
        size_t asked = make_room(c);
        ssize_t n;

        if (c->closing)
            return;
        if (!asked) {
            conn_close(c, "no memory for the frame");
            return;
        }
        n = recv(c->watch.fd, c->in->bytes + c->in_n, asked, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            c->eof = true;
            conn_wake(c);
            return;
        }
        c->in_n += (size_t)n;
        cut_frames(c);
        /* A full read in the middle of a large frame has more behind it. */
        if ((size_t)n < asked || !c->in || c->closing || is_full(c))
            return;
    }
}

static void want_events(struct conn *c, uint32_t events)
{
    (void)loop_rewatch(c->l->o.loop, &c->watch, events);
}

static void on_ready(struct loop_watch *w, uint32_t events)
{
    struct conn *c = container_of(w, struct conn, watch);

    if (c->closing)
        return;
    if ((events & (EPOLLERR | EPOLLHUP)) || ((events & EPOLLRDHUP) && c->request)) {
        conn_close(c, "peer is gone");
        return;
    }
    if (events & EPOLLOUT) {
        c->blocked = false;
        conn_wake(c);
    }
    if (!(events & (EPOLLIN | EPOLLRDHUP)))
        return;
    if (c->eof || is_full(c))
        want_events(c, (w->events & EPOLLOUT) | (c->eof || c->blocked || !c->request ? 0 : EPOLLRDHUP));
    else
        read_some(c);
}

static void end_of_turn(struct loop_task *t)
{
    struct conn *c = container_of(t, struct conn, turn);
    err_t e = ERR_OK;

    if (!c->closing && !c->blocked)
        e = conn_flush(c);
    c->blocked = e == ERR_AGAIN || c->blocked;
    if (c->closing || (e && e != ERR_AGAIN)) {
        conn_destroy(c);
        return;
    }
    if (c->blocked) {
        want_events(c, EPOLLOUT);
        return;
    }
    if (!c->request && c->in)
        cut_frames(c);
    if (c->eof && !c->oldest && !conn_out_left(c))
        conn_close(c, "peer closed");
    else
        want_events(c, c->eof ? 0 : EPOLLIN | EPOLLRDHUP);
}

static void mute_over(struct loop_timer *t)
{
    conn_wake(container_of(t, struct conn, mute));
}

void request_mute(struct request *r, int64_t ms)
{
    struct conn *c = r->conn;
    int64_t at = c->zombie ? 0 : loop_now_ms(c->l->o.loop) + ms;

    if (!c->zombie && (!c->mute.slot || c->mute.at_ms < at))
        loop_timer_set(c->l->o.loop, &c->mute, at);
}

void conn_new(struct listener *l, int fd, const uint8_t *peer, uint8_t peer_n)
{
    struct conn *c = mem_new(struct conn);

    c->l = l;
    c->watch = (struct loop_watch){ .fd = fd, .events = EPOLLIN | EPOLLRDHUP, .ready = on_ready };
    c->turn.run = end_of_turn;
    c->mute.fire = mute_over;
    c->peer_n = peer_n;
    memcpy(c->peer, peer, peer_n);
    list_init(&c->node);
    list_init(&c->ends);
    l->conns_n++;
    if (loop_watch(l->o.loop, &c->watch)) {
        l->conns_n--;
        close(fd);
        mem_free(c);
        return;
    }
    listener_touch(l, c);
}

void request_done(struct request *r)
{
    conn_request_over(r);
}

void request_close(struct request *r, const char *reason)
{
    struct conn *c = r->conn;

    if (!c->zombie && !c->closing)
        log_event(LOG_INFO, "request_refused", "listener=%s api=%d version=%d reason=\"%s\"",
                  c->l->name, r->api_key, r->api_version, reason);
    conn_close(c, reason);
    conn_request_over(r);
}
