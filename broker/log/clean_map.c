#include "broker/log/clean_map.h"

#include <math.h>

#include "common/invariant.h"
#include "common/map.h"
#include "common/mem.h"

enum { SLOTS_MIN = 64, PAD = 8, PRINT_BYTES = 7, REGISTER_BITS = 14 };

static const uint64_t PRINT_MASK = (1ull << (8 * PRINT_BYTES)) - 1;

struct clean_hash clean_hash(const struct clean_seeds *s, struct slice key)
{
    return (struct clean_hash){ map_hash(s->place, key.p, key.n),
                                map_hash(s->print, key.p, key.n) };
}

/* A print is never 0: that is a free slot. */
static uint64_t print_of(struct clean_hash h)
{
    uint64_t print = h.print & PRINT_MASK;

    return print ? print : 1;
}

void clean_map_init(struct clean_map *m, uint64_t keys, uint64_t bytes_max, int64_t base)
{
    uint64_t most = bytes_max / CLEAN_SLOT;

    *m = (struct clean_map){ .base = base, .latest = base - 1 };
    m->slots_n = keys < UINT32_MAX ? keys * 100 / CLEAN_MAP_PERCENT + 1 : UINT32_MAX;
    if (m->slots_n > most)
        m->slots_n = most;
    if (m->slots_n < SLOTS_MIN)
        m->slots_n = SLOTS_MIN;
    m->n_max = m->slots_n * CLEAN_MAP_PERCENT / 100;
    m->slots = mem_zero(m->slots_n * CLEAN_SLOT + PAD);
}

void clean_map_done(struct clean_map *m)
{
    mem_free(m->slots);
    m->slots = NULL;
}

static uint64_t slot_print(const uint8_t *slot)
{
    uint64_t v;

    memcpy(&v, slot, sizeof(v));
    return v & PRINT_MASK;
}

static uint32_t slot_offset(const uint8_t *slot)
{
    uint32_t v;

    memcpy(&v, slot + PRINT_BYTES, sizeof(v));
    return v;
}

/* The key's slot, or the free one where it would go. */
static uint8_t *find(const struct clean_map *m, struct clean_hash h)
{
    uint64_t print = print_of(h);
    /* The upper half of the product is a place below slots_n, whatever that is. */
    uint64_t i = (uint64_t)(((unsigned __int128)h.place * m->slots_n) >> 64);

    for (;; i = i + 1 == m->slots_n ? 0 : i + 1) {
        uint8_t *slot = m->slots + i * CLEAN_SLOT;
        uint64_t there = slot_print(slot);

        if (there == print || !there)
            return slot;
    }
}

bool clean_map_put(struct clean_map *m, struct clean_hash h, int64_t offset)
{
    uint64_t print = print_of(h);
    uint8_t *slot = find(m, h);
    uint32_t relative = (uint32_t)(offset - m->base);

    INVARIANT(offset >= m->base);
    if (offset - m->base >= UINT32_MAX || (!slot_print(slot) && m->n == m->n_max))
        return false;
    m->n += !slot_print(slot);
    memcpy(slot, &print, PRINT_BYTES);
    memcpy(slot + PRINT_BYTES, &relative, sizeof(relative));
    return true;
}

int64_t clean_map_get(const struct clean_map *m, struct clean_hash h)
{
    const uint8_t *slot = find(m, h);

    return slot_print(slot) ? m->base + slot_offset(slot) : -1;
}

void clean_count_put(struct clean_count *c, struct clean_hash h)
{
    uint64_t rest = h.print << REGISTER_BITS | 1ull << (REGISTER_BITS - 1);
    uint8_t zeros = (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *r = &c->registers[h.print >> (64 - REGISTER_BITS)];

    if (zeros > *r)
        *r = zeros;
}

/* Flajolet and others, 2007; with few keys the empty registers are counted instead. */
uint64_t clean_count_keys(const struct clean_count *c)
{
    double sum = 0, m = CLEAN_REGISTERS, keys;
    int empty = 0;

    for (int i = 0; i < CLEAN_REGISTERS; i++) {
        sum += ldexp(1, -c->registers[i]);
        empty += !c->registers[i];
    }
    keys = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    if (keys <= 2.5 * m && empty)
        keys = m * log(m / empty);
    return (uint64_t)keys;
}
