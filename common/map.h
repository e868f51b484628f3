/* map - hash table from bytes to a pointer. Keys are copied into the map.
 *
 * Open addressing with linear probing and backward-shift deletion; grows at 3/4.
 * Iteration order is unspecified but the same for the same history (no seed is
 * drawn inside, so simulations replay); `seed` guards against crafted keys where
 * peers choose them. The zero struct is an empty map. Values are borrowed. */
#ifndef KLAMM_COMMON_MAP_H
#define KLAMM_COMMON_MAP_H

#include "common/slice.h"

struct map_slot;

struct map {
    struct map_slot *slots;
    size_t capacity; /* a power of two or 0 */
    size_t n;
    uint64_t seed;
};

void map_done(struct map *m);
/* NULL when absent. */
void *map_get(const struct map *m, const void *key, size_t key_n);
/* Sets and returns the old value or NULL. `value` is not NULL. */
void *map_set(struct map *m, const void *key, size_t key_n, void *value);
/* Removes and returns the value, or NULL. */
void *map_remove(struct map *m, const void *key, size_t key_n);

/* size_t at = 0; while (map_next(&m, &at, &key, &value)) ...; no change of the map meanwhile. */
bool map_next(const struct map *m, size_t *at, struct slice *ret_key, void **ret_value);

static inline void *map_get_str(const struct map *m, struct str key)
{
    return map_get(m, key.p, key.n);
}

/* 64-bit hash of bytes (not stable across releases; never stored). */
uint64_t map_hash(uint64_t seed, const void *p, size_t n);

#endif
