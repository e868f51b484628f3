#include "broker/share/share_partition.h"

#include <string.h>

#include "broker/share/share_partition_internal.h"
#include "common/invariant.h"
#include "common/mem.h"

struct share_partition *share_partition_new(void)
{
    struct share_partition *p = mem_new(struct share_partition);

    list_init(&p->locks);
    list_init(&p->dirty);
    list_init(&p->unsaved);
    list_init(&p->writing);
    return p;
}

static void flight_free(struct share_partition *p, struct share_flight *f)
{
    if (flight_is_final(f))
        p->final_n -= flight_len(f);
    if (flight_is_free(f))
        p->available_n--;
    list_remove(&f->by_lock);
    list_remove(&f->by_pending);
    mem_free(f);
}

struct share_partition *share_partition_free(struct share_partition *p)
{
    if (!p)
        return NULL;
    for (int32_t i = 0; i < p->n; i++)
        flight_free(p, p->v[i]);
    mem_free(p->v);
    mem_free(p);
    return NULL;
}

/* ---- flights ---- */

int32_t flight_place(const struct share_partition *p, int64_t offset)
{
    int32_t low = 0, high = p->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;

        if (p->v[middle]->last < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct share_partition *p, int32_t at, struct share_flight *f)
{
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 8;
        p->v = mem_resize_array(p->v, (size_t)p->capacity, sizeof(struct share_flight *));
    }
    if (at < p->n)
        memmove(p->v + at + 1, p->v + at, (size_t)(p->n - at) * sizeof(struct share_flight *));
    p->v[at] = f;
    p->n++;
}

static void remove_some(struct share_partition *p, int32_t at, int32_t n)
{
    for (int32_t i = at; i < at + n; i++)
        flight_free(p, p->v[i]);
    if (n && at + n < p->n)
        memmove(p->v + at, p->v + at + n, (size_t)(p->n - at - n) * sizeof(struct share_flight *));
    p->n -= n;
}

static void note_available(struct share_partition *p, const struct share_flight *f)
{
    p->available_n++;
    if (f->first < p->available_from)
        p->available_from = f->first;
}

struct share_flight *flight_append(struct share_partition *p, int64_t last, int8_t state,
                                   int16_t count)
{
    struct share_flight *f = mem_new(struct share_flight);

    f->first = p->end;
    f->last = last;
    f->state = state;
    f->count = count;
    list_init(&f->by_lock);
    list_init(&f->by_pending);
    p->end = last + 1;
    insert(p, p->n, f);
    if (flight_is_final(f))
        p->final_n += flight_len(f);
    if (flight_is_free(f))
        note_available(p, f);
    return f;
}

/* Beside its other half on the same list. */
static void list_beside(struct list *node, struct list *other)
{
    list_init(node);
    if (!list_empty(other))
        list_push(other, node); /* behind nothing but `other` itself: right before it */
}

int32_t flight_split(struct share_partition *p, int32_t at, int64_t offset)
{
    struct share_flight *f = p->v[at], *front;

    INVARIANT(f->first <= offset && offset <= f->last);
    if (f->first == offset)
        return at;
    front = mem_new(struct share_flight);
    *front = *f;
    front->last = offset - 1;
    f->first = offset;
    list_beside(&front->by_lock, &f->by_lock);
    list_beside(&front->by_pending, &f->by_pending);
    p->available_n += flight_is_free(f);
    insert(p, at, front);
    return at + 1;
}

void flight_set(struct share_partition *p, struct share_flight *f, int8_t state)
{
    bool was_free = flight_is_free(f);

    p->final_n += flight_len(f) * (share_state_is_final(state) - flight_is_final(f));
    f->state = state;
    if (flight_is_free(f) && !was_free)
        note_available(p, f);
    else if (was_free && !flight_is_free(f))
        p->available_n--;
}

void flight_set_pending(struct share_partition *p, struct share_flight *f, int8_t pending)
{
    struct list *lists[] = { NULL, &p->unsaved, &p->dirty, &p->writing, &p->writing };
    bool was_free = flight_is_free(f);

    f->pending = pending;
    list_remove(&f->by_pending);
    if (lists[pending])
        list_push(lists[pending], &f->by_pending);
    if (flight_is_free(f) && !was_free)
        note_available(p, f);
    else if (was_free && !flight_is_free(f))
        p->available_n--;
}

/* Locks mostly end in the order in which they begin. */
void flight_lock(struct share_partition *p, struct share_flight *f, int64_t until_ms)
{
    struct list *before = p->locks.prev;

    list_remove(&f->by_lock);
    f->lock_ms = until_ms;
    if (!until_ms)
        return;
    before = p->locks.prev;
    while (before != &p->locks &&
           list_item(before, struct share_flight, by_lock)->lock_ms > until_ms)
        before = before->prev;
    list_push(before->next, &f->by_lock);
}

static bool alike(const struct share_flight *a, const struct share_flight *b)
{
    return flight_is_final(a) && a->state == b->state && a->count == b->count &&
           a->pending == SHARE_SETTLED && b->pending == SHARE_SETTLED;
}

/* The one before takes `at` in. */
static void absorb(struct share_partition *p, int32_t at)
{
    p->v[at - 1]->last = p->v[at]->last;
    p->final_n += flight_len(p->v[at]);
    remove_some(p, at, 1);
}

void flight_join(struct share_partition *p, struct share_flight *f)
{
    int32_t at = flight_place(p, f->first);

    if (at + 1 < p->n && alike(f, p->v[at + 1]))
        absorb(p, at + 1);
    if (at > 0 && alike(p->v[at - 1], f))
        absorb(p, at);
}

void share_partition_advance(struct share_partition *p)
{
    int32_t n = 0;

    while (n < p->n && flight_is_final(p->v[n]) &&
           (p->v[n]->pending == SHARE_SETTLED || p->v[n]->pending == SHARE_UNSAVED))
        p->start_unsaved |= p->v[n++]->pending == SHARE_UNSAVED;
    if (!n)
        return;
    p->start = p->v[n - 1]->last + 1;
    remove_some(p, 0, n);
}

/* ---- load ---- */

void share_partition_load(struct share_partition *p, int64_t start, int32_t state_epoch,
                          const struct share_batch *batches, int32_t n)
{
    INVARIANT(start >= 0 && !p->n && !p->end);
    p->start = p->end = p->available_from = start;
    p->state_epoch = state_epoch;
    for (int32_t i = 0; i < n; i++) {
        const struct share_batch *b = &batches[i];

        if (!share_batch_legal(b) || b->last < p->end)
            continue;
        if (b->first > p->end) /* nobody has said what these are: to be read again */
            (void)flight_append(p, b->first - 1, SHARE_AVAILABLE, 0);
        (void)flight_append(p, b->last, b->state, b->count);
    }
    share_partition_advance(p);
}

void share_partition_log_begins(struct share_partition *p, int64_t offset)
{
    if (offset <= p->start)
        return;
    if (offset < p->end) {
        int32_t at = flight_split(p, flight_place(p, offset), offset);

        remove_some(p, 0, at);
    } else {
        remove_some(p, 0, p->n);
        p->end = offset;
    }
    p->start = offset;
    p->start_unsaved = true;
    share_partition_advance(p);
}

/* ---- looking ---- */

int64_t share_partition_next_lock(const struct share_partition *p)
{
    return list_empty(&p->locks) ? INT64_MAX
                                 : list_item(p->locks.next, struct share_flight, by_lock)->lock_ms;
}

static void check_flight(const struct share_flight *f)
{
    bool written = f->pending == SHARE_DIRTY || f->pending == SHARE_WRITING;

    INVARIANT(f->first <= f->last);
    INVARIANT((f->owner != 0) == (f->state == SHARE_ACQUIRED || written)); /* P2 */
    INVARIANT(!list_empty(&f->by_lock) == (f->state == SHARE_ACQUIRED));   /* P3 */
    INVARIANT(!list_empty(&f->by_pending) == (f->pending != SHARE_SETTLED));
    INVARIANT(f->state != SHARE_ACQUIRED || f->pending == SHARE_SETTLED);
}

void share_partition_check(const struct share_partition *p)
{
    int64_t at = p->start, final_n = 0, lock_ms = 0;
    int32_t available_n = 0;

    for (int32_t i = 0; i < p->n; i++) {
        const struct share_flight *f = p->v[i];

        INVARIANT(f->first == at); /* P1 */
        at = f->last + 1;
        check_flight(f);
        final_n += flight_is_final(f) ? flight_len(f) : 0;
        available_n += flight_is_free(f);
        INVARIANT(!flight_is_free(f) || f->first >= p->available_from);
    }
    INVARIANT(at == p->end && final_n == p->final_n && available_n == p->available_n);
    INVARIANT(!p->n || !flight_is_final(p->v[0]) || p->v[0]->pending >= SHARE_DIRTY);
    list_each (node, &p->locks) {
        INVARIANT(list_item(node, struct share_flight, by_lock)->lock_ms >= lock_ms);
        lock_ms = list_item(node, struct share_flight, by_lock)->lock_ms;
    }
}

void share_partition_dump(const struct share_partition *p, struct buf *ret)
{
    buf_printf(ret, "[%lld", (long long)p->start);
    for (int32_t i = 0; i < p->n; i++)
        buf_printf(ret, " %lld-%lld:%d*%d/%d", (long long)p->v[i]->first, (long long)p->v[i]->last,
                   p->v[i]->state, p->v[i]->count, p->v[i]->pending);
    buf_printf(ret, " %lld)\n", (long long)p->end);
}
