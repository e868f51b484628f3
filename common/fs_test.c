#include "tests/lib/test.h"

#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

static char *below(const char *dir, const char *name)
{
    return mem_printf("%s/%s", dir, name);
}

static void replace_gives_the_new_content_and_leaves_no_temporary(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = below(dir, "file");
    OWNED_MEM char *names = NULL;
    OWNED_BUF got = { 0 };

    (void)state;
    assert_ok(fs_replace(fs_posix(), path, slice_make("old", 3), 0600));
    assert_ok(fs_replace(fs_posix(), path, slice_make("newer", 5), 0600));
    assert_ok(fs_read_all(fs_posix(), path, 100, &got));
    assert_int_equal(got.n, 5);
    assert_memory_equal(got.p, "newer", 5);
    assert_ok(fs_list(dir, &names));
    assert_string_equal(names, "file");
    assert_int_equal(names[5], 0);
}

static void a_file_beyond_the_limit_is_refused_before_it_is_read(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = below(dir, "file");
    OWNED_BUF got = { 0 };

    (void)state;
    assert_ok(fs_replace(fs_posix(), path, slice_make("12345", 5), 0600));
    assert_int_equal(fs_read_all(fs_posix(), path, 4, &got), ERR_TOO_LARGE);
    assert_int_equal(got.n, 0);
}

static void a_tree_is_removed_whole_and_a_link_is_not_followed(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *outside = below(dir, "outside");
    OWNED_MEM char *tree = below(dir, "tree");
    OWNED_MEM char *deep = below(tree, "a/b/c");
    OWNED_MEM char *link = below(deep, "link");

    (void)state;
    assert_ok(fs_replace(fs_posix(), outside, slice_make("x", 1), 0600));
    assert_ok(fs_mkdirs(fs_posix(), deep, 0700));
    assert_ok(fs_mkdirs(fs_posix(), deep, 0700));
    assert_int_equal(symlink(outside, link), 0);
    assert_ok(fs_remove_tree(fs_posix(), tree));
    assert_false(fs_exists(tree));
    assert_true(fs_exists(outside));
    assert_ok(fs_remove_tree(fs_posix(), tree));
}

static void a_short_read_is_out_of_range(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = below(dir, "file");
    char bytes[8];
    int fd;

    (void)state;
    assert_ok(fs_replace(fs_posix(), path, slice_make("12345", 5), 0600));
    assert_ok(fs_open(fs_posix(), path, 0, 0, &fd));
    assert_ok(fs_pread(fs_posix(), fd, bytes, 5, 0));
    assert_int_equal(fs_pread(fs_posix(), fd, bytes, 8, 0), ERR_OUT_OF_RANGE);
    assert_ok(fs_close(fs_posix(), fd));
}

TEST_MAIN(TEST(replace_gives_the_new_content_and_leaves_no_temporary),
          TEST(a_file_beyond_the_limit_is_refused_before_it_is_read),
          TEST(a_tree_is_removed_whole_and_a_link_is_not_followed), TEST(a_short_read_is_out_of_range))
