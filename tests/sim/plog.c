#include "tests/sim/plog.h"

#include "common/map.h"
#include "common/mem.h"

void plog_done(struct plog *l)
{
    mem_free(l->records);
    *l = (struct plog){ 0 };
}

static void push(struct plog *l, struct plog_record *r)
{
    if (l->n == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 256;
        l->records = mem_resize_array(l->records, (size_t)l->capacity, sizeof(*l->records));
    }
    l->records[l->n++] = r;
}

static struct slice keep(struct arena *a, struct slice s)
{
    uint8_t *p;

    if (!s.p)
        return s;
    p = arena_alloc(a, s.n + 1);
    memcpy(p, s.p, s.n);
    return slice_make(p, s.n);
}

void plog_put(struct plog *l, struct arena *a, struct slice key, struct slice value, bool last)
{
    struct plog_record *r = arena_new(a, struct plog_record);

    *r = (struct plog_record){ keep(a, key), keep(a, value), last };
    push(l, r);
}

int64_t plog_any_end(const struct plog *l, struct sim *s, int64_t low)
{
    int64_t end = sim_chance(s, 300) ? low : sim_chance(s, 300) ? l->n : sim_between(s, low, l->n);

    while (end < l->n && end > 0 && !l->records[end - 1]->ends_batch)
        end++;
    return end;
}

void plog_cut(struct plog *l, int64_t end)
{
    if (end < l->n)
        l->n = end;
}

void plog_copy(struct plog *to, const struct plog *from, int64_t n)
{
    to->n = 0;
    for (int64_t i = 0; i < n; i++)
        push(to, from->records[i]);
}

void plog_each(const struct plog *l, int64_t clean, bool gone, plog_fn fn, void *ctx)
{
    struct map last = { 0 };

    for (int64_t i = 0; i < clean; i++)
        (void)map_set(&last, l->records[i]->key.p, l->records[i]->key.n, l->records[i]);
    for (int64_t i = 0; i < l->n; i++) {
        const struct plog_record *r = l->records[i];

        if (i < clean && (map_get(&last, r->key.p, r->key.n) != r || (gone && !r->value.p)))
            continue;
        fn(ctx, r, i);
    }
    map_done(&last);
}
