#include "broker/raft/metadata_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "broker/log/batch_file.h"
#include "broker/log/boot.h"
#include "broker/log/names.h"
#include "common/invariant.h"

enum { SNAPSHOT_NAME = 20 + 1 + 10, SNAPSHOTS_MAX = 4096 };
static const int64_t segment_bytes_default = 1073741824;
static const int64_t segment_ms_default = 604800000;

char *metadata_log_snapshot_path(const struct metadata_log *m, const struct snapshot_id *id)
{
    return mem_printf("%s/%020lld-%010d.checkpoint", m->dir, (long long)id->end_offset, id->epoch);
}

static bool digits(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
    }
    return true;
}

static bool parse_name(const char *name, struct snapshot_id *ret)
{
    if (strlen(name) != SNAPSHOT_NAME + sizeof(".checkpoint") - 1 || !digits(name, 20) ||
        name[20] != '-' || !digits(name + 21, 10) ||
        strcmp(name + SNAPSHOT_NAME, ".checkpoint") != 0)
        return false;
    ret->end_offset = strtoll(name, NULL, 10);
    ret->epoch = (int32_t)strtol(name + 21, NULL, 10);
    return true;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n >= k && strcmp(name + n - k, end) == 0;
}

static void list_snapshot(struct metadata_log *m, const struct snapshot_id *id)
{
    unsigned at = m->snapshots_n;

    m->snapshots = mem_resize_array(m->snapshots, m->snapshots_n + 1, sizeof(*m->snapshots));
    while (at && m->snapshots[at - 1].end_offset > id->end_offset) {
        m->snapshots[at] = m->snapshots[at - 1];
        at--;
    }
    m->snapshots[at] = *id;
    m->snapshots_n++;
}

static err_t find_snapshots(struct metadata_log *m)
{
    OWNED_MEM char *names = NULL;
    err_t e = fs_list(m->dir, &names);

    for (const char *s = names; !e && *s; s += strlen(s) + 1) {
        struct snapshot_id id;
        OWNED_MEM char *path = mem_printf("%s/%s", m->dir, s);

        if (ends_with(s, ".checkpoint.part") || ends_with(s, ".checkpoint.deleted"))
            e = fs_unlink(m->fs, path);
        else if (parse_name(s, &id) && m->snapshots_n < SNAPSHOTS_MAX)
            list_snapshot(m, &id);
    }
    return e;
}

static void drop_snapshot(struct metadata_log *m, unsigned at)
{
    OWNED_MEM char *path = metadata_log_snapshot_path(m, &m->snapshots[at]);

    fs_unlink(m->fs, path);
    m->snapshots_n--;
    memmove(&m->snapshots[at], &m->snapshots[at + 1],
            (m->snapshots_n - at) * sizeof(*m->snapshots));
}

/* A crash came between a snapshot and the log that was to restart there: what the log has is short
 * of it, or older than it and not what was committed. */
static bool is_behind(const struct metadata_log *m, const struct snapshot_id *latest)
{
    return latest->end_offset > log_end_offset(m->log) ||
           (log_end_offset(m->log) > log_start_offset(m->log) &&
            latest->epoch > log_last_epoch(m->log));
}

/* M1 and M2. */
static err_t settle(struct metadata_log *m, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(m);

    if (latest && is_behind(m, latest)) {
        err_t e = log_restart_at(m->log, latest->end_offset);

        if (e)
            return why(reterr, e, "%s: restarting the log at %lld: %s", m->dir,
                       (long long)latest->end_offset, err_text(e));
    }
    if (log_start_offset(m->log) > 0 && (!latest || latest->end_offset < log_start_offset(m->log)))
        return why(reterr, ERR_CORRUPT, "%s: the log starts at %lld but no snapshot reaches there",
                   m->dir, (long long)log_start_offset(m->log));
    while (m->snapshots_n > 1 && m->snapshots[0].end_offset < log_start_offset(m->log))
        drop_snapshot(m, 0);
    return ERR_OK;
}

err_t metadata_log_open(struct fs *fs, const char *metadata_log_dir, int64_t segment_bytes,
                        struct metadata_log **ret, struct why *reterr)
{
    struct metadata_log *m = mem_new(struct metadata_log);
    struct log_open o = {
        .fs = fs, .config = log_config_default(), .log_start = -1, .metadata_log = true
    };
    err_t e;

    m->fs = fs;
    m->dir = mem_printf("%s/__cluster_metadata-0", metadata_log_dir);
    o.dir = m->dir;
    o.config.segment_bytes = segment_bytes ? segment_bytes : segment_bytes_default;
    o.config.segment_ms = segment_ms_default;
    o.config.max_message_bytes = INT32_MAX;
    o.config.delete_ = false;
    e = fs_mkdirs(fs, m->dir, 0755);
    if (!e)
        e = find_snapshots(m);
    if (e)
        why(reterr, e, "%s: %s", m->dir, err_text(e));
    o.rebooted = boot_changed(fs, m->dir);
    if (!e)
        e = log_new(&o, &m->log, reterr);
    if (!e)
        e = settle(m, reterr);
    if (!e) {
        e = boot_note(fs, m->dir);
        if (e)
            why(reterr, e, "%s: the boot id cannot be written: %s", m->dir, err_text(e));
    }
    if (e) {
        metadata_log_close(m);
        return e;
    }
    *ret = m;
    return ERR_OK;
}

err_t metadata_log_set_aside(struct fs *fs, const char *metadata_log_dir, char **ret_path)
{
    struct dir_name_text name = dir_name_print(str_of("__cluster_metadata"), 0, DIR_STRAY);
    OWNED_MEM char *from = mem_printf("%s/__cluster_metadata-0", metadata_log_dir);
    OWNED_MEM char *to = mem_printf("%s/%s", metadata_log_dir, name.text);
    err_t e = fs_rename(fs, from, to);

    if (!e)
        e = fs_sync_dir(fs, metadata_log_dir);
    if (e)
        return e;
    *ret_path = to;
    to = NULL;
    return ERR_OK;
}

static err_t nothing(void *ctx, int64_t offset, int32_t epoch, int control, struct slice value,
                     struct why *reterr)
{
    (void)ctx, (void)offset, (void)epoch, (void)control, (void)value, (void)reterr;
    return ERR_OK;
}

err_t metadata_log_check_snapshots(const struct metadata_log *m, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(m);
    err_t e = m->snapshots_n ? metadata_log_snapshot_each(m, &m->snapshots[0], nothing, NULL, reterr)
                             : ERR_OK;

    return !e && latest ? metadata_log_snapshot_each(m, latest, nothing, NULL, reterr) : e;
}

struct metadata_log *metadata_log_close(struct metadata_log *m)
{
    if (!m)
        return NULL;
    log_close(m->log, true);
    mem_free(m->snapshots);
    mem_free(m->dir);
    mem_free(m);
    return NULL;
}

int64_t metadata_log_end(const struct metadata_log *m)
{
    return log_end_offset(m->log);
}

int64_t metadata_log_start(const struct metadata_log *m)
{
    return log_start_offset(m->log);
}

int32_t metadata_log_last_epoch(const struct metadata_log *m)
{
    const struct snapshot_id *latest = metadata_log_latest(m);
    int32_t epoch = log_last_epoch(m->log);

    if (latest && latest->epoch > epoch)
        epoch = latest->epoch;
    return epoch < 0 ? 0 : epoch;
}

const struct snapshot_id *metadata_log_latest(const struct metadata_log *m)
{
    return m->snapshots_n && m->snapshots[m->snapshots_n - 1].end_offset > 0
               ? &m->snapshots[m->snapshots_n - 1]
               : NULL;
}

const struct snapshot_id *metadata_log_earliest(const struct metadata_log *m)
{
    for (unsigned n = 0; n < m->snapshots_n; n++) {
        if (m->snapshots[n].end_offset > 0)
            return &m->snapshots[n];
    }
    return NULL;
}

bool metadata_log_has(const struct metadata_log *m, const struct snapshot_id *id)
{
    for (unsigned n = 0; n < m->snapshots_n; n++) {
        if (m->snapshots[n].end_offset == id->end_offset && m->snapshots[n].epoch == id->epoch)
            return true;
    }
    return false;
}

void metadata_log_end_for_epoch(const struct metadata_log *m, int32_t epoch, int32_t *ret_epoch,
                                int64_t *ret_offset)
{
    const struct snapshot_id *earliest = metadata_log_earliest(m);

    log_end_offset_for_epoch(m->log, epoch, ret_epoch, ret_offset);
    if (earliest && *ret_offset == earliest->end_offset && *ret_epoch == epoch)
        *ret_epoch = earliest->epoch;
    if (*ret_offset < 0) {
        *ret_epoch = metadata_log_last_epoch(m);
        *ret_offset = metadata_log_end(m);
    }
}

enum fetch_place metadata_log_validate(const struct metadata_log *m, int64_t offset, int32_t epoch,
                                       struct snapshot_id *ret)
{
    const struct snapshot_id *earliest = metadata_log_earliest(m), *latest = metadata_log_latest(m);
    int64_t start = metadata_log_start(m);

    if (offset == 0 && latest) {
        *ret = *latest;
        return FETCH_SNAPSHOT;
    }
    if (offset == 0 && start == 0)
        return FETCH_VALID;
    if (earliest && (offset < start || (offset == start && epoch != earliest->epoch) ||
                     epoch < earliest->epoch)) {
        *ret = *latest;
        return FETCH_SNAPSHOT;
    }
    metadata_log_end_for_epoch(m, epoch, &ret->epoch, &ret->end_offset);
    return ret->epoch != epoch || ret->end_offset < offset ? FETCH_DIVERGES : FETCH_VALID;
}

err_t metadata_log_read(struct metadata_log *m, int64_t offset, size_t max_bytes, struct buf *ret)
{
    struct log_span span;
    err_t e = log_read(m->log, offset, max_bytes, INT64_MAX, true, &span);

    if (e)
        return e;
    if (span.n) {
        uint8_t *p = buf_reserve(ret, span.n);

        e = fs_pread(m->fs, span.fd, p, span.n, span.position);
        ret->n += e ? 0 : span.n;
    }
    log_span_done(&span);
    return e;
}

err_t metadata_log_put_snapshot(struct metadata_log *m, const struct snapshot_id *id,
                                struct slice content)
{
    OWNED_MEM char *path = metadata_log_snapshot_path(m, id);
    err_t e;

    if (metadata_log_has(m, id))
        return ERR_OK;
    e = batch_file_write(m->fs, path, content);
    if (!e)
        list_snapshot(m, id);
    return e;
}

err_t metadata_log_restart(struct metadata_log *m, const struct snapshot_id *id)
{
    err_t e = log_restart_at(m->log, id->end_offset);

    while (!e && m->snapshots_n > 1 && m->snapshots[0].end_offset < id->end_offset)
        drop_snapshot(m, 0);
    return e;
}

/* Bytes on disk and age of a snapshot; a file that is gone has neither. */
static void snapshot_stat(const struct metadata_log *m, unsigned at, int64_t now_ms,
                          int64_t *ret_bytes, int64_t *ret_age_ms)
{
    OWNED_MEM char *path = metadata_log_snapshot_path(m, &m->snapshots[at]);
    struct stat st;

    *ret_bytes = *ret_age_ms = 0;
    if (stat(path, &st) != 0)
        return;
    *ret_bytes = st.st_size;
    *ret_age_ms = now_ms - (int64_t)st.st_mtime * 1000;
}

err_t metadata_log_retain(struct metadata_log *m, int64_t bytes_max, int64_t age_ms_max,
                          int64_t now_ms)
{
    int64_t total = log_size_bytes(m->log), bytes, age;

    for (unsigned n = 0; n < m->snapshots_n; n++) {
        snapshot_stat(m, n, now_ms, &bytes, &age);
        total += bytes;
    }
    while (m->snapshots_n > 1) {
        snapshot_stat(m, 0, now_ms, &bytes, &age);
        if (!(bytes_max >= 0 && total > bytes_max) && !(age_ms_max >= 0 && age > age_ms_max))
            break;
        total -= bytes;
        drop_snapshot(m, 0);
    }
    if (m->snapshots_n && m->snapshots[0].end_offset > metadata_log_start(m))
        return log_raise_start(m->log, m->snapshots[0].end_offset);
    return ERR_OK;
}
