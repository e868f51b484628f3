#include "broker/share/share_batches.h"

#include <string.h>

#include "common/invariant.h"
#include "common/mem.h"

void share_batches_done(struct share_batches *b)
{
    mem_free(b->v);
    *b = (struct share_batches){ 0 };
}

void share_batches_clear(struct share_batches *b)
{
    b->n = 0;
}

bool share_batch_legal(const struct share_batch *x)
{
    return x->first >= 0 && x->first <= x->last && x->last < INT64_MAX && x->count >= 0 &&
           (x->state == SHARE_AVAILABLE || share_state_is_final(x->state));
}

/* The first range that ends at or above `offset`; n when none. */
static int32_t place_of(const struct share_batches *b, int64_t offset)
{
    int32_t low = 0, high = b->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;

        if (b->v[middle].last < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* `with_n` ranges take the place of v[at..at+n). */
static void splice(struct share_batches *b, int32_t at, int32_t n, const struct share_batch *with,
                   int32_t with_n)
{
    int32_t end = b->n - n + with_n;

    if (end > b->capacity) {
        b->capacity = end > 2 * b->capacity ? end + 2 : 2 * b->capacity;
        b->v = mem_resize_array(b->v, (size_t)b->capacity, sizeof(*b->v));
    }
    if (b->n - at - n)
        memmove(b->v + at + with_n, b->v + at + n, (size_t)(b->n - at - n) * sizeof(*b->v));
    for (int32_t i = 0; i < with_n; i++)
        b->v[at + i] = with[i];
    b->n = end;
}

static bool joins(const struct share_batch *a, const struct share_batch *b)
{
    return a->last + 1 == b->first && a->state == b->state && a->count == b->count;
}

/* Appends to `parts`, or to its last. */
static void add(struct share_batch *parts, int32_t *n, struct share_batch x)
{
    if (*n && joins(&parts[*n - 1], &x))
        parts[*n - 1].last = x.last;
    else
        parts[(*n)++] = x;
}

void share_batches_put(struct share_batches *b, const struct share_batch *x)
{
    int32_t at = place_of(b, x->first), end = at, n = 0;
    struct share_batch parts[5];

    while (end < b->n && b->v[end].first <= x->last)
        end++;
    if (at > 0) /* it may join what lies below */
        add(parts, &n, b->v[at - 1]);
    if (at < end && b->v[at].first < x->first) {
        struct share_batch left = b->v[at];

        left.last = x->first - 1;
        add(parts, &n, left);
    }
    add(parts, &n, *x);
    if (at < end && b->v[end - 1].last > x->last) {
        struct share_batch right = b->v[end - 1];

        right.first = x->last + 1;
        add(parts, &n, right);
    }
    if (end < b->n)
        add(parts, &n, b->v[end]);
    splice(b, at - (at > 0), end - at + (at > 0) + (end < b->n), parts, n);
}

void share_batches_cut(struct share_batches *b, int64_t start)
{
    splice(b, 0, place_of(b, start), NULL, 0);
    if (b->n && b->v[0].first < start)
        b->v[0].first = start;
}

void share_batches_copy(struct share_batches *to, const struct share_batches *from)
{
    splice(to, 0, to->n, from->v, from->n);
}

void share_batches_check(const struct share_batches *b)
{
    for (int32_t i = 0; i < b->n; i++) {
        INVARIANT(share_batch_legal(&b->v[i]));
        INVARIANT(!i || b->v[i - 1].last < b->v[i].first);
        INVARIANT(!i || !joins(&b->v[i - 1], &b->v[i]));
    }
}
