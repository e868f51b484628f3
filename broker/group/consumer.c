#include "broker/group/consumer.h"

#include "broker/group/group_internal.h"
#include "common/invariant.h"

const struct consumer consumer_none = { .epoch = EPOCH_FIRST,
                                        .assignment_epoch = EPOCH_FIRST,
                                        .regex_ms = INT64_MIN };

struct consumer *consumer_new(struct group *group)
{
    struct consumer *c = mem_new(struct consumer);

    *c = consumer_none;
    list_init(&c->by_regex);
    c->assign = (struct group_timer){ .kind = TIMER_ASSIGN, .group = group };
    c->resolve = (struct group_timer){ .kind = TIMER_RESOLVE, .group = group };
    return c;
}

static void progress_drop(struct consumer_progress *p)
{
    assignment_done(&p->assigned);
    assignment_done(&p->revoking);
    *p = (struct consumer_progress){ 0 };
}

static void member_free(struct group_timers *ts, struct consumer_member *m)
{
    group_timer_clear(ts, &m->session);
    group_timer_clear(ts, &m->rebalance);
    group_timer_clear(ts, &m->join);
    group_timer_clear(ts, &m->sync);
    consumer_info_drop(&m->info);
    progress_drop(&m->now);
    assignment_done(&m->target);
    str_drop(&m->id);
    mem_free(m);
}

static void topic_free(struct consumer_topic *t)
{
    list_remove(&t->by_topic);
    str_drop(&t->name);
    mem_free(t);
}

static void regex_free(struct consumer_regex *r)
{
    for (int32_t i = 0; i < r->topics_n; i++)
        str_drop(&r->topics[i]);
    mem_free(r->topics);
    str_drop(&r->text);
    mem_free(r);
}

struct consumer *consumer_free(struct group_timers *ts, struct consumer *c)
{
    struct slice key;
    void *value;

    if (!c)
        return NULL;
    group_timer_clear(ts, &c->assign);
    group_timer_clear(ts, &c->resolve);
    list_remove(&c->by_regex);
    for (size_t at = 0; map_next(&c->members, &at, &key, &value);)
        member_free(ts, value);
    for (size_t at = 0; map_next(&c->topics, &at, &key, &value);)
        topic_free(value);
    for (size_t at = 0; map_next(&c->regexes, &at, &key, &value);)
        regex_free(value);
    map_done(&c->members);
    map_done(&c->instances);
    map_done(&c->topics);
    map_done(&c->regexes);
    map_done(&c->owners);
    mem_free(c);
    return NULL;
}

const struct consumer_member *consumer_member(const struct consumer *c, struct str id)
{
    const struct consumer_member *m = map_get_str(&c->members, id);

    return m && m->described ? m : NULL;
}

const struct consumer_member *consumer_instance(const struct consumer *c, struct str instance_id)
{
    return map_get_str(&c->instances, instance_id);
}

struct consumer_member *consumer_member_next(const struct consumer *c, size_t *at)
{
    struct slice key;
    void *value;

    while (map_next(&c->members, at, &key, &value))
        if (((struct consumer_member *)value)->described)
            return value;
    return NULL;
}

const struct consumer_regex *consumer_regex(const struct consumer *c, struct str text)
{
    return map_get_str(&c->regexes, text);
}

const struct assignor *consumer_vote(const struct groups *g, const struct consumer *c)
{
    const struct assignor *best = g->config->assignors[0];
    const struct consumer_member *m;
    int32_t most = 0;

    for (unsigned i = 0; i < assignors_n; i++) {
        int32_t votes = 0;

        for (size_t at = 0; (m = consumer_member_next(c, &at));)
            votes += m->info.assignor.p && str_is(m->info.assignor, assignors[i].name);
        if (votes <= most)
            continue;
        most = votes;
        best = &assignors[i];
    }
    return best;
}

static bool is_reconciled(const struct consumer *c, const struct consumer_member *m)
{
    return m->now.state == MEMBER_STABLE && m->now.epoch == c->assignment_epoch;
}

const char *consumer_state_name(const struct consumer *c)
{
    const struct consumer_member *m;

    if (!c->members_n)
        return "Empty";
    if (c->epoch > c->assignment_epoch)
        return "Assigning";
    for (size_t at = 0; (m = consumer_member_next(c, &at));)
        if (!is_reconciled(c, m))
            return "Reconciling";
    return "Stable";
}

/* ---- the writers, for apply alone ---- */

struct consumer_member *consumer_member_make(struct group *group, struct str id)
{
    struct consumer_member *m = map_get_str(&group->consumer->members, id);

    if (m)
        return m;
    m = mem_new(struct consumer_member);
    m->id = str_keep(id);
    m->session = (struct group_timer){ .kind = TIMER_MEMBER, .group = group, .member = m };
    m->rebalance = (struct group_timer){ .kind = TIMER_REVOKE, .group = group, .member = m };
    m->join = (struct group_timer){ .kind = TIMER_MEMBER_JOIN, .group = group, .member = m };
    m->sync = (struct group_timer){ .kind = TIMER_MEMBER_SYNC, .group = group, .member = m };
    (void)map_set(&group->consumer->members, id.p, id.n, m);
    return m;
}

void consumer_member_tidy(struct groups *g, struct group *group, struct consumer_member *m)
{
    if (m->described || m->now.epoch || m->now.assigned.n || m->now.revoking.n || m->target.n)
        return;
    (void)map_remove(&group->consumer->members, m->id.p, m->id.n);
    member_free(&g->timers, m);
}

static struct list *groups_of_topic(struct groups *g, struct str name)
{
    struct list *l = map_get_str(&g->by_topic, name);

    if (l)
        return l;
    l = mem_new(struct list);
    list_init(l);
    (void)map_set(&g->by_topic, name.p, name.n, l);
    return l;
}

static void count_topic(struct groups *g, struct group *group, struct str name, int32_t names,
                        int32_t regexes)
{
    struct consumer_topic *t = map_get_str(&group->consumer->topics, name);

    if (!t) {
        t = mem_new(struct consumer_topic);
        t->group = group;
        t->name = str_keep(name);
        list_push(groups_of_topic(g, name), &t->by_topic);
        (void)map_set(&group->consumer->topics, name.p, name.n, t);
    }
    t->names_n += names;
    t->regexes_n += regexes;
    if (t->names_n || t->regexes_n)
        return;
    (void)map_remove(&group->consumer->topics, name.p, name.n);
    topic_free(t);
}

static struct consumer_regex *regex_make(struct groups *g, struct group *group, struct str text)
{
    struct consumer_regex *r = map_get_str(&group->consumer->regexes, text);

    if (r)
        return r;
    if (list_empty(&group->consumer->by_regex))
        list_push(&g->by_regex, &group->consumer->by_regex);
    r = mem_new(struct consumer_regex);
    r->text = str_keep(text);
    (void)map_set(&group->consumer->regexes, text.p, text.n, r);
    return r;
}

static void regex_tidy(struct group *group, struct consumer_regex *r)
{
    if (r->members_n || r->resolved)
        return;
    (void)map_remove(&group->consumer->regexes, r->text.p, r->text.n);
    regex_free(r);
    if (!group->consumer->regexes.n)
        list_remove(&group->consumer->by_regex);
}

/* `by` 1: the member is there with what it says; -1: not any more. */
static void count_member(struct groups *g, struct group *group, struct consumer_member *m,
                         int32_t by)
{
    struct consumer *c = group->consumer;

    c->members_n += by;
    c->classic_n += by * m->info.classic;
    for (int32_t i = 0; i < m->info.topics_n; i++)
        count_topic(g, group, m->info.topics[i], by, 0);
    if (m->info.instance_id.p && by > 0)
        (void)map_set(&c->instances, m->info.instance_id.p, m->info.instance_id.n, m);
    else if (m->info.instance_id.p && consumer_instance(c, m->info.instance_id) == m)
        (void)map_remove(&c->instances, m->info.instance_id.p, m->info.instance_id.n);
    if (m->info.regex.n) {
        struct consumer_regex *r = regex_make(g, group, m->info.regex);

        r->members_n += by;
        regex_tidy(group, r);
    }
}

void consumer_set_info(struct groups *g, struct group *group, struct consumer_member *m,
                       const struct consumer_info *i)
{
    if (m->described) {
        count_member(g, group, m, -1);
        consumer_info_drop(&m->info);
    }
    m->described = i != NULL;
    if (!i)
        return;
    m->info = consumer_info_keep(i);
    count_member(g, group, m, 1);
}

void consumer_set_regex(struct groups *g, struct group *group, struct str text,
                        const struct kf_consumer_group_regular_expression_value *v)
{
    struct consumer_regex *r = regex_make(g, group, text);

    for (int32_t i = 0; i < r->topics_n; i++) {
        count_topic(g, group, r->topics[i], 0, -1);
        str_drop(&r->topics[i]);
    }
    mem_free(r->topics);
    r->topics = mem_zero(((size_t)(v ? v->topics_n : 0) + 1) * sizeof(*r->topics));
    for (r->topics_n = 0; v && r->topics_n < v->topics_n; r->topics_n++)
        r->topics[r->topics_n] = v->topics[r->topics_n];
    r->topics_n = strs_normalize(r->topics, r->topics_n);
    for (int32_t i = 0; i < r->topics_n; i++) {
        r->topics[i] = str_keep(r->topics[i]);
        count_topic(g, group, r->topics[i], 0, 1);
    }
    r->resolved = v != NULL;
    r->version = v ? v->version : 0;
    r->resolved_ms = v ? v->timestamp : 0;
    regex_tidy(group, r);
}

/* ---- owners ---- */

struct owner_key {
    struct uuid topic;
    int32_t partition;
};

enum { EPOCH_SHIFT = 3 }; /* a value is the epoch, -2 or more, made a pointer that is not NULL */

static void *owner_value(int32_t epoch)
{
    uint32_t known = (uint32_t)(epoch < EPOCH_LEAVE_STATIC ? EPOCH_LEAVE_STATIC : epoch);

    return (void *)(uintptr_t)(known + EPOCH_SHIFT);
}

int32_t consumer_owner_epoch(const struct consumer *c, const struct uuid *topic, int32_t partition)
{
    struct owner_key key = { *topic, partition };
    const void *value = map_get(&c->owners, &key, sizeof(key));

    return value ? (int32_t)((uint32_t)(uintptr_t)value - EPOCH_SHIFT) : -1;
}

/* A partition is freed by whoever holds it alone: in a compacted log the record that took it over
 * may come before the one that gave it up. */
static void own(struct consumer *c, const struct assignment *a, int32_t epoch, bool take)
{
    for (int32_t i = 0; i < a->n; i++)
        for (int32_t k = 0; k < a->topics[i].n; k++) {
            struct owner_key key = { a->topics[i].id, a->topics[i].partitions[k] };

            if (take)
                (void)map_set(&c->owners, &key, sizeof(key), owner_value(epoch));
            else if (map_get(&c->owners, &key, sizeof(key)) == owner_value(epoch))
                (void)map_remove(&c->owners, &key, sizeof(key));
        }
}

void consumer_set_progress(struct group *group, struct consumer_member *m,
                           struct consumer_progress *p)
{
    struct consumer *c = group->consumer;

    own(c, &m->now.assigned, m->now.epoch, false);
    own(c, &m->now.revoking, m->now.epoch, false);
    progress_drop(&m->now);
    m->now = *p;
    own(c, &m->now.assigned, m->now.epoch, true);
    own(c, &m->now.revoking, m->now.epoch, true);
}
