/* tail - where the newest batches of the active segment begin, so that readers at the tail
 * touch neither index nor file.
 *
 * A ring of the last batches appended; they lie one behind the other up to the segment's
 * size. A miss is an answer: ask the index. Pure. */
#ifndef KLAMM_BROKER_LOG_TAIL_H
#define KLAMM_BROKER_LOG_TAIL_H

#include <stdbool.h>
#include <stdint.h>

enum { TAIL_MAX = 64 };

struct tail_entry {
    int64_t base, last, position;
};

struct tail {
    uint32_t n;    /* put since the last clear */
    struct tail_entry ring[TAIL_MAX];
};

static inline void tail_put(struct tail *t, int64_t base, int64_t last, int64_t position)
{
    t->ring[t->n++ % TAIL_MAX] = (struct tail_entry){ base, last, position };
}

/* The i-th newest (0 the newest), or NULL. */
static inline const struct tail_entry *tail_at(const struct tail *t, uint32_t i)
{
    return t && i < t->n && i < TAIL_MAX ? &t->ring[(t->n - 1 - i) % TAIL_MAX] : 0;
}

/* First batch with last >= `offset`; false when it may lie before the ring. */
static inline bool tail_find(const struct tail *t, int64_t offset, int64_t *ret_base, int64_t *ret_position)
{
    const struct tail_entry *found = 0, *at;

    for (uint32_t i = 0; (at = tail_at(t, i)); i++) {
        if (at->last < offset)
            break;
        found = at;
        if (at->base <= offset)
            break;
    }
    if (!found || (!at && found->base > offset))
        return false;
    *ret_base = found->base;
    *ret_position = found->position;
    return true;
}

/* Begin of the first batch with base >= `offset`, or `size` when there is none; false when
 * it may lie before the ring. */
static inline bool tail_find_from(const struct tail *t, int64_t offset, int64_t size, int64_t *ret_position)
{
    const struct tail_entry *at;

    *ret_position = size;
    for (uint32_t i = 0; (at = tail_at(t, i)); i++) {
        if (at->base < offset)
            return true;
        *ret_position = at->position;
    }
    return false;
}

/* Largest begin of a batch <= `position`; false when it may lie before the ring. */
static inline bool tail_fit(const struct tail *t, int64_t position, int64_t *ret_position)
{
    const struct tail_entry *at;

    for (uint32_t i = 0; (at = tail_at(t, i)); i++)
        if (at->position <= position) {
            *ret_position = at->position;
            return true;
        }
    return false;
}

#endif
