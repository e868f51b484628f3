#include "broker/log/log_dir.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "broker/log/boot.h"
#include "broker/log/checkpoint.h"
#include "broker/log/log_dir_internal.h"
#include "broker/log/names.h"
#include "broker/log/trash.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/map.h"

/* FAR_LOOKS times the bytes between two looks (a few MiB) stays below FAR_BYTES. */
enum { LIMIT_BYTES_MAX = 64, FAR_LOOKS = 64, FAR_BYTES = 1 << 30 };

static struct part *part_new(struct log_dir *d, struct str key)
{
    struct part *p = mem_new(struct part);
    struct dir_name parsed;
    bool ok;

    p->key = mem_strndup(key.p, key.n);
    p->name = mem_strdup(p->key);
    ok = dir_name_parse(str_of(p->key), &parsed);
    INVARIANT(ok && parsed.kind == DIR_PARTITION);
    p->topic = parsed.topic;
    p->partition = parsed.partition;
    p->log_start = -1;
    map_set(&d->parts, key.p, key.n, p);
    return p;
}

static void part_release(struct part *p)
{
    mem_free(p->key);
    mem_free(p->name);
    mem_free(p);
}

static void part_free(struct log_dir *d, struct part *p)
{
    map_remove(&d->parts, p->key, strlen(p->key));
    part_release(p);
}

void log_dir_rename_part(struct part *p, const char *name, bool future)
{
    mem_free(p->name);
    p->name = mem_strdup(name);
    p->future = future;
}

/* --- start --- */

static err_t lock_dir(struct log_dir *d, struct why *reterr)
{
    struct path p = path_in(d->path, ".lock");
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    err_t e;

    e = fs_open(d->fs, p.text, O_RDWR | O_CREAT, 0644, &d->lock_fd);
    if (e)
        return why(reterr, e, "%s: %s", p.text, err_text(e));
    /* A lock of the open file, which Java's lock of the process respects and is respected by. */
    if (fcntl(d->lock_fd, F_OFD_SETLK, &whole) < 0)
        return why(reterr, ERR_BUSY, "%s: another process holds the lock: a log directory has one broker",
                   p.text);
    return ERR_OK;
}

static void read_topic_id(struct log_dir *d, struct part *p)
{
    struct path dir = path_in(d->path, p->name);
    struct path file = path_in(dir.text, PARTITION_METADATA);
    OWNED_BUF text = { 0 };

    if (fs_read_all(d->fs, file.text, 4096, &text) ||
        partition_metadata_parse(str_make(buf_text(&text), text.n), &p->topic_id, NULL))
        p->topic_id = (struct uuid){ { 0 } };
}

/* Not ours, but expected in a log directory. */
static bool passed_over(const char *name, const struct dir_name *parsed, bool ok)
{
    static const char *const others[] = { "remote-log-index-cache", "lost+found" };

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (!strcmp(name, others[i]))
            return true;
    return ok && (parsed->kind == DIR_STRAY || str_is(parsed->topic, "__cluster_metadata"));
}

/* One that lies here beside the replica itself, or beside another, is a copy that nobody waits for. Names
 * come sorted: the replica's own is the first. */
static void take_part(struct log_dir *d, const char *name, const struct dir_name *parsed, const char *path)
{
    bool future = parsed->kind == DIR_FUTURE;
    struct part *p = log_dir_part(d, parsed->topic, parsed->partition, !future);

    if (future && p) {
        log_trash_put(d->trash, path, 0);
        return;
    }
    if (future)
        p = log_dir_part(d, parsed->topic, parsed->partition, true);
    log_dir_rename_part(p, name, future);
    p->clean = d->clean;
    p->unrecovered = true;
    read_topic_id(d, p);
}

static err_t take_name(struct log_dir *d, const char *name, struct why *reterr)
{
    struct path p = path_in(d->path, name);
    struct dir_name parsed;
    struct stat st;
    bool ok;

    if (lstat(p.text, &st) || !S_ISDIR(st.st_mode))
        return ERR_OK;
    ok = dir_name_parse(str_of(name), &parsed);
    if (passed_over(name, &parsed, ok))
        return ERR_OK;
    if (!ok)
        return why(reterr, ERR_INVALID,
                   "%s: a directory in a log directory must be named <topic>-<partition>: move it away",
                   p.text);
    if (parsed.kind == DIR_DELETE)
        log_trash_put(d->trash, p.text, 0);
    else
        take_part(d, name, &parsed, p.text);
    return ERR_OK;
}

static err_t list_parts(struct log_dir *d, struct why *reterr)
{
    OWNED_MEM char *names = NULL;
    err_t e;

    e = fs_list(d->path, &names);
    if (e)
        return why(reterr, e, "%s: cannot be listed: %s", d->path, err_text(e));
    for (const char *s = names; !e && *s; s += strlen(s) + 1)
        e = take_name(d, s, reterr);
    return e;
}

struct checkpoint_load {
    struct log_dir *d;
    size_t field;  /* of struct part */
};

static void take_offset(void *arg, struct str topic, int32_t partition, int64_t offset)
{
    struct checkpoint_load *load = arg;
    struct dir_name_text name;
    struct part *p;

    if (topic.n > DIR_NAME_MAX || offset < 0)
        return;
    name = dir_name_print(topic, partition, DIR_PARTITION);
    p = map_get_str(&load->d->parts, str_of(name.text));
    if (p)
        *(int64_t *)(void *)((char *)p + load->field) = offset;
}

/* A checkpoint that cannot be read stops the start: zeros would mean a full scan at best. */
static err_t load_checkpoint(struct log_dir *d, const char *name, size_t field, struct why *reterr)
{
    struct checkpoint_load load = { d, field };
    struct path p = path_in(d->path, name);
    OWNED_BUF text = { 0 };
    struct why inner = { "" };
    err_t e;

    e = fs_read_all(d->fs, p.text, CHECKPOINT_BYTES_MAX, &text);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (!e)
        e = offset_checkpoint_parse(str_make(buf_text(&text), text.n), take_offset, &load, &inner);
    return e ? why(reterr, e, "%.120s: %.240s", p.text, inner.text[0] ? inner.text : err_text(e)) : ERR_OK;
}

static err_t load_checkpoints(struct log_dir *d, struct why *reterr)
{
    err_t e;

    e = load_checkpoint(d, CHECKPOINT_RECOVERY_POINT, offsetof(struct part, recovery_point), reterr);
    if (!e)
        e = load_checkpoint(d, CHECKPOINT_HIGH_WATERMARK, offsetof(struct part, high_watermark), reterr);
    if (!e)
        e = load_checkpoint(d, CHECKPOINT_LOG_START, offsetof(struct part, log_start), reterr);
    return e;
}

static err_t start(struct log_dir *d, struct why *reterr)
{
    err_t e;

    e = lock_dir(d, reterr);
    if (e)
        return e;
    d->clean = !clean_shutdown_read(d->fs, d->path, &d->broker_epoch);
    if (!d->clean)
        d->broker_epoch = -1;
    d->rebooted = boot_changed(d->fs, d->path);
    e = clean_shutdown_remove(d->fs, d->path);
    if (e)
        return why(reterr, e, "%s: .kafka_cleanshutdown cannot be removed: %s", d->path, err_text(e));
    e = list_parts(d, reterr);
    if (!e)
        e = load_checkpoints(d, reterr);
    return e;
}

static void dir_release(struct log_dir *d)
{
    struct slice key;
    void *value;
    size_t at = 0;

    while (map_next(&d->parts, &at, &key, &value))
        part_release(value);
    map_done(&d->parts);
    log_trash_free(d->trash);
    (void)fs_close(d->fs, d->lock_fd);
    pthread_mutex_destroy(&d->lock);
    pthread_mutex_destroy(&d->writing);
    mem_free(d->path);
    mem_free(d->limit_file);
    mem_free(d);
}

err_t log_dir_new(const struct log_dir_options *o, struct log_dir **ret, struct why *reterr)
{
    struct log_dir *d;
    err_t e;

    if (strlen(o->path) > DIR_PATH_MAX - DIR_NAME_MAX - 1)
        return why(reterr, ERR_TOO_LARGE, "log.dirs: %.60s...: a path has at most %d bytes here", o->path,
                   DIR_PATH_MAX - DIR_NAME_MAX - 1);
    d = mem_new(struct log_dir);
    d->fs = o->fs;
    d->path = mem_strdup(o->path);
    d->floor = o->space_floor_bytes;
    d->limit_file = o->limit_file ? mem_strdup(o->limit_file) : NULL;
    d->limit = INT64_MAX;
    d->delete_delay_ms = o->file_delete_delay_ms;
    d->lock_fd = -1;
    d->trash = log_trash_new(o->fs);
    pthread_mutex_init(&d->lock, NULL);
    pthread_mutex_init(&d->writing, NULL);
    e = start(d, reterr);
    if (e) {
        dir_release(d);
        return e;
    }
    *ret = d;
    return ERR_OK;
}

err_t log_dir_free(struct log_dir *d, bool clean, int64_t broker_epoch)
{
    err_t e;

    if (!d)
        return ERR_OK;
    INVARIANT(d->open_n == 0);
    e = log_dir_checkpoint(d);
    if (!e && clean)
        e = clean_shutdown_write(d->fs, d->path, broker_epoch);
    dir_release(d);
    return e;
}

const char *log_dir_path(const struct log_dir *d)
{
    return d->path;
}

bool log_dir_was_clean(const struct log_dir *d)
{
    return d->clean;
}

int64_t log_dir_broker_epoch(const struct log_dir *d)
{
    return d->broker_epoch;
}

bool log_dir_entry(const struct log_dir *d, size_t *at, struct log_dir_entry *ret)
{
    void *value;

    while (map_next(&d->parts, at, NULL, &value)) {
        const struct part *p = value;

        if (p->log || p->busy)
            continue;
        *ret = (struct log_dir_entry){ p->topic, p->partition, p->topic_id, p->future };
        return true;
    }
    return false;
}

/* --- now and then --- */

struct lines {
    struct buf text;
    int64_t n;
};

static void lines_put(struct lines *l, const struct part *p, int64_t offset)
{
    offset_checkpoint_put(&l->text, p->topic, p->partition, offset);
    l->n++;
}

static err_t lines_write(struct log_dir *d, const char *name, struct lines *l)
{
    struct path p = path_in(d->path, name);
    OWNED_BUF out = { 0 };

    checkpoint_head(&out, l->n);
    buf_put(&out, l->text.p, l->text.n);
    buf_done(&l->text);
    return fs_replace(d->fs, p.text, buf_slice(&out), 0644);
}

/* An open log knows better than what was read at the start. */
static void part_refresh(struct part *p)
{
    if (!p->log)
        return;
    p->recovery_point = log_recovery_point(p->log);
    p->high_watermark = log_high_watermark(p->log);
    p->log_start = log_start_offset(p->log);
}

static void collect(struct log_dir *d, struct lines *points, struct lines *marks, struct lines *starts)
{
    void *value;
    size_t at = 0;

    pthread_mutex_lock(&d->lock);
    while (map_next(&d->parts, &at, NULL, &value)) {
        struct part *p = value;

        part_refresh(p);
        lines_put(points, p, p->recovery_point);
        if (marks)
            lines_put(marks, p, p->high_watermark);
        if (starts && p->log_start > 0)
            lines_put(starts, p, p->log_start);
    }
    pthread_mutex_unlock(&d->lock);
}

static bool all_recovered(struct log_dir *d)
{
    bool all = true;
    void *value;
    size_t at = 0;

    pthread_mutex_lock(&d->lock);
    while (map_next(&d->parts, &at, NULL, &value))
        all &= !((const struct part *)value)->unrecovered;
    pthread_mutex_unlock(&d->lock);
    return all;
}

err_t log_dir_checkpoint(struct log_dir *d)
{
    struct lines points = { 0 }, marks = { 0 }, starts = { 0 };
    err_t e, first = ERR_OK;

    pthread_mutex_lock(&d->writing);
    collect(d, &points, &marks, &starts);
    first = lines_write(d, CHECKPOINT_RECOVERY_POINT, &points);
    e = lines_write(d, CHECKPOINT_HIGH_WATERMARK, &marks);
    first = first ? first : e;
    e = lines_write(d, CHECKPOINT_LOG_START, &starts);
    first = first ? first : e;
    if (!first && __atomic_load_n(&d->rebooted, __ATOMIC_RELAXED) && all_recovered(d)) {
        first = boot_note(d->fs, d->path);
        __atomic_store_n(&d->rebooted, first != ERR_OK, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&d->writing);
    return first;
}

static err_t write_points(struct log_dir *d)
{
    struct lines points = { 0 };
    err_t e;

    pthread_mutex_lock(&d->writing);
    collect(d, &points, NULL, NULL);
    e = lines_write(d, CHECKPOINT_RECOVERY_POINT, &points);
    pthread_mutex_unlock(&d->writing);
    return e;
}

/* A log is about to be cut below its recovery point. An open one has published it already. */
err_t log_dir_lowered(void *arg, struct log *l, int64_t recovery_point)
{
    struct log_dir *d = arg;

    pthread_mutex_lock(&d->lock);
    log_dir_part_of(d, l)->recovery_point = recovery_point;
    pthread_mutex_unlock(&d->lock);
    return write_points(d);
}

err_t log_dir_distrust(struct log_dir *d, struct part *p, int64_t from)
{
    pthread_mutex_lock(&d->lock);
    p->clean = false;
    if (from < p->recovery_point)
        p->recovery_point = from;
    pthread_mutex_unlock(&d->lock);
    return write_points(d);
}

bool log_dir_sweep(struct log_dir *d, int64_t now_ms)
{
    return log_trash_sweep(d->trash, now_ms, 8, log_dir_no_space(d));
}

static void read_limit(struct log_dir *d)
{
    OWNED_BUF text = { 0 };
    long long limit;

    if (fs_read_all(d->fs, d->limit_file, LIMIT_BYTES_MAX, &text))
        return;
    if (sscanf(buf_text(&text), "%lld", &limit) == 1 && limit > 0)
        d->limit = limit;
}

static void count_used(struct log_dir *d)
{
    int64_t used = 0;
    size_t at = 0;
    void *value;

    pthread_mutex_lock(&d->lock);
    while (map_next(&d->parts, &at, NULL, &value)) {
        const struct part *p = value;

        used += p->log ? log_size_bytes(p->log) : 0;
    }
    pthread_mutex_unlock(&d->lock);
    d->used = used;
    d->looks = 0;
}

/* What the limit leaves. All logs are counted at every look near the limit, and far from it now and then:
 * looks are at most a few MiB apart. */
static int64_t within_limit(struct log_dir *d)
{
    read_limit(d);
    if (d->limit == INT64_MAX)
        return INT64_MAX;
    if (!d->looks || d->looks >= FAR_LOOKS || d->limit - d->used < FAR_BYTES)
        count_used(d);
    d->looks++;
    return d->used < d->limit ? d->limit - d->used : 0;
}

err_t log_dir_space_check(struct log_dir *d, int64_t *ret_free, int64_t *ret_total)
{
    struct statvfs st;
    int64_t free_bytes, total_bytes, left = d->limit_file ? within_limit(d) : INT64_MAX;

    if (statvfs(d->path, &st) < 0)
        return ERR_IO;
    free_bytes = (int64_t)st.f_bavail * (int64_t)st.f_frsize;
    total_bytes = (int64_t)st.f_blocks * (int64_t)st.f_frsize;
    free_bytes = left < free_bytes ? left : free_bytes;
    if (ret_free)
        *ret_free = free_bytes;
    if (ret_total)
        *ret_total = d->limit < total_bytes ? d->limit : total_bytes;
    /* An eighth more to come back: at the very floor it would flicker. */
    if (free_bytes < d->floor)
        __atomic_store_n(&d->no_space, true, __ATOMIC_RELEASE);
    else if (free_bytes >= d->floor + d->floor / 8)
        __atomic_store_n(&d->no_space, false, __ATOMIC_RELEASE);
    return ERR_OK;
}

err_t log_dir_space(struct log_dir *d, int64_t *ret_free, int64_t *ret_total)
{
    d->looks = 0;
    return log_dir_space_check(d, ret_free, ret_total);
}

bool log_dir_no_space(const struct log_dir *d)
{
    return __atomic_load_n(&d->no_space, __ATOMIC_ACQUIRE);
}

struct part *log_dir_part(struct log_dir *d, struct str topic, int32_t partition, bool create)
{
    struct dir_name_text name = dir_name_print(topic, partition, DIR_PARTITION);
    struct part *p = map_get_str(&d->parts, str_of(name.text));

    return p || !create ? p : part_new(d, str_of(name.text));
}

struct part *log_dir_part_of(struct log_dir *d, const struct log *l)
{
    const char *slash = strrchr(log_path(l), '/');
    struct dir_name parsed;
    struct part *p;
    bool ok = slash && dir_name_parse(str_of(slash + 1), &parsed);

    INVARIANT(ok);
    p = log_dir_part(d, parsed.topic, parsed.partition, false);
    INVARIANT(p);
    return p;
}

void log_dir_forget(struct log_dir *d, struct part *p)
{
    part_free(d, p);
}
