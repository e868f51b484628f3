#include "tests/lib/test.h"

#include "broker/log/txn_index.h"
#include "common/mem.h"
#include "tests/lib/fault_fs.h"

static const struct aborted_txn txns[] = {
    { 1, 100, 110, 111 }, { 2, 105, 120, 115 }, { 1, 115, 130, 131 }, { 3, 140, 150, 151 },
};

static void put_all(struct fs *fs, const char *dir)
{
    for (size_t i = 0; i < ARRAY_LEN(txns); i++)
        assert_ok(txn_index_append(fs, dir, 100, (int64_t)i * TXN_ENTRY, &txns[i]));
}

static void entries_round_trip_and_truncate(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_BUF file = { 0 };
    struct aborted_txn t;

    (void)state;
    assert_ok(txn_index_read(fs_posix(), dir, 100, &file, NULL));
    assert_int_equal(file.n, 0);
    put_all(fs_posix(), dir);
    assert_ok(txn_index_read(fs_posix(), dir, 100, &file, NULL));
    assert_int_equal(file.n, ARRAY_LEN(txns) * TXN_ENTRY);
    assert_true(txn_entry_get(buf_slice(&file), 2, &t));
    assert_memory_equal(&t, &txns[2], sizeof(t));
    assert_ok(txn_index_truncate(fs_posix(), dir, 100, 130));
    buf_clear(&file);
    assert_ok(txn_index_read(fs_posix(), dir, 100, &file, NULL));
    assert_int_equal(file.n, 2 * TXN_ENTRY);
    assert_ok(txn_index_truncate(fs_posix(), dir, 7, 130)); /* no such file */
}

static void a_fetch_hears_of_the_aborts_that_touch_it(void **state)
{
    OWNED_BUF file = { 0 };
    OWNED_BUF hit = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(txns); i++)
        txn_entry_put(&file, &txns[i]);
    assert_true(txn_index_collect(buf_slice(&file), 100, 111, &hit)); /* stable from 111 on */
    assert_int_equal(hit.n, TXN_ENTRY);
    buf_clear(&hit);
    assert_true(txn_index_collect(buf_slice(&file), 112, 125, &hit));
    assert_int_equal(hit.n, 2 * TXN_ENTRY);
    buf_clear(&hit);
    assert_false(txn_index_collect(buf_slice(&file), 151, 1000, &hit));
    assert_int_equal(hit.n, 0);
}

static void damage_is_named(void **state)
{
    OWNED_BUF file = { 0 };
    struct why because;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(txns); i++)
        txn_entry_put(&file, &txns[i]);
    assert_ok(txn_index_check(buf_slice(&file), 100, &because));
    assert_int_equal(txn_index_check(buf_slice(&file), 111, &because), ERR_CORRUPT);
    assert_int_equal(txn_index_check(slice_make(file.p, file.n - 1), 100, &because), ERR_CORRUPT);
    file.p[TXN_ENTRY + 1] = 1;
    assert_int_equal(txn_index_check(buf_slice(&file), 100, &because), ERR_CORRUPT);
    assert_non_null(strstr(because.text, "version"));
}

static void a_torn_entry_is_taken_back(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_BUF file = { 0 };
    struct fault_fs f;

    (void)state;
    put_all(fs_posix(), dir);
    fault_fs_init(&f);
    f.fail_at = 2; /* open, write */
    f.torn = 20;
    assert_int_equal(txn_index_append(&f.fs, dir, 100, 4 * TXN_ENTRY, &txns[3]), ERR_IO);
    assert_ok(txn_index_read(fs_posix(), dir, 100, &file, NULL));
    assert_int_equal(file.n, 4 * TXN_ENTRY);
    fault_fs_done(&f);
}

TEST_MAIN(TEST(entries_round_trip_and_truncate), TEST(a_fetch_hears_of_the_aborts_that_touch_it),
          TEST(damage_is_named), TEST(a_torn_entry_is_taken_back))
