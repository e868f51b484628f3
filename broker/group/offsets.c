#include "broker/group/offsets.h"

#include "common/mem.h"

static void entry_done(struct offset_entry *e)
{
    mem_free((void *)(uintptr_t)e->metadata.p);
}

static void topic_free(struct topic_offsets *t)
{
    for (int32_t i = 0; i < t->n; i++)
        entry_done(&t->entries[i]);
    mem_free(t->entries);
    mem_free((void *)(uintptr_t)t->topic.p);
    mem_free(t);
}

void offsets_done(struct offsets *o)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&o->topics, &at, &key, &value);)
        topic_free(value);
    map_done(&o->topics);
    *o = (struct offsets){ 0 };
}

/* Where `partition` is or would be. */
static int32_t place_of(const struct topic_offsets *t, int32_t partition)
{
    int32_t low = 0, high = t->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;

        if (t->entries[middle].partition < partition)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct topic_offsets *t, int32_t i, int32_t partition)
{
    return i < t->n && t->entries[i].partition == partition;
}

static struct topic_offsets *topic_of(struct offsets *o, struct str topic)
{
    struct topic_offsets *t = map_get_str(&o->topics, topic);

    if (t)
        return t;
    t = mem_new(struct topic_offsets);
    t->topic = str_make(mem_strndup(topic.p, topic.n), topic.n);
    (void)map_set(&o->topics, topic.p, topic.n, t);
    return t;
}

/* Room for one entry at `i`. */
static void open_place(struct topic_offsets *t, int32_t i)
{
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 2;
        t->entries = mem_resize_array(t->entries, (size_t)t->capacity, sizeof(*t->entries));
    }
    memmove(&t->entries[i + 1], &t->entries[i], (size_t)(t->n - i) * sizeof(*t->entries));
    t->n++;
}

void offsets_set(struct offsets *o, struct str topic, const struct offset_entry *e)
{
    struct topic_offsets *t = topic_of(o, topic);
    int32_t i = place_of(t, e->partition);
    struct str metadata = { NULL, 0 };

    if (e->metadata.n)
        metadata = str_make(mem_strndup(e->metadata.p, e->metadata.n), e->metadata.n);
    if (is_at(t, i, e->partition)) {
        entry_done(&t->entries[i]);
    } else {
        open_place(t, i);
        o->n++;
    }
    t->entries[i] = *e;
    t->entries[i].metadata = metadata;
}

void offsets_remove(struct offsets *o, struct str topic, int32_t partition)
{
    struct topic_offsets *t = map_get_str(&o->topics, topic);
    int32_t i = t ? place_of(t, partition) : 0;

    if (!t || !is_at(t, i, partition))
        return;
    entry_done(&t->entries[i]);
    t->n--;
    o->n--;
    memmove(&t->entries[i], &t->entries[i + 1], (size_t)(t->n - i) * sizeof(*t->entries));
    if (t->n)
        return;
    (void)map_remove(&o->topics, topic.p, topic.n);
    topic_free(t);
}

const struct topic_offsets *offsets_topic(const struct offsets *o, struct str topic)
{
    return map_get_str(&o->topics, topic);
}

const struct offset_entry *offsets_get(const struct offsets *o, struct str topic, int32_t partition)
{
    const struct topic_offsets *t = map_get_str(&o->topics, topic);
    int32_t i = t ? place_of(t, partition) : 0;

    return t && is_at(t, i, partition) ? &t->entries[i] : NULL;
}

const struct topic_offsets *offsets_next(const struct offsets *o, size_t *at)
{
    struct slice key;
    void *value;

    return map_next(&o->topics, at, &key, &value) ? value : NULL;
}
