#include "tests/lib/test.h"

#include <string.h>

#include "agent/volume/directory.h"
#include "common/mem.h"
#include "tests/lib/fault_fs.h"

static const struct volume_owner owner = { "u-1/broker-1", "abcdefghijklmnopqrstuv", 1, 5 };

static struct volume_owner tombstone(void)
{
    struct volume_owner o = owner;

    o.revision = 6;
    return o;
}

static bool is_there(const char *dir, const char *name)
{
    OWNED_MEM char *path = mem_printf("%s/%s", dir, name);

    return fs_exists(path);
}

static void put(const char *dir, const char *name, const char *text)
{
    OWNED_MEM char *path = mem_printf("%s/%s", dir, name);

    assert_ok(fs_replace(fs_posix(), path, slice_make(text, strlen(text)), 0600));
}

static void fill(const char *dir)
{
    put(dir, "processes/u-1/broker-1/data/meta.properties", "version=1\n");
}

static void a_volume_is_given_to_its_owner_again_and_to_nobody_else(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct volume_owner other = owner;
    struct why reason;

    (void)state;
    assert_ok(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason));
    assert_true(is_there(dir, "processes/u-1/broker-1/data"));
    assert_ok(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason));
    other.node_id = 2;
    assert_int_equal(volume_claim(fs_posix(), dir, &other, VOLUME_DIRECTORY, NULL, &reason), ERR_INVALID);
    assert_non_null(strstr(reason.text, "belongs to u-1/broker-1"));
    other = owner;
    other.cluster_id = "vutsrqponmlkjihgfedcba";
    assert_int_equal(volume_claim(fs_posix(), dir, &other, VOLUME_DIRECTORY, NULL, &reason), ERR_INVALID);
}

static void data_without_a_marker_is_neither_used_nor_removed(void **state)
{
    static const char *const bad[] = { "", "{}", "[1]", "{\"id\": 1}", "\xff" };
    OWNED_MEM char *dir = test_dir();
    struct volume_owner t = tombstone();
    struct why reason;

    (void)state;
    assert_ok(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason));
    fill(dir);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put(dir, "processes/u-1/broker-1/volume.json", bad[i]);
        assert_int_equal(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason), ERR_INVALID);
        assert_int_equal(volume_remove(fs_posix(), dir, &t, &reason), ERR_INVALID);
    }
    {
        OWNED_MEM char *marker = mem_printf("%s/processes/u-1/broker-1/volume.json", dir);

        assert_ok(fs_unlink(fs_posix(), marker));
    }
    assert_int_equal(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason), ERR_INVALID);
    assert_int_equal(volume_remove(fs_posix(), dir, &t, &reason), ERR_INVALID);
    assert_true(is_there(dir, "processes/u-1/broker-1/data/meta.properties"));
}

static void only_a_newer_tombstone_of_the_owner_removes(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct volume_owner t = tombstone();
    struct why reason;

    (void)state;
    assert_ok(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason));
    fill(dir);
    assert_int_equal(volume_remove(fs_posix(), dir, &owner, &reason), ERR_INVALID);
    t.node_id = 2;
    assert_int_equal(volume_remove(fs_posix(), dir, &t, &reason), ERR_INVALID);
    assert_true(is_there(dir, "processes/u-1/broker-1/data/meta.properties"));
    t.node_id = 1;
    assert_ok(volume_remove(fs_posix(), dir, &t, &reason));
    assert_false(is_there(dir, "processes/u-1"));
    assert_false(is_there(dir, "trash/6-u-1-broker-1"));
    assert_ok(volume_remove(fs_posix(), dir, &t, &reason));
}

/* Every call fails once, and after a crash nothing works: the next life makes it good. */
static void a_claim_that_failed_anywhere_is_made_good_by_the_next(void **state)
{
    err_t e;
    int n = 0;

    (void)state;
    do {
        OWNED_MEM char *dir = test_dir();
        struct fault_fs f;
        struct why reason;

        fault_fs_init(&f);
        f.fail_at = ++n;
        f.error = ERR_NO_SPACE;
        f.torn = 7;
        f.dead = true;
        e = volume_claim(&f.fs, dir, &owner, VOLUME_DIRECTORY, NULL, &reason);
        if (e) {
            assert_int_equal(e, ERR_NO_SPACE);
            assert_ok(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason));
        }
        assert_true(is_there(dir, "processes/u-1/broker-1/volume.json"));
        assert_true(is_there(dir, "processes/u-1/broker-1/data"));
        fault_fs_done(&f);
    } while (e);
    assert_true(n > 4);
}

static void a_removal_that_failed_anywhere_keeps_all_or_ends_with_nothing(void **state)
{
    struct volume_owner t = tombstone();
    err_t e;
    int n = 0;

    (void)state;
    do {
        OWNED_MEM char *dir = test_dir();
        struct fault_fs f;
        struct why reason;

        assert_ok(volume_claim(fs_posix(), dir, &owner, VOLUME_DIRECTORY, NULL, &reason));
        fill(dir);
        fault_fs_init(&f);
        f.fail_at = ++n;
        f.error = ERR_IO;
        f.dead = true;
        e = volume_remove(&f.fs, dir, &t, &reason);
        /* Whole where it was, or not there at all. */
        assert_int_equal(is_there(dir, "processes/u-1/broker-1/data/meta.properties"),
                         is_there(dir, "processes/u-1/broker-1/volume.json"));
        if (f.failed && is_there(dir, "processes/u-1/broker-1"))
            assert_true(is_there(dir, "processes/u-1/broker-1/data/meta.properties"));
        assert_ok(volume_empty_trash(fs_posix(), dir, &reason));
        assert_ok(volume_remove(fs_posix(), dir, &t, &reason));
        assert_false(is_there(dir, "processes/u-1/broker-1"));
        assert_false(is_there(dir, "trash/6-u-1-broker-1"));
        fault_fs_done(&f);
    } while (e);
    assert_true(n > 4);
}

TEST_MAIN(TEST(a_volume_is_given_to_its_owner_again_and_to_nobody_else),
          TEST(data_without_a_marker_is_neither_used_nor_removed),
          TEST(only_a_newer_tombstone_of_the_owner_removes),
          TEST(a_claim_that_failed_anywhere_is_made_good_by_the_next),
          TEST(a_removal_that_failed_anywhere_keeps_all_or_ends_with_nothing))
