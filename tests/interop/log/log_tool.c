/* log_tool - klamm's log code on the command line, for run.sh beside it.
 *
 *   log_tool append LOGDIR TOPIC PARTITION COUNT CODEC SEGMENT_BYTES [dirty]
 *       opens the log directory and the partition (made when missing), appends COUNT records
 *       "klamm-<codec>-<offset>" in batches of growing size; closes cleanly, or as a crash would
 *   log_tool dump LOGDIR [clean|unclean]
 *       opens all partitions; prints per batch "<topic>-<partition> baseOffset lastOffset crc",
 *       and per partition "end <topic>-<partition> <start> <end> <cut bytes>" */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/kafka/batch.h"
#include "broker/log/log_dir.h"
#include "common/clock.h"

static void die(const char *what, err_t e, const struct why *because)
{
    fprintf(stderr, "log_tool: %s: %s: %s\n", what, err_name(e), because->text);
    exit(1);
}

static struct log_dir *open_dir(const char *path)
{
    struct log_dir_options o = { .fs = fs_posix(), .path = path };
    struct log_dir *d = NULL;
    struct why because = { "" };
    err_t e = log_dir_new(&o, &d, &because);

    if (e)
        die(path, e, &because);
    return d;
}

static struct log *open_log(struct log_dir *d, struct str topic, int32_t partition, const struct uuid *id,
                            int64_t segment_bytes)
{
    struct log_config config = log_config_default();
    struct log *l = NULL;
    struct why because = { "" };
    err_t e;

    if (segment_bytes)
        config.segment_bytes = segment_bytes;
    e = log_dir_open_partition(d, topic, partition, id, &config, true, &l, &because);
    if (e)
        die("open", e, &because);
    return l;
}

static struct uuid id_of(struct log_dir *d, const char *topic, int32_t partition)
{
    struct log_dir_entry entry;
    size_t at = 0;

    while (log_dir_entry(d, &at, &entry))
        if (str_is(entry.topic, topic) && entry.partition == partition)
            return entry.topic_id;
    return uuid_random();
}

static int append_batch(struct log *l, const char *codec_name, enum kf_codec codec, int count, int64_t now_ms)
{
    struct kf_batch_builder b;
    struct log_appended ret;
    OWNED_BUF bytes = { 0 };
    struct why none = { "" };
    int64_t base = log_end_offset(l);
    int32_t epoch = log_last_epoch(l);
    err_t e;

    kf_batch_begin(&b, &bytes, 0, 0, (int16_t)codec);
    for (int i = 0; i < count; i++) {
        char value[128];
        int n = snprintf(value, sizeof(value), "klamm-%s-%" PRId64, codec_name, base + i);

        kf_batch_put(&b, now_ms + i, slice_make(NULL, 0), slice_make(value, (size_t)n), NULL, 0);
    }
    e = kf_batch_end(&b);
    if (!e)
        e = log_append_leader(l, bytes.p, bytes.n, epoch < 0 ? 0 : epoch, now_ms, &ret);
    if (e)
        die("append", e, &none);
    return count;
}

static int run_append(char **argv, bool dirty)
{
    struct log_dir *d = open_dir(argv[2]);
    int32_t partition = (int32_t)strtol(argv[4], NULL, 10);
    struct uuid id = id_of(d, argv[3], partition);
    struct log *l = open_log(d, str_of(argv[3]), partition, &id, strtoll(argv[7], NULL, 10));
    int count = (int)strtol(argv[5], NULL, 10);
    int64_t now_ms = clock_wall_ms() - 1000000, epoch = log_dir_broker_epoch(d);
    struct why none = { "" };
    int codec = 0;
    err_t e;

    while (kf_codec_name(codec) && strcmp(kf_codec_name(codec), argv[6]) != 0)
        codec++;
    for (int done = 0, size = 1; done < count; size = size % 300 + 7) {
        int left = count - done;

        done += append_batch(l, argv[6], (enum kf_codec)codec, size < left ? size : left, now_ms);
        now_ms += 400;
    }
    if (dirty)
        _exit(0);
    e = log_dir_close_partition(d, l, true);
    if (!e)
        e = log_dir_free(d, true, epoch);
    if (e)
        die("close", e, &none);
    return 0;
}

static void dump_span(const char *name, const struct log_span *s)
{
    uint8_t *p = malloc(s->n);
    struct kf_batch b;
    size_t at = 0;

    if (!p || pread(s->fd, p, s->n, s->position) != (ssize_t)s->n)
        exit(1);
    while (at < s->n && !kf_batch_parse(slice_make(p + at, s->n - at), &b)) {
        printf("%s %" PRId64 " %" PRId64 " %u %s\n", name, b.base_offset, b.last_offset, b.crc,
               kf_batch_crc_ok(&b) ? "good" : "BAD");
        at += b.bytes.n;
    }
    if (at != s->n)
        printf("%s BAD span\n", name);
    free(p);
}

static void dump_log(struct log *l, const struct log_dir_entry *entry)
{
    char name[300];
    int64_t offset = log_start_offset(l);
    struct log_span s;

    snprintf(name, sizeof(name), "%.*s-%d", STR_ARG(entry->topic), entry->partition);
    while (offset < log_end_offset(l)) {
        struct kf_batch b = { .last_offset = INT64_MAX - 1 };
        uint8_t *p;
        size_t at = 0;

        if (log_read(l, offset, 1 << 20, INT64_MAX, true, &s) || !s.n)
            exit(1);
        dump_span(name, &s);
        p = malloc(s.n);
        if (!p || pread(s.fd, p, s.n, s.position) != (ssize_t)s.n)
            exit(1);
        while (at < s.n && !kf_batch_parse(slice_make(p + at, s.n - at), &b))
            at += b.bytes.n;
        offset = b.last_offset + 1;
        free(p);
        log_span_done(&s);
    }
    printf("end %s %" PRId64 " %" PRId64 " %" PRId64 "\n", name, log_start_offset(l), log_end_offset(l),
           log_recovered(l)->cut_bytes);
}

static int run_dump(const char *path, const char *expected)
{
    struct log_dir *d = open_dir(path);
    struct log_dir_entry entries[512];
    int64_t epoch = log_dir_broker_epoch(d);
    size_t at = 0, n = 0;

    if (expected && log_dir_was_clean(d) != !strcmp(expected, "clean")) {
        fprintf(stderr, "log_tool: %s is not %s\n", path, expected);
        return 1;
    }
    while (n < ARRAY_LEN(entries) && log_dir_entry(d, &at, &entries[n]))
        n++;
    for (size_t i = 0; i < n; i++) {
        struct log *l = open_log(d, entries[i].topic, entries[i].partition, &entries[i].topic_id, 0);

        dump_log(l, &entries[i]);
        if (log_dir_close_partition(d, l, true))
            return 1;
    }
    return log_dir_free(d, true, epoch) != ERR_OK;
}

int main(int argc, char **argv)
{
    if (argc >= 8 && !strcmp(argv[1], "append"))
        return run_append(argv, argc > 8);
    if (argc >= 3 && !strcmp(argv[1], "dump"))
        return run_dump(argv[2], argc > 3 ? argv[3] : NULL);
    fprintf(stderr, "usage: see the head of log_tool.c\n");
    return 2;
}
