#include "common/crc32c.h"

#include <string.h>

/* Slicing by 8: table[k][b] is the crc of byte b followed by k zero bytes. */
static uint32_t table[8][256];

static void __attribute__((constructor)) fill_table(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b;

        for (int i = 0; i < 8; i++)
            c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
        table[0][b] = c;
    }
    for (int k = 1; k < 8; k++)
        for (uint32_t b = 0; b < 256; b++)
            table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

uint32_t crc32c_portable(uint32_t crc, const void *p, size_t n)
{
    const uint8_t *b = p;
    uint64_t v;

    crc = ~crc;
    for (; n >= 8; n -= 8, b += 8) {
        memcpy(&v, b, 8);
        v ^= crc;
        crc = 0;
        for (int k = 0; k < 8; k++)
            crc ^= table[7 - k][v >> 8 * k & 0xff];
    }
    for (; n; n--, b++)
        crc = crc >> 8 ^ table[0][(crc ^ *b) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Three independent crc32q chains hide the instruction's latency of three cycles;
 * the two leading results are moved forward over the bytes that follow them by a
 * multiplication with x^(8 * distance) (carry-less, then reduced by crc32q). */
enum { LANE = 1024 };

static uint64_t shift_lane, shift_two_lanes; /* x^(8*LANE-33), x^(16*LANE-33) mod P, reflected */

static uint32_t times_x_power(unsigned bits)
{
    uint32_t v = 0x80000000u; /* 1, reflected */

    while (bits--)
        v = v & 1 ? v >> 1 ^ 0x82f63b78u : v >> 1;
    return v;
}

static void __attribute__((constructor)) fill_shifts(void)
{
    shift_lane = times_x_power(8 * LANE - 33);
    shift_two_lanes = times_x_power(16 * LANE - 33);
}

static inline uint64_t word(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return v;
}

__attribute__((target("sse4.2,pclmul"))) static uint64_t forward(uint64_t crc, uint64_t shift)
{
    __m128i m = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc),
                                     _mm_cvtsi64_si128((long long)shift), 0);

    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(m));
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t crc32c_sse(uint32_t crc, const uint8_t *p,
                                                                     size_t n)
{
    uint64_t a = ~crc;

    for (; n >= 3 * LANE; n -= 3 * LANE, p += 3 * LANE) {
        uint64_t b = 0, c = 0;

        for (size_t i = 0; i < LANE; i += 8) {
            a = _mm_crc32_u64(a, word(p + i));
            b = _mm_crc32_u64(b, word(p + LANE + i));
            c = _mm_crc32_u64(c, word(p + 2 * LANE + i));
        }
        a = forward(a, shift_two_lanes) ^ forward(b, shift_lane) ^ c;
    }
    for (; n >= 8; n -= 8, p += 8)
        a = _mm_crc32_u64(a, word(p));
    for (; n; n--, p++)
        a = _mm_crc32_u8((uint32_t)a, *p);
    return ~(uint32_t)a;
}

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
    static int fast = -1;

    if (fast < 0)
        fast = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
    return fast ? crc32c_sse(crc, p, n) : crc32c_portable(crc, p, n);
}
#else
uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
    return crc32c_portable(crc, p, n);
}
#endif
