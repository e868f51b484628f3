#include "broker/group/group_internal.h"

#include <stdlib.h>

#include "common/invariant.h"

static void check_group(const struct group *group)
{
    INVARIANT(!group->classic != !group->consumer);
    if (group->share)
        share_group_check(group);
    if (group->classic)
        classic_check(group);
    else
        consumer_check(group);
}

void groups_check(const struct groups *g)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&g->by_id, &at, &key, &value);)
        check_group(value);
}

static int compare_ids(const void *a, const void *b)
{
    return str_cmp((*(struct group *const *)a)->id, (*(struct group *const *)b)->id);
}

static int compare_topics(const void *a, const void *b)
{
    return str_cmp((*(struct topic_offsets *const *)a)->topic,
                   (*(struct topic_offsets *const *)b)->topic);
}

static int compare_members(const void *a, const void *b)
{
    return str_cmp((*(struct classic_member *const *)a)->id,
                   (*(struct classic_member *const *)b)->id);
}

static void dump_bytes(struct buf *ret, const char *name, struct slice s)
{
    buf_printf(ret, " %s=", name);
    for (size_t i = 0; i < s.n; i++)
        buf_printf(ret, "%02x", s.p[i]);
}

static void dump_topic(struct buf *ret, const struct group *group, const struct topic_offsets *t)
{
    for (int32_t i = 0; i < t->n; i++) {
        const struct offset_entry *e = &t->entries[i];

        buf_printf(ret,
                   "group %.*s topic %.*s-%d offset=%lld epoch=%d at=%lld expires=%lld id=%s "
                   "metadata=%.*s\n",
                   STR_ARG(group->id), STR_ARG(t->topic), e->partition, (long long)e->offset,
                   e->leader_epoch, (long long)e->commit_ms, (long long)e->expire_ms,
                   uuid_print(&e->topic_id).text, STR_ARG(e->metadata));
    }
}

static void dump_offsets(struct buf *ret, const struct group *group)
{
    size_t n = 0, count = group->offsets.topics.n;
    const struct topic_offsets **sorted = mem_zero((count + 1) * sizeof(*sorted)), *t;

    for (size_t at = 0; (t = offsets_next(&group->offsets, &at));)
        sorted[n++] = t;
    qsort(sorted, n, sizeof(*sorted), compare_topics);
    for (size_t i = 0; i < n; i++)
        dump_topic(ret, group, sorted[i]);
    mem_free(sorted);
}

static void dump_member(struct buf *ret, const struct group *group, const struct classic_member *m)
{
    buf_printf(ret,
               "group %.*s member %.*s instance=%.*s client=%.*s host=%.*s session=%d rebalance=%d",
               STR_ARG(group->id), STR_ARG(m->id), STR_ARG(m->instance_id), STR_ARG(m->client_id),
               STR_ARG(m->client_host), m->session_timeout_ms, m->rebalance_timeout_ms);
    dump_bytes(ret, "subscription", classic_metadata(group->classic, m));
    dump_bytes(ret, "assignment", m->assignment);
    buf_printf(ret, "\n");
}

/* While members agree on a generation, what the log says is older than what lives. */
static void dump_classic(struct buf *ret, const struct group *group)
{
    const struct classic *c = group->classic;
    struct classic_member **sorted = mem_zero(((size_t)c->members_n + 1) * sizeof(*sorted));
    size_t n = 0;

    buf_printf(ret, "group %.*s classic %s type=%.*s", STR_ARG(group->id),
               classic_state_name(c->state), STR_ARG(c->protocol_type));
    if (c->state == CLASSIC_STABLE || c->state == CLASSIC_EMPTY)
        buf_printf(ret, " generation=%d protocol=%.*s leader=%.*s", c->generation,
                   STR_ARG(c->protocol), STR_ARG(c->leader ? c->leader->id : str_make(NULL, 0)));
    buf_printf(ret, "\n");
    if (c->state == CLASSIC_STABLE)
        list_each (node, &c->members)
            sorted[n++] = list_item(node, struct classic_member, node);
    qsort(sorted, n, sizeof(struct classic_member *), compare_members);
    for (size_t i = 0; i < n; i++)
        dump_member(ret, group, sorted[i]);
    mem_free(sorted);
}

void groups_dump(const struct groups *g, struct buf *ret)
{
    struct group **sorted = mem_zero((g->by_id.n + 1) * sizeof(*sorted));
    struct slice key;
    size_t n = 0;
    void *value;

    for (size_t at = 0; map_next(&g->by_id, &at, &key, &value);)
        sorted[n++] = value;
    qsort(sorted, n, sizeof(*sorted), compare_ids);
    for (size_t i = 0; i < n; i++) {
        if (sorted[i]->share)
            share_group_dump(sorted[i], ret);
        else if (sorted[i]->classic)
            dump_classic(ret, sorted[i]);
        else
            consumer_dump(sorted[i], ret);
        dump_offsets(ret, sorted[i]);
        txn_offsets_dump(sorted[i], ret);
    }
    mem_free(sorted);
}
