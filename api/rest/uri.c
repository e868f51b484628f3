#include "api/rest/sigv4.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

err_t uri_decode(struct str s, bool plus, struct buf *ret)
{
    for (size_t i = 0; i < s.n; i++) {
        int high, low;

        if (!s.p[i])
            return ERR_MALFORMED;
        if (s.p[i] == '+' && plus) {
            buf_put_u8(ret, ' ');
            continue;
        }
        if (s.p[i] != '%') {
            buf_put_u8(ret, (uint8_t)s.p[i]);
            continue;
        }
        high = i + 2 < s.n ? hex(s.p[i + 1]) : -1;
        low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
        if (high < 0 || low < 0 || !(high | low))
            return ERR_MALFORMED;
        buf_put_u8(ret, (uint8_t)(high << 4 | low));
        i += 2;
    }
    return ERR_OK;
}

static bool unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

void uri_encode(struct str s, bool keep_slash, struct buf *ret)
{
    for (size_t i = 0; i < s.n; i++) {
        if (unreserved(s.p[i]) || (keep_slash && s.p[i] == '/'))
            buf_put_u8(ret, (uint8_t)s.p[i]);
        else
            buf_printf(ret, "%%%02X", (uint8_t)s.p[i]);
    }
}
