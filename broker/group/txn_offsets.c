#include "broker/group/txn_offsets.h"

#include "broker/group/group_internal.h"

struct txn_offset {
    struct list by_group;    /* group->pending, in the log's order */
    struct list by_producer; /* txn_producer.offsets */
    struct group *group;
    int64_t producer_id;
    struct str topic;        /* owned */
    struct offset_entry entry; /* its metadata is owned */
};

struct txn_producer {
    struct list offsets;
};

static void offset_free(struct txn_offset *o)
{
    list_remove(&o->by_group);
    list_remove(&o->by_producer);
    str_drop(&o->topic);
    str_drop(&o->entry.metadata);
    mem_free(o);
}

static struct txn_producer *producer_of(struct groups *g, int64_t id)
{
    struct txn_producer *p = map_get(&g->producers, &id, sizeof(id));

    if (p)
        return p;
    p = mem_new(struct txn_producer);
    list_init(&p->offsets);
    (void)map_set(&g->producers, &id, sizeof(id), p);
    return p;
}

void txn_offset_put(struct groups *g, struct group *group, int64_t producer_id, struct str topic,
                    const struct offset_entry *e)
{
    struct txn_producer *p = producer_of(g, producer_id);
    struct txn_offset *o;

    list_each(node, &p->offsets) {
        o = list_item(node, struct txn_offset, by_producer);
        if (o->group == group && o->entry.partition == e->partition && str_eq(o->topic, topic))
            offset_free(o);
    }
    o = mem_new(struct txn_offset);
    o->group = group;
    o->producer_id = producer_id;
    o->topic = str_keep(topic);
    o->entry = *e;
    o->entry.metadata = str_keep(e->metadata);
    list_push(&group->pending, &o->by_group);
    list_push(&p->offsets, &o->by_producer);
}

/* With records of both kinds the later one counts, whenever the marker comes. */
static void settle(const struct txn_offset *o)
{
    const struct offset_entry *is = offsets_get(&o->group->offsets, o->topic, o->entry.partition);

    if (!is || o->entry.at > is->at)
        offsets_set(&o->group->offsets, o->topic, &o->entry);
}

void txn_offsets_end(struct groups *g, int64_t producer_id, bool commit, int64_t end)
{
    struct txn_producer *p = map_remove(&g->producers, &producer_id, sizeof(producer_id));

    if (!p)
        return;
    list_each(node, &p->offsets) {
        struct txn_offset *o = list_item(node, struct txn_offset, by_producer);
        struct group *group = o->group;

        group->written = end;
        if (commit)
            settle(o);
        offset_free(o);
        if (g->loaded && group_has_nothing(group))
            group_drop(g, group);
    }
    mem_free(p);
}

void txn_offsets_forget(struct group *group, struct str topic, int32_t partition)
{
    list_each(node, &group->pending) {
        struct txn_offset *o = list_item(node, struct txn_offset, by_group);

        if (o->entry.partition == partition && str_eq(o->topic, topic))
            offset_free(o);
    }
}

bool txn_offset_pending(const struct group *group, struct str topic, int32_t partition)
{
    for (struct list *at = group->pending.next; at != &group->pending; at = at->next) {
        const struct txn_offset *o = list_item(at, struct txn_offset, by_group);

        if (o->entry.partition == partition && str_eq(o->topic, topic))
            return true;
    }
    return false;
}

void txn_offsets_tombstones(struct step *s, const struct group *group, struct str topic)
{
    for (struct list *at = group->pending.next; at != &group->pending; at = at->next) {
        const struct txn_offset *o = list_item(at, struct txn_offset, by_group);

        if ((!topic.p || str_eq(o->topic, topic)) &&
            !offsets_get(&group->offsets, o->topic, o->entry.partition))
            offset_tombstone(s, group, o->topic, o->entry.partition);
    }
}

void txn_offsets_drop(struct group *group)
{
    while (!list_empty(&group->pending))
        offset_free(list_item(group->pending.next, struct txn_offset, by_group));
}

/* All groups are gone, and their offsets with them. */
void txn_offsets_done(struct groups *g)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&g->producers, &at, &key, &value);)
        mem_free(value);
    map_done(&g->producers);
}

void txn_offsets_dump(const struct group *group, struct buf *ret)
{
    for (struct list *at = group->pending.next; at != &group->pending; at = at->next) {
        const struct txn_offset *o = list_item(at, struct txn_offset, by_group);

        buf_printf(ret, "group %.*s producer %lld topic %.*s-%d offset=%lld\n", STR_ARG(group->id),
                   (long long)o->producer_id, STR_ARG(o->topic), o->entry.partition,
                   (long long)o->entry.offset);
    }
}
