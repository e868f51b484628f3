#include "common/utf8.h"

uint32_t utf8_next(struct str s, size_t *at)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t first = (uint8_t)s.p[*at];
    unsigned n = first < 0x80         ? 1
                 : (first >> 5) == 6  ? 2
                 : (first >> 4) == 14 ? 3
                 : (first >> 3) == 30 ? 4
                                      : 0;
    uint32_t c = n == 1 ? first : first & (0x7fu >> n);

    (*at)++;
    if (!n || n - 1 > s.n - *at)
        return 0xfffd;
    for (unsigned i = 1; i < n; i++) {
        if (((uint8_t)s.p[*at + i - 1] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | ((uint8_t)s.p[*at + i - 1] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0xfffd;
    *at += n - 1;
    return c;
}
