#include "broker/replica/replicas.h"

#include "common/invariant.h"

static void topic_free(struct topic *t)
{
    for (int32_t i = 0; i < t->partitions_n; i++) {
        struct partition *p = t->partitions[i];

        if (!p)
            continue;
        INVARIANT(list_empty(&p->subscribers) && list_empty(&p->waits) &&
                  list_empty(&p->misplaced) && !p->leader && !p->fetched && !p->move);
        producer_state_done(&p->producers);
        mem_free(p);
    }
    mem_free(t->partitions);
    mem_free(t->name);
    mem_free(t);
}

void replicas_done(struct replicas *r)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&r->by_name, &at, &key, &value);)
        topic_free(value);
    map_done(&r->by_name);
    map_done(&r->by_id);
}

struct topic *replicas_topic(const struct replicas *r, struct str name)
{
    return map_get(&r->by_name, name.p, name.n);
}

struct topic *replicas_topic_by_id(const struct replicas *r, const struct uuid *id)
{
    return map_get(&r->by_id, id->b, sizeof(id->b));
}

struct partition *topic_partition(const struct topic *t, int32_t index)
{
    return t && index >= 0 && index < t->partitions_n ? t->partitions[index] : NULL;
}

struct topic *replicas_add_topic(struct replicas *r, struct str name, const struct uuid *id,
                                 const struct log_config *config)
{
    struct topic *t = mem_new(struct topic);

    t->name = mem_strndup(name.p, name.n);
    t->id = *id;
    t->config = *config;
    t->min_isr = 1;
    INVARIANT(!map_set(&r->by_name, name.p, name.n, t));
    INVARIANT(!map_set(&r->by_id, id->b, sizeof(id->b), t));
    return t;
}

void replicas_remove_topic(struct replicas *r, struct topic *t)
{
    INVARIANT(map_remove(&r->by_name, t->name, strlen(t->name)) == t);
    INVARIANT(map_remove(&r->by_id, t->id.b, sizeof(t->id.b)) == t);
    topic_free(t);
}

struct partition *topic_add_partition(struct topic *t, int32_t index)
{
    struct partition *p = mem_new(struct partition);

    INVARIANT(index >= 0 && !topic_partition(t, index));
    if (index >= t->partitions_n) {
        t->partitions = mem_resize_array(t->partitions, (size_t)index + 1, sizeof(p));
        while (t->partitions_n <= index)
            t->partitions[t->partitions_n++] = NULL;
    }
    p->topic = t;
    p->index = index;
    p->leader_id = p->leader_epoch = p->partition_epoch = -1;
    list_init(&p->subscribers);
    list_init(&p->waits);
    list_init(&p->shares);
    list_init(&p->unsettled);
    list_init(&p->altering);
    list_init(&p->misplaced);
    list_init(&p->deletions);
    t->partitions[index] = p;
    return p;
}

struct partition *replicas_next(const struct replicas *r, struct replicas_walk *at)
{
    struct slice key;
    void *value;

    for (;;) {
        while (at->current && at->partition < at->current->partitions_n) {
            struct partition *p = at->current->partitions[at->partition++];

            if (p)
                return p;
        }
        at->partition = 0;
        at->current = NULL;
        if (!map_next(&r->by_name, &at->topic, &key, &value))
            return NULL;
        at->current = value;
    }
}
