#include "api/kafka/batch.h"

#include "common/crc32c.h"
#include "common/invariant.h"

static err_t check_header(const struct kf_batch *b, int32_t last_delta)
{
    if (last_delta < 0 || b->count < 0 || b->count > last_delta + (int64_t)1)
        return ERR_CORRUPT;
    if (b->base_offset < 0 || b->base_offset > INT64_MAX - last_delta - 1)
        return ERR_CORRUPT;
    /* Every record takes at least 7 bytes unless they are compressed. */
    if (kf_batch_codec(b) == KF_CODEC_NONE && (uint64_t)b->count * 7 > b->bytes.n - KF_BATCH_HEADER)
        return ERR_CORRUPT;
    return ERR_OK;
}

err_t kf_batch_parse(struct slice s, struct kf_batch *ret)
{
    const uint8_t *p = s.p;
    int32_t length;

    if (s.n < KF_BATCH_OVERHEAD)
        return ERR_AGAIN;
    length = (int32_t)be32_get(p + 8);
    if (length < 14) /* the smallest batch of any magic */
        return ERR_CORRUPT;
    if (s.n < 17)
        return ERR_AGAIN;
    if (p[16] < 2)
        return ERR_UNSUPPORTED;
    if (p[16] != 2 || length < KF_BATCH_HEADER - KF_BATCH_OVERHEAD)
        return ERR_CORRUPT;
    if ((size_t)length > s.n - KF_BATCH_OVERHEAD)
        return ERR_AGAIN;
    *ret = (struct kf_batch){
        .bytes = slice_make(p, (size_t)length + KF_BATCH_OVERHEAD),
        .base_offset = (int64_t)be64_get(p),
        .last_offset = (int64_t)(be64_get(p) + be32_get(p + 23)),
        .leader_epoch = (int32_t)be32_get(p + 12),
        .crc = be32_get(p + 17),
        .attributes = (int16_t)be16_get(p + 21),
        .base_timestamp = (int64_t)be64_get(p + 27),
        .max_timestamp = (int64_t)be64_get(p + 35),
        .producer_id = (int64_t)be64_get(p + 43),
        .producer_epoch = (int16_t)be16_get(p + 51),
        .base_sequence = (int32_t)be32_get(p + 53),
        .count = (int32_t)be32_get(p + 57),
    };
    return check_header(ret, (int32_t)be32_get(p + 23));
}

bool kf_batch_crc_ok(const struct kf_batch *b)
{
    return crc32c(0, b->bytes.p + KF_BATCH_CRC_FROM, b->bytes.n - KF_BATCH_CRC_FROM) == b->crc;
}

void kf_batch_set_base_offset(uint8_t *p, int64_t offset)
{
    be64_put(p, (uint64_t)offset);
}

void kf_batch_set_leader_epoch(uint8_t *p, int32_t epoch)
{
    be32_put(p + 12, (uint32_t)epoch);
}

static void set_crc(uint8_t *p, size_t n)
{
    be32_put(p + 17, crc32c(0, p + KF_BATCH_CRC_FROM, n - KF_BATCH_CRC_FROM));
}

void kf_batch_set_append_time(uint8_t *p, size_t n, int64_t now_ms)
{
    be16_put(p + 21, be16_get(p + 21) | KF_ATTR_LOG_APPEND_TIME);
    be64_put(p + 35, (uint64_t)now_ms);
    set_crc(p, n);
}

err_t kf_records_open(const struct kf_batch *b, struct buf *scratch, size_t limit, struct kf_records *ret)
{
    struct slice body = slice_make(b->bytes.p + KF_BATCH_HEADER, b->bytes.n - KF_BATCH_HEADER);
    bool append_time = b->attributes & KF_ATTR_LOG_APPEND_TIME;
    err_t e;

    if (kf_batch_codec(b) != KF_CODEC_NONE) {
        buf_clear(scratch);
        e = kf_decompress(kf_batch_codec(b), body, limit, scratch);
        if (e)
            return e == ERR_UNSUPPORTED ? ERR_CORRUPT : e;
        body = buf_slice(scratch);
    }
    *ret = (struct kf_records){ cursor_over(body), b->count, b->base_offset, b->base_timestamp,
                                append_time ? b->max_timestamp : -1 };
    return ERR_OK;
}

/* A length and so many bytes; -1 is null. */
static struct slice read_part(struct cursor *c)
{
    static const uint8_t empty[1];
    int32_t n = cursor_varint(c);

    if (n < -1)
        cursor_fail(c);
    if (n <= 0)
        return slice_make(n == 0 ? empty : NULL, 0);
    return slice_make(cursor_take(c, (size_t)n), (size_t)n);
}

bool kf_record_header_next(struct cursor *headers, struct kf_record_header *ret)
{
    struct slice key;

    if (!cursor_left(headers))
        return false;
    key = read_part(headers);
    ret->key = str_make((const char *)key.p, key.n);
    ret->value = read_part(headers);
    if (!key.p)
        cursor_fail(headers);
    return !cursor_bad(headers);
}

static err_t check_headers(struct cursor headers, int32_t n)
{
    struct kf_record_header h;

    while (n > 0 && kf_record_header_next(&headers, &h))
        n--;
    return n || cursor_bad(&headers) || cursor_left(&headers) ? ERR_CORRUPT : ERR_OK;
}

err_t kf_records_next(struct kf_records *r, struct kf_record *ret)
{
    struct cursor c;
    int32_t n;

    if (!r->left)
        return cursor_left(&r->c) ? ERR_CORRUPT : ERR_OUT_OF_RANGE;
    n = cursor_varint(&r->c);
    c = cursor_over(slice_make(n > 0 ? cursor_take(&r->c, (size_t)n) : NULL, n > 0 ? (size_t)n : 0));
    if (cursor_bad(&r->c) || n <= 0)
        return ERR_CORRUPT;
    r->left--;
    (void)cursor_u8(&c); /* attributes: none are defined */
    ret->timestamp = (int64_t)((uint64_t)r->base_timestamp + (uint64_t)cursor_varlong(&c));
    if (r->append_time >= 0)
        ret->timestamp = r->append_time;
    ret->offset = r->base_offset + cursor_varint(&c);
    ret->key = read_part(&c);
    ret->value = read_part(&c);
    ret->headers_n = cursor_varint(&c);
    ret->headers = c;
    if (cursor_bad(&c) || ret->headers_n < 0)
        return ERR_CORRUPT;
    return check_headers(c, ret->headers_n);
}

void kf_batch_begin(struct kf_batch_builder *b, struct buf *out, int64_t base_offset, int32_t leader_epoch,
                    int16_t attributes)
{
    uint8_t *p;

    *b = (struct kf_batch_builder){ out, out->n, attributes, 0, -1, -1 };
    buf_put_zero(out, KF_BATCH_HEADER);
    p = out->p + b->begin;
    kf_batch_set_base_offset(p, base_offset);
    kf_batch_set_leader_epoch(p, leader_epoch);
    p[16] = 2;
    be16_put(p + 21, (uint16_t)attributes);
    kf_batch_producer(b, -1, -1, -1);
}

void kf_batch_producer(struct kf_batch_builder *b, int64_t id, int16_t epoch, int32_t base_sequence)
{
    uint8_t *p = b->out->p + b->begin;

    be64_put(p + 43, (uint64_t)id);
    be16_put(p + 51, (uint16_t)epoch);
    be32_put(p + 53, (uint32_t)base_sequence);
}

static void put_part(struct buf *b, struct slice s)
{
    buf_put_varint(b, s.p ? (int32_t)s.n : -1);
    buf_put(b, s.p, s.n);
}

void kf_batch_put(struct kf_batch_builder *b, int64_t timestamp, struct slice key, struct slice value,
                  const struct kf_record_header *headers, int32_t headers_n)
{
    OWNED_BUF record = { 0 };

    if (!b->count)
        b->base_timestamp = timestamp;
    if (!b->count || timestamp > b->max_timestamp)
        b->max_timestamp = timestamp;
    buf_put_u8(&record, 0);
    buf_put_varlong(&record, timestamp - b->base_timestamp);
    buf_put_varint(&record, b->count);
    put_part(&record, key);
    put_part(&record, value);
    buf_put_varint(&record, headers_n);
    for (int32_t i = 0; i < headers_n; i++) {
        put_part(&record, slice_make(headers[i].key.p, headers[i].key.n));
        put_part(&record, headers[i].value);
    }
    buf_put_varint(b->out, (int32_t)record.n);
    buf_put(b->out, record.p, record.n);
    b->count++;
}

err_t kf_batch_end(struct kf_batch_builder *b)
{
    struct buf *out = b->out;
    size_t body = b->begin + KF_BATCH_HEADER;
    uint8_t *p;

    if (b->attributes & KF_ATTR_CODEC) {
        OWNED_BUF packed = { 0 };
        err_t e = kf_compress((enum kf_codec)(b->attributes & KF_ATTR_CODEC),
                              slice_make(out->p + body, out->n - body), &packed);

        out->n = e ? b->begin : body;
        if (e)
            return e;
        buf_put(out, packed.p, packed.n);
    }
    p = out->p + b->begin;
    be32_put(p + 8, (uint32_t)(out->n - b->begin - KF_BATCH_OVERHEAD));
    be32_put(p + 23, (uint32_t)(b->count ? b->count - 1 : 0));
    be64_put(p + 27, (uint64_t)b->base_timestamp);
    be64_put(p + 35, (uint64_t)b->max_timestamp);
    be32_put(p + 57, (uint32_t)b->count);
    set_crc(p, out->n - b->begin);
    return ERR_OK;
}

int kf_control_type(struct slice key)
{
    if (key.n < 4)
        return -1;
    return (int16_t)be16_get(key.p + 2);
}

struct kf_control_key kf_control_key(enum kf_control type)
{
    return (struct kf_control_key){ { 0, 0, 0, (uint8_t)type } };
}
