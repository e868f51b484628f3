#include "common/cursor.h"

/* Both varints: `bits` is the value's width, so that a group that would not fit
 * is refused instead of cut. */
static uint64_t uvar(struct cursor *c, unsigned bits)
{
    uint64_t v = 0;
    unsigned shift = 0;
    uint8_t b;

    do {
        b = cursor_u8(c);
        if (shift >= bits || (bits - shift < 7 && (b & 0x7f) >> (bits - shift))) {
            c->bad = true;
            return 0;
        }
        v |= (uint64_t)(b & 0x7f) << shift;
        shift += 7;
    } while (b & 0x80);
    return c->bad ? 0 : v;
}

uint32_t cursor_uvarint(struct cursor *c)
{
    return (uint32_t)uvar(c, 32);
}

uint64_t cursor_uvarlong(struct cursor *c)
{
    return uvar(c, 64);
}

int32_t cursor_varint(struct cursor *c)
{
    uint32_t v = cursor_uvarint(c);

    return (int32_t)(v >> 1) ^ -(int32_t)(v & 1);
}

int64_t cursor_varlong(struct cursor *c)
{
    uint64_t v = cursor_uvarlong(c);

    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}
