#include "tests/lib/test.h"

#include "broker/log/flusher.h"
#include "common/clock.h"
#include "tests/lib/batches.h"
#include "tests/lib/fault_fs.h"

enum { LOGS = 100, DEADLINE_MS = 20000 };

static void append(struct log *l, size_t value_bytes)
{
    OWNED_BUF b = { 0 };
    struct log_appended ret;

    test_batch_put(&b, &(struct test_batch){ .count = 1, .value_bytes = value_bytes, .timestamp = 1 });
    assert_ok(log_append_leader(l, b.p, b.n, 0, 1, &ret));
}

static struct log *open_log(struct fs *fs, const char *dir)
{
    struct log_open o = { .fs = fs, .dir = dir, .config = log_config_default(), .log_start = -1 };
    struct log *l = NULL;

    assert_ok(log_new(&o, &l, NULL));
    return l;
}

static void count_failure(void *arg, struct log *l, err_t e)
{
    assert_int_equal(log_broken(l), e != ERR_OK);
    *(int *)arg += e == ERR_IO;
}

static void dirty_logs_reach_the_device_by_themselves(void **state)
{
    OWNED_MEM char *top = test_dir();
    struct flusher *f = NULL;
    struct log *logs[LOGS];
    struct loop *loop = NULL;
    int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    int done = 0, ignored = 0;

    (void)state;
    assert_ok(loop_new(&loop));
    assert_ok(flusher_new(loop, count_failure, &ignored, &f));
    flusher_set_age(f, 1);
    for (int i = 0; i < LOGS; i++) {
        OWNED_MEM char *dir = mem_printf("%s/t-%d", top, i);

        logs[i] = open_log(fs_posix(), dir);
        log_set_flusher(logs[i], f);
        append(logs[i], 100);
    }
    while (done < LOGS && clock_mono_ms() < deadline) {
        assert_ok(loop_turn(loop, 100));
        if (done % 3 == 0)
            append(logs[LOGS - 1], 10); /* others go on meanwhile */
        for (done = 0; done < LOGS && log_recovery_point(logs[done]) > 0; done++)
            continue;
    }
    assert_int_equal(done, LOGS);
    for (int i = 0; i < LOGS; i += 2) { /* one way round and the other */
        append(logs[i], 10);
        assert_ok(log_close(logs[i], true));
    }
    flusher_free(f);
    for (int i = 1; i < LOGS; i += 2)
        assert_ok(log_close(logs[i], true));
    loop_free(loop);
}

static void note_end(void *arg, struct log *l, err_t e)
{
    assert_ok(e);
    *(int *)arg += 1;
    assert_true(log_recovery_point(l) > 0);
}

/* Nothing waits for a tick; what comes during a flush is in the next one. */
static void an_eager_flusher_follows_every_append(void **state)
{
    OWNED_MEM char *top = test_dir();
    struct flusher *f = NULL;
    struct log *logs[10];
    struct loop *loop = NULL;
    int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    int ends = 0;

    (void)state;
    assert_ok(loop_new(&loop));
    assert_ok(flusher_new_eager(loop, note_end, &ends, &f));
    for (int i = 0; i < 10; i++) {
        OWNED_MEM char *dir = mem_printf("%s/t-%d", top, i);

        logs[i] = open_log(fs_posix(), dir);
        log_set_flusher(logs[i], f);
    }
    for (int n = 1; n <= 50; n++) {
        append(logs[n % 10], 100);
        append(logs[n % 7], 100);
        assert_ok(loop_turn(loop, n % 3 ? 0 : 1));
    }
    for (int i = 0; i < 10; i++)
        while (log_recovery_point(logs[i]) < log_end_offset(logs[i]) && clock_mono_ms() < deadline)
            assert_ok(loop_turn(loop, 100));
    for (int i = 0; i < 10; i++) {
        assert_int_equal(log_recovery_point(logs[i]), log_end_offset(logs[i]));
        assert_ok(log_close(logs[i], i % 2));
    }
    assert_in_range(ends, 10, 100);
    flusher_free(f);
    loop_free(loop);
}

static void a_failed_flush_breaks_the_log_and_is_heard(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct flusher *f = NULL;
    struct fault_fs fault;
    struct loop *loop = NULL;
    struct log *l;
    int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    int failures = 0;

    (void)state;
    fault_fs_init(&fault);
    assert_ok(loop_new(&loop));
    assert_ok(flusher_new(loop, count_failure, &failures, &f));
    flusher_set_age(f, 1);
    l = open_log(&fault.fs, dir);
    log_set_flusher(l, f);
    append(l, 100);
    fault.fail_at = fault.calls + 3; /* two index files made, then the sync */
    while (!failures && clock_mono_ms() < deadline)
        assert_ok(loop_turn(loop, 100));
    assert_int_equal(failures, 1);
    assert_int_equal(log_recovery_point(l), 0);
    assert_int_equal(log_close(l, true), ERR_IO);
    flusher_free(f);
    loop_free(loop);
    fault_fs_done(&fault);
}

TEST_MAIN(TEST(dirty_logs_reach_the_device_by_themselves), TEST(an_eager_flusher_follows_every_append),
          TEST(a_failed_flush_breaks_the_log_and_is_heard))
