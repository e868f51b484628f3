/* log_append_bench - what the log costs: append, sync, spans, opening.
 *
 *   log_append_bench [GIGABYTES [BATCH_BYTES [DIRECTORY]]]
 * prints one line per measure, CPU seconds (user + system of this process) per gigabyte. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "broker/log/log.h"
#include "common/clock.h"
#include "common/crc32c.h"
#include "common/endian.h"
#include "tests/lib/batches.h"

struct mark {
    double cpu, user, wall;
};

static struct mark now(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (struct mark){ (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                              (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
                          (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6,
                          (double)clock_mono_ns() / 1e9 };
}

static void report(const char *what, struct mark from, double gigabytes, long n)
{
    struct mark to = now();

    printf("%-28s %7.3f cpu-s/GB (%.3f of it ours)  %7.2f GB/s  %8.2f us each\n", what,
           (to.cpu - from.cpu) / gigabytes, (to.user - from.user) / gigabytes,
           gigabytes / (to.wall - from.wall), (to.cpu - from.cpu) * 1e6 / (double)n);
}

static void must(err_t e, const char *what)
{
    if (!e)
        return;
    fprintf(stderr, "%s: %s\n", what, err_name(e));
    exit(1);
}

static struct log *open_log(const char *dir, bool clean, int64_t recovery_point)
{
    struct log_open o = { .fs = fs_posix(), .dir = dir, .config = log_config_default(), .log_start = -1,
                          .clean = clean, .recovery_point = recovery_point };
    struct log *l = NULL;
    struct why because = { "" };
    err_t e = log_new(&o, &l, &because);

    if (e)
        fprintf(stderr, "%s\n", because.text);
    must(e, "open");
    return l;
}

static void append_all(struct log *l, struct buf *b, long n, double gigabytes, const char *what)
{
    struct log_appended ret;
    struct mark from = now();

    for (long i = 0; i < n; i++) {
        be64_put(b->p + 35, (uint64_t)(1000 + i)); /* timestamps rise; the checksum is the caller's
                                                    * to check, and costs as a broker's does */
        be32_put(b->p + 17, crc32c(0, b->p + 21, b->n - 21));
        must(log_append_leader(l, b->p, b->n, 0, 1000 + i, &ret), "append");
    }
    report(what, from, gigabytes, n);
}

/* Spans of `bytes`, found only, or found and sent into /dev/null. */
static void read_all(struct log *l, size_t bytes, double gigabytes, const char *what, bool send)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int64_t offset = log_start_offset(l), size = log_size_bytes(l), seen = 0;
    int64_t per_byte = (log_end_offset(l) - offset) * 1000000 / size;
    struct mark from = now();
    struct log_span s;
    long n = 0;

    for (; seen < size; n++) {
        must(log_read(l, offset, bytes, INT64_MAX, true, &s), "read");
        if (!s.n)
            break;
        if (send) {
            off_t at = s.position;

            if (sendfile(null, s.fd, &at, s.n) < 0)
                exit(1);
        }
        seen += (int64_t)s.n;
        offset += ((int64_t)s.n * per_byte + 500000) / 1000000;
        log_span_done(&s);
    }
    report(what, from, gigabytes, n);
    close(null);
}

static void open_again(const char *dir, bool clean, int64_t recovery_point, const char *what)
{
    double from = now().wall;
    struct log *l = open_log(dir, clean, recovery_point);

    printf("%-28s %7.1f ms, %lld MB scanned\n", what, (now().wall - from) * 1e3,
           (long long)log_recovered(l)->scanned_bytes / 1000000);
    must(log_close(l, false), "close");
}

int main(int argc, char **argv)
{
    double gigabytes = argc > 1 ? strtod(argv[1], NULL) : 2;
    size_t batch = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 65536;
    OWNED_MEM char *top = mem_printf("%s/klamm-log-bench-XXXXXX", argc > 3 ? argv[3] : "/tmp");
    OWNED_MEM char *dir = NULL;
    OWNED_BUF b = { 0 };
    struct log *l;
    long n;

    if (!mkdtemp(top))
        return 1;
    dir = mem_printf("%s/t-0", top);
    test_batch_put(&b, &(struct test_batch){ .count = 10, .value_bytes = batch / 10 - 16, .seed = 1 });
    n = (long)(gigabytes * 1e9 / (double)b.n);
    gigabytes = (double)n * (double)b.n / 1e9;
    printf("batches of %zu bytes, %.2f GB\n", b.n, gigabytes);
    l = open_log(dir, false, 0);
    append_all(l, &b, n, gigabytes, "append, first use of memory");
    must(log_close(l, false), "close");
    must(fs_remove_tree(fs_posix(), dir), "remove");
    l = open_log(dir, false, 0);
    append_all(l, &b, n, gigabytes, "append");
    read_all(l, 1 << 20, gigabytes, "find spans of 1 MiB", false);
    read_all(l, 1 << 20, gigabytes, "sendfile them to /dev/null", true);
    must(log_sync(l), "sync");
    must(log_close(l, true), "close");
    open_again(dir, true, 0, "open clean");
    open_again(dir, false, n * 10, "open after a crash, synced");
    open_again(dir, false, 0, "open after a crash, nothing synced");
    (void)fs_remove_tree(fs_posix(), top);
    return 0;
}
