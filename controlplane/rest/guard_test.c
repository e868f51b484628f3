#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "common/clock.h"
#include "common/mem.h"
#include "controlplane/rest/guard.h"

enum { REQUEST_MS = 300, CONNECTIONS = 4, STRANGER_BYTES = 1000, UNDERWAY_BYTES = 2500, PATIENCE_MS = 5000 };

/* A plain server under a guard with small limits; it answers every request with "ok". */
struct world {
    struct event_base *base;
    struct evhttp *http;
    struct guard *guard;
    struct sockaddr_in address;
    unsigned served, closed;
    bool park; /* leave requests unanswered */
};

static void on_closed(void *ctx)
{
    struct world *w = ctx;

    w->closed++;
}

static void on_request(struct evhttp_request *r, void *ctx)
{
    struct world *w = ctx;
    struct evbuffer *out;

    guard_serving(w->guard, evhttp_request_get_connection(r), on_closed, w);
    w->served++;
    if (w->park)
        return;
    out = evbuffer_new();
    evbuffer_add(out, "ok", 2);
    guard_served(w->guard, evhttp_request_get_connection(r));
    evhttp_send_reply(r, 200, "OK", out);
    evbuffer_free(out);
}

static struct bufferevent *on_connection(struct event_base *base, void *ctx)
{
    struct world *w = ctx;

    (void)base;
    return guard_connection(w->guard, NULL);
}

static void init(struct world *w)
{
    static const struct guard_limits limits = { REQUEST_MS, CONNECTIONS, STRANGER_BYTES, UNDERWAY_BYTES };
    struct evhttp_bound_socket *bound;
    socklen_t n = sizeof(w->address);

    *w = (struct world){ .base = event_base_new() };
    w->guard = guard_new(w->base, &limits);
    w->http = evhttp_new(w->base);
    evhttp_set_bevcb(w->http, on_connection, w);
    evhttp_set_gencb(w->http, on_request, w);
    bound = evhttp_bind_socket_with_handle(w->http, "127.0.0.1", 0);
    assert_non_null(bound);
    assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&w->address, &n), 0);
}

static void done(struct world *w)
{
    evhttp_free(w->http);
    guard_release(w->guard);
    event_base_free(w->base);
}

static void turn(struct world *w)
{
    (void)event_base_loop(w->base, EVLOOP_NONBLOCK);
    poll(NULL, 0, 2);
}

static int dial(struct world *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&w->address, sizeof(w->address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    turn(w);
    return fd;
}

static bool say(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* True when the server has closed; what it said before is dropped. */
static bool is_closed(int fd)
{
    char buf[512];
    ssize_t n;

    while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
        ;
    return n == 0 || errno != EAGAIN;
}

static bool closes(struct world *w, int fd)
{
    int64_t deadline = clock_mono_ms() + PATIENCE_MS;

    while (!is_closed(fd) && clock_mono_ms() < deadline)
        turn(w);
    return is_closed(fd);
}

/* A whole request on `fd` is served. */
static bool serves(struct world *w, int fd)
{
    unsigned before = w->served;
    int64_t deadline = clock_mono_ms() + PATIENCE_MS;

    if (!say(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        return false;
    while (w->served == before && clock_mono_ms() < deadline && !is_closed(fd))
        turn(w);
    return w->served == before + 1;
}

static void pass(struct world *w, int64_t ms)
{
    int64_t until = clock_mono_ms() + ms;

    while (clock_mono_ms() < until)
        turn(w);
}

static void a_request_that_drips_is_cut_off_in_time(void **state)
{
    struct world w;
    int64_t began = clock_mono_ms();
    int fd;

    (void)state;
    init(&w);
    fd = dial(&w);
    assert_true(say(fd, "GET / HTTP/1.1\r\nX: "));
    while (!is_closed(fd) && clock_mono_ms() < began + PATIENCE_MS) {
        (void)say(fd, "x");
        pass(&w, 20);
    }
    assert_true(is_closed(fd));
    assert_true(clock_mono_ms() - began >= REQUEST_MS);
    pass(&w, 2 * GUARD_TICK_MS);
    assert_int_equal(guard_strangers(w.guard), 0);
    assert_int_equal(guard_underway(w.guard), 0);
    close(fd);
    done(&w);
}

static void a_connection_that_says_nothing_is_cut_off(void **state)
{
    struct world w;
    int fd;

    (void)state;
    init(&w);
    fd = dial(&w);
    assert_true(closes(&w, fd));
    close(fd);
    done(&w);
}

static void every_request_of_a_connection_has_a_time_of_its_own(void **state)
{
    struct world w;
    int fd;

    (void)state;
    init(&w);
    fd = dial(&w);
    for (int i = 0; i < 3; i++) {
        assert_true(serves(&w, fd));
        pass(&w, REQUEST_MS + 3 * GUARD_TICK_MS); /* at rest nothing counts */
    }
    assert_true(say(fd, "GET"));
    assert_true(closes(&w, fd));
    assert_int_equal(w.closed, 0); /* no request was lost with it */
    close(fd);
    done(&w);
}

static void the_oldest_stranger_makes_room(void **state)
{
    struct world w;
    int fds[3 * CONNECTIONS];

    (void)state;
    init(&w);
    for (int i = 0; i < 3 * CONNECTIONS; i++) {
        fds[i] = dial(&w);
        assert_true(serves(&w, fds[i])); /* whoever comes is served */
        assert_true(guard_strangers(w.guard) <= CONNECTIONS + 1);
    }
    for (int i = 0; i < 2 * CONNECTIONS - 1; i++)
        assert_true(closes(&w, fds[i]));
    for (int i = 2 * CONNECTIONS + 1; i < 3 * CONNECTIONS; i++)
        assert_true(serves(&w, fds[i]));
    for (int i = 0; i < 3 * CONNECTIONS; i++)
        close(fds[i]);
    done(&w);
}

static void a_request_that_waits_for_its_answer_is_left_alone(void **state)
{
    struct world w;
    int first, fd;

    (void)state;
    init(&w);
    w.park = true;
    first = dial(&w);
    assert_true(serves(&w, first));
    for (int i = 0; i < 2 * CONNECTIONS; i++) {
        fd = dial(&w);
        pass(&w, 5);
        close(fd);
    }
    pass(&w, REQUEST_MS + 3 * GUARD_TICK_MS);
    assert_false(is_closed(first));
    done(&w);
    assert_int_equal(w.closed, 1); /* the server's end is told to whoever has the request */
    close(first);
}

static void what_is_too_long_is_cut_off(void **state)
{
    struct world w;
    char body[STRANGER_BYTES + 1] = "";
    int fd;

    (void)state;
    init(&w);
    fd = dial(&w);
    memset(body, 'x', STRANGER_BYTES);
    assert_true(say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"));
    assert_true(say(fd, body));
    assert_true(closes(&w, fd));
    assert_int_equal(w.served, 0);
    close(fd);
    done(&w);
}

static void strangers_hold_so_much_together_and_the_largest_goes(void **state)
{
    struct world w;
    char body[901] = "";
    int fds[3], small;

    (void)state;
    init(&w);
    memset(body, 'x', 900);
    small = dial(&w);
    assert_true(say(small, "GET / HTTP/1.1\r\n"));
    for (int i = 0; i < 3; i++) {
        fds[i] = dial(&w);
        assert_true(say(fds[i], "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"));
        assert_true(say(fds[i], i == 1 ? body : body + 50));
        pass(&w, 10);
    }
    assert_true(guard_underway(w.guard) <= UNDERWAY_BYTES);
    assert_true(closes(&w, fds[1]));
    assert_false(is_closed(small));
    assert_true(say(small, "Host: x\r\n\r\n"));
    pass(&w, 20);
    assert_int_equal(w.served, 1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(small);
    pass(&w, 3 * GUARD_TICK_MS);
    assert_int_equal(guard_underway(w.guard), 0);
    assert_int_equal(guard_strangers(w.guard), 0);
    done(&w);
}

static unsigned count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void no_descriptor_stays_behind_however_they_end(void **state)
{
    struct world w;
    unsigned before;

    (void)state;
    init(&w);
    turn(&w);
    before = count_descriptors();
    for (int i = 0; i < 60; i++) {
        int fd = dial(&w);

        if (i % 3 == 1)
            assert_true(say(fd, i % 2 ? "GET / HT" : "\r\n\r\n nonsense \x01\r\n\r\n"));
        if (i % 3 == 2)
            assert_true(serves(&w, fd));
        close(fd);
    }
    pass(&w, 4 * GUARD_TICK_MS);
    assert_int_equal(guard_strangers(w.guard), 0);
    assert_int_equal(count_descriptors(), before);
    done(&w);
}

TEST_MAIN(TEST(a_request_that_drips_is_cut_off_in_time), TEST(a_connection_that_says_nothing_is_cut_off),
          TEST(every_request_of_a_connection_has_a_time_of_its_own), TEST(the_oldest_stranger_makes_room),
          TEST(a_request_that_waits_for_its_answer_is_left_alone), TEST(what_is_too_long_is_cut_off),
          TEST(strangers_hold_so_much_together_and_the_largest_goes),
          TEST(no_descriptor_stays_behind_however_they_end))
