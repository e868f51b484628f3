/* recycle_bench - whether writing over a retired segment's pages is cheaper than writing a new file.
 *
 *   recycle_bench DIRECTORY [MEGABYTES [BATCH_BYTES [ROUNDS]]]
 *
 * Alternates the ways round by round, and prints for each the CPU seconds (user + system of this
 * process) per gigabyte, least, median and most; then the same of small durable appends, in
 * microseconds each. Writeback by the kernel's threads is not in it. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 64, DURABLE = 400, AHEAD_BYTES = 16 << 20 };

enum way { FRESH, ALLOCATED, AHEAD, CACHED, EVICTED, WAYS };
static const char *const names[WAYS] = { "new file", "new file, fallocate",
                                         "new file, room made ahead", "recycled, in the cache",
                                         "recycled, not in the cache" };

static char new_path[4096], old_path[4096];
static size_t bytes, batch;
static char *data;

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double wall_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Blocks behind the file's end, which stays where the data ends. */
static void make_room(int fd, enum way w, size_t at)
{
    if (w == AHEAD && at / AHEAD_BYTES != (at + batch) / AHEAD_BYTES)
        must(!fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)(at / AHEAD_BYTES + 1) * AHEAD_BYTES, AHEAD_BYTES),
             "fallocate");
}

static void fill(int fd, enum way w)
{
    for (size_t at = 0; at + batch <= bytes; at += batch) {
        make_room(fd, w, at);
        must(pwrite(fd, data, batch, (off_t)at) == (ssize_t)batch, "pwrite");
    }
}

/* The retired file as a broker would find it: written and flushed some time ago. */
static void retire(bool cached)
{
    int fd = open(old_path, O_RDWR | O_CREAT | O_TRUNC, 0644);

    must(fd >= 0, old_path);
    fill(fd, FRESH);
    must(!fsync(fd), "fsync");
    if (!cached)
        must(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "fadvise");
    close(fd);
}

static int begin(enum way w)
{
    int fd;

    unlink(new_path);
    if (w == CACHED || w == EVICTED) {
        retire(w == CACHED);
        must(!rename(old_path, new_path), "rename");
        fd = open(new_path, O_RDWR);
    } else {
        fd = open(new_path, O_RDWR | O_CREAT | O_EXCL, 0644);
    }
    must(fd >= 0, new_path);
    if (w == ALLOCATED)
        must(!posix_fallocate(fd, 0, (off_t)bytes), "fallocate");
    if (w == AHEAD)
        must(!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, AHEAD_BYTES), "fallocate");
    return fd;
}

static double stream(enum way w)
{
    int fd = begin(w);
    double from = cpu_seconds(), took;

    fill(fd, w);
    took = cpu_seconds() - from;
    must(!fsync(fd), "fsync");
    close(fd);
    return took / ((double)bytes / 1e9);
}

static double durable(enum way w)
{
    int fd = begin(w);
    double from = wall_seconds(), took;

    for (int i = 0; i < DURABLE; i++) {
        must(pwrite(fd, data, 16000, (off_t)i * 16000) == 16000, "pwrite");
        must(!fdatasync(fd), "fdatasync");
    }
    took = wall_seconds() - from;
    close(fd);
    return took * 1e6 / DURABLE;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void compare(const char *what, double (*measure)(enum way w), int rounds)
{
    double found[WAYS][ROUNDS_MAX];

    for (int r = 0; r < rounds; r++)
        for (int w = 0; w < WAYS; w++)
            found[w][r] = measure((enum way)w);
    printf("%s\n", what);
    for (int w = 0; w < WAYS; w++) {
        qsort(found[w], (size_t)rounds, sizeof(double), by_size);
        printf("  %-28s least %8.3f  median %8.3f  most %8.3f\n", names[w], found[w][0],
               found[w][rounds / 2], found[w][rounds - 1]);
    }
}

int main(int argc, char **argv)
{
    int rounds = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 5;

    must(argc > 1 && rounds > 0 && rounds <= ROUNDS_MAX, "recycle_bench DIRECTORY [MB [BATCH [ROUNDS]]]");
    bytes = (argc > 2 ? (size_t)strtol(argv[2], NULL, 10) : 512) << 20;
    batch = argc > 3 ? (size_t)strtol(argv[3], NULL, 10) : 65536;
    snprintf(new_path, sizeof(new_path), "%s/recycle-new", argv[1]);
    snprintf(old_path, sizeof(old_path), "%s/recycle-old", argv[1]);
    data = malloc(batch > 16000 ? batch : 16000);
    must(data, "malloc");
    memset(data, 'x', batch > 16000 ? batch : 16000);
    compare("streaming, cpu-s/GB", stream, rounds);
    compare("16 kB and fdatasync, us", durable, rounds);
    unlink(new_path);
    unlink(old_path);
    return 0;
}
