#include "common/scrape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/test.h"

struct world {
    struct loop *loop;
    struct scrape *s;
    int renders;
    size_t page_n; /* of numbers */
    size_t bytes_max;
};

static void render(void *ctx, struct metrics *m)
{
    struct world *w = ctx;

    m->bytes_max = w->bytes_max;
    w->renders++;
    for (size_t i = 0; i < w->page_n; i++)
        metrics_single(m, "up", "gauge", "it runs", (double)w->renders);
}

static void begin(struct world *w)
{
    struct scrape_options o = { .host = "127.0.0.1", .render = render, .ctx = w };
    struct why why = { "" };

    assert_int_equal(loop_new(&w->loop), ERR_OK);
    o.loop = w->loop;
    assert_int_equal(scrape_new(&o, &w->s, &why), ERR_OK);
}

static void end(struct world *w)
{
    scrape_free(w->s);
    loop_free(w->loop);
}

static int dial(const struct world *w)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(scrape_port(w->s)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes until the end. */
static const char *hear(struct world *w, int fd, struct buf *b)
{
    char some[65536];
    ssize_t n = -1;

    buf_clear(b);
    for (int i = 0; i < 20000 && n; i++) {
        assert_int_equal(loop_turn(w->loop, 0), ERR_OK);
        n = recv(fd, some, sizeof(some), MSG_DONTWAIT);
        if (n > 0)
            buf_put(b, some, (size_t)n);
        else if (n < 0)
            assert_int_equal(errno, EAGAIN);
    }
    assert_int_equal(n, 0);
    close(fd);
    return buf_text(b);
}

static const char *ask(struct world *w, const char *text, struct buf *b)
{
    int fd = dial(w);

    say(fd, text);
    return hear(w, fd, b);
}

#define GET "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
#define PAGE "# HELP up it runs\n# TYPE up gauge\nup 1\n"

static void a_page_is_answered_and_the_connection_closed(void **state)
{
    struct world w = { .page_n = 1 };
    OWNED_BUF b = { 0 };

    (void)state;
    begin(&w);
    assert_string_equal(
        ask(&w, GET, &b),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "Content-Length: 39\r\nConnection: close\r\n\r\n" PAGE);
    assert_string_equal(ask(&w, "GET / HTTP/1.1\r\n\r\n", &b),
                        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(ask(&w, "POST /metrics HTTP/1.1\r\n\r\n", &b),
                           "405 Method Not Allowed\r\nAllow: GET"));
    end(&w);
}

static void a_page_is_made_once_a_second(void **state)
{
    struct world w = { .page_n = 1 };
    OWNED_BUF b = { 0 };

    (void)state;
    begin(&w);
    for (int i = 0; i < 20; i++)
        assert_non_null(strstr(ask(&w, GET, &b), "up 1\n"));
    assert_int_equal(w.renders, 1);
    for (int64_t until = loop_now_ms(w.loop) + SCRAPE_FRESH_MS + 100; loop_now_ms(w.loop) < until;)
        assert_int_equal(loop_turn(w.loop, 50), ERR_OK);
    assert_non_null(strstr(ask(&w, GET, &b), "up 2\n"));
    end(&w);
}

static void a_large_page_goes_out_as_the_peer_reads_it(void **state)
{
    struct world w = { .page_n = 400000 };
    OWNED_BUF b = { 0 };
    size_t head = 0;

    (void)state;
    begin(&w);
    (void)ask(&w, GET, &b);
    head = (size_t)(strstr((char *)b.p, "\r\n\r\n") - (char *)b.p) + 4;
    assert_int_equal(b.n - head, w.page_n * strlen(PAGE));
    end(&w);
}

static void a_page_that_is_too_large_is_no_page(void **state)
{
    struct world w = { .page_n = 2, .bytes_max = 40 };
    OWNED_BUF b = { 0 };

    (void)state;
    begin(&w);
    assert_non_null(strstr(ask(&w, GET, &b), "HTTP/1.1 503 Service Unavailable"));
    end(&w);
}

/* Whoever says nothing, or too much, keeps nobody else from being answered. */
static void silent_peers_make_room(void **state)
{
    struct world w = { .page_n = 1 };
    OWNED_BUF b = { 0 };
    int silent[2 * SCRAPE_CONNS_MAX];
    char gone;

    (void)state;
    begin(&w);
    for (int i = 0; i < 2 * SCRAPE_CONNS_MAX; i++) {
        silent[i] = dial(&w);
        say(silent[i], "GET /metr");
        assert_int_equal(loop_turn(w.loop, 0), ERR_OK);
    }
    assert_non_null(strstr(ask(&w, GET, &b), "up 1\n"));
    if (recv(silent[0], &gone, 1, MSG_DONTWAIT)) /* an end, or a reset */
        assert_int_equal(errno, ECONNRESET);
    for (int i = 0; i < 2 * SCRAPE_CONNS_MAX; i++)
        close(silent[i]);
    end(&w);
}

static void a_head_is_bounded(void **state)
{
    struct world w = { .page_n = 1 };
    OWNED_BUF b = { 0 };
    OWNED_BUF head = { 0 };

    (void)state;
    begin(&w);
    buf_put_text(&head, "GET /metrics HTTP/1.1\r\nX: ");
    while (head.n < SCRAPE_HEAD_MAX)
        buf_put_u8(&head, 'x');
    assert_non_null(strstr(ask(&w, buf_text(&head), &b), "HTTP/1.1 431 "));
    end(&w);
}

static void what_a_head_asks_for(void **state)
{
    static const struct {
        const char *head;
        int want;
    } cases[] = {
        { "", 0 },
        { "GET /metrics HTTP/1.1\r\n", 0 },
        { "GET /metrics HTTP/1.1\r\n\r", 0 },
        { GET, 200 },
        { "GET /metrics?a=b HTTP/1.0\r\n\r\nmore", 200 },
        { "GET /metricsx HTTP/1.1\r\n\r\n", 404 },
        { "HEAD /metrics HTTP/1.1\r\n\r\n", 405 },
        { "GET /metrics HTTP/2.0\r\n\r\n", 505 },
        { "GET /metrics\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1 \r\n\r\n", 400 },
        { "GET  /metrics HTTP/1.1\r\n\r\n", 400 },
        { "GET http://a/metrics HTTP/1.1\r\n\r\n", 400 },
        { "\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1\n\n\r\n\r\n", 400 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (scrape_parse(str_of(cases[i].head)) != cases[i].want)
            fail_msg("%s: %d", cases[i].head, scrape_parse(str_of(cases[i].head)));
}

static void an_address_that_cannot_be_is_refused(void **state)
{
    struct world w = { .page_n = 1 };
    struct scrape_options o = { .host = "localhost", .render = render };
    struct scrape *other = NULL;
    struct why why = { "" };

    (void)state;
    begin(&w);
    o.loop = w.loop;
    assert_int_equal(scrape_new(&o, &other, &why), ERR_INVALID);
    o.host = "127.0.0.1";
    o.port = scrape_port(w.s);
    assert_int_equal(scrape_new(&o, &other, &why), ERR_EXISTS);
    assert_non_null(strstr(why.text, "127.0.0.1:"));
    end(&w);
}

TEST_MAIN(TEST(a_page_is_answered_and_the_connection_closed), TEST(a_page_is_made_once_a_second),
          TEST(a_large_page_goes_out_as_the_peer_reads_it),
          TEST(a_page_that_is_too_large_is_no_page), TEST(silent_peers_make_room),
          TEST(a_head_is_bounded), TEST(what_a_head_asks_for),
          TEST(an_address_that_cannot_be_is_refused))
