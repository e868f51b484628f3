#include "broker/group/xxh3.h"

#include <endian.h>
#include <string.h>

enum {
    SECRET_BYTES = 192, SECRET_BYTES_MIN = 136,
    STRIPE = 64, LANES = 8, STRIPES_PER_BLOCK = (SECRET_BYTES - STRIPE) / 8,
    MIDDLE_MAX = 240,
};

#define PRIME32_1 0x9E3779B1u
#define PRIME32_2 0x85EBCA77u
#define PRIME32_3 0xC2B2AE3Du
#define PRIME64_1 0x9E3779B185EBCA87ull
#define PRIME64_2 0xC2B2AE3D27D4EB4Full
#define PRIME64_3 0x165667B19E3779F9ull
#define PRIME64_4 0x85EBCA77C2B2AE63ull
#define PRIME64_5 0x27D4EB2F165667C5ull
#define PRIME_MX1 0x165667919E3779F9ull
#define PRIME_MX2 0x9FB21C651E98DF25ull

static const uint8_t secret[SECRET_BYTES] = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};

static uint32_t read32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return le32toh(v);
}

static uint64_t read64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t avalanche64(uint64_t h)
{
    h = (h ^ h >> 33) * PRIME64_2;
    h = (h ^ h >> 29) * PRIME64_3;
    return h ^ h >> 32;
}

static uint64_t avalanche(uint64_t h)
{
    h = (h ^ h >> 37) * PRIME_MX1;
    return h ^ h >> 32;
}

static uint64_t rotate(uint64_t v, int by)
{
    return v << by | v >> (64 - by);
}

static uint64_t up_to_16(const uint8_t *p, size_t n)
{
    if (n > 8) {
        uint64_t low = read64(p) ^ read64(secret + 24) ^ read64(secret + 32);
        uint64_t high = read64(p + n - 8) ^ read64(secret + 40) ^ read64(secret + 48);

        return avalanche(n + __builtin_bswap64(low) + high + fold(low, high));
    }
    if (n >= 4) {
        uint64_t v = read32(p + n - 4) + ((uint64_t)read32(p) << 32);
        uint64_t h = v ^ read64(secret + 8) ^ read64(secret + 16);

        h ^= rotate(h, 49) ^ rotate(h, 24);
        h *= PRIME_MX2;
        h ^= (h >> 35) + n;
        h *= PRIME_MX2;
        return h ^ h >> 28;
    }
    if (n) {
        uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[n >> 1] << 24 | p[n - 1] | (uint32_t)n << 8;

        return avalanche64(v ^ (uint64_t)(read32(secret) ^ read32(secret + 4)));
    }
    return avalanche64(read64(secret + 56) ^ read64(secret + 64));
}

static uint64_t mix16(const uint8_t *p, const uint8_t *key)
{
    return fold(read64(p) ^ read64(key), read64(p + 8) ^ read64(key + 8));
}

static uint64_t up_to_128(const uint8_t *p, size_t n)
{
    uint64_t h = n * PRIME64_1;

    for (size_t i = (n - 1) / 32 + 1; i--;) {
        h += mix16(p + 16 * i, secret + 32 * i);
        h += mix16(p + n - 16 * (i + 1), secret + 32 * i + 16);
    }
    return avalanche(h);
}

static uint64_t up_to_240(const uint8_t *p, size_t n)
{
    uint64_t h = n * PRIME64_1;

    for (size_t i = 0; i < 8; i++)
        h += mix16(p + 16 * i, secret + 16 * i);
    h = avalanche(h);
    for (size_t i = 8; i < n / 16; i++)
        h += mix16(p + 16 * i, secret + 16 * (i - 8) + 3);
    return avalanche(h + mix16(p + n - 16, secret + SECRET_BYTES_MIN - 17));
}

static void accumulate(uint64_t acc[LANES], const uint8_t *p, const uint8_t *key)
{
    for (int i = 0; i < LANES; i++) {
        uint64_t v = read64(p + 8 * i), keyed = v ^ read64(key + 8 * i);

        acc[i ^ 1] += v;
        acc[i] += (keyed & 0xffffffffu) * (keyed >> 32);
    }
}

static void scramble(uint64_t acc[LANES])
{
    for (int i = 0; i < LANES; i++)
        acc[i] = (acc[i] ^ acc[i] >> 47 ^ read64(secret + SECRET_BYTES - STRIPE + 8 * i)) * PRIME32_1;
}

static uint64_t merge(const uint64_t acc[LANES], uint64_t h)
{
    for (int i = 0; i < LANES / 2; i++)
        h += fold(acc[2 * i] ^ read64(secret + 11 + 16 * i), acc[2 * i + 1] ^ read64(secret + 19 + 16 * i));
    return avalanche(h);
}

static uint64_t longer(const uint8_t *p, size_t n)
{
    uint64_t acc[LANES] = { PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3,
                            PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1 };
    size_t stripes = (n - 1) / STRIPE;

    for (size_t i = 0; i < stripes; i++) {
        accumulate(acc, p + i * STRIPE, secret + 8 * (i % STRIPES_PER_BLOCK));
        if (i % STRIPES_PER_BLOCK == STRIPES_PER_BLOCK - 1)
            scramble(acc);
    }
    accumulate(acc, p + n - STRIPE, secret + SECRET_BYTES - STRIPE - 7);
    return merge(acc, n * PRIME64_1);
}

uint64_t xxh3_64(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    return n <= 16 ? up_to_16(p, n) : n <= 128 ? up_to_128(p, n) : n <= MIDDLE_MAX ? up_to_240(p, n)
                                                                                   : longer(p, n);
}
