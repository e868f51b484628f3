#include "broker/group/share_group.h"

#include "common/mem.h"

/* The simple assignor: P partitions for M members give every partition r = ceil(M / P) members, so
 * there are r * P places, shared out evenly; what members have is kept as far as that goes. */
struct sharing {
    struct share_assignee *members;
    int32_t members_n;
    struct {
        const struct uuid *topic;
        int32_t index, taken;
    } *places;
    int32_t n, each;
    int32_t at; /* where the search for a free place goes on */
};

static int32_t ceil_div(int64_t a, int64_t b)
{
    return (int32_t)((a + b - 1) / b);
}

static void put_places(struct sharing *s, const struct assignment *partitions)
{
    for (int32_t t = 0; t < partitions->n; t++)
        for (int32_t i = 0; i < partitions->topics[t].n; i++) {
            s->places[s->n].topic = &partitions->topics[t].id;
            s->places[s->n++].index = partitions->topics[t].partitions[i];
        }
}

/* Member i's part of all places. */
static int32_t quota(const struct sharing *s, int32_t i)
{
    int64_t all = (int64_t)s->each * s->n;

    return ceil_div(all * (i + 1), s->members_n) - ceil_div(all * i, s->members_n);
}

static bool has(const struct share_assignee *m, const struct sharing *s, int32_t place)
{
    return assignment_has(m->ret, s->places[place].topic, s->places[place].index);
}

static void give(struct sharing *s, struct share_assignee *m, int32_t place)
{
    assignment_add(m->ret, s->places[place].topic, s->places[place].index, 0);
    s->places[place].taken++;
}

static int32_t keep(struct sharing *s, int32_t i)
{
    struct share_assignee *m = &s->members[i];
    int32_t most = quota(s, i), n = 0;

    for (int32_t p = 0; p < s->n && n < most && m->current->n; p++)
        if (s->places[p].taken < s->each &&
            assignment_has(m->current, s->places[p].topic, s->places[p].index)) {
            give(s, m, p);
            n++;
        }
    return n;
}

static void fill(struct sharing *s, int32_t i, int32_t n)
{
    struct share_assignee *m = &s->members[i];
    int32_t most = quota(s, i);

    for (int32_t tried = 0; tried < s->n && n < most; tried++, s->at = (s->at + 1) % s->n)
        if (s->places[s->at].taken < s->each && !has(m, s, s->at)) {
            give(s, m, s->at);
            n++;
        }
}

void share_assign_simple(struct share_assignee *members, int32_t n,
                         const struct assignment *partitions)
{
    int32_t p = assignment_size(partitions);
    struct sharing s = { .members = members, .members_n = n };
    OWNED_MEM int32_t *kept = mem_zero(((size_t)n + 1) * sizeof(*kept));

    if (!n || !p)
        return;
    s.places = mem_zero((size_t)p * sizeof(*s.places));
    put_places(&s, partitions);
    s.each = ceil_div(n, p);
    for (int32_t i = 0; i < n; i++)
        kept[i] = keep(&s, i);
    for (int32_t i = 0; i < n; i++)
        fill(&s, i, kept[i]);
    mem_free(s.places);
}
