/* fault_vfs - SQLite's files with a failure at the n-th write or sync.
 *
 * Becomes SQLite's default VFS of this process; reads and locks go through untouched. */
#ifndef KLAMM_TESTS_LIB_FAULT_VFS_H
#define KLAMM_TESTS_LIB_FAULT_VFS_H

struct fault_vfs {
    int calls;   /* writes, syncs and truncates so far */
    int fail_at; /* the call that fails, and all after it; 0: none does */
    int code;    /* SQLITE_FULL, SQLITE_IOERR_WRITE .. */
};

/* One for the process; the returned struct is the caller's to read and set. */
struct fault_vfs *fault_vfs_install(void);

#endif
