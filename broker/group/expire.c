/* Offsets that nobody needs any more: old ones (offsets.retention.minutes), those of deleted
 * topics; and groups that have nothing left. All groups are looked at once per
 * offsets.retention.check.interval.ms, a slice of them at a time. */
#include "broker/group/group_internal.h"

enum {
    GROUPS_PER_STEP = 256,
    RECORDS_PER_STEP = 1000, /* a batch must stay far below max.message.bytes */
    NEVER = 0,
};

/* Since when an offset counts as unused; NEVER: its group uses it, or may use it. */
static int64_t unused_since(const struct group *group, const struct offset_entry *e)
{
    const struct classic *c = group->classic;

    if (!c || !c->protocol_type.n)
        return e->commit_ms;
    if (c->state == CLASSIC_EMPTY)
        return c->state_ms < 0 ? e->commit_ms : c->state_ms;
    return c->state == CLASSIC_STABLE && classic_is_consumer(c) ? e->commit_ms : NEVER;
}

static bool is_expired(const struct step *s, const struct group *group,
                       const struct offset_entry *e)
{
    int64_t since = unused_since(group, e);

    if (since == NEVER)
        return false;
    if (e->expire_ms >= 0)
        return s->c->wall_ms >= e->expire_ms;
    return s->c->wall_ms - since >= s->groups->config->retention_ms;
}

/* How many of the topic's offsets were deleted. */
static size_t expire_topic(struct step *s, const struct group *group, const struct topic_offsets *t)
{
    size_t n = 0;

    if (group_subscribes(group, t->topic))
        return 0;
    for (int32_t i = 0; i < t->n; i++) {
        if (!is_expired(s, group, &t->entries[i]) ||
            txn_offset_pending(group, t->topic, t->entries[i].partition))
            continue;
        offset_tombstone(s, group, t->topic, t->entries[i].partition);
        n++;
    }
    return n;
}

static bool is_idle(const struct group *group)
{
    if (group->share)
        return false; /* it stays until it is deleted */
    if (group->consumer)
        return !group->consumer->members_n;
    return group->classic->state == CLASSIC_EMPTY && !group->classic->pending_n;
}

static void expire_group(struct step *s, const struct group *group)
{
    const struct topic_offsets *t;
    size_t n = 0;

    for (size_t at = 0; (t = offsets_next(&group->offsets, &at));)
        n += expire_topic(s, group, t);
    if (n == group->offsets.n && list_empty(&group->pending) && is_idle(group))
        group_put_gone(s, group);
}

static void next_time(struct step *s, struct group_timer *t, int64_t in_ms)
{
    group_timer_set(&s->groups->timers, t, s->c->now_ms + in_ms);
}

void expire_begin(struct step *s)
{
    next_time(s, &s->groups->expire, s->groups->config->retention_check_ms);
}

/* Groups that leave the map meanwhile move others in it: those are looked at the next time. */
void expire_due(struct step *s)
{
    struct groups *g = s->groups;
    struct slice key;
    void *value;

    for (int i = 0; i < GROUPS_PER_STEP && s->out->records_n < RECORDS_PER_STEP; i++) {
        if (!map_next(&g->by_id, &g->expire_at, &key, &value)) {
            g->expire_at = 0;
            expire_begin(s);
            return;
        }
        expire_group(s, value);
    }
    next_time(s, &g->expire, 1);
}

/* ---- deleted topics ---- */

struct gone_topic {
    struct list node;
    struct str name; /* owned */
    size_t at;       /* in the map of groups */
};

void topic_gone(struct step *s, struct str name)
{
    struct gone_topic *t = mem_new(struct gone_topic);

    t->name = str_keep(name);
    list_push(&s->groups->gone_topics, &t->node);
    next_time(s, &s->groups->forget, 0);
}

static void free_gone(struct gone_topic *t)
{
    list_remove(&t->node);
    str_drop(&t->name);
    mem_free(t);
}

void topics_gone_done(struct groups *g)
{
    list_each (node, &g->gone_topics)
        free_gone(list_item(node, struct gone_topic, node));
}

static void forget_topic(struct step *s, const struct group *group, struct str topic)
{
    const struct topic_offsets *t = offsets_topic(&group->offsets, topic);

    for (int32_t i = 0; t && i < t->n; i++)
        offset_tombstone(s, group, topic, t->entries[i].partition);
    txn_offsets_tombstones(s, group, topic);
}

/* A topic of the same name that was made meanwhile keeps what was committed to it. */
void forget_due(struct step *s)
{
    struct list *topics = &s->groups->gone_topics;
    struct gone_topic *t =
        list_empty(topics) ? NULL : list_item(topics->next, struct gone_topic, node);
    struct slice key;
    void *value;

    if (!t)
        return;
    for (int i = 0; i < GROUPS_PER_STEP && s->out->records_n < RECORDS_PER_STEP; i++) {
        if (image_topic(s->c->image, t->name) ||
            !map_next(&s->groups->by_id, &t->at, &key, &value)) {
            free_gone(t);
            break;
        }
        forget_topic(s, value, t->name);
    }
    if (!list_empty(topics))
        next_time(s, &s->groups->forget, 1);
}
