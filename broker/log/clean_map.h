/* clean_map - the newest offset of every key, for compaction: 11 bytes a slot, filled to 94 %.
 *
 *   slot  7 bytes of the key's hash | 4 bytes of its offset, relative to the map's base
 *
 * Open addressing. Keys are not kept: two of them are taken for one when 56 bits of a hash agree in
 * slots near each other, whose places come from another hash; both have random seeds that nobody
 * outside knows. That is less than 2^-48 for a record of a log that fills the map, and less than
 * 2^-52 for half of it.
 *
 * The size is fixed: who fills it counts the keys before (clean_count). */
#ifndef KLAMM_BROKER_LOG_CLEAN_MAP_H
#define KLAMM_BROKER_LOG_CLEAN_MAP_H

#include "common/slice.h"

enum { CLEAN_SLOT = 11, CLEAN_MAP_PERCENT = 94 };

struct clean_hash {
    uint64_t place, print;
};

/* Secret, of one cleaning. */
struct clean_seeds {
    uint64_t place, print;
};
struct clean_hash clean_hash(const struct clean_seeds *s, struct slice key);

struct clean_map {
    uint8_t *slots;
    uint64_t slots_n, n, n_max;
    int64_t base;   /* offsets are in [base, base + UINT32_MAX) */
    int64_t latest; /* all records up to here have been looked at; base - 1: none */
};

/* Room for `keys`, at most `bytes_max` of memory (at least a few keys). */
void clean_map_init(struct clean_map *m, uint64_t keys, uint64_t bytes_max, int64_t base);
void clean_map_done(struct clean_map *m);
/* The key's newest offset is `offset`. False: full, or the offset is too far from the base; then
 * nothing was put. */
bool clean_map_put(struct clean_map *m, struct clean_hash h, int64_t offset);
int64_t clean_map_get(const struct clean_map *m, struct clean_hash h); /* -1: not in it */

/* How many different keys there are, within a few percent (HyperLogLog). */
enum { CLEAN_REGISTERS = 16384 };
struct clean_count {
    uint8_t registers[CLEAN_REGISTERS];
};
void clean_count_put(struct clean_count *c, struct clean_hash h);
uint64_t clean_count_keys(const struct clean_count *c);

#endif
