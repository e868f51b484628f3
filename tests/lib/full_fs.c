#include "tests/lib/full_fs.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/mem.h"

static bool full(struct fs *fs)
{
    struct full_fs *f = container_of(fs, struct full_fs, fs);

    if (!atomic_load(&f->full))
        return false;
    atomic_fetch_add(&f->refused, 1);
    return true;
}

static err_t full_open(struct fs *fs, const char *path, int flags, mode_t mode, int *ret_fd)
{
    if ((flags & O_CREAT) && access(path, F_OK) != 0 && full(fs))
        return ERR_NO_SPACE;
    return fs_open(fs_posix(), path, flags, mode, ret_fd);
}

static err_t full_close(struct fs *fs, int fd)
{
    (void)fs;
    return fs_close(fs_posix(), fd);
}

static err_t full_pread(struct fs *fs, int fd, void *p, size_t n, int64_t offset)
{
    (void)fs;
    return fs_pread(fs_posix(), fd, p, n, offset);
}

static err_t full_pwritev(struct fs *fs, int fd, const struct iovec *v, int count, int64_t offset)
{
    return full(fs) ? ERR_NO_SPACE : fs_pwritev(fs_posix(), fd, v, count, offset);
}

static err_t full_sync(struct fs *fs, int fd, bool data_only)
{
    (void)fs;
    return fs_sync(fs_posix(), fd, data_only);
}

static err_t full_truncate(struct fs *fs, int fd, int64_t size)
{
    (void)fs;
    return fs_truncate(fs_posix(), fd, size);
}

static err_t full_allocate(struct fs *fs, int fd, int64_t offset, int64_t n)
{
    return full(fs) ? ERR_NO_SPACE : fs_posix()->ops->allocate(fs_posix(), fd, offset, n);
}

static err_t full_rename(struct fs *fs, const char *from, const char *to)
{
    (void)fs;
    return fs_rename(fs_posix(), from, to);
}

static err_t full_unlink(struct fs *fs, const char *path)
{
    (void)fs;
    return fs_unlink(fs_posix(), path);
}

static err_t full_mkdir(struct fs *fs, const char *path, mode_t mode)
{
    return access(path, F_OK) != 0 && full(fs) ? ERR_NO_SPACE : fs_mkdir(fs_posix(), path, mode);
}

static err_t full_rmdir(struct fs *fs, const char *path)
{
    (void)fs;
    return fs_posix()->ops->rmdir(fs_posix(), path);
}

void full_fs_init(struct full_fs *f)
{
    static const struct fs_ops ops = {
        full_open, full_close, full_pread, full_pwritev, full_sync,
        full_truncate, full_allocate, full_rename, full_unlink, full_mkdir, full_rmdir,
    };

    *f = (struct full_fs){ .fs = { &ops } };
}
