/* The part of a cleaning that reads and writes, on any thread: nothing of the log itself is
 * touched, files are opened by their names. */
#include <fcntl.h>
#include <sys/stat.h>

#include "broker/log/clean_internal.h"
#include "broker/log/clean_txn.h"
#include "broker/log/clean_write.h"
#include "broker/log/names.h"

enum {
    READ_BYTES = 1024 * 1024,
    UNPACKED_BYTES_MAX = 1 << 30,
    COUNT_FROM = 64 * 1024,    /* fewer records need no counting of their keys */
    MARGIN_PERCENT = 104,      /* over a count of keys, which is within a few percent */
    HINT_PERCENT = 125,        /* over the keys of the last time */
};

/* --- reading --- */

struct reader {
    struct clean *c;
    int fd;
    int64_t pos, size;   /* of the batch that is next, and of the file */
    struct buf buf;
    int64_t buf_pos;
};

static bool stopped(const struct clean *c)
{
    return c->o.stop && __atomic_load_n(c->o.stop, __ATOMIC_RELAXED);
}

static void pace(struct clean *c, size_t bytes)
{
    if (c->o.pace)
        c->o.pace(c->o.ctx, bytes);
}

static err_t reader_open(struct reader *r, struct clean *c, const struct clean_source *s)
{
    struct path p = path_of(c->dir, s->base, FILE_LOG, FILE_LIVE);

    *r = (struct reader){ .c = c, .fd = -1, .size = s->size };
    return fs_open(c->fs, p.text, O_RDONLY, 0, &r->fd);
}

static void reader_done(struct reader *r)
{
    (void)fs_close(r->c->fs, r->fd);
    buf_done(&r->buf);
}

/* At least `n` bytes from r->pos on. */
static err_t fill(struct reader *r, size_t n)
{
    int64_t left = r->size - r->pos;
    size_t most = n > READ_BYTES ? n : READ_BYTES;
    err_t e;

    if (left < (int64_t)n)
        return ERR_CORRUPT;
    if (stopped(r->c))
        return ERR_CLOSED;
    if (left < (int64_t)most)
        most = (size_t)left;
    buf_clear(&r->buf);
    e = fs_pread(r->c->fs, r->fd, buf_reserve(&r->buf, most), most, r->pos);
    if (e)
        return e;
    r->buf.n = most;
    r->buf_pos = r->pos;
    r->c->read_bytes += (int64_t)most;
    pace(r->c, most);
    return ERR_OK;
}

static size_t there(const struct reader *r)
{
    return (size_t)(r->buf_pos + (int64_t)r->buf.n - r->pos);
}

/* The next batch, whole and checked; ERR_AGAIN at the end. Borrowed until the next call. */
static err_t reader_next(struct reader *r, struct kf_batch *ret)
{
    struct head h;
    err_t e = ERR_OK;

    if (r->pos == r->size)
        return ERR_AGAIN;
    if (there(r) < HEAD_BYTES)
        e = fill(r, HEAD_BYTES);
    if (e)
        return e;
    if (!head_parse(r->buf.p + (r->pos - r->buf_pos), &h))
        return ERR_CORRUPT;
    if ((int64_t)there(r) < h.size)
        e = fill(r, (size_t)h.size);
    if (!e)
        e = kf_batch_parse(slice_make(r->buf.p + (r->pos - r->buf_pos), (size_t)h.size), ret);
    if (e)
        return e == ERR_AGAIN ? ERR_CORRUPT : e;
    r->pos += h.size;
    return kf_batch_crc_ok(ret) ? ERR_OK : ERR_CORRUPT;
}

/* --- the dirty part --- */

/* What looks at every record with a key that is not of an aborted transaction: false ends the walk.
 */
typedef bool (*key_fn)(struct clean *c, struct clean_hash h, int64_t offset, void *arg);

struct walk {
    struct clean *c;
    struct clean_txns txns;
    struct buf scratch;
    key_fn fn;
    void *arg;
    int64_t reached; /* the last offset that was looked at with its whole batch */
    bool full;
};

static err_t walk_records(struct walk *w, const struct kf_batch *b)
{
    struct clean *c = w->c;
    struct clean_records records;
    struct clean_record r;
    err_t e;

    e = clean_records_open(b, &w->scratch, UNPACKED_BYTES_MAX, &records);
    while (!e && !(e = clean_records_next(&records, &r))) {
        if (!r.key.p || r.offset < c->first_dirty || r.offset >= c->limit)
            continue;
        w->full = !w->fn(c, clean_hash(&c->seeds, r.key), r.offset, w->arg);
        if (w->full)
            return ERR_OK;
    }
    return e == ERR_OUT_OF_RANGE ? ERR_OK : e;
}

static err_t walk_batch(struct walk *w, const struct kf_batch *b)
{
    err_t e = ERR_OK;

    if (b->attributes & KF_ATTR_CONTROL)
        (void)clean_txns_marker(&w->txns, b);
    else if (!clean_txns_data(&w->txns, b))
        e = walk_records(w, b);
    if (!e && !w->full && b->last_offset >= w->c->first_dirty)
        w->reached = b->last_offset < w->c->limit ? b->last_offset : w->c->limit - 1;
    return e;
}

static err_t walk_source(struct walk *w, const struct clean_source *s)
{
    struct kf_batch b;
    struct reader r;
    err_t e;

    e = reader_open(&r, w->c, s);
    while (!e && !w->full && !(e = reader_next(&r, &b))) {
        if (b.base_offset >= w->c->limit)
            break;
        if (b.last_offset >= w->c->first_dirty || (b.attributes & KF_ATTR_TRANSACTIONAL))
            e = walk_batch(w, &b);
    }
    reader_done(&r);
    return e == ERR_AGAIN ? ERR_OK : e;
}

/* The dirty part's segments, each record once. */
static err_t walk_dirty(struct clean *c, key_fn fn, void *arg, int64_t *ret_reached)
{
    struct walk w = { .c = c, .fn = fn, .arg = arg, .reached = c->first_dirty - 1 };
    err_t e = ERR_OK;
    uint32_t i = 0;

    while (i < c->sources_n && c->sources[i].next <= c->first_dirty)
        i++;
    if (i < c->sources_n)
        clean_txns_init(&w.txns, buf_slice(&c->aborted), c->sources[i].base);
    for (; !e && !w.full && i < c->sources_n; i++)
        e = walk_source(&w, &c->sources[i]);
    *ret_reached = w.full ? w.reached : c->limit - 1; /* behind the last record nothing is left */
    clean_txns_done(&w.txns);
    buf_done(&w.scratch);
    return e;
}

static bool count_key(struct clean *c, struct clean_hash h, int64_t offset, void *arg)
{
    (void)c, (void)offset;
    clean_count_put(arg, h);
    return true;
}

/* How many keys the map must hold: the records at most, else what was found the last time, else
 * what a look at all of them says. */
static err_t keys_wanted(struct clean *c, uint64_t *ret)
{
    uint64_t records = (uint64_t)(c->limit - c->first_dirty);
    struct clean_count *count;
    int64_t reached;
    err_t e;

    *ret = records;
    if (records <= COUNT_FROM)
        return ERR_OK;
    if (c->o.keys_hint) {
        *ret = c->o.keys_hint * HINT_PERCENT / 100;
        return ERR_OK;
    }
    count = mem_new(struct clean_count);
    e = walk_dirty(c, count_key, count, &reached);
    *ret = clean_count_keys(count) * MARGIN_PERCENT / 100 + COUNT_FROM / 100;
    if (*ret > records)
        *ret = records;
    mem_free(count);
    return e;
}

static bool map_key(struct clean *c, struct clean_hash h, int64_t offset, void *arg)
{
    (void)arg;
    return clean_map_put(&c->map, h, offset);
}

static err_t build_map(struct clean *c)
{
    uint64_t keys;
    err_t e;

    e = keys_wanted(c, &keys);
    if (e)
        return e;
    clean_map_init(&c->map, keys, c->o.map_bytes_max, c->first_dirty);
    return walk_dirty(c, map_key, NULL, &c->map.latest);
}

/* --- writing anew --- */

/* The pass over all segments up to the end of the map. */
struct pass {
    struct clean *c;
    struct clean_rules rules;
    struct clean_txns txns;
    struct buf scratch;
    struct clean_writer w;
    bool changed; /* a batch of the group is not as it was */
};

static const struct clean_producer *find_producer(const struct clean *c, int64_t id)
{
    size_t low = 0, high = c->o.producers_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->producers[middle].id == id)
            return &c->producers[middle];
        if (c->producers[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Without it a start would not know the producer's last sequence, or its epoch. */
static bool bears_producer(const struct clean *c, const struct kf_batch *b)
{
    const struct clean_producer *p = b->producer_id < 0 ? NULL : find_producer(c, b->producer_id);

    if (!p)
        return false;
    return p->last_offset >= 0 ? p->last_offset == b->last_offset
                               : (b->attributes & KF_ATTR_CONTROL) && p->epoch == b->producer_epoch;
}

static struct clean_fate fate_of(struct pass *p, const struct kf_batch *b, bool last)
{
    struct clean_fate f = { .keep_empty = last || bears_producer(p->c, b) };

    if (b->attributes & KF_ATTR_CONTROL) {
        f.bare_marker = clean_txns_marker(&p->txns, b);
        f.drop_records = f.bare_marker && (b->attributes & KF_ATTR_DELETE_HORIZON) &&
                         b->base_timestamp <= p->rules.now_ms;
    } else {
        f.drop_records = clean_txns_data(&p->txns, b);
    }
    return f;
}

static err_t pass_batch(struct pass *p, const struct kf_batch *b, bool last)
{
    struct clean_fate f = fate_of(p, b, last);
    size_t at = p->w.out.n;
    struct clean_left left;
    err_t e;

    e = clean_batch(&p->rules, b, &f, &p->w.out, &p->scratch, &left);
    if (e)
        return e;
    p->changed |= !left.whole;
    return clean_writer_put(&p->w, at);
}

static err_t pass_source(struct pass *p, const struct clean_source *s, bool last)
{
    struct kf_batch b;
    struct reader r;
    err_t e;

    e = reader_open(&r, p->c, s);
    while (!e && !(e = reader_next(&r, &b)))
        e = pass_batch(p, &b, last && r.pos == r.size);
    reader_done(&r);
    return e == ERR_AGAIN ? ERR_OK : e;
}

static int64_t mtime_ms(const struct clean *c, const struct clean_source *s)
{
    struct path p = path_of(c->dir, s->base, FILE_LOG, FILE_LIVE);
    struct stat st;

    return stat(p.text, &st) ? c->o.now_ms : (int64_t)st.st_mtim.tv_sec * 1000;
}

static err_t write_group(struct pass *p, struct clean_group *g)
{
    struct clean *c = p->c;
    const struct clean_source *last = &c->sources[g->first + g->n - 1];
    err_t e;

    p->changed = g->n > 1;
    e = clean_writer_open(&p->w, c->fs, c->dir, c->sources[g->first].base,
                          c->config.index_interval_bytes);
    p->txns.index = &p->w.aborted;
    for (uint32_t i = 0; !e && i < g->n; i++)
        e = pass_source(p, &c->sources[g->first + i], i + 1 == g->n);
    g->unchanged = !e && !p->changed;
    if (!e && p->changed)
        e = clean_writer_finish(&p->w, mtime_ms(c, last));
    g->size = clean_writer_size(&p->w);
    g->next = p->w.next;
    g->max_timestamp = p->w.max_timestamp;
    g->max_timestamp_offset = p->w.max_timestamp_offset;
    c->written_bytes += g->unchanged ? 0 : g->size;
    pace(c, g->unchanged ? 0 : (size_t)g->size);
    clean_writer_done(&p->w, !e && p->changed);
    return e;
}

/* --- groups --- */

/* Neighbours that fit one segment together: bytes, indexes, offsets. */
static uint32_t group_size(const struct clean *c, uint32_t first, uint32_t end)
{
    int64_t bytes = 0, index = 0;
    uint32_t n = 0;

    for (uint32_t i = first; i < end; i++, n++) {
        const struct clean_source *s = &c->sources[i];

        bytes += s->size;
        index += s->index_bytes;
        if (n && (bytes > c->config.segment_bytes || index > c->config.segment_index_bytes ||
                  s->next - c->sources[first].base > INT32_MAX))
            break;
    }
    return n;
}

static void make_groups(struct clean *c)
{
    uint32_t end = 0;

    while (end < c->sources_n && c->sources[end].base <= c->map.latest)
        end++;
    c->groups = mem_zero((end + 1) * sizeof(*c->groups));
    for (uint32_t first = 0, n; first < end; first += n) {
        n = group_size(c, first, end);
        c->groups[c->groups_n++] = (struct clean_group){ .first = first, .n = n };
    }
}

static err_t write_anew(struct clean *c)
{
    struct pass p = {
        .c = c,
        .rules = { .map = &c->map, .seeds = &c->seeds, .now_ms = c->o.now_ms,
                   .delete_retention_ms = c->config.delete_retention_ms,
                   .unpacked_bytes_max = UNPACKED_BYTES_MAX },
    };
    err_t e = ERR_OK;

    clean_txns_init(&p.txns, buf_slice(&c->aborted), c->sources[0].base);
    for (uint32_t i = 0; !e && i < c->groups_n; i++)
        e = write_group(&p, &c->groups[i]);
    clean_txns_done(&p.txns);
    buf_done(&p.scratch);
    return e;
}

err_t log_clean_run(struct clean *c)
{
    err_t e;

    e = build_map(c);
    if (e)
        return e;
    make_groups(c);
    return write_anew(c);
}
