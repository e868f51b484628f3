#include "broker/server/monitoring.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fs.h"
#include "tests/lib/test.h"

static void expect(const char *text, err_t want, const char *host, unsigned port,
                   enum monitoring_level level)
{
    struct monitoring_wish w;
    struct why why = { "" };

    assert_int_equal(monitoring_parse(str_of(text), &w, &why), want);
    if (want)
        assert_non_null(strstr(why.text, host));
    if (want)
        return;
    assert_string_equal(w.host, host);
    assert_int_equal(w.port, port);
    assert_int_equal(w.level, level);
}

static void a_file_says_where_and_how_much(void **state)
{
    (void)state;
    expect("", ERR_OK, "", 0, MONITORING_DEFAULT);
    expect("jmx.exporter=127.1.1.11:11001\n", ERR_OK, "127.1.1.11", 11001, MONITORING_DEFAULT);
    expect("jmx.exporter=[::1]:1\nlevel=PER_BROKER\n", ERR_OK, "::1", 1, MONITORING_BROKER);
    expect("level=PER_TOPIC_PER_BROKER", ERR_OK, "", 0, MONITORING_TOPIC);
    expect("level=PER_TOPIC_PER_PARTITION\njmx.exporter=127.0.0.1:65535", ERR_OK, "127.0.0.1",
           65535, MONITORING_PARTITION);
}

static void what_breaks_a_rule_is_refused_by_name(void **state)
{
    (void)state;
    expect("level=ALL", ERR_INVALID, "level: 'ALL'", 0, 0);
    expect("jmx.exporter=11001", ERR_INVALID, "jmx.exporter: '11001'", 0, 0);
    expect("jmx.exporter=127.0.0.1:0", ERR_INVALID, "jmx.exporter", 0, 0);
    expect("jmx.exporter=127.0.0.1:65536", ERR_INVALID, "jmx.exporter", 0, 0);
    expect("jmx.exporter=:1", ERR_INVALID, "jmx.exporter", 0, 0);
    expect("jmx.exporter="
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:1",
           ERR_INVALID, "jmx.exporter", 0, 0);
}

struct world {
    struct loop *loop;
    int on, off;
    enum monitoring_level level;
};

static void render(void *ctx, enum monitoring_level level, struct metrics *m)
{
    struct world *w = ctx;

    w->level = level;
    metrics_single(m, "up", "gauge", "it runs", 1);
}

static void switched(void *ctx, bool on)
{
    struct world *w = ctx;

    w->on += on;
    w->off += !on;
}

static uint16_t free_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    close(fd);
    return ntohs(a.sin_port);
}

/* The descriptor, or -1 when nobody listens. */
static int dial(uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
        return fd;
    close(fd);
    return -1;
}

static void pass(struct world *w)
{
    for (int64_t until = loop_now_ms(w->loop) + MONITORING_LOOK_MS + 100;
         loop_now_ms(w->loop) < until;)
        assert_int_equal(loop_turn(w->loop, 20), ERR_OK);
}

static void put(const char *path, const char *text)
{
    assert_int_equal(fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600), ERR_OK);
}

static void ask(struct world *w, uint16_t port)
{
    int fd = dial(port);
    char answer[512] = "";

    assert_true(fd >= 0);
    assert_true(write(fd, "GET /metrics HTTP/1.1\r\n\r\n", 25) == 25);
    for (int i = 0; i < 100 && recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT) <= 0; i++)
        assert_int_equal(loop_turn(w->loop, 10), ERR_OK);
    assert_non_null(strstr(answer, "\nup 1\n"));
    close(fd);
}

static void it_goes_on_and_off_as_the_file_says(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = NULL;
    OWNED_MEM char *text = NULL;
    struct world w = { 0 };
    struct monitoring_options o = { .render = render, .switched = switched, .ctx = &w };
    struct monitoring *g;
    uint16_t port = free_port();

    (void)state;
    path = mem_printf("%s/monitoring", dir);
    text = mem_printf("jmx.exporter=127.0.0.1:%u\nlevel=PER_BROKER\n", port);
    assert_int_equal(loop_new(&w.loop), ERR_OK);
    o.loop = w.loop;
    o.file = path;
    assert_null(monitoring_new(&(struct monitoring_options){ .loop = w.loop }));
    g = monitoring_new(&o);
    pass(&w);
    assert_int_equal(dial(port), -1);
    put(path, text);
    pass(&w);
    ask(&w, port);
    assert_int_equal(w.level, MONITORING_BROKER);
    put(path, "jmx.exporter=nowhere\n"); /* what is no wish changes nothing */
    pass(&w);
    ask(&w, port);
    put(path, "level=PER_BROKER\n");
    pass(&w);
    assert_int_equal(dial(port), -1);
    assert_int_equal(w.on, 1);
    assert_int_equal(w.off, 1);
    monitoring_free(g);
    loop_free(w.loop);
}

TEST_MAIN(TEST(a_file_says_where_and_how_much), TEST(what_breaks_a_rule_is_refused_by_name),
          TEST(it_goes_on_and_off_as_the_file_says))
