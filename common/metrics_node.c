#include "common/metrics_node.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

enum {
    TEXT_MAX = 4 * 1024 * 1024,
    WORDS_MAX = 24,
    NAME_MAX_BYTES = 96,
    FILESYSTEMS_MAX = 64,
    SECTOR_BYTES = 512,
};

/* --- lines and words --- */

static bool next_line(struct str *text, struct str *ret)
{
    const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;

    if (!text->n)
        return false;
    *ret = str_make(text->p, end ? (size_t)(end - text->p) : text->n);
    *text = str_make(text->p + ret->n + (end != NULL), text->n - ret->n - (end != NULL));
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static unsigned split(struct str line, struct str ret[WORDS_MAX])
{
    unsigned n = 0;
    size_t i = 0;

    while (n < WORDS_MAX) {
        size_t from;

        while (i < line.n && is_blank(line.p[i]))
            i++;
        for (from = i; i < line.n && !is_blank(line.p[i]);)
            i++;
        if (i == from)
            break;
        ret[n++] = str_make(line.p + from, i - from);
    }
    return n;
}

/* A number as the kernel writes it; 0 for anything else. */
static double number(struct str word)
{
    char text[32];

    if (!word.n || word.n >= sizeof(text))
        return 0;
    memcpy(text, word.p, word.n);
    text[word.n] = '\0';
    return isdigit((unsigned char)*text) ? strtod(text, NULL) : 0;
}

static bool starts(struct str s, const char *with)
{
    return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

/* --- /proc/stat --- */

static void put_cpu(struct metrics *m, const struct str *words, unsigned n)
{
    static const char *const modes[] = { "user",   "nice", "system",  "idle",
                                         "iowait", "irq",  "softirq", "steal" };
    double tick = (double)sysconf(_SC_CLK_TCK);

    for (unsigned i = 0; i < ARRAY_LEN(modes) && i + 1 < n; i++) {
        struct metric_label l[] = { { "cpu", str_make(words[0].p + 3, words[0].n - 3) },
                                    { "mode", str_of(modes[i]) } };

        metrics_sample(m, l, 2, number(words[i + 1]) / tick);
    }
}

static void put_single_of(struct metrics *m, struct str text, const char *key, const char *name,
                          const char *type, const char *help)
{
    struct str line, words[WORDS_MAX];

    while (next_line(&text, &line))
        if (split(line, words) == 2 && str_is(words[0], key))
            metrics_single(m, name, type, help, number(words[1]));
}

void node_put_stat(struct metrics *m, struct str stat)
{
    struct str line, rest = stat, words[WORDS_MAX];

    metrics_family(m, "node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.");
    while (next_line(&rest, &line)) {
        unsigned n = split(line, words);

        if (n && starts(words[0], "cpu") && words[0].n > 3)
            put_cpu(m, words, n);
    }
    put_single_of(m, stat, "ctxt", "node_context_switches_total", "counter",
                  "Total number of context switches.");
    put_single_of(m, stat, "btime", "node_boot_time_seconds", "gauge",
                  "Node boot time, in unixtime.");
}

void node_put_load(struct metrics *m, struct str loadavg)
{
    struct str words[WORDS_MAX];

    if (split(loadavg, words) < 3)
        return;
    metrics_single(m, "node_load1", "gauge", "1m load average.", number(words[0]));
    metrics_single(m, "node_load5", "gauge", "5m load average.", number(words[1]));
    metrics_single(m, "node_load15", "gauge", "15m load average.", number(words[2]));
}

/* --- /proc/meminfo --- */

/* "Active(anon):" is Active_anon. False: no name that Prometheus takes. */
static bool memory_name(struct str word, bool bytes, char ret[NAME_MAX_BYTES])
{
    int n = snprintf(ret, NAME_MAX_BYTES, "node_memory_");

    for (size_t i = 0; i < word.n && word.p[i] != ':'; i++) {
        char c = word.p[i];

        if (n >= NAME_MAX_BYTES - 8)
            return false;
        if (c == ')')
            continue;
        if (!isalnum((unsigned char)c) && c != '_' && c != '(')
            return false;
        ret[n++] = c == '(' ? '_' : c;
    }
    ret[n] = '\0';
    if (bytes)
        memcpy(ret + n, "_bytes", 7);
    return true;
}

void node_put_memory(struct metrics *m, struct str meminfo)
{
    struct str line, words[WORDS_MAX];
    char name[NAME_MAX_BYTES];

    while (next_line(&meminfo, &line)) {
        unsigned n = split(line, words);
        bool kib = n == 3 && str_is(words[2], "kB");

        if ((n == 2 || kib) && memory_name(words[0], kib, name))
            metrics_single(m, name, "gauge", "Memory information of the kernel.",
                           number(words[1]) * (kib ? 1024 : 1));
    }
}

/* --- /proc/diskstats, /proc/net/dev: columns --- */

struct column {
    const char *name, *type, *help;
    unsigned word;
    double unit;
};

static bool ends_in_digit(struct str s)
{
    return s.n && isdigit((unsigned char)s.p[s.n - 1]);
}

/* Partitions and what is no disk, as the node exporter leaves them out. */
static bool is_disk(struct str name)
{
    if (starts(name, "ram") || starts(name, "zram") || starts(name, "loop") || starts(name, "fd"))
        return false;
    if (starts(name, "sd") || starts(name, "hd") || starts(name, "vd") || starts(name, "xvd"))
        return !ends_in_digit(name);
    return !(starts(name, "nvme") && memchr(name.p, 'p', name.n));
}

static void put_disk_column(struct metrics *m, struct str diskstats, const struct column *c)
{
    struct str line, words[WORDS_MAX];

    metrics_family(m, c->name, c->type, c->help);
    while (next_line(&diskstats, &line)) {
        struct metric_label device;

        if (split(line, words) <= c->word || !is_disk(words[2]))
            continue;
        device = (struct metric_label){ "device", words[2] };
        metrics_sample(m, &device, 1, number(words[c->word]) * c->unit);
    }
}

void node_put_disks(struct metrics *m, struct str diskstats)
{
    static const struct column columns[] = {
        { "node_disk_reads_completed_total", "counter", "Reads completed.", 3, 1 },
        { "node_disk_reads_merged_total", "counter", "Reads merged.", 4, 1 },
        { "node_disk_read_bytes_total", "counter", "Bytes read.", 5, SECTOR_BYTES },
        { "node_disk_read_time_seconds_total", "counter", "Seconds spent by all reads.", 6, 0.001 },
        { "node_disk_writes_completed_total", "counter", "Writes completed.", 7, 1 },
        { "node_disk_writes_merged_total", "counter", "Writes merged.", 8, 1 },
        { "node_disk_written_bytes_total", "counter", "Bytes written.", 9, SECTOR_BYTES },
        { "node_disk_write_time_seconds_total", "counter", "Seconds spent by all writes.", 10,
          0.001 },
        { "node_disk_io_now", "gauge", "I/Os in progress.", 11, 1 },
        { "node_disk_io_time_seconds_total", "counter", "Seconds spent doing I/Os.", 12, 0.001 },
        { "node_disk_io_time_weighted_seconds_total", "counter",
          "Weighted seconds spent doing I/Os.", 13, 0.001 },
    };

    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        put_disk_column(m, diskstats, &columns[i]);
}

/* "  eth0:123 4 ...": the name ends at the colon, with or without a blank behind it. */
static bool network_line(struct str line, struct str *ret_name, struct str *ret_rest)
{
    const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
    struct str words[WORDS_MAX];

    if (!colon || split(str_make(line.p, (size_t)(colon - line.p)), words) != 1)
        return false;
    *ret_name = words[0];
    *ret_rest = str_make(colon + 1, line.n - (size_t)(colon + 1 - line.p));
    return true;
}

static void put_network_column(struct metrics *m, struct str net_dev, const struct column *c)
{
    struct str line, name, rest, words[WORDS_MAX];

    metrics_family(m, c->name, c->type, c->help);
    while (next_line(&net_dev, &line)) {
        struct metric_label device;

        if (!network_line(line, &name, &rest) || split(rest, words) != 16)
            continue;
        device = (struct metric_label){ "device", name };
        metrics_sample(m, &device, 1, number(words[c->word]));
    }
}

void node_put_network(struct metrics *m, struct str net_dev)
{
    static const struct column columns[] = {
        { "node_network_receive_bytes_total", "counter", "Bytes received.", 0, 1 },
        { "node_network_receive_packets_total", "counter", "Packets received.", 1, 1 },
        { "node_network_receive_errs_total", "counter", "Errors of receiving.", 2, 1 },
        { "node_network_receive_drop_total", "counter", "Received packets dropped.", 3, 1 },
        { "node_network_transmit_bytes_total", "counter", "Bytes sent.", 8, 1 },
        { "node_network_transmit_packets_total", "counter", "Packets sent.", 9, 1 },
        { "node_network_transmit_errs_total", "counter", "Errors of sending.", 10, 1 },
        { "node_network_transmit_drop_total", "counter", "Packets to be sent dropped.", 11, 1 },
    };

    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        put_network_column(m, net_dev, &columns[i]);
}

/* --- file systems --- */

struct mounted {
    struct str device, point, type;
    struct statvfs space;
};

/* Whether `dir` lies at or below `point`. */
static bool holds(struct str point, const char *dir)
{
    if (str_is(point, "/"))
        return true;
    return strncmp(dir, point.p, point.n) == 0 && (dir[point.n] == '/' || !dir[point.n]);
}

static bool is_known(const struct mounted *all, unsigned n, struct str device)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq(all[i].device, device))
            return true;
    return false;
}

/* The mount that holds `dir`: the longest, and of those the last. */
static struct str mount_of(struct str mounts, const char *dir)
{
    struct str line, words[WORDS_MAX], best = { 0 };

    while (next_line(&mounts, &line))
        if (split(line, words) >= 3 && words[1].n >= best.n && holds(words[1], dir))
            best = words[1];
    return best;
}

static unsigned list_mounts(struct str mounts, const char *dir, struct mounted *ret)
{
    struct str line, words[WORDS_MAX], own = mount_of(mounts, dir);
    unsigned n = 0;

    while (n < FILESYSTEMS_MAX && next_line(&mounts, &line)) {
        OWNED_MEM char *path = NULL;

        if (split(line, words) < 3 || (!str_eq(words[1], own) && !starts(words[0], "/dev/")) ||
            is_known(ret, n, words[0]))
            continue;
        path = mem_strndup(words[1].p, words[1].n);
        ret[n].device = words[0];
        ret[n].point = words[1];
        ret[n].type = words[2];
        n += !statvfs(path, &ret[n].space);
    }
    return n;
}

enum filesystem_number { SIZE, FREE, AVAIL, FILES, FILES_FREE, READONLY, FILESYSTEM_NUMBERS };

static double of_filesystem(const struct statvfs *s, enum filesystem_number what)
{
    double block = (double)s->f_frsize;

    switch (what) {
    case SIZE:
        return (double)s->f_blocks * block;
    case FREE:
        return (double)s->f_bfree * block;
    case AVAIL:
        return (double)s->f_bavail * block;
    case FILES:
        return (double)s->f_files;
    case FILES_FREE:
        return (double)s->f_ffree;
    case READONLY:
        return (s->f_flag & ST_RDONLY) != 0;
    case FILESYSTEM_NUMBERS:
        break;
    }
    return 0;
}

void node_put_filesystems(struct metrics *m, struct str mounts, const char *dir)
{
    static const char *const names[FILESYSTEM_NUMBERS] = {
        "node_filesystem_size_bytes", "node_filesystem_free_bytes", "node_filesystem_avail_bytes",
        "node_filesystem_files",      "node_filesystem_files_free", "node_filesystem_readonly",
    };
    static const char *const helps[FILESYSTEM_NUMBERS] = {
        "Size of the file system.",
        "Free bytes.",
        "Bytes that processes without root may take.",
        "File nodes.",
        "Free file nodes.",
        "Whether it is mounted read-only.",
    };
    struct mounted *all = mem_zero(FILESYSTEMS_MAX * sizeof(*all));
    unsigned n = list_mounts(mounts, dir, all);

    for (int i = 0; i < FILESYSTEM_NUMBERS; i++) {
        metrics_family(m, names[i], "gauge", helps[i]);
        for (unsigned k = 0; k < n; k++) {
            struct metric_label l[] = { { "device", all[k].device },
                                        { "fstype", all[k].type },
                                        { "mountpoint", all[k].point } };

            metrics_sample(m, l, 3, of_filesystem(&all[k].space, (enum filesystem_number)i));
        }
    }
    mem_free(all);
}

/* --- all of it --- */

static struct str read_text(const char *path, struct buf *text)
{
    buf_clear(text);
    if (fs_read_proc(path, TEXT_MAX, text))
        buf_clear(text);
    return str_make((const char *)text->p, text->n);
}

void metrics_node(struct metrics *m, const char *dir)
{
    OWNED_BUF text = { 0 };
    struct timespec now;

    node_put_stat(m, read_text("/proc/stat", &text));
    node_put_load(m, read_text("/proc/loadavg", &text));
    node_put_memory(m, read_text("/proc/meminfo", &text));
    node_put_disks(m, read_text("/proc/diskstats", &text));
    node_put_network(m, read_text("/proc/net/dev", &text));
    node_put_filesystems(m, read_text("/proc/self/mounts", &text), dir);
    clock_gettime(CLOCK_REALTIME, &now);
    metrics_single(m, "node_time_seconds", "gauge", "System time, in unixtime.",
                   (double)now.tv_sec + (double)now.tv_nsec / 1e9);
}
