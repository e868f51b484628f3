#include "common/metrics_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"

enum { PROC_BYTES_MAX = 4096, START_FIELD = 22 /* of /proc/self/stat, from 1 */ };

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void put_memory(struct metrics *m)
{
    long page = sysconf(_SC_PAGESIZE);
    OWNED_BUF text = { 0 };
    long long all, resident;

    if (fs_read_proc("/proc/self/statm", PROC_BYTES_MAX, &text) ||
        sscanf(buf_text(&text), "%lld %lld", &all, &resident) != 2)
        return;
    metrics_single(m, "process_virtual_memory_bytes", "gauge", "Virtual memory of the process.",
                   (double)all * (double)page);
    metrics_single(m, "process_resident_memory_bytes", "gauge", "Resident memory of the process.",
                   (double)resident * (double)page);
}

/* Fields are counted behind the name, which may hold anything. */
static void put_start(struct metrics *m)
{
    struct timespec boot, wall;
    OWNED_BUF text = { 0 };
    const char *at;
    double up;

    if (fs_read_proc("/proc/self/stat", PROC_BYTES_MAX, &text))
        return;
    at = strrchr(buf_text(&text), ')');
    for (int field = 2; at && field < START_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &wall);
    up = (double)boot.tv_sec - strtod(at, NULL) / (double)sysconf(_SC_CLK_TCK);
    metrics_single(m, "process_start_time_seconds", "gauge", "When the process began, since 1970.",
                   (double)wall.tv_sec - up);
}

void metrics_process(struct metrics *m)
{
    struct rusage used;
    struct rlimit files;

    if (!getrusage(RUSAGE_SELF, &used))
        metrics_single(m, "process_cpu_seconds_total", "counter", "CPU time of the process.",
                       seconds(used.ru_utime) + seconds(used.ru_stime));
    put_memory(m);
    put_start(m);
    if (!getrlimit(RLIMIT_NOFILE, &files))
        metrics_single(m, "process_max_fds", "gauge", "Descriptors that the process may have.",
                       (double)files.rlim_cur);
}
