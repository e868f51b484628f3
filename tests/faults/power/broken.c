/* broken - a device that fails when it is told to.
 *
 * Preloaded (LD_PRELOAD). While the file DISK_BROKEN exists, its content is a line "rw PATH": reads (r)
 * and writes (w) of what lies below PATH end with EIO. Opening counts as reading. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

static bool told(char *line)
{
    const char *path = getenv("DISK_BROKEN");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n;

    if (fd < 0)
        return false;
    n = syscall(SYS_read, fd, line, LINE_MAX_BYTES - 1);
    syscall(SYS_close, fd);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return n > 0;
}

static bool fails_at(const char *path, char act)
{
    char line[LINE_MAX_BYTES];
    const char *space, *below;

    if (!told(line) || !(space = strchr(line, ' ')) || !memchr(line, act, (size_t)(space - line)))
        return false;
    below = space + 1;
    if (strncmp(path, below, strlen(below)) != 0)
        return false;
    errno = EIO;
    return true;
}

static bool fails(int fd, char act)
{
    char link[64], path[LINE_MAX_BYTES];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    return fails_at(path, act);
}

int open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list ap;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    if (fails_at(path, flags & O_CREAT ? 'w' : 'r'))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t pread(int fd, void *p, size_t n, off_t offset)
{
    return fails(fd, 'r') ? -1 : syscall(SYS_pread64, fd, p, n, offset);
}

ssize_t pread64(int fd, void *p, size_t n, off_t offset) __attribute__((alias("pread")));

ssize_t sendfile(int to, int from, off_t *offset, size_t n)
{
    return fails(from, 'r') ? -1 : syscall(SYS_sendfile, to, from, offset, n);
}

ssize_t sendfile64(int to, int from, off_t *offset, size_t n) __attribute__((alias("sendfile")));

ssize_t pwritev(int fd, const struct iovec *v, int count, off_t offset)
{
    return fails(fd, 'w') ? -1 : syscall(SYS_pwritev, fd, v, count, offset, 0);
}

ssize_t pwritev64(int fd, const struct iovec *v, int count, off_t offset) __attribute__((alias("pwritev")));

int fsync(int fd)
{
    return fails(fd, 'w') ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fails(fd, 'w') ? -1 : (int)syscall(SYS_fdatasync, fd);
}
