#include "agent/report/facts.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const int64_t gib = 1 << 30;

static int64_t measure_memory(void)
{
    struct sysinfo info;

    if (sysinfo(&info))
        return 0;
    return ((int64_t)(info.totalram * info.mem_unit) + gib - 1) / gib * gib;
}

static int64_t measure_disk(const char *data_dir)
{
    struct statvfs v;

    return statvfs(data_dir, &v) ? 0 : (int64_t)(v.f_blocks * v.f_frsize);
}

static int64_t bounded(int64_t n, int64_t most)
{
    return n < 0 ? 0 : n > most ? most : n;
}

struct node_facts facts_of_node(const char *data_dir, const struct node_facts *declared)
{
    struct node_facts f = *declared;

    if (!f.cpus)
        f.cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (!f.memory_bytes)
        f.memory_bytes = measure_memory();
    if (!f.disk_bytes)
        f.disk_bytes = measure_disk(data_dir);
    f.cpus = bounded(f.cpus, AGENT_CPUS_MAX);
    f.memory_bytes = bounded(f.memory_bytes, AGENT_BYTES_MAX);
    f.disk_bytes = bounded(f.disk_bytes, AGENT_BYTES_MAX);
    return f;
}
