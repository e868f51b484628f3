#include "common/map.h"

#include "common/invariant.h"
#include "common/mem.h"

struct map_slot {
    uint64_t hash;
    void *value; /* NULL is a free slot */
    uint32_t key_n;
    union {
        uint8_t small[20];
        uint8_t *large;
    } key;
};

enum { SMALL = 20, CAPACITY_MIN = 8 };

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t m = (__uint128_t)a * b;

    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t map_hash(uint64_t seed, const void *p, size_t n)
{
    const uint8_t *b = p;
    uint64_t h = seed ^ 0x9e3779b97f4a7c15u ^ n, v;

    for (; n >= 8; n -= 8, b += 8) {
        memcpy(&v, b, 8);
        h = mix(h ^ v, 0xa0761d6478bd642fu);
    }
    v = 0;
    if (n)
        memcpy(&v, b, n);
    return mix(h ^ v, 0xe7037ed1a0b428dbu);
}

static const uint8_t *slot_key(const struct map_slot *s)
{
    return s->key_n <= SMALL ? s->key.small : s->key.large;
}

static void slot_clear(struct map_slot *s)
{
    if (s->key_n > SMALL)
        mem_free(s->key.large);
    *s = (struct map_slot){ 0 };
}

/* The slot of the key, or the free slot where it would go. */
static size_t find(const struct map *m, uint64_t hash, const void *key, size_t key_n)
{
    size_t i = hash & (m->capacity - 1);

    for (; m->slots[i].value; i = (i + 1) & (m->capacity - 1)) {
        const struct map_slot *s = &m->slots[i];

        if (s->hash == hash && s->key_n == key_n && (!key_n || !memcmp(slot_key(s), key, key_n)))
            break;
    }
    return i;
}

static void grow(struct map *m)
{
    struct map_slot *old = m->slots;
    size_t old_capacity = m->capacity;

    m->capacity = old_capacity ? old_capacity * 2 : CAPACITY_MIN;
    m->slots = mem_zero(m->capacity * sizeof(*m->slots));
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].value)
            m->slots[find(m, old[i].hash, slot_key(&old[i]), old[i].key_n)] = old[i];
    mem_free(old);
}

void map_done(struct map *m)
{
    for (size_t i = 0; i < m->capacity; i++)
        if (m->slots[i].value)
            slot_clear(&m->slots[i]);
    mem_free(m->slots);
    m->slots = NULL;
    m->capacity = m->n = 0;
}

void *map_get(const struct map *m, const void *key, size_t key_n)
{
    if (!m->n)
        return NULL;
    return m->slots[find(m, map_hash(m->seed, key, key_n), key, key_n)].value;
}

void *map_set(struct map *m, const void *key, size_t key_n, void *value)
{
    uint64_t hash = map_hash(m->seed, key, key_n);
    struct map_slot *s;
    void *old;

    INVARIANT(value != NULL && key_n <= UINT32_MAX);
    if (4 * (m->n + 1) > 3 * m->capacity)
        grow(m);
    s = &m->slots[find(m, hash, key, key_n)];
    old = s->value;
    s->value = value;
    if (old)
        return old;
    s->hash = hash;
    s->key_n = (uint32_t)key_n;
    if (key_n > SMALL)
        s->key.large = mem_resize(NULL, key_n);
    if (key_n)
        memcpy(key_n > SMALL ? s->key.large : s->key.small, key, key_n);
    m->n++;
    return NULL;
}

void *map_remove(struct map *m, const void *key, size_t key_n)
{
    size_t mask = m->capacity - 1, hole, i;
    void *old;

    if (!m->n)
        return NULL;
    hole = find(m, map_hash(m->seed, key, key_n), key, key_n);
    old = m->slots[hole].value;
    if (!old)
        return NULL;
    slot_clear(&m->slots[hole]);
    m->n--;
    for (i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
        /* Move back whatever may not stay behind a hole: its home is not in (hole, i]. */
        if (((i - m->slots[i].hash) & mask) < ((i - hole) & mask))
            continue;
        m->slots[hole] = m->slots[i];
        m->slots[i] = (struct map_slot){ 0 };
        hole = i;
    }
    return old;
}

bool map_next(const struct map *m, size_t *at, struct slice *ret_key, void **ret_value)
{
    for (; *at < m->capacity; (*at)++) {
        const struct map_slot *s = &m->slots[*at];

        if (!s->value)
            continue;
        if (ret_key)
            *ret_key = slice_make(slot_key(s), s->key_n);
        if (ret_value)
            *ret_value = s->value;
        (*at)++;
        return true;
    }
    return false;
}
