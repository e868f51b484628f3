#include "broker/log/aborted.h"

#include <fcntl.h>

#include "broker/log/log_internal.h"
#include "broker/log/names.h"

/* Bytes of the segment's index; the file is looked for once. */
static int64_t index_bytes(struct segment *s)
{
    struct path p;

    if (s->txn_bytes >= 0)
        return s->txn_bytes;
    p = path_of(s->dir, s->base, FILE_TXNINDEX, FILE_LIVE);
    s->txn_bytes = fs_size(p.text);
    if (s->txn_bytes < 0)
        s->txn_bytes = 0;
    return s->txn_bytes;
}

err_t log_note_aborted(struct log *l, const struct aborted_txn *t)
{
    struct segment *s = l->segments[log_floor(l, t->last_offset)];
    int64_t size = index_bytes(s);
    err_t e;

    e = txn_index_append(l->fs, l->dir, s->base, size, t);
    if (e)
        return e;
    l->names_dirty |= !size;
    s->txn_bytes = size + TXN_ENTRY;
    s->txn_dirty = true;
    return ERR_OK;
}

/* Whatever a crash has made of it. */
static err_t drop_index(struct log *l, const struct segment *s)
{
    struct path p = path_of(l->dir, s->base, FILE_TXNINDEX, FILE_LIVE);

    l->names_dirty = true;
    return fs_unlink(l->fs, p.text);
}

err_t log_forget_aborted(struct log *l, int64_t offset)
{
    err_t e = ERR_OK;

    for (uint32_t i = log_floor(l, offset); !e && i < l->segments_n; i++) {
        struct segment *s = l->segments[i];

        s->txn_bytes = -1;
        if (!index_bytes(s))
            continue;
        e = s->base >= offset ? drop_index(l, s) : txn_index_truncate(l->fs, l->dir, s->base, offset);
        s->txn_bytes = -1;
        s->txn_dirty = s->base < offset;
    }
    return e;
}

bool log_has_aborted(struct log *l, int64_t offset)
{
    for (uint32_t i = log_floor(l, offset); i < l->segments_n; i++)
        if (index_bytes(l->segments[i]))
            return true;
    return false;
}

err_t log_aborted(struct log *l, int64_t offset, int64_t upper, struct buf *ret)
{
    OWNED_BUF file = { 0 };

    /* A marker may lie in a later segment than what it aborts: only an entry's last stable
     * offset says that no more can come. */
    for (uint32_t i = log_floor(l, offset); i < l->segments_n; i++) {
        struct segment *s = l->segments[i];
        err_t e;

        if (!index_bytes(s))
            continue;
        buf_clear(&file);
        e = txn_index_read(l->fs, l->dir, s->base, &file, NULL);
        if (e)
            return e;
        if (txn_index_collect(buf_slice(&file), offset, upper, ret))
            break;
    }
    return ERR_OK;
}

static err_t sync_one(struct log *l, struct segment *s)
{
    struct path p = path_of(l->dir, s->base, FILE_TXNINDEX, FILE_LIVE);
    int fd = -1;
    err_t e;

    e = fs_open(l->fs, p.text, O_RDWR, 0, &fd);
    if (e)
        return e;
    e = fs_sync(l->fs, fd, false);
    (void)fs_close(l->fs, fd);
    s->txn_dirty = e != ERR_OK;
    return e;
}

err_t log_sync_aborted(struct log *l)
{
    err_t e = ERR_OK;

    for (uint32_t i = 0; !e && i < l->segments_n; i++)
        if (l->segments[i]->txn_dirty)
            e = sync_one(l, l->segments[i]);
    return e;
}

int64_t log_span_upper(struct log *l, const struct log_span *span, int64_t limit)
{
    const struct segment *s = span->ref;
    int64_t end = span->position + (int64_t)span->n;
    uint8_t p[HEAD_BYTES];
    struct head h;

    if (end >= s->size)
        return s->next < limit ? s->next : limit;
    if (fs_pread(l->fs, span->fd, p, sizeof(p), end) || !head_parse(p, &h))
        return limit;
    return h.base < limit ? h.base : limit;
}
