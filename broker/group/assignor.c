#include "broker/group/assignor.h"

#include <stdlib.h>

#include "common/mem.h"

const struct assignor assignors[] = {
    { "uniform", assignor_uniform },
    { "range", assignor_range },
};
const unsigned assignors_n = ARRAY_LEN(assignors);

const struct assignor *assignor_find(struct str name)
{
    for (unsigned i = 0; i < assignors_n; i++)
        if (str_is(name, assignors[i].name))
            return &assignors[i];
    return NULL;
}

int32_t assignor_topic_place(const struct assignor_topic *t, int32_t topics_n,
                             const struct uuid *id)
{
    int32_t low = 0, high = topics_n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2, c = memcmp(t[middle].id.b, id->b, sizeof(id->b));

        if (!c)
            return middle;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

bool assignor_subscribes(const struct assignor_member *m, const struct uuid *id)
{
    int32_t low = 0, high = m->topics_n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2,
                c = memcmp(m->topics[middle].b, id->b, sizeof(id->b));

        if (!c)
            return true;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* ---- range ---- */

static int in_range_order(const void *a, const void *b)
{
    const struct assignor_member *x = *(struct assignor_member *const *)a;
    const struct assignor_member *y = *(struct assignor_member *const *)b;

    if (x->instance_id.p && y->instance_id.p)
        return str_cmp(x->instance_id, y->instance_id);
    if (!x->instance_id.p && !y->instance_id.p)
        return str_cmp(x->id, y->id);
    return x->instance_id.p ? -1 : 1;
}

static void add_run(struct assignor_member *m, const struct uuid *id, int32_t from, int32_t n)
{
    int32_t *run = mem_zero(((size_t)n + 1) * sizeof(*run));

    for (int32_t i = 0; i < n; i++)
        run[i] = from + i;
    assignment_add_topic(&m->ret, id, run, NULL, n);
    mem_free(run);
}

static void range_topic(struct assignor_member **sorted, int32_t n, const struct assignor_topic *t)
{
    int32_t subscribers = 0, at = 0, next = 0;

    for (int32_t i = 0; i < n; i++)
        subscribers += assignor_subscribes(sorted[i], &t->id);
    for (int32_t i = 0; i < n; i++) {
        int32_t run;

        if (!assignor_subscribes(sorted[i], &t->id))
            continue;
        run = t->partitions_n / subscribers + (at++ < t->partitions_n % subscribers);
        add_run(sorted[i], &t->id, next, run);
        next += run;
    }
}

void assignor_range(struct assignor_member *m, int32_t members_n, const struct assignor_topic *t,
                    int32_t topics_n)
{
    struct assignor_member **sorted = mem_zero(((size_t)members_n + 1) * sizeof(*sorted));

    for (int32_t i = 0; i < members_n; i++)
        sorted[i] = &m[i];
    qsort(sorted, (size_t)members_n, sizeof(struct assignor_member *), in_range_order);
    for (int32_t i = 0; i < topics_n; i++)
        range_topic(sorted, members_n, &t[i]);
    mem_free(sorted);
}
