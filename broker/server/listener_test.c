#include "broker/server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/kafka/frame.h"
#include "common/clock.h"
#include "tests/lib/test.h"

enum { WAIT_MS = 5000, FRAME_MAX = 8 * 1024 * 1024, CONNS_MAX = 4, OPEN_MAX = 64 };

/* Answers every request with the bytes of its body; parks when told to. */
struct server {
    struct loop *loop;
    struct listener *l;
    struct request *parked;
    bool park, let_next;
    struct request *waiting[OPEN_MAX + 1]; /* in order, with let_next */
    int seen, cancelled;
    size_t last_n;
    int16_t last_version;
};

static void answer(struct request *r)
{
    struct buf body = { 0 };

    buf_put(&body, r->body.p, cursor_left(&r->body));
    request_reply_raw(r, &body, NULL, NULL, 0);
}

static void on_cancel(struct request *r)
{
    struct server *s = r->ctx;

    s->cancelled++;
    s->parked = NULL;
}

static void handle(struct request *r)
{
    struct server *s = r->ctx;

    s->seen++;
    s->last_n = r->frame.n;
    s->last_version = r->api_version;
    if (s->park) {
        s->parked = r;
        r->cancelled = on_cancel;
    } else if (s->let_next) {
        assert_true(s->seen <= OPEN_MAX);
        s->waiting[s->seen - 1] = r;
        r->cancelled = on_cancel;
        request_let_next(r);
    } else {
        answer(r);
    }
}

static struct server start(void)
{
    struct server s = { 0 };

    assert_ok(loop_new(&s.loop));
    return s;
}

static void serve(struct server *s, int64_t idle_ms)
{
    struct why reason;
    struct listener_options o = { .loop = s->loop, .name = "PLAINTEXT", .host = "127.0.0.1",
                                  .request_bytes_max = FRAME_MAX, .idle_ms_max = idle_ms,
                                  .connections_max = CONNS_MAX, .handle = handle, .ctx = s };

    assert_ok(listener_new(&o, &s->l, &reason));
}

static void stop(struct server *s)
{
    s->l = listener_free(s->l);
    s->loop = loop_free(s->loop);
}

static int dial(struct server *s)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(listener_port(s->l)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

/* An ApiVersions v0 request whose body is `n` bytes of 'x'. */
static void put_request(struct buf *b, int32_t id, size_t n)
{
    struct kf_header h = { .api_key = KF_API_API_VERSIONS, .correlation_id = id,
                           .client_id = STR_LIT("test") };
    size_t begin = kf_request_begin(&h, b);

    memset(buf_reserve(b, n), 'x', n);
    b->n += n;
    kf_frame_end(b, begin);
}

static bool readable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

/* Runs the server until `fd` has `n` bytes for us or is closed; the bytes read. */
static size_t read_back(struct server *s, int fd, uint8_t *p, size_t n)
{
    int64_t until = clock_mono_ms() + WAIT_MS;
    size_t got = 0;

    while (got < n && clock_mono_ms() < until) {
        ssize_t k;

        assert_ok(loop_turn(s->loop, 5));
        if (!readable(fd))
            continue;
        k = recv(fd, p + got, n - got, MSG_DONTWAIT);
        if (k <= 0)
            break;
        got += (size_t)k;
    }
    return got;
}

static bool is_closed(struct server *s, int fd)
{
    uint8_t byte;

    return read_back(s, fd, &byte, 1) == 0;
}

static void send_all(struct server *s, int fd, const void *p, size_t n)
{
    for (size_t sent = 0; sent < n;) {
        ssize_t k = send(fd, (const char *)p + sent, n - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (k > 0)
            sent += (size_t)k;
        else if (errno != EAGAIN)
            return; /* the server closed: what the test is about */
        assert_ok(loop_turn(s->loop, 0));
    }
}

static void run_until(struct server *s, const int *count, int wanted)
{
    int64_t until = clock_mono_ms() + WAIT_MS;

    while (*count < wanted && clock_mono_ms() < until)
        assert_ok(loop_turn(s->loop, 5));
    assert_int_equal(*count, wanted);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct server s = start();
    OWNED_BUF out = { 0 };
    uint8_t in[100 * 18];
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    for (int i = 0; i < 100; i++)
        put_request(&out, i, 10);
    send_all(&s, fd, out.p, out.n);
    assert_int_equal(read_back(&s, fd, in, sizeof(in)), sizeof(in));
    for (int i = 0; i < 100; i++) {
        assert_int_equal(be32_get(in + 18 * i), 14);
        assert_int_equal(be32_get(in + 18 * i + 4), i);
    }
    close(fd);
    stop(&s);
}

static void a_frame_may_come_byte_by_byte_or_be_large(void **state)
{
    struct server s = start();
    OWNED_BUF out = { 0 };
    size_t n = 5 * 1024 * 1024;
    uint8_t *in = mem_resize(NULL, n + 8);
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    put_request(&out, 1, 10);
    for (size_t i = 0; i < out.n; i++)
        send_all(&s, fd, out.p + i, 1);
    assert_int_equal(read_back(&s, fd, in, 18), 18);
    buf_clear(&out);
    put_request(&out, 2, n);
    send_all(&s, fd, out.p, out.n);
    assert_int_equal(read_back(&s, fd, in, n + 8), n + 8);
    assert_int_equal(be32_get(in + 4), 2);
    assert_int_equal(in[n + 7], 'x');
    assert_int_equal(s.seen, 2);
    mem_free(in);
    close(fd);
    stop(&s);
}

static void bad_frames_close_their_connection_alone(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        { "\xff\xff\xff\xff", 4 },                             /* negative size */
        { "\x7f\xff\xff\xff", 4 },                             /* beyond the bound */
        { "\0\0\0\0", 4 },                                     /* no header */
        { "\0\0\0\x08\0\x04\0\0\0\0\0\0", 12 },                /* a key that is gone */
        { "\0\0\0\x08\x7f\xff\0\0\0\0\0\0", 12 },              /* an unknown key */
        { "\0\0\0\x0a\0\x03\0\x63\0\0\0\0\xff\xff", 14 },      /* an unknown version */
        { "\0\0\0\x0a\0\x12\0\0\0\0\0\0\x7f\xff", 14 },        /* client id past the end */
        { "\0\0\0\x0a\0\x34\0\0\0\0\0\0\xff\xff", 14 },        /* Vote on a broker's listener */
    };
    struct server s = start();
    OWNED_BUF out = { 0 };
    uint8_t in[18];
    int good;

    (void)state;
    serve(&s, 60000);
    good = dial(&s);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int fd = dial(&s);

        send_all(&s, fd, bad[i].bytes, bad[i].n);
        assert_true(is_closed(&s, fd));
        close(fd);
    }
    assert_int_equal(s.seen, 0);
    put_request(&out, 1, 10);
    send_all(&s, good, out.p, out.n);
    assert_int_equal(read_back(&s, good, in, sizeof(in)), sizeof(in));
    close(good);
    stop(&s);
}

static void api_versions_of_the_future_reach_the_handler_without_a_body(void **state)
{
    static const char future[] = "\0\0\0\x0b\0\x12\0\x63\0\0\0\x07\xff\xff\0";
    struct server s = start();
    uint8_t in[8];
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    send_all(&s, fd, future, sizeof(future) - 1);
    assert_int_equal(read_back(&s, fd, in, sizeof(in)), sizeof(in));
    assert_int_equal(be32_get(in + 4), 7);
    assert_int_equal(s.last_version, 0x63);
    close(fd);
    stop(&s);
}

static void one_request_at_a_time_and_the_next_after_the_answer(void **state)
{
    struct server s = start();
    OWNED_BUF out = { 0 };
    uint8_t in[36];
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    s.park = true;
    put_request(&out, 1, 10);
    put_request(&out, 2, 10);
    send_all(&s, fd, out.p, out.n);
    run_until(&s, &s.seen, 1);
    for (int i = 0; i < 5; i++)
        assert_ok(loop_turn(s.loop, 1));
    assert_int_equal(s.seen, 1);
    s.park = false;
    answer(s.parked);
    assert_int_equal(read_back(&s, fd, in, sizeof(in)), sizeof(in));
    assert_int_equal(be32_get(in + 22), 2);
    close(fd);
    stop(&s);
}

static void requests_that_only_wait_let_the_next_in_and_are_answered_in_order(void **state)
{
    struct server s = start();
    OWNED_BUF out = { 0 };
    uint8_t in[3 * 8 + 10];
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    s.let_next = true;
    for (int i = 0; i < 3; i++)
        put_request(&out, i, 10);
    send_all(&s, fd, out.p, out.n);
    run_until(&s, &s.seen, 3);
    s.let_next = false;
    buf_clear(&out);
    put_request(&out, 3, 10);
    send_all(&s, fd, out.p, out.n);
    run_until(&s, &s.seen, 4); /* answered at once, held behind the three */
    answer(s.waiting[2]);
    answer(s.waiting[1]);
    for (int i = 0; i < 5; i++)
        assert_ok(loop_turn(s.loop, 1));
    assert_false(readable(fd));
    answer(s.waiting[0]);
    assert_int_equal(read_back(&s, fd, in, sizeof(in)), sizeof(in));
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(be32_get(in + 8 * i + 4), i);
    close(fd);
    stop(&s);
}

static void only_so_many_requests_wait_and_all_are_cancelled_with_their_peer(void **state)
{
    struct server s = start();
    OWNED_BUF out = { 0 };
    uint8_t in[8];
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    s.let_next = true;
    for (int i = 0; i < OPEN_MAX + 1; i++)
        put_request(&out, i, 10);
    send_all(&s, fd, out.p, out.n);
    run_until(&s, &s.seen, OPEN_MAX); /* one more would fail in the handler */
    for (int i = 0; i < 5; i++)
        assert_ok(loop_turn(s.loop, 1));
    s.let_next = false;
    s.park = true;
    answer(s.waiting[0]); /* now there is room for the last one */
    assert_int_equal(read_back(&s, fd, in, sizeof(in)), sizeof(in));
    run_until(&s, &s.seen, OPEN_MAX + 1);
    answer(s.waiting[5]); /* held, not to be cancelled */
    close(fd);
    run_until(&s, &s.cancelled, OPEN_MAX - 1);
    stop(&s);
}

static void a_peer_that_leaves_cancels_what_it_waits_for(void **state)
{
    struct server s = start();
    OWNED_BUF out = { 0 };
    int fd;

    (void)state;
    serve(&s, 60000);
    fd = dial(&s);
    s.park = true;
    put_request(&out, 1, 10);
    send_all(&s, fd, out.p, out.n);
    run_until(&s, &s.seen, 1);
    close(fd);
    run_until(&s, &s.cancelled, 1);
    fd = dial(&s);
    send_all(&s, fd, out.p, out.n);
    run_until(&s, &s.seen, 2);
    stop(&s); /* so does the end of the listener */
    assert_int_equal(s.cancelled, 2);
    close(fd);
}

static void idle_connections_are_closed_and_too_many_refused(void **state)
{
    struct server s = start();
    int fd[CONNS_MAX + 1];

    (void)state;
    serve(&s, 50);
    for (int i = 0; i <= CONNS_MAX; i++)
        fd[i] = dial(&s);
    assert_true(is_closed(&s, fd[CONNS_MAX]));
    for (int i = 0; i < CONNS_MAX; i++)
        assert_true(is_closed(&s, fd[i]));
    for (int i = 0; i <= CONNS_MAX; i++)
        close(fd[i]);
    stop(&s);
}

static void a_port_in_use_is_named(void **state)
{
    struct server s = start();
    struct listener *second = NULL;
    struct why reason = { "" };
    struct listener_options o;

    (void)state;
    serve(&s, 0);
    o = (struct listener_options){ .loop = s.loop, .name = "X", .host = "127.0.0.1",
                                   .port = listener_port(s.l), .handle = handle };
    assert_int_not_equal(listener_new(&o, &second, &reason), ERR_OK);
    assert_non_null(strstr(reason.text, "X://127.0.0.1:"));
    stop(&s);
}

TEST_MAIN(TEST(pipelined_requests_are_answered_in_order),
          TEST(a_frame_may_come_byte_by_byte_or_be_large),
          TEST(bad_frames_close_their_connection_alone),
          TEST(api_versions_of_the_future_reach_the_handler_without_a_body),
          TEST(one_request_at_a_time_and_the_next_after_the_answer),
          TEST(requests_that_only_wait_let_the_next_in_and_are_answered_in_order),
          TEST(only_so_many_requests_wait_and_all_are_cancelled_with_their_peer),
          TEST(a_peer_that_leaves_cancels_what_it_waits_for),
          TEST(idle_connections_are_closed_and_too_many_refused), TEST(a_port_in_use_is_named))
