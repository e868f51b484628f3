#include "broker/group/assignor.h"

#include <stdlib.h>

#include "common/mem.h"

enum { NOBODY = -1 };

/* Partitions of all topics in a row: owner[first[topic] + partition]. */
struct plan {
    struct assignor_member *m;
    const struct assignor_topic *t;
    int32_t members_n, topics_n, partitions_n;
    int32_t *first; /* topics_n + 1 */
    int32_t *owner;
    int32_t *load; /* of each member */
};

static void plan_open(struct plan *p)
{
    p->first = mem_zero(((size_t)p->topics_n + 1) * sizeof(int32_t));
    for (int32_t i = 0; i < p->topics_n; i++)
        p->first[i + 1] = p->first[i] + p->t[i].partitions_n;
    p->partitions_n = p->first[p->topics_n];
    p->owner = mem_zero(((size_t)p->partitions_n + 1) * sizeof(int32_t));
    p->load = mem_zero(((size_t)p->members_n + 1) * sizeof(int32_t));
    for (int32_t i = 0; i < p->partitions_n; i++)
        p->owner[i] = NOBODY;
}

/* The owners' sets, in order of topics and partitions, so that none is built by insertion. */
static void plan_close(struct plan *p)
{
    int32_t **runs = mem_zero(((size_t)p->members_n + 1) * sizeof(*runs));
    int32_t *n = mem_zero(((size_t)p->members_n + 1) * sizeof(*n));

    for (int32_t i = 0; i < p->members_n; i++)
        runs[i] = mem_zero(((size_t)p->load[i] + 1) * sizeof(int32_t));
    for (int32_t i = 0; i < p->topics_n; i++) {
        for (int32_t k = p->first[i]; k < p->first[i + 1]; k++)
            if (p->owner[k] != NOBODY)
                runs[p->owner[k]][n[p->owner[k]]++] = k - p->first[i];
        for (int32_t k = p->first[i]; k < p->first[i + 1]; k++) {
            int32_t who = p->owner[k];

            if (who == NOBODY || !n[who])
                continue;
            assignment_add_topic(&p->m[who].ret, &p->t[i].id, runs[who], NULL, n[who]);
            n[who] = 0;
        }
    }
    for (int32_t i = 0; i < p->members_n; i++)
        mem_free(runs[i]);
    mem_free(runs);
    mem_free(n);
    mem_free(p->first);
    mem_free(p->owner);
    mem_free(p->load);
}

static void give(struct plan *p, int32_t partition, int32_t member)
{
    if (p->owner[partition] != NOBODY)
        p->load[p->owner[partition]]--;
    p->owner[partition] = member;
    p->load[member]++;
}

/* Member `i` keeps of its target what still exists and nobody has, up to `quota`. */
static void keep(struct plan *p, int32_t i, int32_t quota)
{
    const struct assignment *current = p->m[i].current;

    for (int32_t k = 0; current && k < current->n; k++) {
        const struct assigned_topic *c = &current->topics[k];
        int32_t topic = assignor_topic_place(p->t, p->topics_n, &c->id);

        if (topic < 0 || !assignor_subscribes(&p->m[i], &c->id))
            continue;
        for (int32_t j = 0; j < c->n && p->load[i] < quota; j++) {
            int32_t at = p->first[topic] + c->partitions[j];

            if (c->partitions[j] < p->t[topic].partitions_n && p->owner[at] == NOBODY)
                give(p, at, i);
        }
    }
}

/* ---- members that subscribe alike ---- */

static bool all_alike(const struct assignor_member *m, int32_t n)
{
    for (int32_t i = 1; i < n; i++)
        if (m[i].topics_n != m[0].topics_n ||
            memcmp(m[i].topics, m[0].topics, (size_t)m[0].topics_n * sizeof(struct uuid)))
            return false;
    return true;
}

/* Everybody gets the quota; `extra` members, who have it already if there are such, one more. */
static void assign_alike(struct plan *p)
{
    int32_t quota = p->partitions_n / p->members_n, extra = p->partitions_n % p->members_n, at = 0;

    for (int32_t i = 0; i < p->members_n; i++) {
        keep(p, i, quota + (extra > 0));
        extra -= p->load[i] > quota;
    }
    for (int32_t i = 0; i < p->members_n; i++) {
        int32_t wanted = quota;

        if (p->load[i] <= quota && extra > 0) {
            wanted++;
            extra--;
        }
        while (p->load[i] < wanted) {
            while (p->owner[at] != NOBODY)
                at++;
            give(p, at, i);
        }
    }
}

/* ---- members that do not ---- */

struct by_demand {
    int32_t topic, subscribers_n;
    int32_t *subscribers;
};

static int scarce_first(const void *a, const void *b)
{
    const struct by_demand *x = a, *y = b;

    return x->subscribers_n != y->subscribers_n ? (x->subscribers_n > y->subscribers_n ? 1 : -1)
                                                : (x->topic > y->topic) - (x->topic < y->topic);
}

static struct by_demand *demands(const struct plan *p)
{
    struct by_demand *d = mem_zero(((size_t)p->topics_n + 1) * sizeof(*d));

    for (int32_t i = 0; i < p->topics_n; i++) {
        d[i].topic = i;
        d[i].subscribers = mem_zero(((size_t)p->members_n + 1) * sizeof(int32_t));
        for (int32_t k = 0; k < p->members_n; k++)
            if (assignor_subscribes(&p->m[k], &p->t[i].id))
                d[i].subscribers[d[i].subscribers_n++] = k;
    }
    qsort(d, (size_t)p->topics_n, sizeof(*d), scarce_first);
    return d;
}

static int32_t emptiest(const struct plan *p, const struct by_demand *d)
{
    int32_t best = d->subscribers[0];

    for (int32_t i = 1; i < d->subscribers_n; i++)
        if (p->load[d->subscribers[i]] < p->load[best])
            best = d->subscribers[i];
    return best;
}

static void fill_topic(struct plan *p, const struct by_demand *d)
{
    for (int32_t k = p->first[d->topic]; k < p->first[d->topic + 1] && d->subscribers_n; k++)
        if (p->owner[k] == NOBODY)
            give(p, k, emptiest(p, d));
}

/* One partition from the fullest owner to the emptiest subscriber, when that evens them out. */
static bool level_topic(struct plan *p, const struct by_demand *d)
{
    int32_t from = -1, to;

    if (!d->subscribers_n)
        return false;
    to = emptiest(p, d);
    for (int32_t k = p->first[d->topic]; k < p->first[d->topic + 1]; k++)
        if (from < 0 || p->load[p->owner[k]] > p->load[p->owner[from]])
            from = k;
    if (from < 0 || p->load[p->owner[from]] < p->load[to] + 2)
        return false;
    give(p, from, to);
    return true;
}

/* Each move makes the sum of the loads' squares smaller, so it ends. */
static void assign_unlike(struct plan *p)
{
    struct by_demand *d = demands(p);
    bool moved = true;

    for (int32_t i = 0; i < p->members_n; i++)
        keep(p, i, INT32_MAX);
    for (int32_t i = 0; i < p->topics_n; i++)
        fill_topic(p, &d[i]);
    while (moved) {
        moved = false;
        for (int32_t i = 0; i < p->topics_n; i++)
            while (level_topic(p, &d[i]))
                moved = true;
    }
    for (int32_t i = 0; i < p->topics_n; i++)
        mem_free(d[i].subscribers);
    mem_free(d);
}

void assignor_uniform(struct assignor_member *m, int32_t members_n, const struct assignor_topic *t,
                      int32_t topics_n)
{
    struct plan p = { .m = m, .t = t, .members_n = members_n, .topics_n = topics_n };

    if (!members_n || !topics_n)
        return;
    plan_open(&p);
    if (all_alike(m, members_n))
        assign_alike(&p);
    else
        assign_unlike(&p);
    plan_close(&p);
}
