/* xxh3 - the 64-bit XXH3 hash of bytes, seed 0 (the algorithm's published specification). */
#ifndef KLAMM_BROKER_GROUP_XXH3_H
#define KLAMM_BROKER_GROUP_XXH3_H

#include <stddef.h>
#include <stdint.h>

uint64_t xxh3_64(const void *p, size_t n);

#endif
