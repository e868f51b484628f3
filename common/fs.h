/* fs - the file calls that storage makes, behind a table, so that tests can fail
 * the n-th call (tests/lib/fault_fs.h) and simulations can lie.
 *
 * Paths are borrowed. Every function returns ERR_OK or what err_from_errno makes
 * of the failure. A write that fails may have written a part: the caller cuts
 * back with fs_truncate or gives the file up. After a failed fs_sync the file's
 * content is unknown: never retry the sync, reopen and re-read. */
#ifndef KLAMM_COMMON_FS_H
#define KLAMM_COMMON_FS_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/buf.h"
#include "common/err.h"

struct fs;

struct fs_ops {
    err_t (*open)(struct fs *fs, const char *path, int flags, mode_t mode, int *ret_fd);
    err_t (*close)(struct fs *fs, int fd);
    /* All of the bytes or a failure; short reads are ERR_OUT_OF_RANGE. */
    err_t (*pread)(struct fs *fs, int fd, void *p, size_t n, int64_t offset);
    err_t (*pwritev)(struct fs *fs, int fd, const struct iovec *v, int count, int64_t offset);
    err_t (*sync)(struct fs *fs, int fd, bool data_only);
    err_t (*truncate)(struct fs *fs, int fd, int64_t size);
    err_t (*allocate)(struct fs *fs, int fd, int64_t offset, int64_t n);
    err_t (*rename)(struct fs *fs, const char *from, const char *to);
    err_t (*unlink)(struct fs *fs, const char *path);
    err_t (*mkdir)(struct fs *fs, const char *path, mode_t mode);
    err_t (*rmdir)(struct fs *fs, const char *path);
};

struct fs {
    const struct fs_ops *ops;
};

/* The real one; process-wide. */
struct fs *fs_posix(void);

static inline err_t fs_open(struct fs *fs, const char *path, int flags, mode_t mode, int *ret_fd)
{
    return fs->ops->open(fs, path, flags, mode, ret_fd);
}
/* fd < 0 is fine. */
err_t fs_close(struct fs *fs, int fd);
static inline err_t fs_pread(struct fs *fs, int fd, void *p, size_t n, int64_t offset)
{
    return fs->ops->pread(fs, fd, p, n, offset);
}
err_t fs_pwrite(struct fs *fs, int fd, const void *p, size_t n, int64_t offset);
static inline err_t fs_pwritev(struct fs *fs, int fd, const struct iovec *v, int count, int64_t offset)
{
    return fs->ops->pwritev(fs, fd, v, count, offset);
}
static inline err_t fs_sync(struct fs *fs, int fd, bool data_only)
{
    return fs->ops->sync(fs, fd, data_only);
}
static inline err_t fs_truncate(struct fs *fs, int fd, int64_t size)
{
    return fs->ops->truncate(fs, fd, size);
}
/* Blocks for what will be written there; size and content stay. ERR_UNSUPPORTED: the file system
 * has no such thing. */
static inline err_t fs_allocate(struct fs *fs, int fd, int64_t offset, int64_t n)
{
    return fs->ops->allocate(fs, fd, offset, n);
}
static inline err_t fs_rename(struct fs *fs, const char *from, const char *to)
{
    return fs->ops->rename(fs, from, to);
}
static inline err_t fs_unlink(struct fs *fs, const char *path)
{
    return fs->ops->unlink(fs, path);
}
static inline err_t fs_mkdir(struct fs *fs, const char *path, mode_t mode)
{
    return fs->ops->mkdir(fs, path, mode);
}

/* As `mkdir -p`. */
err_t fs_mkdirs(struct fs *fs, const char *path, mode_t mode);
/* Makes a rename or a new name in `path` last over a power cut. */
err_t fs_sync_dir(struct fs *fs, const char *path);
/* `path`.tmp, sync, rename over `path`, sync the directory: old or new, never a mix. */
err_t fs_replace(struct fs *fs, const char *path, struct slice content, mode_t mode);
/* Appends the whole file to `ret`; ERR_TOO_LARGE beyond `limit` bytes. */
err_t fs_read_all(struct fs *fs, const char *path, size_t limit, struct buf *ret);
/* The same of a file of the kernel's, in /proc or /sys: those do not tell their size. */
err_t fs_read_proc(const char *path, size_t limit, struct buf *ret);
/* The directory and all below it; a missing path is fine. Follows no symbolic link. */
err_t fs_remove_tree(struct fs *fs, const char *path);
/* Names in `path` but . and .., sorted, as NUL terminated strings in one block:
 * for (const char *s = names; *s; s += strlen(s) + 1). The caller frees by mem_free. */
err_t fs_list(const char *path, char **ret_names);
bool fs_exists(const char *path);
/* -1 when it cannot be told. */
int64_t fs_size(const char *path);

#endif
