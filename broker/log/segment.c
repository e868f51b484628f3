#include "broker/log/segment.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "broker/log/names.h"
#include "broker/log/txn_index.h"
#include "common/invariant.h"
#include "common/mem.h"

struct segment *segment_new(struct fs *fs, const char *dir, int64_t base, int64_t now_ms)
{
    struct segment *s = mem_new(struct segment);

    s->fs = fs;
    s->dir = dir;
    s->base = s->next = s->max_timestamp_offset = base;
    s->max_timestamp = s->first_timestamp = -1;
    s->created_ms = now_ms;
    s->fd = -1;
    s->refs = 1;
    s->txn_bytes = -1;
    index_init(&s->index, fs, dir, base);
    return s;
}

struct segment *segment_ref(struct segment *s)
{
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    return s;
}

struct segment *segment_unref(struct segment *s)
{
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL))
        return NULL;
    index_done(&s->index);
    (void)fs_close(s->fs, s->fd);
    mem_free(s);
    return NULL;
}

void segment_detach(struct segment *s)
{
    s->dir = s->index.dir = NULL;
    index_done(&s->index);
    segment_unref(s);
}

void segment_check(const struct segment *s)
{
    INVARIANT(s->base <= s->next && s->size >= 0 && s->refs > 0);
    INVARIANT(s->size == 0 || s->next > s->base);
    INVARIANT(s->index.last_offset < s->next || segment_empty(s));
    index_check(&s->index);
}

err_t segment_create(struct segment *s)
{
    static const enum file_kind stale[] = { FILE_INDEX, FILE_TIMEINDEX, FILE_TXNINDEX };
    struct path p;
    err_t e;

    for (size_t i = 0; i < ARRAY_LEN(stale); i++) {
        p = path_of(s->dir, s->base, stale[i], FILE_LIVE);
        e = fs_unlink(s->fs, p.text);
        if (e && e != ERR_NOT_FOUND)
            return e;
    }
    p = path_of(s->dir, s->base, FILE_LOG, FILE_LIVE);
    e = fs_open(s->fs, p.text, O_RDWR | O_CREAT | O_EXCL, 0644, &s->fd);
    s->index_loaded = !e;
    return e;
}

err_t segment_open(struct segment *s)
{
    struct path p;

    if (s->fd >= 0)
        return ERR_OK;
    if (!s->dir)
        return ERR_CLOSED;
    p = path_of(s->dir, s->base, FILE_LOG, FILE_LIVE);
    return fs_open(s->fs, p.text, O_RDWR, 0, &s->fd);
}

void segment_close_files(struct segment *s)
{
    index_close_files(&s->index);
    if (__atomic_load_n(&s->refs, __ATOMIC_ACQUIRE) > 1)
        return;
    (void)fs_close(s->fs, s->fd);
    s->fd = -1;
}

err_t segment_load(struct segment *s)
{
    err_t e;

    if (s->index_loaded)
        return ERR_OK;
    e = index_load(&s->index, s->size, s->next > s->base ? s->next : INT64_MAX, false);
    if (e)
        return e;
    s->index_loaded = true;
    s->max_timestamp = s->index.last_timestamp;
    s->max_timestamp_offset = s->index.last_time_offset;
    return ERR_OK;
}

err_t segment_append(struct segment *s, const struct iovec *v, int count, bool *ret_broken)
{
    err_t e;

    *ret_broken = false;
    e = segment_open(s);
    if (e)
        return e;
    e = fs_pwritev(s->fs, s->fd, v, count, s->size);
    if (e) /* a short write may have left a torn tail: cut it off */
        *ret_broken = fs_truncate(s->fs, s->fd, s->size) != ERR_OK;
    return e;
}

void segment_make_room(struct segment *s, int64_t bytes, int64_t most)
{
    int64_t end = s->size + bytes + SEGMENT_ROOM_BYTES;

    if (s->size + bytes <= s->room || s->size < SEGMENT_ROOM_FROM || segment_open(s))
        return;
    end = end < most ? end : most;
    if (end <= s->size + bytes)
        return;
    (void)fs_allocate(s->fs, s->fd, s->size, end - s->size);
    s->room = end;
}

void segment_give_room_back(struct segment *s)
{
    if (s->room > s->size && !segment_open(s))
        (void)fs_truncate(s->fs, s->fd, s->size);
    s->room = 0;
}

void segment_note(struct segment *s, const struct head *h, int32_t index_interval_bytes)
{
    if (h->max_timestamp > s->max_timestamp) {
        s->max_timestamp = h->max_timestamp;
        s->max_timestamp_offset = h->last;
    }
    if (!s->size)
        s->first_timestamp = h->max_timestamp;
    if (s->since_entry > (uint32_t)index_interval_bytes && h->last > s->index.last_offset) {
        index_put(&s->index, h->last, s->size, s->max_timestamp, s->max_timestamp_offset);
        s->since_entry = 0;
    }
    s->since_entry += (uint32_t)h->size;
    s->next = h->last + 1;
    s->size += h->size;
}

err_t segment_seal(struct segment *s)
{
    err_t e;

    e = index_make_room(&s->index, 0);
    if (e)
        return e;
    index_put_time(&s->index, s->max_timestamp, s->max_timestamp_offset);
    segment_give_room_back(s);
    return index_flush(&s->index);
}

/* From `position`, the first batch for which `last` (or `base`) is at least `offset`. */
static err_t walk_to(struct segment *s, int64_t position, int64_t offset, bool by_base,
                     int64_t *ret_position, struct head *ret_head)
{
    uint8_t buf[SCAN_STACK_BYTES];
    struct scan scan;
    err_t e;

    scan_init(&scan, s->fs, s->fd, position, s->size, buf, sizeof(buf));
    for (;;) {
        e = scan_next(&scan, ret_head);
        if (e || (by_base ? ret_head->base : ret_head->last) >= offset)
            break;
        scan_skip(&scan, ret_head);
    }
    *ret_position = scan.pos;
    return e;
}

/* An index entry that does not fit its batch is not believed: from the begin then. */
static err_t find_by_index(struct segment *s, int64_t offset, bool by_base, int64_t *ret_position,
                           struct head *ret_head)
{
    struct offset_entry entry;
    struct head at;
    int64_t position;
    err_t e;

    e = segment_open(s);
    if (!e)
        e = segment_load(s);
    if (!e)
        e = index_find_offset(&s->index, offset, &entry);
    if (e)
        return e;
    if (entry.position > s->size - HEAD_BYTES)
        entry.position = 0;
    if (entry.position) {
        e = walk_to(s, entry.position, 0, false, &position, &at);
        if (e == ERR_CORRUPT || (!e && at.last != entry.offset))
            entry.position = 0;
        else if (e && e != ERR_AGAIN)
            return e;
    }
    return walk_to(s, entry.position, offset, by_base, ret_position, ret_head);
}

err_t segment_find(struct segment *s, int64_t offset, int64_t *ret_position, struct head *ret_head)
{
    return find_by_index(s, offset, false, ret_position, ret_head);
}

err_t segment_find_from(struct segment *s, int64_t offset, int64_t *ret_position)
{
    struct head h;
    err_t e;

    e = find_by_index(s, offset, true, ret_position, &h);
    return e == ERR_AGAIN ? ERR_OK : e;
}

err_t segment_fit(struct segment *s, int64_t from, int64_t position, int64_t *ret_position)
{
    uint8_t buf[SCAN_STACK_BYTES];
    struct offset_entry entry;
    struct scan scan;
    struct head h;
    err_t e;

    if (position >= s->size) {
        *ret_position = s->size;
        return ERR_OK;
    }
    e = segment_load(s);
    if (!e)
        e = index_find_position(&s->index, position, &entry);
    if (e)
        return e;
    if (entry.position < from || entry.position > position)
        entry.position = from;
    scan_init(&scan, s->fs, s->fd, entry.position, s->size, buf, sizeof(buf));
    e = scan_next(&scan, &h);
    if (e == ERR_CORRUPT && entry.position > from) /* the index lies: from the begin */
        scan_init(&scan, s->fs, s->fd, from, s->size, buf, sizeof(buf));
    while (!(e = scan_next(&scan, &h)) && scan.pos + h.size <= position)
        scan_skip(&scan, &h);
    *ret_position = scan.pos;
    return e == ERR_AGAIN ? ERR_OK : e;
}

/* Heads from `position` on: next, and timestamps above those of the index. */
static err_t rescan_from(struct segment *s, int64_t position)
{
    uint8_t buf[SCAN_STACK_BYTES];
    struct scan scan;
    struct head h;
    err_t e;

    s->max_timestamp = s->index.last_timestamp;
    s->max_timestamp_offset = s->index.last_time_offset;
    s->next = s->base;
    s->since_entry = 0;
    scan_init(&scan, s->fs, s->fd, position, s->size, buf, sizeof(buf));
    while (!(e = scan_next(&scan, &h))) {
        if (h.max_timestamp > s->max_timestamp) {
            s->max_timestamp = h.max_timestamp;
            s->max_timestamp_offset = h.last;
        }
        s->next = h.last + 1;
        scan_skip(&scan, &h);
    }
    return e == ERR_AGAIN ? ERR_OK : e;
}

err_t segment_rescan(struct segment *s)
{
    struct offset_entry entry;
    err_t e;

    e = segment_open(s);
    if (!e)
        e = index_find_offset(&s->index, s->index.last_time_offset, &entry);
    if (e)
        return e;
    if (entry.position <= s->size)
        e = rescan_from(s, entry.position);
    if (entry.position <= s->size && e != ERR_CORRUPT)
        return e;
    e = index_truncate(&s->index, s->base); /* the index lies: it goes */
    return e ? e : rescan_from(s, 0);
}

err_t segment_truncate(struct segment *s, int64_t offset, int64_t position)
{
    err_t e;

    INVARIANT(position <= s->size && offset >= s->base);
    e = segment_open(s);
    if (!e)
        e = segment_load(s);
    /* The indexes first: they must never point behind the end of the batches. */
    if (!e)
        e = txn_index_truncate(s->fs, s->dir, s->base, offset);
    if (!e)
        e = index_truncate(&s->index, offset);
    if (!e)
        e = fs_truncate(s->fs, s->fd, position);
    if (e)
        return e;
    s->size = position;
    s->txn_bytes = -1;
    s->cut++;
    if (!position)
        s->first_timestamp = -1;
    return segment_rescan(s);
}

static err_t remove_file(struct segment *s, enum file_kind kind, struct log_trash *trash, int64_t due_ms)
{
    struct path from = path_of(s->dir, s->base, kind, FILE_LIVE);
    struct path to = path_of(s->dir, s->base, kind, FILE_DELETED);
    err_t e;

    e = trash ? fs_rename(s->fs, from.text, to.text) : fs_unlink(s->fs, from.text);
    if (!e && trash)
        log_trash_put(trash, to.text, due_ms);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t segment_remove(struct segment *s, struct log_trash *trash, int64_t due_ms)
{
    err_t e = ERR_OK;

    /* The batches first: indexes without a log are swept at the next start. */
    for (int kind = FILE_LOG; !e && kind < FILE_KINDS; kind++)
        e = remove_file(s, (enum file_kind)kind, trash, due_ms);
    return e;
}
