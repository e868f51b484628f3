/* recorder - tells what a process does to its files, so that a power cut can take some of it back.
 *
 * Preloaded (LD_PRELOAD) into a broker. Every change below DISK_ROOT goes to the file DISK_JOURNAL
 * right after it was made, in order; disk.py reads it and decides what a disk would have kept. The
 * journal is written to the page cache alone: it is about processes that are killed, on a machine
 * that goes on.
 *
 *   record: u32 payload bytes, u32 kind, u64 inode, i64 a, i64 b, payload     (enum kind below)
 *
 * The device's own flush is never called: the model stands for the device. It takes up to
 * DISK_SYNC_US instead. DISK_LIES names, with spaces between, ends of paths whose flush is answered
 * and not done: a broker that forgot it. DISK_BOOT_ID is the file that is read for the machine's
 * boot id. Calls that are not recorded show when disk.py compares its page cache with the files. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind {
    WRITE = 1,  /* a: offset; the bytes */
    SIZE,       /* a: the file's new size */
    CREATE,     /* the path */
    MKDIR,      /* the path */
    RENAME,     /* a: bytes of the old path; old and new path */
    UNLINK,     /* the path; rmdir too */
    SYNC_BEGIN, /* a: number of the flush */
    SYNC_END,   /* a: the same */
};

struct record {
    uint32_t n, kind;
    uint64_t inode;
    int64_t a, b;
};

enum { FDS_MAX = 65536, PARTS_MAX = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static const char *root, *lies, *boot_id;
static uint64_t inodes[FDS_MAX]; /* of files and directories below the root; 0: not one */
static bool liar[FDS_MAX];
static long sync_us, syncs;

static void die(const char *what)
{
    dprintf(2, "disk recorder: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static bool below(const char *path)
{
    size_t n = root ? strlen(root) : 0;

    return n && !strncmp(path, root, n) && (path[n] == '/' || !path[n]);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("DISK_JOURNAL"), *us = getenv("DISK_SYNC_US");

    root = getenv("DISK_ROOT");
    lies = getenv("DISK_LIES");
    boot_id = getenv("DISK_BOOT_ID");
    sync_us = us ? strtol(us, NULL, 10) : 0;
    if (!root || !path)
        return;
    journal = (int)syscall(SYS_openat, AT_FDCWD, path,
                           O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (journal < 0)
        die(path);
}

/* With the lock held. One system call: a kill leaves a prefix of the journal. */
static void put(enum kind kind, uint64_t inode, int64_t a, const struct iovec *v, int count)
{
    struct record r = { .kind = kind, .inode = inode, .a = a };
    struct iovec all[PARTS_MAX + 1] = { { &r, sizeof(r) } };

    if (count > PARTS_MAX) {
        errno = EINVAL;
        die("a write of too many parts");
    }
    for (int i = 0; i < count; i++) {
        all[i + 1] = v[i];
        r.n += (uint32_t)v[i].iov_len;
    }
    if (syscall(SYS_writev, journal, all, count + 1) != (ssize_t)(sizeof(r) + r.n))
        die("the journal");
}

static void put_path(enum kind kind, uint64_t inode, const char *path)
{
    put(kind, inode, 0, &(struct iovec){ (void *)(uintptr_t)path, strlen(path) }, 1);
}

static uint64_t tracked(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? inodes[fd] : 0;
}

/* --- files come and go --- */

static void track(int fd, const char *path, bool made, bool emptied)
{
    struct stat st;

    if (fd >= FDS_MAX || fstat(fd, &st) < 0)
        die(path);
    inodes[fd] = st.st_ino;
    liar[fd] = false;
    for (const char *s = lies; s && *s; s += strcspn(s, " "), s += *s == ' ') {
        size_t n = strcspn(s, " "), k = strlen(path);

        liar[fd] |= k >= n && !memcmp(path + k - n, s, n);
    }
    if (made)
        put_path(CREATE, st.st_ino, path);
    else if (emptied)
        put(SIZE, st.st_ino, 0, NULL, 0);
}

static int open_any(const char *path, int flags, mode_t mode)
{
    bool there;
    int fd;

    if (boot_id && !strcmp(path, "/proc/sys/kernel/random/boot_id"))
        path = boot_id;
    if (journal < 0 || !below(path))
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&lock);
    there = !access(path, F_OK);
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0)
        track(fd, path, !there, flags & O_TRUNC);
    pthread_mutex_unlock(&lock);
    return fd;
}

int open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list ap;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int close(int fd)
{
    if (tracked(fd))
        inodes[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

int mkdir(const char *path, mode_t mode)
{
    struct stat st;
    int r;

    pthread_mutex_lock(&lock);
    r = (int)syscall(SYS_mkdir, path, mode);
    if (!r && journal >= 0 && below(path) && !stat(path, &st))
        put_path(MKDIR, st.st_ino, path);
    pthread_mutex_unlock(&lock);
    return r;
}

int rename(const char *from, const char *to)
{
    struct iovec v[] = { { (void *)(uintptr_t)from, strlen(from) },
                         { (void *)(uintptr_t)to, strlen(to) } };
    int r;

    pthread_mutex_lock(&lock);
    r = (int)syscall(SYS_rename, from, to);
    if (!r && journal >= 0 && (below(from) || below(to)))
        put(RENAME, 0, (int64_t)strlen(from), v, 2);
    pthread_mutex_unlock(&lock);
    return r;
}

static int remove_any(const char *path, long number)
{
    int r;

    pthread_mutex_lock(&lock);
    r = (int)syscall(number, path);
    if (!r && journal >= 0 && below(path))
        put_path(UNLINK, 0, path);
    pthread_mutex_unlock(&lock);
    return r;
}

int unlink(const char *path)
{
    return remove_any(path, SYS_unlink);
}

int rmdir(const char *path)
{
    return remove_any(path, SYS_rmdir);
}

/* --- content --- */

/* What of v[0..count) was written. */
static void put_write(int fd, const struct iovec *v, int count, int64_t offset, size_t n)
{
    struct iovec part[PARTS_MAX];
    int k = 0;

    for (; k < count && k < PARTS_MAX && n; k++) {
        part[k] = v[k];
        if (part[k].iov_len > n)
            part[k].iov_len = n;
        n -= part[k].iov_len;
    }
    if (n) {
        errno = EINVAL;
        die("a write of too many parts");
    }
    put(WRITE, inodes[fd], offset, part, k);
}

ssize_t pwritev(int fd, const struct iovec *v, int count, off_t offset)
{
    ssize_t n;

    if (!tracked(fd))
        return syscall(SYS_pwritev, fd, v, count, offset, 0);
    pthread_mutex_lock(&lock);
    n = syscall(SYS_pwritev, fd, v, count, offset, 0);
    if (n > 0)
        put_write(fd, v, count, offset, (size_t)n);
    pthread_mutex_unlock(&lock);
    return n;
}

ssize_t pwritev64(int fd, const struct iovec *v, int count, off_t offset) __attribute__((alias("pwritev")));

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
    struct iovec v = { (void *)(uintptr_t)p, n };

    return pwritev(fd, &v, 1, offset);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t offset) __attribute__((alias("pwrite")));

int ftruncate(int fd, off_t size)
{
    int r;

    pthread_mutex_lock(&lock);
    r = (int)syscall(SYS_ftruncate, fd, size);
    if (!r && tracked(fd))
        put(SIZE, inodes[fd], size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return r;
}

int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

static void device_works(void)
{
    struct timespec t = { 0 };

    if (!sync_us)
        return;
    t.tv_nsec = (random() % sync_us) * 1000;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

/* What is written while the device works may be on it or not: the flush vouches for what lies
 * before its begin. */
int fsync(int fd)
{
    uint64_t inode = tracked(fd);
    int64_t number;

    if (!inode)
        return (int)syscall(SYS_fsync, fd);
    pthread_mutex_lock(&lock);
    number = ++syncs;
    put(SYNC_BEGIN, inode, number, NULL, 0);
    pthread_mutex_unlock(&lock);
    device_works();
    pthread_mutex_lock(&lock);
    if (!liar[fd])
        put(SYNC_END, inode, number, NULL, 0);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fdatasync(int fd)
{
    return fsync(fd);
}
