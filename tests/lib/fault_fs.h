/* fault_fs - the real file system, but its calls can fail, tear and forget.
 *
 *   fail    the n-th call that changes something fails; a failing write may leave its first
 *           bytes behind (torn); after it all calls fail (`dead`) or go on
 *   forget  fault_fs_power_cut takes back, page by page and by the dice, what was written
 *           since the file's last sync: pages keep their old bytes, or zeros where the file
 *           grew. Names (create, rename, unlink) always last: journals keep them in order.
 *
 * One thread. Files are tracked by path; directories may be renamed. */
#ifndef KLAMM_TESTS_LIB_FAULT_FS_H
#define KLAMM_TESTS_LIB_FAULT_FS_H

#include "common/fs.h"
#include "common/rng.h"

enum { FAULT_FILES_MAX = 512, FAULT_PAGE = 512 };

struct fault_file {
    char *path;
    uint8_t *durable;    /* content at the last sync; NULL: nothing changed since */
    int64_t durable_n;
    bool changed;
};

struct fault_fs {
    struct fs fs;        /* hand out &f->fs */
    int calls;           /* changing calls so far */
    int fail_at;         /* 0: never */
    err_t error;         /* what the failing call answers */
    int64_t torn;        /* bytes a failing write leaves behind */
    bool dead;           /* every changing call after the failing one fails too */
    bool failed;         /* it happened */
    bool remember;       /* keep what power_cut needs; set before the first call */
    struct fault_file files[FAULT_FILES_MAX];
    int files_n;
};

void fault_fs_init(struct fault_fs *f);
void fault_fs_done(struct fault_fs *f);
/* All files are closed before. Nothing is pending afterwards. */
void fault_fs_power_cut(struct fault_fs *f, struct rng *r);

#endif
