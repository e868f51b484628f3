#include "common/rng.h"

#include <errno.h>
#include <sys/random.h>

#include "common/invariant.h"

static inline uint64_t rotate(uint64_t v, int k)
{
    return v << k | v >> (64 - k);
}

void rng_seed(struct rng *r, uint64_t seed)
{
    /* splitmix64, so that near seeds give far states */
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        r->s[i] = z ^ z >> 31;
    }
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    uint64_t limit, v;

    INVARIANT(n > 0);
    limit = UINT64_MAX - UINT64_MAX % n;
    do
        v = rng_next(r);
    while (v >= limit);
    return v % n;
}

void rng_system(void *p, size_t n)
{
    uint8_t *b = p;

    while (n) {
        ssize_t got = getrandom(b, n, 0);

        if (got < 0) {
            INVARIANT(errno == EINTR);
            continue;
        }
        b += got;
        n -= (size_t)got;
    }
}
