/* Which broker has which partitions: so that a broker that goes or comes costs what it has, not
 * what the cluster has. */
#include "broker/metadata/image_internal.h"

enum { SLOTS_MIN = 16 };

/* Open addressing, linear probing, at most half full; an empty slot has no topic. The hash is of
 * ids, not of addresses: the same history gives the same order. */
struct partition_set {
    struct image_place *slots;
    size_t capacity, n;
};

struct broker_index {
    int32_t id;
    size_t leads;
    struct partition_set sets[IMAGE_ROLES];
};

static int by_id(const void *item, const void *key)
{
    int32_t id = ((const struct broker_index *)item)->id, k = *(const int32_t *)key;

    return (id > k) - (id < k);
}

static size_t home_of(const struct partition_set *s, const struct topic_state *t, int32_t id)
{
    uint64_t h;

    memcpy(&h, t->id.b + 8, sizeof(h));
    h = (h ^ (uint64_t)(uint32_t)id) * 0x9e3779b97f4a7c15u;
    return (size_t)(h ^ (h >> 29)) & (s->capacity - 1);
}

static size_t slot_of(const struct partition_set *s, const struct topic_state *t, int32_t id)
{
    size_t at = home_of(s, t, id);

    while (s->slots[at].topic && (s->slots[at].topic != t || s->slots[at].partition != id))
        at = (at + 1) & (s->capacity - 1);
    return at;
}

static void set_resize(struct partition_set *s, size_t capacity)
{
    struct partition_set old = *s;

    s->capacity = capacity;
    s->slots = mem_zero(capacity * sizeof(*s->slots));
    for (size_t n = 0; n < old.capacity; n++) {
        if (old.slots[n].topic)
            s->slots[slot_of(s, old.slots[n].topic, old.slots[n].partition)] = old.slots[n];
    }
    mem_free(old.slots);
}

static void set_put(struct partition_set *s, const struct topic_state *t, int32_t id)
{
    struct image_place *p;

    if ((s->n + 1) * 2 > s->capacity)
        set_resize(s, s->capacity ? s->capacity * 2 : SLOTS_MIN);
    p = &s->slots[slot_of(s, t, id)];
    s->n += !p->topic;
    *p = (struct image_place){ t, id };
}

static void set_drop(struct partition_set *s, const struct topic_state *t, int32_t id)
{
    size_t mask = s->capacity - 1, hole, at;

    if (!s->capacity)
        return;
    hole = slot_of(s, t, id);
    if (!s->slots[hole].topic)
        return;
    /* What probed past the hole moves back into it. */
    for (at = (hole + 1) & mask; s->slots[at].topic; at = (at + 1) & mask) {
        size_t home = home_of(s, s->slots[at].topic, s->slots[at].partition);

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            s->slots[hole] = s->slots[at];
            hole = at;
        }
    }
    s->slots[hole] = (struct image_place){ NULL, 0 };
    s->n--;
    if (s->capacity > SLOTS_MIN && s->n * 8 < s->capacity)
        set_resize(s, s->capacity / 2);
}

static struct broker_index *index_of(struct image *i, int32_t broker)
{
    bool found;
    size_t at = vec_find(&i->index, by_id, &broker, &found);
    struct broker_index *x;

    if (found)
        return i->index.p[at];
    x = mem_new(struct broker_index);
    x->id = broker;
    vec_insert(&i->index, at, x);
    return x;
}

typedef void (*set_fn)(struct partition_set *s, const struct topic_state *t, int32_t id);

static void each_role(struct image *i, const struct topic_state *t, int32_t id, set_fn fn)
{
    const struct partition_state *p = &t->partitions[id];

    for (int32_t n = 0; n < p->isr_n; n++)
        fn(&index_of(i, p->isr[n])->sets[IMAGE_IN_ISR], t, id);
    if (p->leader >= 0)
        fn(&index_of(i, p->leader)->sets[IMAGE_IN_ISR], t, id);
    for (int32_t n = 0; n < p->elr_n; n++)
        fn(&index_of(i, p->elr[n])->sets[IMAGE_IN_ELR], t, id);
    for (int32_t n = 0; n < p->replicas_n && p->leader < 0; n++)
        fn(&index_of(i, p->replicas[n])->sets[IMAGE_LEADERLESS], t, id);
    if (p->replicas_n && p->leader != p->replicas[0])
        fn(&index_of(i, p->replicas[0])->sets[IMAGE_UNPREFERRED], t, id);
}

void image_index_put(struct image *i, const struct topic_state *t, int32_t id)
{
    if (!i->indexed || !t->partitions[id].directories)
        return;
    each_role(i, t, id, set_put);
    if (t->partitions[id].leader >= 0)
        index_of(i, t->partitions[id].leader)->leads++;
}

void image_index_drop(struct image *i, const struct topic_state *t, int32_t id)
{
    if (!i->indexed || !t->partitions[id].directories)
        return;
    each_role(i, t, id, set_drop);
    if (t->partitions[id].leader >= 0)
        index_of(i, t->partitions[id].leader)->leads--;
}

void image_index_brokers(struct image *i)
{
    if (i->indexed)
        return;
    i->indexed = true;
    for (size_t n = 0; n < i->topics.n; n++) {
        const struct topic_state *t = i->topics.p[n];

        for (int32_t id = 0; id < t->partitions_n; id++)
            image_index_put(i, t, id);
    }
}

size_t image_broker_leads(const struct image *i, int32_t broker)
{
    const struct broker_index *x = vec_get(&i->index, by_id, &broker);

    INVARIANT(i->indexed);
    return x ? x->leads : 0;
}

bool image_broker_partition_next(const struct image *i, int32_t broker, enum image_role role,
                                 size_t *at, struct image_place *ret)
{
    const struct broker_index *x = vec_get(&i->index, by_id, &broker);
    const struct partition_set *s = x ? &x->sets[role] : NULL;

    INVARIANT(i->indexed);
    while (s && *at < s->capacity) {
        *ret = s->slots[(*at)++];
        if (ret->topic)
            return true;
    }
    return false;
}

bool image_index_has(const struct image *i, int32_t broker, enum image_role role,
                     const struct topic_state *t, int32_t id)
{
    const struct broker_index *x = vec_get(&i->index, by_id, &broker);
    const struct partition_set *s = x ? &x->sets[role] : NULL;

    return s && s->capacity && s->slots[slot_of(s, t, id)].topic;
}

size_t image_index_size(const struct image *i, enum image_role role)
{
    size_t n = 0;

    for (size_t b = 0; b < i->index.n; b++)
        n += ((const struct broker_index *)i->index.p[b])->sets[role].n;
    return n;
}

void image_free_index(struct image *i)
{
    for (size_t n = 0; n < i->index.n; n++) {
        struct broker_index *x = i->index.p[n];

        for (int role = 0; role < IMAGE_ROLES; role++)
            mem_free(x->sets[role].slots);
        mem_free(x);
    }
    mem_free(i->index.p);
}
