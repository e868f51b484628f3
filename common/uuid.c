#include "common/uuid.h"

#include "common/rng.h"

const struct uuid uuid_metadata_topic = { { [15] = 1 } };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool uuid_usable(const struct uuid *u)
{
    static const uint8_t zero[15];

    /* Reserved: 0 (none), 1 (metadata topic, and "lost" dirs), and all below 100 for directories. */
    if (memcmp(u->b, zero, 15) == 0 && u->b[15] < 100)
        return false;
    return u->b[0] >> 2 != 62; /* 62 is '-' */
}

struct uuid uuid_random(void)
{
    struct uuid u;

    do {
        rng_system(u.b, sizeof(u.b));
        u.b[6] = (uint8_t)((u.b[6] & 0x0f) | 0x40); /* RFC 9562 version 4, variant 1 */
        u.b[8] = (uint8_t)((u.b[8] & 0x3f) | 0x80);
    } while (!uuid_usable(&u));
    return u;
}

struct uuid_text uuid_print(const struct uuid *u)
{
    struct uuid_text t;
    unsigned bits = 0, n = 0;
    uint32_t acc = 0;

    for (int i = 0; i < 16; i++) {
        acc = acc << 8 | u->b[i];
        for (bits += 8; bits >= 6; bits -= 6)
            t.text[n++] = alphabet[acc >> (bits - 6) & 63];
    }
    t.text[n++] = alphabet[acc << (6 - bits) & 63];
    t.text[n] = '\0';
    return t;
}

bool uuid_parse(struct str text, struct uuid *ret)
{
    unsigned bits = 0, n = 0;
    uint32_t acc = 0;

    if (text.n != UUID_TEXT)
        return false;
    for (size_t i = 0; i < UUID_TEXT; i++) {
        const char *at = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;

        if (!at)
            return false;
        acc = acc << 6 | (uint32_t)(at - alphabet);
        bits += 6;
        if (bits >= 8 && n < 16) {
            bits -= 8;
            ret->b[n++] = (uint8_t)(acc >> bits);
        }
    }
    return n == 16 && (acc & 15) == 0;
}
