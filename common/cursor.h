/* cursor - a sticky reader over borrowed bytes.
 *
 * The first read past the end, or of a bad varint, marks the cursor; every later
 * read gives zero or null. A parser reads straight through and checks
 * cursor_bad() once. No read ever touches a byte outside [p, end). */
#ifndef KLAMM_COMMON_CURSOR_H
#define KLAMM_COMMON_CURSOR_H

#include "common/endian.h"
#include "common/slice.h"

struct cursor {
    const uint8_t *p;
    const uint8_t *end;
    bool bad;
};

static inline struct cursor cursor_over(struct slice s)
{
    return (struct cursor){ s.p, s.p ? s.p + s.n : s.p, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->bad ? 0 : (size_t)(c->end - c->p);
}

static inline bool cursor_bad(const struct cursor *c)
{
    return c->bad;
}

static inline void cursor_fail(struct cursor *c)
{
    c->bad = true;
}

/* `n` bytes, or NULL when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
    const uint8_t *p = c->p;

    if (c->bad || (size_t)(c->end - c->p) < n) {
        c->bad = true;
        return NULL;
    }
    c->p += n;
    return p;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 1);

    return p ? *p : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 2);

    return p ? be16_get(p) : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 4);

    return p ? be32_get(p) : 0;
}

static inline uint64_t cursor_be64(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 8);

    return p ? be64_get(p) : 0;
}

/* At most 5 bytes, the value at most 32 bits. */
uint32_t cursor_uvarint(struct cursor *c);
/* At most 10 bytes. */
uint64_t cursor_uvarlong(struct cursor *c);
int32_t cursor_varint(struct cursor *c);
int64_t cursor_varlong(struct cursor *c);

#endif
