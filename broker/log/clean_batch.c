#include "broker/log/clean_batch.h"

#include "common/crc32c.h"
#include "common/endian.h"

enum {
    RECORD_BYTES_MIN = 7,
    ATTRIBUTES_AT = 21,
    LAST_DELTA_AT = 23,
    BASE_TIME_AT = 27,
    MAX_TIME_AT = 35,
    COUNT_AT = 57,
    LENGTH_AT = 8
};

/* --- records --- */

err_t clean_records_open(const struct kf_batch *b, struct buf *scratch, size_t limit,
                         struct clean_records *ret)
{
    struct slice body = slice_make(b->bytes.p + KF_BATCH_HEADER, b->bytes.n - KF_BATCH_HEADER);
    err_t e;

    if (kf_batch_codec(b) != KF_CODEC_NONE) {
        buf_clear(scratch);
        e = kf_decompress(kf_batch_codec(b), body, limit, scratch);
        if (e)
            return e == ERR_UNSUPPORTED ? ERR_CORRUPT : e;
        body = buf_slice(scratch);
    }
    *ret = (struct clean_records){ cursor_over(body), b->count, b->base_offset, b->base_timestamp };
    return ERR_OK;
}

static void read_key_value(struct cursor *c, struct clean_record *ret)
{
    static const uint8_t empty[1];
    int32_t n = cursor_varint(c);

    ret->key = slice_make(NULL, 0);
    if (n >= 0) {
        ret->key = slice_make(n ? cursor_take(c, (size_t)n) : empty, (size_t)n);
    } else if (n < -1) {
        cursor_fail(c);
    }
    n = cursor_varint(c);
    ret->has_value = n >= 0;
    if (n < -1)
        cursor_fail(c);
    else if (n > 0)
        (void)cursor_take(c, (size_t)n);
}

err_t clean_records_next(struct clean_records *r, struct clean_record *ret)
{
    const uint8_t *begin = r->c.p;
    struct cursor c;
    int32_t n;

    if (!r->left)
        return cursor_left(&r->c) ? ERR_CORRUPT : ERR_OUT_OF_RANGE;
    n = cursor_varint(&r->c);
    if (n < RECORD_BYTES_MIN - 1 || !cursor_take(&r->c, (size_t)n))
        return ERR_CORRUPT;
    r->left--;
    c = cursor_over(slice_make(r->c.p - n, (size_t)n));
    (void)cursor_u8(&c);
    ret->timestamp = (int64_t)((uint64_t)r->base_timestamp + (uint64_t)cursor_varlong(&c));
    ret->body = slice_make(c.p, cursor_left(&c));
    ret->offset = r->base_offset + cursor_varint(&c);
    read_key_value(&c, ret);
    ret->bytes = slice_make(begin, (size_t)(r->c.p - begin));
    return cursor_bad(&c) ? ERR_CORRUPT : ERR_OK;
}

/* --- which stay --- */

static bool stays(const struct clean_rules *r, const struct kf_batch *b,
                  const struct clean_record *rec)
{
    bool horizon = b->attributes & KF_ATTR_DELETE_HORIZON;

    if (rec->offset > r->map->latest)
        return true;
    if (!rec->key.p || rec->offset < clean_map_get(r->map, clean_hash(r->seeds, rec->key)))
        return false;
    return rec->has_value || !horizon || r->now_ms < b->base_timestamp;
}

/* What stays of the records: their bytes behind each other, not compressed. Neighbours that stay
 * are copied together, and not at all while nothing has gone. */
struct kept {
    struct buf bytes;
    struct slice run; /* behind `bytes`, not copied yet */
    int32_t n;
    int64_t max_timestamp;
    bool tombstones;
    bool all;
};

static void copy_run(struct kept *k)
{
    buf_put(&k->bytes, k->run.p, k->run.n);
    k->run = slice_make(NULL, 0);
}

static void keep(struct kept *k, const struct clean_record *rec)
{
    if (k->run.n && k->run.p + k->run.n == rec->bytes.p) {
        k->run.n += rec->bytes.n;
    } else {
        copy_run(k);
        k->run = rec->bytes;
    }
    k->n++;
    k->tombstones |= !rec->has_value;
    if (rec->timestamp > k->max_timestamp)
        k->max_timestamp = rec->timestamp;
}

static err_t sift(const struct clean_rules *r, const struct kf_batch *b, struct buf *scratch,
                  struct kept *k)
{
    struct clean_records records;
    struct clean_record rec;
    err_t e;

    *k = (struct kept){ .max_timestamp = -1 };
    e = clean_records_open(b, scratch, r->unpacked_bytes_max, &records);
    while (!e && !(e = clean_records_next(&records, &rec)))
        if ((b->attributes & KF_ATTR_CONTROL) || stays(r, b, &rec))
            keep(k, &rec);
    k->all = k->n == b->count;
    return e == ERR_OUT_OF_RANGE ? ERR_OK : e;
}

/* --- the new batch --- */

static void finish(uint8_t *p, size_t n, int32_t count)
{
    be32_put(p + LENGTH_AT, (uint32_t)(n - KF_BATCH_OVERHEAD));
    be32_put(p + COUNT_AT, (uint32_t)count);
    be32_put(p + 17, crc32c(0, p + KF_BATCH_CRC_FROM, n - KF_BATCH_CRC_FROM));
}

/* Its offsets, producer and sequence, and nothing else. */
static void put_empty(const struct kf_batch *b, struct buf *out)
{
    size_t at = out->n;
    uint8_t *p;

    buf_put(out, b->bytes.p, KF_BATCH_HEADER);
    p = out->p + at;
    be16_put(p + ATTRIBUTES_AT,
             (uint16_t)(b->attributes & ~(KF_ATTR_CODEC | KF_ATTR_DELETE_HORIZON)));
    be64_put(p + BASE_TIME_AT, UINT64_MAX);
    finish(p, KF_BATCH_HEADER, 0);
}

/* The same records with their timestamps counted from `base`. */
static void rebase(const struct kf_batch *b, struct kept *k, int64_t base)
{
    struct clean_records records = { cursor_over(buf_slice(&k->bytes)), k->n, b->base_offset,
                                     b->base_timestamp };
    OWNED_BUF prefix = { 0 };
    struct buf out = { 0 };
    struct clean_record rec;

    while (!clean_records_next(&records, &rec)) {
        buf_clear(&prefix);
        buf_put_u8(&prefix, 0);
        buf_put_varlong(&prefix, (int64_t)((uint64_t)rec.timestamp - (uint64_t)base)); /* as it is read */
        buf_put_varint(&out, (int32_t)(prefix.n + rec.body.n));
        buf_put(&out, prefix.p, prefix.n);
        buf_put(&out, rec.body.p, rec.body.n);
    }
    buf_done(&k->bytes);
    k->bytes = out;
}

static err_t put_kept(const struct clean_rules *r, const struct kf_batch *b, struct kept *k,
                      bool horizon, struct buf *out)
{
    int64_t base = horizon ? r->now_ms + r->delete_retention_ms : b->base_timestamp;
    bool append_time = b->attributes & KF_ATTR_LOG_APPEND_TIME;
    size_t at = out->n;
    uint8_t *p;
    err_t e;

    copy_run(k);
    if (horizon)
        rebase(b, k, base);
    buf_put(out, b->bytes.p, KF_BATCH_HEADER);
    e = kf_compress(kf_batch_codec(b), buf_slice(&k->bytes), out);
    if (e) {
        out->n = at;
        return e;
    }
    p = out->p + at;
    be16_put(p + ATTRIBUTES_AT, (uint16_t)(b->attributes | (horizon ? KF_ATTR_DELETE_HORIZON : 0)));
    be64_put(p + BASE_TIME_AT, (uint64_t)base);
    if (!append_time)
        be64_put(p + MAX_TIME_AT, (uint64_t)k->max_timestamp);
    finish(p, out->n - at, k->n);
    return ERR_OK;
}

static err_t put_what_stays(const struct clean_rules *r, const struct kf_batch *b,
                            const struct clean_fate *f, struct kept *k, struct buf *out,
                            struct clean_left *ret)
{
    bool horizon = (k->tombstones || f->bare_marker) && !(b->attributes & KF_ATTR_DELETE_HORIZON);

    ret->records = k->n;
    ret->whole = k->all && !horizon;
    if (ret->whole) {
        buf_put(out, b->bytes.p, b->bytes.n);
        return ERR_OK;
    }
    if (k->n)
        return put_kept(r, b, k, horizon, out);
    if (f->keep_empty)
        put_empty(b, out);
    return ERR_OK;
}

err_t clean_batch(const struct clean_rules *r, const struct kf_batch *b, const struct clean_fate *f,
                  struct buf *out, struct buf *scratch, struct clean_left *ret)
{
    struct kept k = { 0 };
    err_t e = ERR_OK;

    *ret = (struct clean_left){ 0 };
    if (f->drop_records || !b->count) {
        if (f->keep_empty)
            put_empty(b, out);
        return ERR_OK;
    }
    e = sift(r, b, scratch, &k);
    if (!e)
        e = put_what_stays(r, b, f, &k, out, ret);
    buf_done(&k.bytes);
    return e;
}
