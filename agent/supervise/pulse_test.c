/* Servers that the test plays: children that answer ApiVersions, and do not, over real connections.
 */
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/supervise/pulse.h"
#include "api/kafka/api_keys.h"
#include "api/kafka/msg/api_versions.h"

enum { FRAME_MAX = 4096, BUSY_SECONDS = 3, UNTIL_STILL_MS = PULSE_EVERY_MS + PULSE_SILENCE_MS };

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

static void put_answer(const uint8_t *frame, struct buf *out)
{
    struct kf_api_versions_response_api_version key = { KF_API_API_VERSIONS, 0, 4 };
    struct kf_api_versions_response m;
    uint32_t n;

    kf_init(&kf_api_versions_response_schema, &m);
    m.api_keys = &key;
    m.api_keys_n = 1;
    buf_put(out, (uint8_t[4]){ 0 }, 4);
    buf_put(out, frame + 4, 4); /* the correlation id */
    (void)kf_encode(&kf_api_versions_response_schema, 4, &m, out, NULL);
    n = htonl((uint32_t)out->n - 4);
    memcpy(out->p, &n, 4);
}

/* Answers `n` questions, then is busy for a while and answers on. */
static void serve(int listening, int n)
{
    int fd = accept(listening, NULL, NULL);
    uint8_t frame[FRAME_MAX];
    uint32_t size;

    for (; read_all(fd, &size, 4) && read_all(fd, frame, ntohl(size) % FRAME_MAX); n--) {
        OWNED_BUF out = { 0 };
        time_t until = time(NULL) + BUSY_SECONDS;

        while (!n && time(NULL) < until)
            continue;
        put_answer(frame, &out);
        if (write(fd, out.p, out.n) != (ssize_t)out.n)
            break;
    }
    _exit(0);
}

struct world {
    struct pulse pulse;
    pid_t pid;
    bool still;
};

static void on_still(struct pulse *p)
{
    container_of(p, struct world, pulse)->still = true;
}

static void begin(struct world *w, int busy_after)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t n = sizeof(a);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    memset(w, 0, sizeof(*w));
    w->pid = fork();
    if (!w->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd, busy_after);
    }
    close(fd);
    assert_ok(loop_new(&w->pulse.loop));
    w->pulse.host = "127.0.0.1";
    w->pulse.port = ntohs(a.sin_port);
    w->pulse.still = on_still;
    pulse_begin(&w->pulse, w->pid);
}

/* Until it is found to stand still, or `ms` have passed. */
static void watch(struct world *w, int64_t ms)
{
    int64_t until;

    assert_ok(loop_turn(w->pulse.loop, 0));
    for (until = loop_now_ms(w->pulse.loop) + ms; !w->still && loop_now_ms(w->pulse.loop) < until;)
        assert_ok(loop_turn(w->pulse.loop, 50));
}

static void end(struct world *w)
{
    pulse_end(&w->pulse);
    kill(w->pid, SIGKILL);
    waitpid(w->pid, NULL, 0);
    loop_free(w->pulse.loop);
}

static void one_that_is_stopped_is_found_and_one_that_answers_is_not(void **state)
{
    struct world w;

    (void)state;
    begin(&w, -1);
    watch(&w, 2 * UNTIL_STILL_MS);
    assert_false(w.still);
    kill(w.pid, SIGSTOP);
    watch(&w, 10 * UNTIL_STILL_MS);
    assert_true(w.still);
    end(&w);
}

static void one_that_is_stopped_before_the_first_question_is_found(void **state)
{
    struct world w;

    (void)state;
    begin(&w, -1);
    kill(w.pid, SIGSTOP);
    watch(&w, 10 * UNTIL_STILL_MS);
    assert_true(w.still);
    end(&w);
}

static void one_that_is_busy_stands_not_still(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 2);
    watch(&w, 1000 * BUSY_SECONDS + UNTIL_STILL_MS);
    assert_false(w.still);
    end(&w);
}

static void one_that_is_gone_is_anothers_to_notice(void **state)
{
    struct world w;

    (void)state;
    begin(&w, -1);
    watch(&w, PULSE_EVERY_MS);
    kill(w.pid, SIGKILL);
    watch(&w, 2 * UNTIL_STILL_MS);
    assert_false(w.still);
    end(&w);
}

TEST_MAIN(TEST(one_that_is_stopped_is_found_and_one_that_answers_is_not),
          TEST(one_that_is_stopped_before_the_first_question_is_found),
          TEST(one_that_is_busy_stands_not_still), TEST(one_that_is_gone_is_anothers_to_notice))
