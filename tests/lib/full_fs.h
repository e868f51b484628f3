/* full_fs - the real file system, on a volume that a test makes full and empties again: while
 * `full` is set, writes and new files answer ERR_NO_SPACE; reads, cuts, renames and removals work.
 * From any thread. */
#ifndef KLAMM_TESTS_LIB_FULL_FS_H
#define KLAMM_TESTS_LIB_FULL_FS_H

#include <stdatomic.h>

#include "common/fs.h"

struct full_fs {
    struct fs fs; /* hand out &f->fs */
    atomic_bool full;
    atomic_int refused; /* calls */
};

void full_fs_init(struct full_fs *f);

#endif
