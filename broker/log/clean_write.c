#include "broker/log/clean_write.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "broker/log/index.h"
#include "broker/log/names.h"
#include "common/mem.h"

enum { FLUSH_BYTES = 1024 * 1024 };

static const enum file_kind kinds[] = { FILE_LOG, FILE_INDEX, FILE_TIMEINDEX, FILE_TXNINDEX };

static err_t remove_files(const struct clean_writer *w)
{
    err_t e = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct path p = path_of(w->dir, w->base, kinds[i], FILE_CLEANED);
        err_t one = fs_unlink(w->fs, p.text);

        if (one && one != ERR_NOT_FOUND)
            e = one;
    }
    return e;
}

err_t clean_writer_open(struct clean_writer *w, struct fs *fs, const char *dir, int64_t base,
                        int32_t index_interval)
{
    struct path p = path_of(dir, base, FILE_LOG, FILE_CLEANED);
    err_t e;

    *w = (struct clean_writer){ .fs = fs, .dir = dir, .base = base, .fd = -1, .next = base,
                                .index_interval = index_interval, .last_offset_entry = base - 1,
                                .last_time_entry = -1, .max_timestamp = -1,
                                .max_timestamp_offset = base };
    e = remove_files(w);
    return e ? e : fs_open(fs, p.text, O_RDWR | O_CREAT | O_EXCL, 0644, &w->fd);
}

static err_t write_out(struct clean_writer *w)
{
    err_t e;

    if (!w->out.n)
        return ERR_OK;
    e = fs_pwrite(w->fs, w->fd, w->out.p, w->out.n, w->written);
    if (e)
        return e;
    w->written += (int64_t)w->out.n;
    buf_clear(&w->out);
    return ERR_OK;
}

static void put_time_entry(struct clean_writer *w)
{
    if (w->max_timestamp <= w->last_time_entry)
        return;
    buf_put_be64(&w->times, (uint64_t)w->max_timestamp);
    buf_put_be32(&w->times, (uint32_t)(w->max_timestamp_offset - w->base));
    w->last_time_entry = w->max_timestamp;
}

static void note(struct clean_writer *w, const struct head *h, int64_t position)
{
    if (h->max_timestamp > w->max_timestamp) {
        w->max_timestamp = h->max_timestamp;
        w->max_timestamp_offset = h->last;
    }
    if (w->since_entry > (uint32_t)w->index_interval && h->last > w->last_offset_entry) {
        buf_put_be32(&w->offsets, (uint32_t)(h->last - w->base));
        buf_put_be32(&w->offsets, (uint32_t)position);
        w->last_offset_entry = h->last;
        put_time_entry(w);
        w->since_entry = 0;
    }
    w->since_entry += (uint32_t)h->size;
    w->next = h->last + 1;
}

err_t clean_writer_put(struct clean_writer *w, size_t at)
{
    struct head h;

    while (at < w->out.n) {
        if (w->out.n - at < HEAD_BYTES || !head_parse(w->out.p + at, &h))
            return ERR_CORRUPT;
        note(w, &h, w->written + (int64_t)at);
        at += (size_t)h.size;
    }
    if (clean_writer_size(w) > INT32_MAX)
        return ERR_TOO_LARGE;
    return w->out.n >= FLUSH_BYTES ? write_out(w) : ERR_OK;
}

/* A segment without aborts has no .txnindex, the other two are always there. */
static err_t write_file(struct clean_writer *w, enum file_kind kind, const struct buf *content)
{
    struct path p = path_of(w->dir, w->base, kind, FILE_CLEANED);
    int fd = -1;
    err_t e;

    if (kind == FILE_TXNINDEX && !content->n)
        return ERR_OK;
    e = fs_open(w->fs, p.text, O_RDWR | O_CREAT | O_EXCL, 0644, &fd);
    if (!e && content->n)
        e = fs_pwrite(w->fs, fd, content->p, content->n, 0);
    if (!e)
        e = fs_sync(w->fs, fd, false);
    (void)fs_close(w->fs, fd);
    return e;
}

err_t clean_writer_finish(struct clean_writer *w, int64_t mtime_ms)
{
    struct timespec times[2];
    err_t e;

    put_time_entry(w);
    e = write_out(w);
    for (int i = 0; i < 2; i++)
        times[i] =
            (struct timespec){ .tv_sec = mtime_ms / 1000, .tv_nsec = mtime_ms % 1000 * 1000000 };
    if (!e && futimens(w->fd, times))
        e = ERR_IO;
    if (!e)
        e = fs_sync(w->fs, w->fd, false);
    if (!e)
        e = write_file(w, FILE_INDEX, &w->offsets);
    if (!e)
        e = write_file(w, FILE_TIMEINDEX, &w->times);
    return e ? e : write_file(w, FILE_TXNINDEX, &w->aborted);
}

void clean_writer_done(struct clean_writer *w, bool keep)
{
    (void)fs_close(w->fs, w->fd);
    w->fd = -1;
    if (!keep)
        (void)remove_files(w);
    buf_done(&w->out);
    buf_done(&w->offsets);
    buf_done(&w->times);
    buf_done(&w->aborted);
}
