/* utf8 - code points of text, for what is defined on Java's UTF-16 strings. */
#ifndef KLAMM_COMMON_UTF8_H
#define KLAMM_COMMON_UTF8_H

#include "common/slice.h"

/* The code point at `*at` (< s.n), which moves behind it; U+FFFD for a byte that begins none. */
uint32_t utf8_next(struct str s, size_t *at);

/* A code point as one or two UTF-16 units; their number. */
static inline int utf16_units(uint32_t c, uint16_t ret[2])
{
    if (c < 0x10000) {
        ret[0] = (uint16_t)c;
        return 1;
    }
    ret[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
    ret[1] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
    return 2;
}

#endif
