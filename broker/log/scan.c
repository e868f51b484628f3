#include "broker/log/scan.h"

#include "common/invariant.h"

void scan_init(struct scan *s, struct fs *fs, int fd, int64_t pos, int64_t end, void *buf, size_t cap)
{
    INVARIANT(cap >= HEAD_BYTES);
    *s = (struct scan){ .fs = fs, .fd = fd, .pos = pos, .end = end, .buf = buf, .cap = cap };
}

err_t scan_bytes(struct scan *s, int64_t pos, size_t n, const uint8_t **ret, size_t *ret_n)
{
    int64_t have = s->buf_pos + (int64_t)s->buf_n - pos;
    err_t e;

    if (pos < s->buf_pos || have <= 0 || ((size_t)have < n && (size_t)have < s->cap / 2)) {
        s->buf_n = 0;
        have = s->end - pos < (int64_t)s->cap ? s->end - pos : (int64_t)s->cap;
        e = fs_pread(s->fs, s->fd, s->buf, (size_t)have, pos);
        if (e)
            return e;
        s->buf_pos = pos;
        s->buf_n = (size_t)have;
    }
    *ret = s->buf + (pos - s->buf_pos);
    *ret_n = (size_t)have < n ? (size_t)have : n;
    return ERR_OK;
}

err_t scan_next(struct scan *s, struct head *ret)
{
    const uint8_t *p;
    size_t n;
    err_t e;

    if (s->pos == s->end)
        return ERR_AGAIN;
    if (s->end - s->pos < HEAD_BYTES)
        return ERR_CORRUPT;
    if (s->buf_pos + (int64_t)s->buf_n < s->pos + HEAD_BYTES)
        s->buf_n = 0;
    e = scan_bytes(s, s->pos, HEAD_BYTES, &p, &n);
    if (e)
        return e;
    INVARIANT(n == HEAD_BYTES);
    if (!head_parse(p, ret) || ret->size > s->end - s->pos)
        return ERR_CORRUPT;
    return ERR_OK;
}

err_t scan_check_crc(struct scan *s, const struct head *h)
{
    int64_t pos = s->pos + HEAD_CRC_FROM, end = s->pos + h->size;
    uint32_t crc = 0;

    while (pos < end) {
        const uint8_t *p;
        size_t n;
        err_t e = scan_bytes(s, pos, (size_t)(end - pos), &p, &n);

        if (e)
            return e;
        crc = crc32c(crc, p, n);
        pos += (int64_t)n;
    }
    return crc == h->crc ? ERR_OK : ERR_CORRUPT;
}

/* Whether a good batch begins at `pos`; leaves s->pos there. */
static err_t good_at(struct scan *s, int64_t pos, int64_t offset)
{
    struct head h;
    err_t e;

    s->pos = pos;
    e = scan_next(s, &h);
    if (e)
        return e;
    if (h.base < offset || h.base - offset > INT32_MAX)
        return ERR_CORRUPT;
    return scan_check_crc(s, &h);
}

err_t scan_find_good(struct scan *s, int64_t from, int64_t offset, int64_t *ret_pos)
{
    int64_t pos = from + 1;

    *ret_pos = -1;
    while (s->end - pos >= HEAD_BYTES) {
        const uint8_t *p;
        size_t n, i;
        err_t e;

        e = scan_bytes(s, pos, s->cap, &p, &n);
        if (e)
            return e;
        for (i = 0; i + HEAD_BYTES <= n; i++) {
            /* The magic byte and a sane offset are a cheap sieve before the checksum. */
            if (p[i + 16] != 2 || (int64_t)be64_get(p + i) < offset ||
                (int64_t)be64_get(p + i) - offset > INT32_MAX)
                continue;
            e = good_at(s, pos + (int64_t)i, offset);
            if (!e)
                *ret_pos = pos + (int64_t)i;
            if (e != ERR_CORRUPT)
                return e;
            break; /* the buffer may have moved: read again from behind the candidate */
        }
        pos += i + HEAD_BYTES <= n ? (int64_t)i + 1 : (int64_t)(n - HEAD_BYTES + 1);
    }
    return ERR_OK;
}
