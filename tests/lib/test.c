#include "tests/lib/test.h"

#include <stdlib.h>

#include "common/fs.h"
#include "common/mem.h"

static char *dirs[256];
static size_t dirs_n;

static void remove_dirs(void)
{
    while (dirs_n) {
        (void)fs_remove_tree(fs_posix(), dirs[--dirs_n]);
        mem_free(dirs[dirs_n]);
    }
}

char *test_dir(void)
{
    const char *tmp = getenv("TMPDIR");
    char *path = mem_printf("%s/klamm-test-XXXXXX", tmp ? tmp : "/tmp");

    assert_non_null(mkdtemp(path));
    assert_true(dirs_n < ARRAY_LEN(dirs));
    if (!dirs_n)
        atexit(remove_dirs);
    dirs[dirs_n++] = mem_strdup(path);
    return path;
}
