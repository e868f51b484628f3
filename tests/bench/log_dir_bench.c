/* log_dir_bench - what many partitions cost: making them, memory, opening them again.
 *
 *   log_dir_bench [PARTITIONS [APPENDED_BYTES_EACH [DIRECTORY]]] */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/log/log_dir.h"
#include "common/clock.h"
#include "tests/lib/batches.h"

static void must(err_t e, const struct why *because)
{
    if (!e)
        return;
    fprintf(stderr, "%s: %s\n", err_name(e), because ? because->text : "");
    exit(1);
}

static long rss_kib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static double from_ms, from_kib;

static void begin(void)
{
    from_ms = (double)clock_mono_ns() / 1e6;
    from_kib = (double)rss_kib();
}

static void report(const char *what, int n)
{
    double ms = (double)clock_mono_ns() / 1e6 - from_ms;

    printf("%-26s %9.1f ms  %7.1f us each  %+8.0f KiB RSS (%.0f bytes each)\n", what, ms, ms * 1000 / n,
           (double)rss_kib() - from_kib, ((double)rss_kib() - from_kib) * 1024 / n);
}

static struct log_dir *open_dir(const char *path)
{
    struct log_dir_options o = { .fs = fs_posix(), .path = path };
    struct log_dir *d = NULL;
    struct why because = { "" };

    must(log_dir_new(&o, &d, &because), &because);
    return d;
}

static void open_all(struct log_dir *d, struct log **logs, int n, bool create)
{
    static const struct uuid id = { { 1, 2, 3 } };
    struct log_config config = log_config_default();
    struct why because = { "" };

    for (int i = 0; i < n; i++)
        must(log_dir_open_partition(d, str_of("topic"), i, &id, &config, create, &logs[i], &because),
             &because);
}

static void append_all(struct log **logs, int n, long bytes)
{
    struct log_appended ret;
    OWNED_BUF b = { 0 };

    for (int i = 0; i < n; i++)
        for (long done = 0; done < bytes; done += (long)b.n) {
            buf_clear(&b);
            test_batch_put(&b, &(struct test_batch){ .count = 8, .value_bytes = 2000,
                                                     .timestamp = 1000 + done });
            must(log_append_leader(logs[i], b.p, b.n, 0, 1, &ret), NULL);
        }
}

static void close_all(struct log_dir *d, struct log **logs, int n, bool clean)
{
    for (int i = 0; i < n; i++)
        must(log_dir_close_partition(d, logs[i], clean), NULL);
    must(log_dir_free(d, clean, 1), NULL);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1000;
    long bytes = argc > 2 ? strtol(argv[2], NULL, 10) : 100000;
    OWNED_MEM char *top = mem_printf("%s/klamm-dir-bench-XXXXXX", argc > 3 ? argv[3] : "/tmp");
    struct log **logs = mem_zero((size_t)n * sizeof(struct log *));
    struct log_dir *d;

    if (!mkdtemp(top))
        return 1;
    d = open_dir(top);
    begin();
    open_all(d, logs, n, true);
    report("create", n);
    close_all(d, logs, n, true);
    begin();
    d = open_dir(top);
    open_all(d, logs, n, false);
    report("open, empty and clean", n);
    begin();
    append_all(logs, n, bytes);
    report("append", n);
    begin();
    close_all(d, logs, n, true);
    report("close cleanly", n);
    begin();
    d = open_dir(top);
    open_all(d, logs, n, false);
    report("open clean", n);
    close_all(d, logs, n, false); /* the recovery points are known */
    begin();
    d = open_dir(top);
    open_all(d, logs, n, false);
    report("open after a crash, synced", n);
    begin();
    must(log_dir_checkpoint(d), NULL);
    report("checkpoints", n);
    close_all(d, logs, n, false);
    (void)fs_remove_tree(fs_posix(), top);
    mem_free(logs);
    return 0;
}
