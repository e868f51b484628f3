#include "tests/lib/fault_fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/invariant.h"
#include "common/mem.h"

static struct fault_fs *fault_of(struct fs *fs)
{
    return container_of(fs, struct fault_fs, fs);
}

/* Counts a changing call and says whether it is the one that fails. */
static bool fails(struct fault_fs *f)
{
    f->calls++;
    if (f->failed && f->dead)
        return true;
    if (f->calls != f->fail_at)
        return false;
    f->failed = true;
    return true;
}

static void file_free(struct fault_fs *f, int i)
{
    mem_free(f->files[i].path);
    mem_free(f->files[i].durable);
    f->files[i] = f->files[--f->files_n];
}

static struct fault_file *file_at(struct fault_fs *f, const char *path)
{
    for (int i = 0; i < f->files_n; i++)
        if (!strcmp(f->files[i].path, path))
            return &f->files[i];
    return NULL;
}

static void fd_path(int fd, char *ret, size_t room)
{
    char link[64];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, ret, room - 1);
    INVARIANT(n > 0);
    ret[n] = '\0';
}

/* Saves the content before the first change since the last sync. */
static void before_change(struct fault_fs *f, const char *path)
{
    struct fault_file *file;
    struct buf content = { 0 };

    if (!f->remember || file_at(f, path))
        return;
    INVARIANT(f->files_n < FAULT_FILES_MAX);
    file = &f->files[f->files_n++];
    *file = (struct fault_file){ .path = mem_strdup(path), .changed = true };
    (void)fs_read_all(fs_posix(), path, 1 << 30, &content);
    file->durable = content.p;
    file->durable_n = (int64_t)content.n;
}

static void before_change_fd(struct fault_fs *f, int fd)
{
    char path[4096];

    if (!f->remember)
        return;
    fd_path(fd, path, sizeof(path));
    before_change(f, path);
}

static err_t fault_open(struct fs *fs, const char *path, int flags, mode_t mode, int *ret_fd)
{
    struct fault_fs *f = fault_of(fs);

    if (flags & (O_CREAT | O_TRUNC)) {
        if (fails(f))
            return f->error;
        if (!fs_exists(path) || flags & O_TRUNC)
            before_change(f, path);
    }
    return fs_open(fs_posix(), path, flags, mode, ret_fd);
}

static err_t fault_close(struct fs *fs, int fd)
{
    (void)fs;
    return fs_close(fs_posix(), fd);
}

static err_t fault_pread(struct fs *fs, int fd, void *p, size_t n, int64_t offset)
{
    (void)fs;
    return fs_pread(fs_posix(), fd, p, n, offset);
}

static err_t fault_pwritev(struct fs *fs, int fd, const struct iovec *v, int count, int64_t offset)
{
    struct fault_fs *f = fault_of(fs);
    int64_t left = f->torn;

    before_change_fd(f, fd);
    if (!fails(f))
        return fs_pwritev(fs_posix(), fd, v, count, offset);
    for (int i = 0; i < count && left > 0; i++) {
        size_t n = (int64_t)v[i].iov_len < left ? v[i].iov_len : (size_t)left;

        (void)fs_pwrite(fs_posix(), fd, v[i].iov_base, n, offset);
        offset += (int64_t)n;
        left -= (int64_t)n;
    }
    return f->error;
}

static err_t fault_sync(struct fs *fs, int fd, bool data_only)
{
    struct fault_fs *f = fault_of(fs);
    char path[4096];

    (void)data_only; /* the page cache is device enough: what counts is what we remember */
    if (fails(f))
        return f->error;
    fd_path(fd, path, sizeof(path));
    for (int i = 0; i < f->files_n; i++)
        if (!strcmp(f->files[i].path, path)) {
            file_free(f, i);
            break;
        }
    return ERR_OK;
}

static err_t fault_truncate(struct fs *fs, int fd, int64_t size)
{
    struct fault_fs *f = fault_of(fs);

    if (fails(f))
        return f->error;
    before_change_fd(f, fd);
    return fs_truncate(fs_posix(), fd, size);
}

static void forget(struct fault_fs *f, const char *path)
{
    for (int i = 0; i < f->files_n; i++)
        if (!strcmp(f->files[i].path, path)) {
            file_free(f, i);
            return;
        }
}

static err_t fault_allocate(struct fs *fs, int fd, int64_t offset, int64_t n)
{
    struct fault_fs *f = fault_of(fs);

    return fails(f) ? f->error : fs_allocate(fs_posix(), fd, offset, n);
}

static err_t fault_rename(struct fs *fs, const char *from, const char *to)
{
    struct fault_fs *f = fault_of(fs);
    size_t n = strlen(from);

    if (fails(f))
        return f->error;
    forget(f, to);
    for (int i = 0; i < f->files_n; i++) {
        char *path = f->files[i].path;

        if (strncmp(path, from, n) != 0 || (path[n] && path[n] != '/'))
            continue;
        f->files[i].path = mem_printf("%s%s", to, path + n);
        mem_free(path);
    }
    return fs_rename(fs_posix(), from, to);
}

static err_t fault_unlink(struct fs *fs, const char *path)
{
    struct fault_fs *f = fault_of(fs);

    if (fails(f))
        return f->error;
    forget(f, path);
    return fs_unlink(fs_posix(), path);
}

static err_t fault_mkdir(struct fs *fs, const char *path, mode_t mode)
{
    struct fault_fs *f = fault_of(fs);

    return fails(f) ? f->error : fs_mkdir(fs_posix(), path, mode);
}

static err_t fault_rmdir(struct fs *fs, const char *path)
{
    struct fault_fs *f = fault_of(fs);

    return fails(f) ? f->error : fs_posix()->ops->rmdir(fs_posix(), path);
}

void fault_fs_init(struct fault_fs *f)
{
    static const struct fs_ops ops = {
        .open = fault_open,
        .close = fault_close,
        .pread = fault_pread,
        .pwritev = fault_pwritev,
        .sync = fault_sync,
        .truncate = fault_truncate,
        .allocate = fault_allocate,
        .rename = fault_rename,
        .unlink = fault_unlink,
        .mkdir = fault_mkdir,
        .rmdir = fault_rmdir,
    };

    *f = (struct fault_fs){ .fs = { &ops }, .error = ERR_IO };
}

void fault_fs_done(struct fault_fs *f)
{
    while (f->files_n)
        file_free(f, f->files_n - 1);
}

/* Each page keeps its new bytes or falls back; the file is as long as the last page that
 * kept its new bytes makes it, at least as long as it was. */
static void lose_pages(struct buf *now, const struct fault_file *file, struct rng *r)
{
    int64_t end = file->durable_n < (int64_t)now->n ? file->durable_n : (int64_t)now->n;

    if ((int64_t)now->n < file->durable_n) /* a truncation: it lasted or it did not */
        end = rng_below(r, 2) ? (int64_t)now->n : file->durable_n;
    for (int64_t at = 0; at < (int64_t)now->n; at += FAULT_PAGE) {
        int64_t n = (int64_t)now->n - at < FAULT_PAGE ? (int64_t)now->n - at : FAULT_PAGE;
        int64_t old = file->durable_n - at < n ? file->durable_n - at : n;

        if (rng_below(r, 3)) {
            end = at + n > end ? at + n : end;
            continue;
        }
        memset(now->p + at, 0, (size_t)n);
        if (old > 0)
            memcpy(now->p + at, file->durable + at, (size_t)old);
    }
    if (end > (int64_t)now->n)
        buf_put(now, file->durable + now->n, (size_t)end - now->n);
    now->n = (size_t)end;
}

void fault_fs_power_cut(struct fault_fs *f, struct rng *r)
{
    while (f->files_n) {
        struct fault_file *file = &f->files[f->files_n - 1];
        OWNED_BUF now = { 0 };
        int fd = -1;
        err_t e;

        if (!fs_read_all(fs_posix(), file->path, 1 << 30, &now)) {
            lose_pages(&now, file, r);
            e = fs_open(fs_posix(), file->path, O_WRONLY | O_TRUNC, 0, &fd);
            if (!e && now.n)
                e = fs_pwrite(fs_posix(), fd, now.p, now.n, 0);
            INVARIANT(!e);
            fs_close(fs_posix(), fd);
        }
        file_free(f, f->files_n - 1);
    }
}
