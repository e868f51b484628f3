/* A log whose volume is full: what needs no room goes on, what needs some changes nothing. */
#include "broker/log/log.h"

#include <fcntl.h>

#include "common/mem.h"
#include "tests/lib/batches.h"
#include "tests/lib/full_fs.h"
#include "tests/lib/test.h"

enum { BATCHES = 300, VALUE_BYTES = 200, STAMP = 1000 };

struct fixture {
    struct full_fs fs;
    char *top, *dir;
    struct log_open o;
    struct log *l;
    int64_t promised; /* as log_dir's checkpoint would say; lowered only by a call that succeeds */
};

static err_t lowered(void *arg, struct log *l, int64_t recovery_point)
{
    struct fixture *f = arg;

    (void)l;
    if (atomic_load(&f->fs.full))
        return ERR_NO_SPACE;
    f->promised = recovery_point;
    return ERR_OK;
}

static void open_log(struct fixture *f)
{
    struct why because = { "" };
    err_t e = log_new(&f->o, &f->l, &because);

    if (e)
        fail_msg("%s: %s", err_name(e), because.text);
}

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    full_fs_init(&f->fs);
    f->top = test_dir();
    f->dir = mem_printf("%s/t-0", f->top);
    f->o = (struct log_open){ .fs = &f->fs.fs, .dir = f->dir, .config = log_config_default(),
                              .log_start = -1, .lowered = lowered, .arg = f };
    f->o.config.index_interval_bytes = 300;
    open_log(f);
}

static void end(struct fixture *f)
{
    (void)log_close(f->l, false);
    mem_free(f->dir);
    mem_free(f->top);
}

static err_t append(struct fixture *f, int32_t epoch)
{
    OWNED_BUF b = { 0 };
    struct log_appended ret;
    int64_t stamp = STAMP + log_end_offset(f->l);

    test_batch_put(&b, &(struct test_batch){ 0, 1, -1, stamp, VALUE_BYTES, (uint64_t)stamp });
    return log_append_leader(f->l, b.p, b.n, epoch, stamp, &ret);
}

static void fill(struct fixture *f, int32_t epoch)
{
    for (int n = 0; n < BATCHES; n++)
        assert_ok(append(f, epoch));
}

/* Every offset below the end is found by the index, and every time. */
static void assert_whole(struct fixture *f, int64_t end)
{
    struct log_span span;

    log_check(f->l);
    assert_int_equal(log_end_offset(f->l), end);
    for (int64_t at = 0; at < end; at += 7) {
        assert_ok(log_read(f->l, at, 1, end, true, &span));
        assert_int_not_equal(span.n, 0);
        log_span_done(&span);
    }
}

static void a_refused_append_changes_nothing_and_the_next_follows(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    fill(&f, 0);
    atomic_store(&f.fs.full, true);
    assert_int_equal(append(&f, 0), ERR_NO_SPACE);
    assert_int_equal(append(&f, 1), ERR_NO_SPACE); /* nor does the epoch begin */
    assert_int_equal(log_last_epoch(f.l), 0);
    assert_whole(&f, BATCHES);
    atomic_store(&f.fs.full, false);
    assert_ok(append(&f, 1));
    assert_int_equal(log_epoch_of(f.l, BATCHES), 1);
    assert_whole(&f, BATCHES + 1);
    end(&f);
}

static void what_is_written_can_be_flushed(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    fill(&f, 0);
    assert_true(log_recovery_point(f.l) < BATCHES);
    atomic_store(&f.fs.full, true);
    assert_ok(log_sync(f.l)); /* index entries wait in memory */
    assert_int_equal(log_recovery_point(f.l), BATCHES);
    atomic_store(&f.fs.full, false);
    assert_ok(append(&f, 0));
    assert_ok(log_sync(f.l));
    assert_ok(log_close(f.l, false));
    f.o.recovery_point = BATCHES + 1;
    open_log(&f);
    assert_whole(&f, BATCHES + 1);
    end(&f);
}

/* An unflushed tail, with index entries in the file and in memory on either side of the cut. */
static void a_cut_needs_no_room(void **state)
{
    (void)state;
    for (int64_t to = 1; to < BATCHES; to += 23) {
        struct fixture f;

        begin(&f);
        fill(&f, 0);
        atomic_store(&f.fs.full, true);
        assert_ok(log_truncate(f.l, to));
        assert_whole(&f, to);
        atomic_store(&f.fs.full, false);
        for (int n = 0; n < 20; n++)
            assert_ok(append(&f, 0));
        assert_whole(&f, to + 20);
        assert_ok(log_close(f.l, true));
        f.o.clean = true;
        open_log(&f);
        assert_whole(&f, to + 20);
        end(&f);
    }
}

static void nothing_is_cut_before_the_checkpoint_takes_its_promise_back(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    fill(&f, 0);
    assert_ok(log_sync(f.l));
    f.promised = BATCHES;
    atomic_store(&f.fs.full, true);
    for (int n = 0; n < 3; n++) { /* the second try knows no more than the first */
        assert_int_equal(log_truncate(f.l, 100), ERR_NO_SPACE);
        assert_int_equal(log_restart_at(f.l, 1000), ERR_NO_SPACE);
        assert_whole(&f, BATCHES);
        assert_false(log_broken(f.l));
    }
    atomic_store(&f.fs.full, false);
    assert_ok(log_truncate(f.l, 100));
    assert_true(f.promised <= 100);
    assert_whole(&f, 100);
    end(&f);
}

static void a_log_with_a_torn_end_opens_without_room(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    fill(&f, 0);
    assert_ok(append(&f, 1)); /* recovery must forget the epoch again */
    assert_ok(log_close(f.l, false));
    {
        OWNED_MEM char *path = mem_printf("%s/00000000000000000000.log", f.dir);
        int fd;

        assert_ok(fs_open(fs_posix(), path, O_RDWR, 0, &fd));
        assert_ok(fs_truncate(fs_posix(), fd, fs_size(path) - 10));
        assert_ok(fs_close(fs_posix(), fd));
    }
    atomic_store(&f.fs.full, true);
    open_log(&f);
    assert_whole(&f, BATCHES);
    assert_int_equal(log_last_epoch(f.l), 0);
    atomic_store(&f.fs.full, false);
    assert_ok(append(&f, 2));
    assert_int_equal(log_epoch_of(f.l, BATCHES), 2);
    end(&f);
}

TEST_MAIN(TEST(a_refused_append_changes_nothing_and_the_next_follows),
          TEST(what_is_written_can_be_flushed), TEST(a_cut_needs_no_room),
          TEST(nothing_is_cut_before_the_checkpoint_takes_its_promise_back),
          TEST(a_log_with_a_torn_end_opens_without_room))
