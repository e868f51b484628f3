#include "common/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/mem.h"

enum { PROC_READ_BYTES = 4096 };

static err_t posix_open(struct fs *fs, const char *path, int flags, mode_t mode, int *ret_fd)
{
    int fd = open(path, flags | O_CLOEXEC, mode);

    (void)fs;
    if (fd < 0)
        return err_from_errno(errno);
    *ret_fd = fd;
    return ERR_OK;
}

static err_t posix_close(struct fs *fs, int fd)
{
    (void)fs;
    return close(fd) < 0 && errno != EINTR ? err_from_errno(errno) : ERR_OK;
}

static err_t posix_pread(struct fs *fs, int fd, void *p, size_t n, int64_t offset)
{
    uint8_t *b = p;

    (void)fs;
    while (n) {
        ssize_t got = pread(fd, b, n, offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_from_errno(errno);
        if (got == 0)
            return ERR_OUT_OF_RANGE;
        b += got;
        n -= (size_t)got;
        offset += got;
    }
    return ERR_OK;
}

/* What is left of v[0..count) after `done` bytes, one part at a time: short writes are rare. */
static err_t write_rest(int fd, const struct iovec *v, int count, size_t done, int64_t offset)
{
    for (int i = 0; i < count; i++) {
        const uint8_t *p = v[i].iov_base;
        size_t n = v[i].iov_len;

        if (done >= n) {
            done -= n;
            continue;
        }
        p += done;
        n -= done;
        done = 0;
        while (n) {
            ssize_t put = pwrite(fd, p, n, offset);

            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                return err_from_errno(errno);
            p += put;
            n -= (size_t)put;
            offset += put;
        }
    }
    return ERR_OK;
}

static err_t posix_pwritev(struct fs *fs, int fd, const struct iovec *v, int count, int64_t offset)
{
    size_t total = 0;
    ssize_t put;

    (void)fs;
    for (int i = 0; i < count; i++)
        total += v[i].iov_len;
    do
        put = count <= IOV_MAX ? pwritev(fd, v, count, offset) : 0;
    while (put < 0 && errno == EINTR);
    if (put < 0)
        return err_from_errno(errno);
    if ((size_t)put == total)
        return ERR_OK;
    return write_rest(fd, v, count, (size_t)put, offset + put);
}

static err_t posix_sync(struct fs *fs, int fd, bool data_only)
{
    (void)fs;
    return (data_only ? fdatasync(fd) : fsync(fd)) < 0 ? err_from_errno(errno) : ERR_OK;
}

static err_t posix_truncate(struct fs *fs, int fd, int64_t size)
{
    (void)fs;
    return ftruncate(fd, size) < 0 ? err_from_errno(errno) : ERR_OK;
}

static err_t posix_allocate(struct fs *fs, int fd, int64_t offset, int64_t n)
{
    (void)fs;
    if (!fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, n))
        return ERR_OK;
    return errno == EOPNOTSUPP || errno == ENOSYS ? ERR_UNSUPPORTED : err_from_errno(errno);
}

static err_t posix_rename(struct fs *fs, const char *from, const char *to)
{
    (void)fs;
    return rename(from, to) < 0 ? err_from_errno(errno) : ERR_OK;
}

static err_t posix_unlink(struct fs *fs, const char *path)
{
    (void)fs;
    return unlink(path) < 0 ? err_from_errno(errno) : ERR_OK;
}

static err_t posix_mkdir(struct fs *fs, const char *path, mode_t mode)
{
    (void)fs;
    return mkdir(path, mode) < 0 ? err_from_errno(errno) : ERR_OK;
}

static err_t posix_rmdir(struct fs *fs, const char *path)
{
    (void)fs;
    return rmdir(path) < 0 ? err_from_errno(errno) : ERR_OK;
}

struct fs *fs_posix(void)
{
    static const struct fs_ops ops = {
        .open = posix_open,
        .close = posix_close,
        .pread = posix_pread,
        .pwritev = posix_pwritev,
        .sync = posix_sync,
        .truncate = posix_truncate,
        .allocate = posix_allocate,
        .rename = posix_rename,
        .unlink = posix_unlink,
        .mkdir = posix_mkdir,
        .rmdir = posix_rmdir,
    };
    static struct fs posix = { &ops };

    return &posix;
}

err_t fs_close(struct fs *fs, int fd)
{
    return fd < 0 ? ERR_OK : fs->ops->close(fs, fd);
}

err_t fs_pwrite(struct fs *fs, int fd, const void *p, size_t n, int64_t offset)
{
    struct iovec v = { (void *)(uintptr_t)p, n };

    return fs_pwritev(fs, fd, &v, 1, offset);
}

err_t fs_mkdirs(struct fs *fs, const char *path, mode_t mode)
{
    OWNED_MEM char *copy = mem_strdup(path);
    err_t e;

    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        e = fs_mkdir(fs, copy, mode);
        *slash = '/';
        if (e && e != ERR_EXISTS)
            return e;
    }
    e = fs_mkdir(fs, copy, mode);
    return e == ERR_EXISTS ? ERR_OK : e;
}

err_t fs_sync_dir(struct fs *fs, const char *path)
{
    err_t e, close_error;
    int fd = -1;

    e = fs_open(fs, path, O_RDONLY | O_DIRECTORY, 0, &fd);
    if (e)
        return e;
    e = fs_sync(fs, fd, false);
    close_error = fs_close(fs, fd);
    return e ? e : close_error;
}

static err_t write_new(struct fs *fs, const char *path, struct slice content, mode_t mode)
{
    err_t e, close_error;
    int fd = -1;

    e = fs_open(fs, path, O_WRONLY | O_CREAT | O_TRUNC, mode, &fd);
    if (e)
        return e;
    e = fs_pwrite(fs, fd, content.p, content.n, 0);
    if (!e)
        e = fs_sync(fs, fd, false);
    close_error = fs_close(fs, fd);
    return e ? e : close_error;
}

err_t fs_replace(struct fs *fs, const char *path, struct slice content, mode_t mode)
{
    OWNED_MEM char *tmp = mem_printf("%s.tmp", path);
    OWNED_MEM char *dir = mem_strdup(path);
    char *slash = strrchr(dir, '/');
    err_t e;

    e = write_new(fs, tmp, content, mode);
    if (!e)
        e = fs_rename(fs, tmp, path);
    if (e) { /* a full disk gets its room back */
        (void)fs_unlink(fs, tmp);
        return e;
    }
    if (slash)
        slash[slash == dir] = '\0';
    return fs_sync_dir(fs, slash ? dir : ".");
}

err_t fs_read_all(struct fs *fs, const char *path, size_t limit, struct buf *ret)
{
    struct stat st;
    err_t e;
    int fd = -1;

    e = fs_open(fs, path, O_RDONLY, 0, &fd);
    if (e)
        return e;
    if (fstat(fd, &st) < 0)
        e = err_from_errno(errno);
    else if ((size_t)st.st_size > limit)
        e = ERR_TOO_LARGE;
    else
        e = fs_pread(fs, fd, buf_reserve(ret, (size_t)st.st_size), (size_t)st.st_size, 0);
    if (!e)
        ret->n += (size_t)st.st_size;
    fs_close(fs, fd);
    return e;
}

err_t fs_read_proc(const char *path, size_t limit, struct buf *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    err_t e = fd < 0 ? err_from_errno(errno) : ERR_OK;
    size_t all = 0;
    ssize_t n = 1;

    while (!e && n) {
        n = read(fd, buf_reserve(ret, PROC_READ_BYTES), PROC_READ_BYTES);
        if (n < 0)
            e = err_from_errno(errno);
        else if ((all += (size_t)n) > limit)
            e = ERR_TOO_LARGE;
        else
            ret->n += (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    return e;
}

err_t fs_remove_tree(struct fs *fs, const char *path)
{
    OWNED_MEM char *names = NULL;
    struct stat st;
    err_t e;

    if (lstat(path, &st) < 0)
        return errno == ENOENT ? ERR_OK : err_from_errno(errno);
    if (!S_ISDIR(st.st_mode))
        return fs_unlink(fs, path);
    e = fs_list(path, &names);
    for (const char *s = names; !e && *s; s += strlen(s) + 1) {
        OWNED_MEM char *below = mem_printf("%s/%s", path, s);

        e = fs_remove_tree(fs, below);
    }
    return e ? e : fs->ops->rmdir(fs, path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

err_t fs_list(const char *path, char **ret_names)
{
    DIR *dir = opendir(path);
    struct buf out = { 0 };
    char **names = NULL;
    size_t n = 0;
    struct dirent *d;

    if (!dir)
        return err_from_errno(errno);
    while ((d = readdir(dir))) {
        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
            continue;
        names = mem_resize_array(names, n + 1, sizeof(*names));
        names[n++] = mem_strdup(d->d_name);
    }
    closedir(dir);
    if (n)
        qsort(names, n, sizeof(*names), by_name);
    for (size_t i = 0; i < n; i++) {
        buf_put(&out, names[i], strlen(names[i]) + 1);
        mem_free(names[i]);
    }
    mem_free(names);
    buf_put_u8(&out, 0);
    *ret_names = (char *)out.p;
    return ERR_OK;
}

bool fs_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

int64_t fs_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_size : -1;
}
