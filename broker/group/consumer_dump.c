#include "broker/group/consumer.h"

#include <stdlib.h>

#include "broker/group/group_internal.h"
#include "common/invariant.h"

/* ---- check ---- */

static void check_owner(const struct consumer *c, const struct consumer_member *m,
                        const struct assignment *a)
{
    for (int32_t i = 0; i < a->n; i++)
        for (int32_t k = 0; k < a->topics[i].n; k++)
            INVARIANT(consumer_owner_epoch(c, &a->topics[i].id, a->topics[i].partitions[k]) ==
                      m->now.epoch);
}

void consumer_check(const struct group *group)
{
    const struct consumer *c = group->consumer;
    int32_t members = 0, classic = 0, held = 0, names = 0, counted = 0;
    const struct consumer_member *m;
    struct slice key;
    void *value;

    INVARIANT(c->assignment_epoch <= c->epoch); /* U2 */
    for (size_t at = 0; (m = consumer_member_next(c, &at));) {
        members++;
        classic += m->info.classic;
        names += m->info.topics_n;
        held += assignment_size(&m->now.assigned) + assignment_size(&m->now.revoking);
        INVARIANT(m->now.epoch <= c->epoch);
        check_owner(c, m, &m->now.assigned); /* U1 */
        check_owner(c, m, &m->now.revoking);
    }
    INVARIANT(members == c->members_n && classic == c->classic_n && held == (int32_t)c->owners.n);
    for (size_t at = 0; map_next(&c->topics, &at, &key, &value);)
        counted += ((const struct consumer_topic *)value)->names_n;
    INVARIANT(names == counted); /* U3 */
}

/* ---- dump ---- */

static void dump_set(struct buf *ret, const char *name, const struct assignment *a, bool epochs)
{
    buf_printf(ret, " %s=", name);
    for (int32_t i = 0; i < a->n; i++) {
        buf_printf(ret, "%s%s:", i ? ";" : "", uuid_print(&a->topics[i].id).text);
        for (int32_t k = 0; k < a->topics[i].n; k++) {
            buf_printf(ret, "%s%d", k ? "," : "", a->topics[i].partitions[k]);
            if (epochs)
                buf_printf(ret, "@%d", a->topics[i].epochs[k]);
        }
    }
}

static void dump_member(struct buf *ret, const struct group *group, const struct consumer_member *m)
{
    const struct consumer_info *i = &m->info;

    buf_printf(ret,
               "group %.*s member %.*s described=%d instance=%.*s rack=%.*s client=%.*s host=%.*s "
               "regex=%.*s assignor=%.*s rebalance=%d classic=%d/%d/%d topics=",
               STR_ARG(group->id), STR_ARG(m->id), m->described, STR_ARG(i->instance_id),
               STR_ARG(i->rack_id), STR_ARG(i->client_id), STR_ARG(i->client_host),
               STR_ARG(i->regex), STR_ARG(i->assignor), i->rebalance_timeout_ms, i->classic,
               i->session_timeout_ms, i->protocols.n);
    for (int32_t k = 0; k < i->topics_n; k++)
        buf_printf(ret, "%s%.*s", k ? "," : "", STR_ARG(i->topics[k]));
    buf_printf(ret, " epoch=%d previous=%d state=%d", m->now.epoch, m->now.previous_epoch,
               m->now.state);
    dump_set(ret, "assigned", &m->now.assigned, true);
    dump_set(ret, "revoking", &m->now.revoking, true);
    dump_set(ret, "target", &m->target, false);
    buf_printf(ret, "\n");
}

static void dump_regex(struct buf *ret, const struct group *group, const struct consumer_regex *r)
{
    buf_printf(ret, "group %.*s regex %.*s members=%d resolved=%d version=%lld topics=",
               STR_ARG(group->id), STR_ARG(r->text), r->members_n, r->resolved,
               (long long)r->version);
    for (int32_t i = 0; i < r->topics_n; i++)
        buf_printf(ret, "%s%.*s", i ? "," : "", STR_ARG(r->topics[i]));
    buf_printf(ret, "\n");
}

static int compare_members(const void *a, const void *b)
{
    return str_cmp((*(struct consumer_member *const *)a)->id,
                   (*(struct consumer_member *const *)b)->id);
}

static int compare_regexes(const void *a, const void *b)
{
    return str_cmp((*(struct consumer_regex *const *)a)->text,
                   (*(struct consumer_regex *const *)b)->text);
}

static void **sorted_values(const struct map *m, int (*compare)(const void *, const void *))
{
    void **ret = mem_zero((m->n + 1) * sizeof(*ret)), *value;
    struct slice key;
    size_t n = 0;

    for (size_t at = 0; map_next(m, &at, &key, &value);)
        ret[n++] = value;
    qsort(ret, n, sizeof(void *), compare);
    return ret;
}

void consumer_dump(const struct group *group, struct buf *ret)
{
    const struct consumer *c = group->consumer;
    void **members = sorted_values(&c->members, compare_members);
    void **regexes = sorted_values(&c->regexes, compare_regexes);

    buf_printf(ret, "group %.*s consumer epoch=%d hash=%llx assignment=%d at=%lld\n",
               STR_ARG(group->id), c->epoch, (unsigned long long)c->hash, c->assignment_epoch,
               (long long)c->assignment_ms);
    for (size_t i = 0; i < c->members.n; i++)
        dump_member(ret, group, members[i]);
    for (size_t i = 0; i < c->regexes.n; i++)
        dump_regex(ret, group, regexes[i]);
    mem_free(members);
    mem_free(regexes);
}
