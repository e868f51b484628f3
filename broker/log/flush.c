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
    char *dir;                /* NULL: its names are synced already */
    bool dir_new;
};

static void flush_free(struct log_flush *f)
{
    for (uint32_t i = 0; i < f->n; i++)
        segment_unref(f->segments[i]);
    mem_free(f->segments);
    mem_free(f->dir);
    mem_free(f);
}

/* Segments with bytes above the recovery point; indexes go to the page cache. */
static err_t flush_collect(struct log *l, struct log_flush *f)
{
    uint32_t first = log_floor(l, l->recovery_point);

    f->segments = mem_zero((l->segments_n - first) * sizeof(struct segment *));
    for (uint32_t i = first; i < l->segments_n; i++) {
        struct segment *s = l->segments[i];
        err_t e;

        if (s->next <= l->recovery_point)
            continue;
        e = segment_open(s);
        if (!e && s->index_loaded)
            e = index_flush(&s->index);
        if (e)
            return e;
        f->segments[f->n++] = segment_ref(s);
    }
    return ERR_OK;
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
