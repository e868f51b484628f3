/* buf - a growable byte string for output.
 *
 * All put functions append. Growth aborts when memory is out, so what a peer can
 * make large is bounded by the caller before it is put. The zero struct is an
 * empty buf. */
#ifndef KLAMM_COMMON_BUF_H
#define KLAMM_COMMON_BUF_H

#include "common/slice.h"

struct buf {
    uint8_t *p;
    size_t n;
    size_t capacity;
};

void buf_done(struct buf *b);
/* Empty again, memory kept. */
void buf_clear(struct buf *b);
/* Room for `n` more bytes; returns where they go, `b->n` is unchanged. */
uint8_t *buf_reserve(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_zero(struct buf *b, size_t n);
void buf_put_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_be16(struct buf *b, uint16_t v);
void buf_put_be32(struct buf *b, uint32_t v);
void buf_put_be64(struct buf *b, uint64_t v);
/* Base-128, low groups first, at most 5 / 10 bytes (Kafka protocol guide, varints). */
void buf_put_uvarint(struct buf *b, uint32_t v);
void buf_put_uvarlong(struct buf *b, uint64_t v);
/* Zig-zag, then as above. */
void buf_put_varint(struct buf *b, int32_t v);
void buf_put_varlong(struct buf *b, int64_t v);

/* The bytes `[0, n)`, borrowed until the next put. */
struct slice buf_slice(const struct buf *b);
/* NUL terminated view (the NUL is not counted), borrowed until the next put. */
const char *buf_text(struct buf *b);
/* Drops the first `n` bytes. */
void buf_consume(struct buf *b, size_t n);

#define OWNED_BUF __attribute__((cleanup(buf_done))) struct buf

#endif
