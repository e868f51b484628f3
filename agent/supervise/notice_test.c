/* Controllers that the test plays: threads that answer what they are told to, over real connections. */
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/supervise/notice.h"
#include "api/kafka/api_keys.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "common/fs.h"

enum { DEADLINE_MS = 10000, FRAME_MAX = 4096, NODE = 3, EPOCH = 77, HEARTBEAT_VERSION = 2 };

struct controller {
    int fd;
    uint16_t port;
    int16_t error, errors_at_first; /* so many NOT_CONTROLLER, then `error` */
    atomic_int asked;
    atomic_bool wrong;
    pthread_t thread;
};

static bool read_all(int fd, void *p, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t r = read(fd, (char *)p + got, n - got);

        if (r <= 0)
            return false;
        got += (size_t)r;
    }
    return true;
}

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Behind api key, version, correlation id, client id and the header's empty tags. */
static void check_heartbeat(struct controller *c, const uint8_t *frame, size_t n)
{
    size_t header = 10 + (size_t)(frame[8] << 8 | frame[9]) + 1;
    struct cursor body = cursor_over(slice_make(frame + header, n - header));
    struct kf_broker_heartbeat_request q;
    OWNED_ARENA a = { 0 };

    if (kf_decode(&kf_broker_heartbeat_request_schema, HEARTBEAT_VERSION, &body, &a, &q) ||
        q.broker_id != NODE || q.broker_epoch != EPOCH || !q.want_fence || q.want_shut_down)
        c->wrong = true;
}

static void put_versions(struct buf *out)
{
    struct kf_api_versions_response_api_version keys[] = {
        { KF_API_API_VERSIONS, 0, 4 }, { KF_API_BROKER_HEARTBEAT, 0, HEARTBEAT_VERSION }
    };
    struct kf_api_versions_response m;

    kf_init(&kf_api_versions_response_schema, &m);
    m.api_keys = keys;
    m.api_keys_n = 2;
    (void)kf_encode(&kf_api_versions_response_schema, 4, &m, out, NULL);
}

static void put_heartbeat(struct controller *c, const uint8_t *frame, size_t n, struct buf *out)
{
    struct kf_broker_heartbeat_response m;

    check_heartbeat(c, frame, n);
    kf_init(&kf_broker_heartbeat_response_schema, &m);
    m.error_code = c->asked++ < c->errors_at_first ? KF_ERR_NOT_CONTROLLER : c->error;
    buf_put_u8(out, 0); /* the header's tags */
    (void)kf_encode(&kf_broker_heartbeat_response_schema, HEARTBEAT_VERSION, &m, out, NULL);
}

static void serve(struct controller *c, int fd)
{
    uint8_t size[4], frame[FRAME_MAX];

    while (read_all(fd, size, 4) && u32_at(size) <= FRAME_MAX && read_all(fd, frame, u32_at(size))) {
        OWNED_BUF out = { 0 };
        uint32_t n;

        buf_put(&out, (uint8_t[4]){ 0 }, 4);
        buf_put(&out, frame + 4, 4); /* the correlation id */
        if (frame[1] == KF_API_API_VERSIONS)
            put_versions(&out);
        else
            put_heartbeat(c, frame, u32_at(size), &out);
        n = htonl((uint32_t)out.n - 4);
        memcpy(out.p, &n, 4);
        if (write(fd, out.p, out.n) != (ssize_t)out.n)
            break;
    }
    close(fd);
}

static void *run(void *ctx)
{
    struct controller *c = ctx;
    int fd;

    while ((fd = accept(c->fd, NULL, NULL)) >= 0)
        serve(c, fd);
    return NULL;
}

/* Has an address; nobody listens there yet. */
static void prepare(struct controller *c)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof(a);

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(c->fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(getsockname(c->fd, (struct sockaddr *)&a, &n), 0);
    c->port = ntohs(a.sin_port);
}

static void begin(struct controller *c)
{
    assert_int_equal(listen(c->fd, 5), 0);
    assert_int_equal(pthread_create(&c->thread, NULL, run, c), 0);
}

static void end(struct controller *c)
{
    shutdown(c->fd, SHUT_RDWR);
    pthread_join(c->thread, NULL);
    close(c->fd);
    assert_false(c->wrong);
}

static void begin_notice(struct notice *n, const struct controller *a, const struct controller *b)
{
    char voters[128];

    snprintf(voters, sizeof(voters), "1001@127.0.0.1:%u,1002@127.0.0.1:%u", a->port, b->port);
    assert_int_equal(loop_new(&n->loop), ERR_OK);
    notice_begin(n, voters, NODE, EPOCH);
    assert_int_equal(n->voters_n, 2);
}

static void turn_until_over(struct notice *n)
{
    int64_t deadline = loop_now_ms(n->loop) + DEADLINE_MS;

    while (notice_under_way(n)) {
        assert_true(loop_now_ms(n->loop) < deadline);
        assert_int_equal(loop_turn(n->loop, 100), ERR_OK);
    }
}

static void the_active_controller_is_found_among_those_that_are_not(void **state)
{
    struct controller a = { .error = KF_ERR_NOT_CONTROLLER }, b = { .errors_at_first = 3 };
    struct notice n = { 0 };

    (void)state;
    prepare(&a);
    prepare(&b);
    begin(&a);
    begin(&b);
    begin_notice(&n, &a, &b);
    turn_until_over(&n);
    loop_free(n.loop);
    end(&a);
    end(&b);
    assert_true(a.asked >= 1);
    assert_int_equal(b.asked, 4);
}

static void a_stale_epoch_ends_it_though_the_other_controller_is_away(void **state)
{
    struct controller a = { .error = KF_ERR_STALE_BROKER_EPOCH }, b = { 0 };
    struct notice n = { 0 };

    (void)state;
    prepare(&a);
    prepare(&b);
    begin(&a);
    begin_notice(&n, &a, &b);
    turn_until_over(&n);
    loop_free(n.loop);
    end(&a);
    close(b.fd);
    assert_int_equal(a.asked, 1);
}

static void a_controller_that_was_away_is_told_when_it_is_back(void **state)
{
    struct controller a = { 0 }, b = { 0 };
    struct notice n = { 0 };
    int64_t began;

    (void)state;
    prepare(&a);
    prepare(&b);
    begin_notice(&n, &a, &b);
    began = loop_now_ms(n.loop);
    while (loop_now_ms(n.loop) < began + 50)
        assert_int_equal(loop_turn(n.loop, 10), ERR_OK);
    assert_true(notice_under_way(&n));
    begin(&b);
    turn_until_over(&n);
    loop_free(n.loop);
    end(&b);
    close(a.fd);
    assert_int_equal(b.asked, 1);
}

static void voters_that_do_not_parse_are_left_out_and_too_many_are_bounded(void **state)
{
    struct notice n = { 0 };

    (void)state;
    assert_int_equal(loop_new(&n.loop), ERR_OK);
    notice_begin(&n, "", NODE, EPOCH);
    assert_false(notice_under_way(&n));
    notice_begin(&n, "1@h,@:,2@127.0.0.1:0,3@127.0.0.1:99999,4@127.0.0.1:1x,,5@127.0.0.1:1", NODE, EPOCH);
    assert_int_equal(n.voters_n, 1);
    assert_string_equal(n.voters[0].host, "127.0.0.1");
    notice_begin(&n, "1@127.0.0.1:1,1@127.0.0.1:1,1@127.0.0.1:1,1@127.0.0.1:1,1@127.0.0.1:1,1@127.0.0.1:1,"
                     "1@127.0.0.1:1,1@127.0.0.1:1,1@127.0.0.1:1,1@127.0.0.1:1", NODE, EPOCH);
    assert_int_equal(n.voters_n, NOTICE_VOTERS_MAX);
    notice_end(&n);
    assert_false(notice_under_way(&n));
    loop_free(n.loop);
}

static void write_epoch(const char *dir, const char *text)
{
    OWNED_MEM char *path = mem_printf("%s/data/broker.epoch", dir);

    assert_int_equal(fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600), ERR_OK);
}

static void an_epoch_that_is_missing_or_nonsense_is_none(void **state)
{
    char dir[] = "/tmp/klamm-notice-XXXXXX";
    OWNED_MEM char *data = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    data = mem_printf("%s/data", dir);
    assert_int_equal(notice_epoch(dir), -1);
    assert_int_equal(fs_mkdirs(fs_posix(), data, 0700), ERR_OK);
    write_epoch(dir, "");
    assert_int_equal(notice_epoch(dir), -1);
    write_epoch(dir, "-5\n");
    assert_int_equal(notice_epoch(dir), -1);
    write_epoch(dir, "soon\n");
    assert_int_equal(notice_epoch(dir), -1);
    write_epoch(dir, "1234567890123\n");
    assert_int_equal(notice_epoch(dir), 1234567890123);
    assert_int_equal(fs_remove_tree(fs_posix(), dir), ERR_OK);
}

TEST_MAIN(TEST(the_active_controller_is_found_among_those_that_are_not),
          TEST(a_stale_epoch_ends_it_though_the_other_controller_is_away),
          TEST(a_controller_that_was_away_is_told_when_it_is_back),
          TEST(voters_that_do_not_parse_are_left_out_and_too_many_are_bounded),
          TEST(an_epoch_that_is_missing_or_nonsense_is_none))
