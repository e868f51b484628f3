#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/endian.h"
#include "common/invariant.h"
#include "common/mem.h"

void buf_done(struct buf *b)
{
    mem_free(b->p);
    *b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
    b->n = 0;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
    size_t need, grown;

    INVARIANT(!__builtin_add_overflow(b->n, n, &need));
    if (need > b->capacity) {
        grown = b->capacity + b->capacity / 2;
        if (grown < need)
            grown = need < 64 ? 64 : need;
        b->p = mem_resize(b->p, grown);
        b->capacity = grown;
    }
    return b->n ? b->p + b->n : b->p; /* NULL + 0 is undefined */
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    if (!n)
        return;
    memcpy(buf_reserve(b, n), p, n);
    b->n += n;
}

void buf_put_zero(struct buf *b, size_t n)
{
    if (!n)
        return;
    memset(buf_reserve(b, n), 0, n);
    b->n += n;
}

void buf_put_text(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    INVARIANT(n >= 0);
    va_start(args, format);
    vsnprintf((char *)buf_reserve(b, (size_t)n + 1), (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}

void buf_put_u8(struct buf *b, uint8_t v)
{
    *buf_reserve(b, 1) = v;
    b->n += 1;
}

void buf_put_be16(struct buf *b, uint16_t v)
{
    be16_put(buf_reserve(b, 2), v);
    b->n += 2;
}

void buf_put_be32(struct buf *b, uint32_t v)
{
    be32_put(buf_reserve(b, 4), v);
    b->n += 4;
}

void buf_put_be64(struct buf *b, uint64_t v)
{
    be64_put(buf_reserve(b, 8), v);
    b->n += 8;
}

void buf_put_uvarlong(struct buf *b, uint64_t v)
{
    uint8_t *p = buf_reserve(b, 10);
    size_t n = 0;

    while (v >= 0x80) {
        p[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    p[n++] = (uint8_t)v;
    b->n += n;
}

void buf_put_uvarint(struct buf *b, uint32_t v)
{
    buf_put_uvarlong(b, v);
}

void buf_put_varint(struct buf *b, int32_t v)
{
    buf_put_uvarlong(b, ((uint32_t)v << 1) ^ (uint32_t)(v >> 31));
}

void buf_put_varlong(struct buf *b, int64_t v)
{
    buf_put_uvarlong(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

struct slice buf_slice(const struct buf *b)
{
    return slice_make(b->p, b->n);
}

const char *buf_text(struct buf *b)
{
    *buf_reserve(b, 1) = '\0';
    return (const char *)b->p;
}

void buf_consume(struct buf *b, size_t n)
{
    INVARIANT(n <= b->n);
    b->n -= n;
    if (b->n)
        memmove(b->p, b->p + n, b->n);
}
