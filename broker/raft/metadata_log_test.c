#include "broker/raft/metadata_log.h"

#include "broker/raft/voters.h"
#include "common/mem.h"
#include "tests/lib/fault_fs.h"
#include "tests/lib/test.h"

static void append(struct metadata_log *m, int count, int32_t epoch)
{
    static const struct voters nobody;

    for (int n = 0; n < count; n++) {
        OWNED_BUF batch = { 0 };

        voters_put_leader_change(&nobody, 0, 1, 0, epoch, metadata_log_end(m), 0, &batch);
        assert_ok(log_append_as_is(m->log, batch.p, batch.n));
    }
}

/* What is there after a crash between the snapshot and the log that was to restart at it. */
static struct metadata_log *crashed(const char *dir, int records, struct snapshot_id snapshot)
{
    struct metadata_log *m;
    struct why why;

    assert_ok(metadata_log_open(fs_posix(), dir, 0, &m, &why));
    append(m, records, 1);
    assert_ok(metadata_log_put_snapshot(m, &snapshot, slice_make("x", 1)));
    metadata_log_close(m);
    assert_ok(metadata_log_open(fs_posix(), dir, 0, &m, &why));
    return m;
}

static void a_log_that_its_snapshot_passed_restarts_there(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct metadata_log *m = crashed(dir, 3, (struct snapshot_id){ 5, 1 });

    (void)state;
    assert_int_equal(metadata_log_start(m), 5);
    assert_int_equal(metadata_log_end(m), 5);
    metadata_log_close(m);
}

/* Its records were never committed: with the snapshot's epoch they would pass for newer ones. */
static void a_longer_log_of_an_older_epoch_than_its_snapshot_restarts_there(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct metadata_log *m = crashed(dir, 8, (struct snapshot_id){ 5, 3 });

    (void)state;
    assert_int_equal(metadata_log_start(m), 5);
    assert_int_equal(metadata_log_end(m), 5);
    assert_int_equal(metadata_log_last_epoch(m), 3);
    metadata_log_close(m);
}

static void a_log_that_goes_on_behind_its_snapshot_stays(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct metadata_log *m = crashed(dir, 8, (struct snapshot_id){ 5, 1 });

    (void)state;
    assert_int_equal(metadata_log_start(m), 0);
    assert_int_equal(metadata_log_end(m), 8);
    metadata_log_close(m);
}

/* Appends `count` records one by one and flushes each; what a full disk refuses is tried again. A
 * flush that fails is not: the log is read anew, as a process that starts again does. */
static void write_on(struct fault_fs *f, const char *dir, struct metadata_log **m, int count)
{
    static const struct voters nobody;
    struct why why;

    for (int n = 0; n < count; n++) {
        int64_t end = metadata_log_end(*m);
        OWNED_BUF batch = { 0 };
        err_t e;

        voters_put_leader_change(&nobody, 0, 1, 0, n / 10 + 1, end, 0, &batch);
        e = log_append_as_is((*m)->log, batch.p, batch.n);
        if (e) {
            assert_int_equal(e, ERR_NO_SPACE);
            assert_false(log_broken((*m)->log));
            assert_int_equal(metadata_log_end(*m), end);
            assert_ok(log_append_as_is((*m)->log, batch.p, batch.n));
        }
        e = log_sync((*m)->log);
        if (e) {
            assert_int_equal(e, ERR_NO_SPACE);
            assert_true(log_broken((*m)->log));
            metadata_log_close(*m);
            assert_ok(metadata_log_open(&f->fs, dir, 2000, m, &why));
            assert_true(metadata_log_end(*m) >= end);
            n -= metadata_log_end(*m) == end;
        }
    }
}

static void a_full_disk_refuses_an_append_and_takes_the_next(void **state)
{
    OWNED_MEM char *top = test_dir();
    bool failed = true;

    (void)state;
    for (int n = 1; failed; n++) {
        OWNED_MEM char *dir = mem_printf("%s/%d", top, n);
        struct metadata_log *m;
        struct fault_fs f;
        struct why why;

        fault_fs_init(&f);
        assert_ok(fs_mkdir(fs_posix(), dir, 0755));
        assert_ok(metadata_log_open(&f.fs, dir, 2000, &m, &why));
        f.error = ERR_NO_SPACE;
        f.torn = n % 2 ? 30 : 0;
        f.fail_at = f.calls + n;
        write_on(&f, dir, &m, 60);
        failed = f.failed;
        metadata_log_close(m);
        assert_ok(metadata_log_open(fs_posix(), dir, 2000, &m, &why));
        assert_int_equal(metadata_log_end(m), 60);
        assert_int_equal(metadata_log_last_epoch(m), 6);
        metadata_log_close(m);
        fault_fs_done(&f);
    }
}

static void a_damaged_log_is_set_aside_whole(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *file = mem_printf("%s/__cluster_metadata-0/%020d.log", dir, 0), *path = NULL;
    OWNED_MEM char *names = NULL;
    struct metadata_log *m;
    struct why why = { "" };
    OWNED_BUF bytes = { 0 };

    (void)state;
    assert_ok(metadata_log_open(fs_posix(), dir, 0, &m, &why));
    append(m, 10, 1);
    assert_ok(metadata_log_check_snapshots(m, &why));
    metadata_log_close(m);
    assert_ok(fs_read_all(fs_posix(), file, 1 << 20, &bytes));
    bytes.p[bytes.n / 3] ^= 0x20;
    assert_ok(fs_replace(fs_posix(), file, buf_slice(&bytes), 0644));
    assert_int_equal(metadata_log_open(fs_posix(), dir, 0, &m, &why), ERR_CORRUPT);

    assert_ok(metadata_log_set_aside(fs_posix(), dir, &path));
    assert_true(fs_exists(path));
    assert_ok(fs_list(dir, &names));
    assert_string_not_equal(names, "__cluster_metadata-0");
    assert_ok(metadata_log_open(fs_posix(), dir, 0, &m, &why));
    assert_int_equal(metadata_log_end(m), 0);
    metadata_log_close(m);
}

static void a_snapshot_that_does_not_parse_is_damage(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct metadata_log *m = crashed(dir, 3, (struct snapshot_id){ 5, 1 });
    struct why why = { "" };

    (void)state;
    assert_int_equal(metadata_log_check_snapshots(m, &why), ERR_CORRUPT);
    metadata_log_close(m);
}

TEST_MAIN(TEST(a_damaged_log_is_set_aside_whole), TEST(a_snapshot_that_does_not_parse_is_damage),
          TEST(a_full_disk_refuses_an_append_and_takes_the_next),
          TEST(a_log_that_its_snapshot_passed_restarts_there),
          TEST(a_longer_log_of_an_older_epoch_than_its_snapshot_restarts_there),
          TEST(a_log_that_goes_on_behind_its_snapshot_stays))
