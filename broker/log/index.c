#include "broker/log/index.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "broker/log/names.h"
#include "common/endian.h"
#include "common/invariant.h"
#include "common/mem.h"

struct index_pending {
    uint32_t room;   /* entries of each kind */
    uint8_t *time;   /* behind the offset entries, in the same block */
    uint8_t offset[];
};

/* One of the two files, with what differs between them. */
struct view {
    struct index *x;
    struct index_file *f;
    uint8_t *pending;
    uint32_t width;
    enum file_kind kind;
};

static struct view offset_view(struct index *x)
{
    return (struct view){ x, &x->offset, x->pending ? x->pending->offset : NULL, OFFSET_ENTRY, FILE_INDEX };
}

static struct view time_view(struct index *x)
{
    return (struct view){ x, &x->time, x->pending ? x->pending->time : NULL, TIME_ENTRY, FILE_TIMEINDEX };
}

static int64_t entry_offset(const struct view *v, const uint8_t *p)
{
    return v->x->base + (int32_t)be32_get(v->kind == FILE_INDEX ? p : p + 8);
}

static int64_t entry_position(const struct view *v, const uint8_t *p)
{
    (void)v;
    return (int32_t)be32_get(p + 4);
}

static int64_t entry_timestamp(const struct view *v, const uint8_t *p)
{
    (void)v;
    return (int64_t)be64_get(p);
}

void index_init(struct index *x, struct fs *fs, const char *dir, int64_t base)
{
    *x = (struct index){ .fs = fs,
                         .dir = dir,
                         .base = base,
                         .offset.fd = -1,
                         .time.fd = -1,
                         .last_offset = base - 1,
                         .last_timestamp = -1,
                         .last_time_offset = base };
}

void index_close_files(struct index *x)
{
    (void)fs_close(x->fs, x->offset.fd);
    (void)fs_close(x->fs, x->time.fd);
    x->offset.fd = x->time.fd = -1;
    if (x->offset.n == x->offset.filed && x->time.n == x->time.filed) {
        mem_free(x->pending);
        x->pending = NULL;
    }
}

void index_done(struct index *x)
{
    index_close_files(x);
    mem_free(x->pending);
    x->pending = NULL;
}

void index_check(const struct index *x)
{
    uint32_t room = x->pending ? x->pending->room : 0;

    INVARIANT(x->offset.n >= x->offset.filed && x->offset.n - x->offset.filed <= room);
    INVARIANT(x->time.n >= x->time.filed && x->time.n - x->time.filed <= room);
    INVARIANT(x->last_offset >= x->base - 1 && x->last_time_offset >= x->base);
}

static err_t view_open(struct view *v, int flags)
{
    struct path p;

    if (v->f->fd >= 0)
        return ERR_OK;
    p = path_of(v->x->dir, v->x->base, v->kind, FILE_LIVE);
    return fs_open(v->x->fs, p.text, O_RDWR | flags, 0644, &v->f->fd);
}

/* Entry `i`, from the file or from what is pending. */
static err_t view_get(struct view *v, uint32_t i, uint8_t ret[TIME_ENTRY])
{
    err_t e;

    INVARIANT(i < v->f->n);
    if (i >= v->f->filed) {
        memcpy(ret, v->pending + (size_t)(i - v->f->filed) * v->width, v->width);
        return ERR_OK;
    }
    e = view_open(v, 0);
    return e ? e : fs_pread(v->x->fs, v->f->fd, ret, v->width, (int64_t)i * v->width);
}

typedef int64_t (*key_of)(const struct view *v, const uint8_t *p);

enum { BLOCK_ENTRIES = 128 };

/* The rest of view_count once few entries are left, all in the file: one read, no more. */
static err_t block_count(struct view *v, key_of key_of_entry, int64_t key, uint32_t low, uint32_t high,
                         uint32_t *ret)
{
    uint8_t block[BLOCK_ENTRIES * TIME_ENTRY];
    uint32_t first = low;
    err_t e;

    e = view_open(v, 0);
    if (!e)
        e = fs_pread(v->x->fs, v->f->fd, block, (size_t)(high - low) * v->width, (int64_t)low * v->width);
    while (!e && low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (key_of_entry(v, block + (size_t)(middle - first) * v->width) <= key)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return e;
}

/* Counts the entries whose key is <= `key`: they come first, keys ascend. */
static err_t view_count(struct view *v, key_of key_of_entry, int64_t key, uint32_t *ret)
{
    uint32_t low = 0, high = v->f->n;
    uint8_t entry[TIME_ENTRY];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        err_t e;

        if (high - low <= BLOCK_ENTRIES && high <= v->f->filed)
            return block_count(v, key_of_entry, key, low, high, ret);
        e = view_get(v, middle, entry);
        if (e)
            return e;
        if (key_of_entry(v, entry) <= key)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return ERR_OK;
}

static err_t find_offset_entry(struct index *x, key_of key_of_entry, int64_t key, struct offset_entry *ret)
{
    struct view v = offset_view(x);
    uint8_t entry[TIME_ENTRY];
    uint32_t count;
    err_t e;

    *ret = (struct offset_entry){ x->base, 0 };
    e = view_count(&v, key_of_entry, key, &count);
    if (e || !count)
        return e;
    e = view_get(&v, count - 1, entry);
    if (!e && entry_offset(&v, entry) >= x->base && entry_position(&v, entry) >= 0)
        *ret = (struct offset_entry){ entry_offset(&v, entry), entry_position(&v, entry) };
    return e;
}

err_t index_find_offset(struct index *x, int64_t offset, struct offset_entry *ret)
{
    return find_offset_entry(x, entry_offset, offset, ret);
}

err_t index_find_position(struct index *x, int64_t position, struct offset_entry *ret)
{
    return find_offset_entry(x, entry_position, position, ret);
}

err_t index_find_time(struct index *x, int64_t timestamp, struct time_entry *ret)
{
    struct view v = time_view(x);
    uint8_t entry[TIME_ENTRY];
    uint32_t count;
    err_t e;

    *ret = (struct time_entry){ -1, x->base };
    e = view_count(&v, entry_timestamp, timestamp, &count);
    if (e || !count)
        return e;
    e = view_get(&v, count - 1, entry);
    if (!e && entry_offset(&v, entry) >= x->base)
        *ret = (struct time_entry){ entry_timestamp(&v, entry), entry_offset(&v, entry) };
    return e;
}

/* Sets the last_* fields from the entries that are left. */
static err_t reload_last(struct index *x)
{
    struct view o = offset_view(x), t = time_view(x);
    uint8_t entry[TIME_ENTRY];
    err_t e = ERR_OK;

    x->last_offset = x->base - 1;
    x->last_timestamp = -1;
    x->last_time_offset = x->base;
    if (x->offset.n) {
        e = view_get(&o, x->offset.n - 1, entry);
        if (!e)
            x->last_offset = entry_offset(&o, entry);
    }
    if (!e && x->time.n) {
        e = view_get(&t, x->time.n - 1, entry);
        if (!e) {
            x->last_timestamp = entry_timestamp(&t, entry);
            x->last_time_offset = entry_offset(&t, entry);
        }
    }
    return e;
}

/* What the entries of a file must keep to. */
struct bounds {
    int64_t log_size, next;
};

static bool entry_follows(struct view *v, const uint8_t *p, const uint8_t *before, const struct bounds *b)
{
    int64_t offset = entry_offset(v, p);

    if (offset < v->x->base || offset >= b->next)
        return false;
    if (v->kind == FILE_INDEX)
        return entry_position(v, p) >= 0 && entry_position(v, p) < b->log_size &&
               (!before || (offset > entry_offset(v, before) &&
                            entry_position(v, p) > entry_position(v, before)));
    return entry_timestamp(v, p) >= 0 && (!before || (entry_timestamp(v, p) > entry_timestamp(v, before) &&
                                                      offset >= entry_offset(v, before)));
}

/* How many entries of the file, from its begin, obey the rules. */
static err_t view_sane(struct view *v, const struct bounds *b, uint32_t *ret)
{
    uint8_t block[TIME_ENTRY * 256], before[TIME_ENTRY];
    uint32_t n = v->f->filed, done = 0;

    while (done < n) {
        uint32_t take = n - done < 256 ? n - done : 256;
        err_t e = fs_pread(v->x->fs, v->f->fd, block, (size_t)take * v->width, (int64_t)done * v->width);

        if (e)
            return e;
        for (uint32_t i = 0; i < take; i++) {
            const uint8_t *p = block + (size_t)i * v->width;

            if (!entry_follows(v, p, done + i ? before : NULL, b)) {
                *ret = done + i;
                return ERR_OK;
            }
            memcpy(before, p, v->width);
        }
        done += take;
    }
    *ret = n;
    return ERR_OK;
}

static err_t view_load(struct view *v, const struct bounds *b, bool deep)
{
    uint8_t entry[TIME_ENTRY], before[TIME_ENTRY];
    struct stat st;
    err_t e;

    v->f->filed = v->f->n = 0;
    e = view_open(v, 0);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (fstat(v->f->fd, &st) < 0)
        return ERR_IO;
    if (st.st_size / v->width > INT32_MAX)
        return ERR_CORRUPT;
    v->f->filed = v->f->n = (uint32_t)(st.st_size / v->width);
    v->x->ragged |= st.st_size % v->width != 0;
    if (!deep && v->f->n) {
        e = view_get(v, v->f->n - 1, entry);
        if (!e && v->f->n > 1)
            e = view_get(v, v->f->n - 2, before);
        if (e || entry_follows(v, entry, v->f->n > 1 ? before : NULL, b))
            return e;
    }
    e = view_sane(v, b, &v->f->filed);
    v->x->ragged |= v->f->filed != v->f->n;
    v->f->n = v->f->filed;
    return e;
}

err_t index_load(struct index *x, int64_t log_size, int64_t next, bool deep)
{
    struct bounds b = { log_size, next };
    struct view o = offset_view(x), t = time_view(x);
    err_t e;

    INVARIANT(!x->pending);
    x->ragged = false;
    x->checked = deep;
    e = view_load(&o, &b, deep);
    if (!e)
        e = view_load(&t, &b, deep);
    return e ? e : reload_last(x);
}

struct offset_entry index_peek(const struct index *x)
{
    struct path p = path_of(x->dir, x->base, FILE_INDEX, FILE_LIVE);
    struct offset_entry found = { x->base, 0 };
    uint8_t entry[OFFSET_ENTRY];
    struct stat st;
    int fd = -1;

    if (fs_open(x->fs, p.text, O_RDONLY, 0, &fd))
        return found;
    if (!fstat(fd, &st) && st.st_size >= OFFSET_ENTRY && st.st_size % OFFSET_ENTRY == 0 &&
        !fs_pread(x->fs, fd, entry, sizeof(entry), st.st_size - OFFSET_ENTRY))
        found = (struct offset_entry){ x->base + (int32_t)be32_get(entry), (int32_t)be32_get(entry + 4) };
    (void)fs_close(x->fs, fd);
    return found;
}

bool index_full(const struct index *x, int32_t index_bytes_max)
{
    uint32_t offsets = (uint32_t)index_bytes_max / OFFSET_ENTRY;
    uint32_t times = (uint32_t)index_bytes_max / TIME_ENTRY;

    /* One time entry is kept for the roll. */
    return x->offset.n >= offsets || x->time.n + 1 >= times;
}

/* One more than asked for: the time entry of a roll. */
static bool room_left(const struct index *x, uint32_t entries)
{
    return x->pending && x->offset.n - x->offset.filed + entries < x->pending->room &&
           x->time.n - x->time.filed + entries < x->pending->room;
}

/* With what is pending now, room for `entries` and one more. */
static void widen(struct index *x, uint32_t entries)
{
    uint32_t offsets = x->offset.n - x->offset.filed, times = x->time.n - x->time.filed;
    uint32_t room = (offsets > times ? offsets : times) + entries + 1;
    struct index_pending *p;

    room = room < INDEX_PENDING ? INDEX_PENDING : room;
    p = mem_zero(sizeof(*p) + (size_t)room * (OFFSET_ENTRY + TIME_ENTRY));
    p->room = room;
    p->time = p->offset + (size_t)room * OFFSET_ENTRY;
    if (offsets)
        memcpy(p->offset, x->pending->offset, (size_t)offsets * OFFSET_ENTRY);
    if (times)
        memcpy(p->time, x->pending->time, (size_t)times * TIME_ENTRY);
    mem_free(x->pending);
    x->pending = p;
}

err_t index_make_room(struct index *x, uint32_t entries)
{
    err_t e = ERR_OK;

    if (room_left(x, entries))
        return ERR_OK;
    if (x->pending)
        e = index_flush(x);
    if (e == ERR_NO_SPACE) { /* more of them wait; log_roll bounds how many a segment has */
        widen(x, entries < INDEX_PENDING ? INDEX_PENDING : entries);
        return ERR_OK;
    }
    if (!e && !room_left(x, entries))
        widen(x, entries);
    return e;
}

static uint8_t *pending_slot(struct view v)
{
    INVARIANT(v.pending && v.f->n - v.f->filed < v.x->pending->room);
    return v.pending + (size_t)(v.f->n++ - v.f->filed) * v.width;
}

void index_put_time(struct index *x, int64_t max_timestamp, int64_t max_timestamp_offset)
{
    uint8_t *p;

    if (max_timestamp <= x->last_timestamp || max_timestamp_offset < x->last_time_offset)
        return;
    p = pending_slot(time_view(x));
    be64_put(p, (uint64_t)max_timestamp);
    be32_put(p + 8, (uint32_t)(max_timestamp_offset - x->base));
    x->last_timestamp = max_timestamp;
    x->last_time_offset = max_timestamp_offset;
}

void index_put(struct index *x, int64_t last_offset, int64_t position, int64_t max_timestamp,
               int64_t max_timestamp_offset)
{
    uint8_t *p;

    INVARIANT(last_offset > x->last_offset && position <= INT32_MAX);
    p = pending_slot(offset_view(x));
    be32_put(p, (uint32_t)(last_offset - x->base));
    be32_put(p + 4, (uint32_t)position);
    x->last_offset = last_offset;
    index_put_time(x, max_timestamp, max_timestamp_offset);
}

static err_t view_flush(struct view *v)
{
    uint32_t n = v->f->n - v->f->filed;
    err_t e;

    e = view_open(v, O_CREAT);
    if (e || !n)
        return e;
    e = fs_pwrite(v->x->fs, v->f->fd, v->pending, (size_t)n * v->width, (int64_t)v->f->filed * v->width);
    if (e)
        return e;
    v->f->filed = v->f->n;
    v->x->dirty = true;
    return ERR_OK;
}

err_t index_flush(struct index *x)
{
    struct view o = offset_view(x), t = time_view(x);
    err_t e;

    e = view_flush(&o);
    return e ? e : view_flush(&t);
}

err_t index_sync(struct index *x)
{
    err_t e;

    e = index_flush(x);
    if (!e && x->dirty) {
        e = fs_sync(x->fs, x->offset.fd, false);
        if (!e)
            e = fs_sync(x->fs, x->time.fd, false);
        if (!e)
            x->dirty = false;
    }
    return e;
}

/* Entries are counted by halving, which only a sorted file answers rightly. */
static err_t view_trust(struct view *v)
{
    static const struct bounds any = { INT64_MAX, INT64_MAX };
    uint32_t filed = v->f->filed;
    err_t e;

    if (v->x->checked || !filed)
        return ERR_OK;
    e = view_open(v, 0);
    if (!e)
        e = view_sane(v, &any, &v->f->filed);
    if (v->f->filed < filed)
        v->f->n = v->f->filed;
    return e;
}

/* Nothing is written: a full disk keeps nobody from cutting. */
static err_t view_truncate(struct view *v, int64_t offset)
{
    uint32_t keep, filed;
    err_t e;

    e = view_trust(v);
    if (!e)
        e = view_count(v, entry_offset, offset - 1, &keep);
    if (!e)
        e = view_open(v, O_CREAT);
    if (e)
        return e;
    filed = keep < v->f->filed ? keep : v->f->filed;
    e = fs_truncate(v->x->fs, v->f->fd, (int64_t)filed * v->width);
    if (!e) {
        v->f->n = keep;
        v->f->filed = filed;
        v->x->dirty = true;
    }
    return e;
}

err_t index_truncate(struct index *x, int64_t offset)
{
    struct view o = offset_view(x), t = time_view(x);
    err_t e;

    e = view_truncate(&o, offset);
    if (!e)
        e = view_truncate(&t, offset);
    if (e)
        return e;
    x->ragged = false;
    x->checked = true;
    return reload_last(x);
}
