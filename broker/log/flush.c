#include "broker/log/log_internal.h"

#include "broker/log/names.h"
#include "common/clock.h"
#include "common/invariant.h"

#include <fcntl.h>

/* Holds what the other thread needs, and nothing that the owner changes meanwhile. */
struct log_flush {
    struct fs *fs;
    int64_t up_to;            /* lowered by a truncation meanwhile */
    struct segment **segments; /* referenced and open */
    uint32_t n;
    int *indexes;             /* of sealed segments, opened for this flush */
    uint32_t indexes_n;
    char *dir;                /* NULL: its names are synced already */
    bool dir_new;
};

static void flush_free(struct log_flush *f)
{
    for (uint32_t i = 0; i < f->n; i++)
        segment_unref(f->segments[i]);
    for (uint32_t i = 0; i < f->indexes_n; i++)
        (void)fs_close(f->fs, f->indexes[i]);
    mem_free(f->segments);
    mem_free(f->indexes);
    mem_free(f->dir);
    mem_free(f);
}

/* The owner may close its own descriptors meanwhile: these are the flush's. */
static err_t flush_add_index(struct log *l, struct log_flush *f, const struct segment *s, enum file_kind kind)
{
    struct path p = path_of(l->dir, s->base, kind, FILE_LIVE);
    err_t e;

    e = fs_open(l->fs, p.text, O_RDWR, 0, &f->indexes[f->indexes_n]);
    f->indexes_n += !e;
    return e;
}

/* Segments with bytes above the recovery point. The indexes of the active one go to the page
 * cache only: recovery checks them to the last entry. Those of sealed segments below the
 * recovery point will be believed, so they are made durable once. */
static err_t flush_collect_one(struct log *l, struct log_flush *f, struct segment *s)
{
    bool settle = s != log_active(l) && s->index_loaded;
    err_t e = ERR_OK;

    if (s->index_loaded && (s->next > l->recovery_point || settle))
        e = index_flush(&s->index);
    if (e == ERR_NO_SPACE && !settle) /* its entries wait: batches come first */
        e = ERR_OK;
    if (!e && settle && s->index.dirty) {
        e = flush_add_index(l, f, s, FILE_INDEX);
        if (!e)
            e = flush_add_index(l, f, s, FILE_TIMEINDEX);
    }
    if (!e && s != log_active(l) && s->txn_dirty)
        e = flush_add_index(l, f, s, FILE_TXNINDEX);
    if (e || s->next <= l->recovery_point)
        return e;
    e = segment_open(s);
    if (!e)
        f->segments[f->n++] = segment_ref(s);
    return e;
}

static err_t flush_collect(struct log *l, struct log_flush *f)
{
    err_t e = ERR_OK;

    f->segments = mem_zero(l->segments_n * sizeof(struct segment *));
    f->indexes = mem_zero(3 * l->segments_n * sizeof(int));
    for (uint32_t i = 0; !e && i < l->segments_n; i++)
        if (l->segments[i]->next > l->recovery_point || l->segments[i]->index.dirty ||
            l->segments[i]->txn_dirty)
            e = flush_collect_one(l, f, l->segments[i]);
    for (uint32_t i = 0; !e && i + 1 < l->segments_n; i++)
        l->segments[i]->index.dirty = l->segments[i]->txn_dirty = false;
    return e;
}

err_t log_flush_begin(struct log *l, struct log_flush **ret)
{
    struct log_flush *f;
    err_t e;

    *ret = NULL;
    if (l->broken)
        return ERR_IO;
    if (l->flushing)
        return ERR_BUSY;
    if (l->end == l->recovery_point && !l->names_dirty)
        return ERR_OK;
    f = mem_new(struct log_flush);
    f->fs = l->fs;
    f->up_to = l->end;
    f->dir_new = l->dir_new;
    f->dir = l->names_dirty || l->dir_new ? mem_strdup(l->dir) : NULL;
    e = flush_collect(l, f);
    if (e) {
        flush_free(f);
        return e;
    }
    l->names_dirty = l->dir_new = false;
    l->flushed_ms = clock_wall_ms();
    l->flushing = f;
    *ret = f;
    return ERR_OK;
}

static err_t sync_file(struct fs *fs, const char *dir, const char *name)
{
    struct path p = path_in(dir, name);
    err_t e, close_error;
    int fd = -1;

    e = fs_open(fs, p.text, O_RDONLY, 0, &fd);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    e = fs_sync(fs, fd, false);
    close_error = fs_close(fs, fd);
    return e ? e : close_error;
}

/* The small files that were replaced softly, then the names, then the directory's own. */
static err_t sync_names(const struct log_flush *f)
{
    OWNED_MEM char *parent = mem_strdup(f->dir);
    char *slash = strrchr(parent, '/');
    err_t e;

    e = sync_file(f->fs, f->dir, PARTITION_METADATA);
    if (!e)
        e = sync_file(f->fs, f->dir, CHECKPOINT_EPOCHS);
    if (!e)
        e = fs_sync_dir(f->fs, f->dir);
    if (e || !f->dir_new || !slash)
        return e;
    slash[slash == parent] = '\0';
    return fs_sync_dir(f->fs, parent);
}

err_t log_flush_run(struct log_flush *f)
{
    err_t e = ERR_OK;

    for (uint32_t i = 0; !e && i < f->n; i++)
        e = fs_sync(f->fs, f->segments[i]->fd, true);
    for (uint32_t i = 0; !e && i < f->indexes_n; i++)
        e = fs_sync(f->fs, f->indexes[i], true);
    if (!e && f->dir)
        e = sync_names(f);
    return e;
}

err_t log_flush_end(struct log *l, struct log_flush *f, err_t run)
{
    INVARIANT(l->flushing == f);
    l->flushing = NULL;
    if (run) /* what the device holds is unknown now: only a new start can tell */
        l->broken = true;
    else if (f->up_to > l->recovery_point)
        PUBLISH(l->recovery_point, f->up_to);
    flush_free(f);
    return run;
}

err_t log_sync(struct log *l)
{
    struct log_flush *f;
    err_t e;

    e = log_flush_begin(l, &f);
    if (e || !f)
        return e;
    return log_flush_end(l, f, log_flush_run(f));
}

bool log_flush_due(const struct log *l, int64_t now_ms)
{
    int64_t dirty = l->end - l->recovery_point;

    if (!dirty || l->flushing)
        return false;
    return dirty >= l->config.flush_messages ||
           (l->config.flush_ms != INT64_MAX && now_ms - l->flushed_ms >= l->config.flush_ms);
}

void log_flush_cut(struct log *l, int64_t end)
{
    if (l->flushing && l->flushing->up_to > end)
        l->flushing->up_to = end;
}
