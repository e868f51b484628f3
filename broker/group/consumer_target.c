#include "broker/group/beat.h"

#include <stdlib.h>

#include "broker/group/group_internal.h"
#include "broker/group/group_property.h"
#include "broker/group/topics_hash.h"

/* ---- what is read ---- */

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uuid));
}

static int32_t normalize_ids(struct uuid *v, int32_t n)
{
    int32_t kept = 0;

    if (n > 1)
        qsort(v, (size_t)n, sizeof(*v), compare_ids);
    for (int32_t i = 0; i < n; i++)
        if (!kept || !uuid_eq(&v[kept - 1], &v[i]))
            v[kept++] = v[i];
    return kept;
}

static int32_t add_ids(const struct step *s, const struct str *names, int32_t n, struct uuid *ret)
{
    int32_t added = 0;

    for (int32_t i = 0; i < n; i++) {
        const struct topic_state *t = image_topic(s->c->image, names[i]);

        if (t)
            ret[added++] = t->id;
    }
    return added;
}

struct uuid *consumer_topics(const struct step *s, const struct consumer *c,
                             const struct consumer_info *i, int32_t *ret_n)
{
    const struct consumer_regex *r = i->regex.n ? consumer_regex(c, i->regex) : NULL;
    size_t most = (size_t)i->topics_n + (size_t)(r ? r->topics_n : 0);
    struct uuid *ids = arena_array(s->out->arena, most, sizeof(*ids));
    int32_t n = add_ids(s, i->topics, i->topics_n, ids);

    if (r)
        n += add_ids(s, r->topics, r->topics_n, ids + n);
    *ret_n = normalize_ids(ids, n);
    return ids;
}

/* How many regexes find the topic once `gone` reads no more: its own may go with it. */
static int32_t regexes_left(const struct consumer *c, const struct consumer_topic *t,
                            const struct consumer_member *gone, const struct consumer_info *with)
{
    const struct consumer_regex *r =
        gone && gone->info.regex.n ? consumer_regex(c, gone->info.regex) : NULL;

    if (!r || r->members_n > 1 || (with && str_eq(with->regex, r->text)))
        return t->regexes_n;
    return t->regexes_n - strs_have(r->topics, r->topics_n, t->name);
}

int64_t consumer_hash(const struct step *s, const struct consumer *c,
                      const struct consumer_member *gone, const struct consumer_info *with)
{
    int32_t n = 0, most = (int32_t)c->topics.n + (with ? with->topics_n : 0);
    struct str *names = arena_array(s->out->arena, (size_t)most, sizeof(*names));
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&c->topics, &at, &key, &value);) {
        const struct consumer_topic *t = value;
        int32_t by_name =
            t->names_n - (gone && strs_have(gone->info.topics, gone->info.topics_n, t->name));

        if (by_name || regexes_left(c, t, gone, with))
            names[n++] = t->name;
    }
    for (int32_t i = 0; with && i < with->topics_n; i++)
        names[n++] = with->topics[i];
    return topics_hash(s->c->image, names, strs_normalize(names, n));
}

/* ---- when ---- */

static int32_t interval_ms(const struct step *s, struct str group_id)
{
    const struct group_config *cf = s->groups->config;

    return group_property(s->c->image, group_id, "consumer.assignment.interval.ms",
                          cf->consumer_assignment_ms, cf->consumer_assignment_ms_min,
                          cf->consumer_assignment_ms_max);
}

bool consumer_may_assign(struct step *s, const struct consumer *before)
{
    struct group *group = before->assign.group;
    struct consumer *c = group ? group->consumer : NULL;
    int64_t interval = c ? interval_ms(s, group->id) : 0, now_ms = s->c->now_ms;

    if (!c)
        return true;
    if (budget_left(&c->budget, now_ms, interval)) {
        budget_spend(&c->budget, now_ms, interval, c->members_n + (int64_t)c->owners.n);
        return true;
    }
    group_timer_set(&s->groups->timers, &c->assign, c->budget.since_ms + interval);
    return false;
}

/* ---- what ---- */

struct target {
    struct step *s;
    const struct consumer *c;
    const struct beat *b;
    struct assignor_member *members;
    const struct consumer_info **infos;
    int32_t n;
};

static void add_member(struct target *t, struct str id, const struct consumer_info *i,
                       const struct assignment *current)
{
    const struct consumer_info *last = t->n ? t->infos[t->n - 1] : NULL;
    struct assignor_member *m = &t->members[t->n];

    m->id = id;
    m->instance_id = i->instance_id;
    m->current = current;
    t->infos[t->n++] = i;
    if (last && str_eq(last->regex, i->regex) && consumer_info_same_topics(last, i)) {
        m->topics = m[-1].topics;
        m->topics_n = m[-1].topics_n;
    } else {
        m->topics = consumer_topics(t->s, t->c, i, &m->topics_n);
    }
}

static int compare_members(const void *a, const void *b)
{
    return str_cmp((*(const struct consumer_member *const *)a)->id,
                   (*(const struct consumer_member *const *)b)->id);
}

/* In order of ids: the same members give the same assignment, whatever their history. */
static void add_members(struct target *t)
{
    const struct consumer_member **sorted = arena_array(t->s->out->arena, (size_t)t->c->members_n,
                                                        sizeof(*sorted)),
                                 *m;
    size_t n = 0;

    for (size_t at = 0; (m = consumer_member_next(t->c, &at));)
        if (!t->b || (m != t->b->m && m != t->b->replaced))
            sorted[n++] = m;
    if (n > 1)
        qsort(sorted, n, sizeof(*sorted), compare_members);
    for (size_t i = 0; i < n; i++)
        add_member(t, sorted[i]->id, &sorted[i]->info, &sorted[i]->target);
    if (t->b)
        add_member(t, t->b->member_id, &t->b->info, &t->b->target);
}

/* The assignor that most members ask for, else the first that the broker offers. */
static const struct assignor *vote(const struct target *t)
{
    const struct assignor *best = t->s->groups->config->assignors[0];
    int32_t most = 0;

    for (unsigned i = 0; i < assignors_n; i++) {
        int32_t votes = 0;

        for (int32_t k = 0; k < t->n; k++)
            votes += t->infos[k]->assignor.p && str_is(t->infos[k]->assignor, assignors[i].name);
        if (votes <= most)
            continue;
        most = votes;
        best = &assignors[i];
    }
    return best;
}

static int compare_topics(const void *a, const void *b)
{
    return memcmp(((const struct assignor_topic *)a)->id.b,
                  ((const struct assignor_topic *)b)->id.b, sizeof(struct uuid));
}

/* The topics that members name, each once. */
static struct assignor_topic *topics_of(const struct target *t, int32_t *ret_n)
{
    struct assignor_topic *all;
    size_t most = 0;
    int32_t n = 0, kept = 0;

    for (int32_t i = 0; i < t->n; i++)
        if (!i || t->members[i].topics != t->members[i - 1].topics)
            most += (size_t)t->members[i].topics_n;
    all = arena_array(t->s->out->arena, most, sizeof(*all));
    for (int32_t i = 0; i < t->n; i++)
        for (int32_t k = 0;
             (!i || t->members[i].topics != t->members[i - 1].topics) && k < t->members[i].topics_n;
             k++)
            all[n++].id = t->members[i].topics[k];
    if (n > 1)
        if (n > 1)
            qsort(all, (size_t)n, sizeof(*all), compare_topics);
    for (int32_t i = 0; i < n; i++) {
        if (kept && uuid_eq(&all[kept - 1].id, &all[i].id))
            continue;
        all[kept].id = all[i].id;
        all[kept].partitions_n = image_topic_by_id(t->s->c->image, &all[i].id)->partitions_n;
        kept++;
    }
    *ret_n = kept;
    return all;
}

/* Only what differs is written; the last member is the beat's, if there is one. */
static struct assignment put_targets(struct target *t, struct str group_id)
{
    struct assignment ret = { 0 };

    for (int32_t i = 0; i < t->n; i++) {
        struct assignor_member *m = &t->members[i];

        if (!assignment_eq(&m->ret, m->current))
            consumer_put_target_member(t->s->out, group_id, m->id, &m->ret);
        if (t->b && i == t->n - 1)
            ret = m->ret;
        else
            assignment_done(&m->ret);
    }
    return ret;
}

struct assignment consumer_assign(struct step *s, struct str group_id, const struct consumer *c,
                                  const struct beat *b, int32_t epoch)
{
    size_t most = (size_t)c->members_n + 1;
    struct target t = { .s = s,
                        .c = c,
                        .b = b,
                        .members = arena_array(s->out->arena, most, sizeof(*t.members)),
                        .infos = arena_array(s->out->arena, most, sizeof(*t.infos)) };
    struct assignor_topic *topics;
    struct assignment ret;
    int32_t topics_n;

    add_members(&t);
    topics = topics_of(&t, &topics_n);
    vote(&t)->assign(t.members, t.n, topics, topics_n);
    ret = put_targets(&t, group_id);
    consumer_put_target(s->out, group_id, epoch, s->c->wall_ms);
    return ret;
}
