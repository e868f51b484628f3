/* rng - seeded numbers for simulations and back-off; system bytes for identities. */
#ifndef KLAMM_COMMON_RNG_H
#define KLAMM_COMMON_RNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256**; the same seed gives the same sequence on every machine. */
struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/* Uniform in [0, n); n > 0. */
uint64_t rng_below(struct rng *r, uint64_t n);

/* From getrandom(2); blocks only before the kernel's pool is first ready. */
void rng_system(void *p, size_t n);

#endif
