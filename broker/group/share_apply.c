#include "api/kafka/msg/share_group_current_member_assignment.h"
#include "api/kafka/msg/share_group_member_metadata.h"
#include "api/kafka/msg/share_group_metadata.h"
#include "api/kafka/msg/share_group_state_partition_metadata.h"
#include "api/kafka/msg/share_group_target_assignment_member.h"
#include "api/kafka/msg/share_group_target_assignment_metadata.h"

#include <stdlib.h>

#include "broker/group/group_internal.h"
#include "common/invariant.h"

typedef struct kf_share_group_state_partition_metadata_value_topic_partitions_info topic_info;

struct share_group *share_group_new(void)
{
    struct share_group *k = mem_new(struct share_group);

    k->asked_ms = INT64_MIN;
    k->seen_image = -1;
    k->unassigned = true;
    return k;
}

/* ---- members ---- */

static void info_drop(struct share_info *i)
{
    str_drop(&i->rack_id);
    str_drop(&i->client_id);
    str_drop(&i->client_host);
    for (int32_t t = 0; t < i->topics_n; t++)
        str_drop(&i->topics[t]);
    mem_free(i->topics);
    *i = (struct share_info){ 0 };
}

static void member_free(struct group_timers *ts, struct share_member *m)
{
    group_timer_clear(ts, &m->session);
    info_drop(&m->info);
    assignment_done(&m->assigned);
    assignment_done(&m->target);
    str_drop(&m->id);
    mem_free(m);
}

const struct share_member *share_member(const struct share_group *k, struct str id)
{
    const struct share_member *m = map_get_str(&k->members, id);

    return m && m->described ? m : NULL;
}

struct share_member *share_member_next(const struct share_group *k, size_t *at)
{
    struct slice key;
    void *value;

    while (map_next(&k->members, at, &key, &value))
        if (((struct share_member *)value)->described)
            return value;
    return NULL;
}

static struct share_member *member_make(struct group *group, struct str id)
{
    struct share_member *m = map_get_str(&group->share->members, id);

    if (m)
        return m;
    m = mem_new(struct share_member);
    m->id = str_keep(id);
    m->session.kind = TIMER_SHARE_MEMBER;
    m->session.group = group;
    m->session.member = m;
    (void)map_set(&group->share->members, id.p, id.n, m);
    return m;
}

/* Frees it when no record of it is left. */
static void member_tidy(struct groups *g, struct share_group *k, struct share_member *m)
{
    if (m->described || m->epoch || m->assigned.n || m->target.n)
        return;
    (void)map_remove(&k->members, m->id.p, m->id.n);
    member_free(&g->timers, m);
}

/* ---- topics ---- */

static void drop_names(struct share_group *k)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&k->names, &at, &key, &value);)
        mem_free(value);
    map_done(&k->names);
    k->names = (struct map){ 0 };
}

static void keep_name(struct share_group *k, const struct uuid *id, struct str name)
{
    mem_free(map_set(&k->names, id->b, sizeof(id->b), mem_strndup(name.p ? name.p : "", name.n)));
}

struct str share_topic_name(const struct share_group *k, const struct uuid *topic)
{
    const char *name = map_get(&k->names, topic->b, sizeof(topic->b));

    return str_of(name ? name : "");
}

struct share_group *share_group_free(struct group_timers *ts, struct share_group *k)
{
    struct slice key;
    void *value;

    if (!k)
        return NULL;
    for (size_t at = 0; map_next(&k->members, &at, &key, &value);)
        member_free(ts, value);
    map_done(&k->members);
    drop_names(k);
    assignment_done(&k->initialized);
    assignment_done(&k->initializing);
    assignment_done(&k->deleting);
    mem_free(k);
    return NULL;
}

const char *share_group_state_name(const struct share_group *k)
{
    return k->members_n ? "Stable" : "Empty";
}

/* ---- records ---- */

static struct share_info info_keep(const struct kf_share_group_member_metadata_value *v)
{
    struct share_info i = { .rack_id = str_keep(v->rack_id),
                            .client_id = str_keep(v->client_id),
                            .client_host = str_keep(v->client_host) };
    size_t n = (size_t)v->subscribed_topic_names_n;
    OWNED_ARENA a = { 0 };
    struct str *names = arena_array(&a, n, sizeof(*names));

    if (n)
        memcpy(names, v->subscribed_topic_names, n * sizeof(*names));
    i.topics_n = strs_normalize(names, (int32_t)n);
    i.topics = mem_zero((n + 1) * sizeof(*i.topics));
    for (int32_t t = 0; t < i.topics_n; t++)
        i.topics[t] = str_keep(names[t]);
    return i;
}

static void apply_member(struct groups *g, struct group *group, const struct group_record_view *r)
{
    struct share_member *m = member_make(group, r->member_key->member_id);

    group->share->members_n += (r->value != NULL) - m->described;
    info_drop(&m->info);
    m->described = r->value != NULL;
    if (m->described)
        m->info = info_keep(r->value);
    else
        group_timer_clear(&g->timers, &m->session);
    member_tidy(g, group->share, m);
}

/* A partition that no topic can have is damage: it is left out. */
static void read_topic(struct assignment *ret, const struct uuid *id, const int32_t *partitions,
                       int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (partitions[i] < 0)
            return;
    assignment_put(ret, id, partitions, NULL, n);
}

static void apply_target_member(struct groups *g, struct group *group,
                                const struct group_record_view *r)
{
    const struct kf_share_group_target_assignment_member_value *v = r->value;
    struct share_member *m = member_make(group, r->member_key->member_id);

    assignment_done(&m->target);
    for (int32_t i = 0; v && i < v->topic_partitions_n; i++)
        read_topic(&m->target, &v->topic_partitions[i].topic_id, v->topic_partitions[i].partitions,
                   v->topic_partitions[i].partitions_n);
    member_tidy(g, group->share, m);
}

static void apply_current(struct groups *g, struct group *group, const struct group_record_view *r)
{
    const struct kf_share_group_current_member_assignment_value *v = r->value;
    struct share_member *m = member_make(group, r->member_key->member_id);

    assignment_done(&m->assigned);
    m->epoch = v ? v->member_epoch : 0;
    m->previous_epoch = v ? v->previous_member_epoch : 0;
    for (int32_t i = 0; v && i < v->assigned_partitions_n; i++)
        read_topic(&m->assigned, &v->assigned_partitions[i].topic_id,
                   v->assigned_partitions[i].partitions, v->assigned_partitions[i].partitions_n);
    member_tidy(g, group->share, m);
}

static void read_infos(struct share_group *k, struct assignment *ret, const topic_info *v,
                       int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        read_topic(ret, &v[i].topic_id, v[i].partitions, v[i].partitions_n);
        keep_name(k, &v[i].topic_id, v[i].topic_name);
    }
}

static void apply_partitions(struct share_group *k, const struct group_record_view *r)
{
    const struct kf_share_group_state_partition_metadata_value *v = r->value;
    struct assignment initializing = { 0 };

    drop_names(k);
    assignment_done(&k->initialized);
    assignment_done(&k->initializing);
    assignment_done(&k->deleting);
    k->unassigned = true;
    if (!v)
        return;
    read_infos(k, &k->initialized, v->initialized_topics, v->initialized_topics_n);
    read_infos(k, &initializing, v->initializing_topics, v->initializing_topics_n);
    k->initializing = assignment_minus(&initializing, &k->initialized); /* H2 */
    assignment_done(&initializing);
    for (int32_t i = 0; i < v->deleting_topics_n; i++) {
        assignment_add(&k->deleting, &v->deleting_topics[i].topic_id, 0, 0);
        keep_name(k, &v->deleting_topics[i].topic_id, v->deleting_topics[i].topic_name);
    }
}

static void apply_target(struct share_group *k, const struct group_record_view *r)
{
    const struct kf_share_group_target_assignment_metadata_value *v = r->value;

    k->assignment_epoch = v ? v->assignment_epoch : 0;
    k->assignment_ms = v ? v->assignment_timestamp : 0;
    k->unassigned = false;
}

static void apply_epoch(struct groups *g, struct group *group, const struct group_record_view *r)
{
    const struct kf_share_group_metadata_value *v = r->value;

    if (!v) {
        group->share = share_group_free(&g->timers, group->share);
        if (!group->offsets.n && list_empty(&group->pending))
            group_drop(g, group);
        return;
    }
    group->share->epoch = v->epoch;
    group->share->hash = v->metadata_hash;
}

/* A tombstone makes no group, and takes nothing from one of another kind. */
void share_group_apply(struct groups *g, const struct group_record_view *r, int64_t end)
{
    struct group *group = group_find(g, r->member_key->group_id);

    if (!r->value && (!group || !group->share))
        return;
    if (!group)
        group = group_add(g, r->member_key->group_id);
    group->written = end;
    if (!group->share) {
        if (group->consumer)
            group_make_classic(g, group);
        group->share = share_group_new();
    }
    switch ((int)r->type) {
    case GROUP_RECORD_SHARE_MEMBER:
        apply_member(g, group, r);
        break;
    case GROUP_RECORD_SHARE:
        apply_epoch(g, group, r);
        break;
    case GROUP_RECORD_SHARE_TARGET:
        apply_target(group->share, r);
        break;
    case GROUP_RECORD_SHARE_TARGET_MEMBER:
        apply_target_member(g, group, r);
        break;
    case GROUP_RECORD_SHARE_CURRENT_MEMBER:
        apply_current(g, group, r);
        break;
    case GROUP_RECORD_SHARE_PARTITIONS:
        apply_partitions(group->share, r);
        break;
    }
}

/* ---- looking ---- */

void share_group_check(const struct group *group)
{
    const struct share_group *k = group->share;
    struct assignment both = assignment_and(&k->initialized, &k->initializing);
    const struct share_member *m;
    int32_t n = 0;

    INVARIANT(!both.n); /* H2 */
    INVARIANT(k->assignment_epoch <= k->epoch);
    for (size_t at = 0; (m = share_member_next(k, &at)); n++)
        INVARIANT(m->epoch <= k->assignment_epoch); /* H1 */
    INVARIANT(n == k->members_n);
}

static void dump_set(struct buf *ret, const char *name, const struct assignment *a)
{
    buf_printf(ret, " %s=[", name);
    for (int32_t t = 0; t < a->n; t++)
        for (int32_t i = 0; i < a->topics[t].n; i++)
            buf_printf(ret, " %s-%d", uuid_print(&a->topics[t].id).text,
                       a->topics[t].partitions[i]);
    buf_put_text(ret, " ]");
}

static int by_id(const void *a, const void *b)
{
    return str_cmp((*(const struct share_member *const *)a)->id,
                   (*(const struct share_member *const *)b)->id);
}

static void dump_member(struct buf *ret, const struct group *group, const struct share_member *m)
{
    buf_printf(ret, "group %.*s share member %.*s epoch=%d/%d rack=%.*s client=%.*s host=%.*s",
               STR_ARG(group->id), STR_ARG(m->id), m->epoch, m->previous_epoch,
               STR_ARG(m->info.rack_id), STR_ARG(m->info.client_id), STR_ARG(m->info.client_host));
    for (int32_t i = 0; i < m->info.topics_n; i++)
        buf_printf(ret, " topic=%.*s", STR_ARG(m->info.topics[i]));
    dump_set(ret, "assigned", &m->assigned);
    dump_set(ret, "target", &m->target);
    buf_put_text(ret, "\n");
}

void share_group_dump(const struct group *group, struct buf *ret)
{
    const struct share_group *k = group->share;
    OWNED_MEM struct share_member **sorted = mem_zero((k->members.n + 1) * sizeof(*sorted));
    struct share_member *m;
    size_t n = 0;

    buf_printf(ret, "group %.*s share epoch=%d assignment=%d hash=%llx", STR_ARG(group->id),
               k->epoch, k->assignment_epoch, (unsigned long long)k->hash);
    dump_set(ret, "initialized", &k->initialized);
    dump_set(ret, "initializing", &k->initializing);
    dump_set(ret, "deleting", &k->deleting);
    buf_put_text(ret, "\n");
    for (size_t at = 0; (m = share_member_next(k, &at));)
        sorted[n++] = m;
    qsort(sorted, n, sizeof(struct share_member *), by_id);
    for (size_t i = 0; i < n; i++)
        dump_member(ret, group, sorted[i]);
}
