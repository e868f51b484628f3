#include "broker/share/share_partition_internal.h"
#include "common/invariant.h"

enum { SHIFT_MAX = 62 };

/* One acquisition under way. A run is what will be one range of the answer: neighbours, of one
 * flight or all beyond the window, up to batch_size. */
struct acquiring {
    struct share_partition *p;
    const struct share_acquire *q;
    const struct share_limits *l;
    struct buf *ret;
    int64_t taken;
    int64_t run_first, run_last; /* first > last: none */
    bool over;                   /* no more is taken */
};

static bool run_is_empty(const struct acquiring *a)
{
    return a->run_first > a->run_last;
}

static struct share_flight *run_flight(struct acquiring *a)
{
    struct share_partition *p = a->p;
    int32_t at;

    if (a->run_first >= p->end)
        return flight_append(p, a->run_last, SHARE_AVAILABLE, 0);
    at = flight_split(p, flight_place(p, a->run_first), a->run_first);
    if (p->v[at]->last > a->run_last)
        at = flight_split(p, at, a->run_last + 1) - 1;
    return p->v[at];
}

static void end_run(struct acquiring *a)
{
    struct share_acquired out;
    struct share_flight *f;

    if (run_is_empty(a))
        return;
    f = run_flight(a);
    INVARIANT(flight_is_free(f) && f->first == a->run_first && f->last == a->run_last);
    flight_set_pending(a->p, f, SHARE_SETTLED);
    flight_set(a->p, f, SHARE_ACQUIRED);
    f->owner = a->q->owner;
    if (f->count < INT16_MAX)
        f->count++;
    flight_lock(a->p, f, a->q->now_ms + a->l->lock_ms);
    out = (struct share_acquired){ f->first, f->last, f->count };
    buf_put(a->ret, &out, sizeof(out));
    a->taken += flight_len(f);
    a->run_first = 0;
    a->run_last = -1;
}

static int64_t left(const struct acquiring *a)
{
    int64_t run = run_is_empty(a) ? 0 : a->run_last - a->run_first + 1;

    return a->q->records_max - a->taken - run;
}

/* [first, last] is to be had, of one flight or beyond the window. */
static void take(struct acquiring *a, int64_t first, int64_t last)
{
    if (left(a) <= 0) {
        a->over = true;
        return;
    }
    if (a->q->strict && last - first + 1 > left(a)) {
        last = first + left(a) - 1;
        a->over = true;
    }
    if (run_is_empty(a))
        a->run_first = first;
    a->run_last = last;
    if (a->q->batch_size > 0 && a->run_last - a->run_first + 1 >= a->q->batch_size)
        end_run(a);
}

/* From so many deliveries on a range goes alone, and in ever smaller parts, so that a record which
 * kills its consumers is found. */
static int32_t suspicious_from(const struct share_limits *l)
{
    return l->count_max / 2 + l->count_max % 2 > 2 ? l->count_max / 2 + l->count_max % 2 : 2;
}

static void take_alone(struct acquiring *a, const struct share_flight *f, int64_t last)
{
    int32_t times = f->count - suspicious_from(a->l) + 1;
    int64_t first = f->first, part = flight_len(f) >> (times < SHIFT_MAX ? times : SHIFT_MAX);

    a->over = true;
    if (a->taken || !run_is_empty(a))
        return;
    if (a->q->strict && part > a->q->records_max)
        part = a->q->records_max;
    if (first + (part > 0 ? part : 1) - 1 < last)
        last = first + (part > 0 ? part : 1) - 1;
    a->run_first = first;
    a->run_last = last;
}

/* Nothing is in [first, last]: within the window, what nobody holds is over. */
static void archive(struct acquiring *a, int64_t first, int64_t last)
{
    struct share_partition *p = a->p;

    end_run(a);
    for (int32_t at; first <= last && first < p->end;) {
        at = flight_place(p, first);
        if (flight_is_free(p->v[at])) {
            at = flight_split(p, at, first);
            if (p->v[at]->last > last)
                at = flight_split(p, at, last + 1) - 1;
            flight_set_pending(p, p->v[at], SHARE_SETTLED);
            flight_set(p, p->v[at], SHARE_ARCHIVED);
        }
        first = p->v[at]->last + 1;
    }
    if (first > last)
        return;
    INVARIANT(first == p->end);
    flight_join(p, flight_append(p, last, SHARE_ARCHIVED, 0));
}

/* What lies in the window of a batch's [first, last]. */
static void take_within(struct acquiring *a, int64_t first, int64_t last)
{
    struct share_partition *p = a->p;

    while (!a->over && first <= last && first < p->end) {
        const struct share_flight *f = p->v[flight_place(p, first)];
        int64_t until = f->last < last ? f->last : last;

        /* A run stays in one flight. */
        if (!run_is_empty(a) && a->run_first < f->first)
            end_run(a);
        f = p->v[flight_place(p, first)];
        if (flight_is_free(f) && f->count >= suspicious_from(a->l))
            take_alone(a, f, until);
        else if (flight_is_free(f))
            take(a, first, until);
        first = until + 1;
    }
}

static void take_beyond(struct acquiring *a, int64_t first, int64_t last)
{
    struct share_partition *p = a->p;
    int64_t end = run_is_empty(a) || a->run_first < p->end ? p->end : a->run_last + 1;

    if (a->over || first > last)
        return;
    if (!run_is_empty(a) && a->run_first < p->end)
        end_run(a);
    INVARIANT(first == end);
    if (end - p->start >= a->l->locks_max)
        a->over = true;
    else
        take(a, first, last);
}

static void take_batch(struct acquiring *a, const struct share_chunk *c, int64_t first)
{
    int64_t beyond;

    if (!c->data) {
        archive(a, first, c->last);
        return;
    }
    take_within(a, first, c->last);
    beyond = run_is_empty(a) || a->run_last < a->p->end ? a->p->end : a->run_last + 1;
    take_beyond(a, first > beyond ? first : beyond, c->last);
}

int64_t share_partition_next(const struct share_partition *p, const struct share_limits *l)
{
    if (p->available_n) {
        int32_t at = flight_place(p, p->available_from);

        while (!flight_is_free(p->v[at]))
            at++;
        return p->v[at]->first;
    }
    return p->end - p->start < l->locks_max ? p->end : -1;
}

int64_t share_partition_acquire(struct share_partition *p, const struct share_acquire *q,
                                const struct share_limits *l, struct buf *ret)
{
    struct acquiring a = { .p = p, .q = q, .l = l, .ret = ret, .run_last = -1 };
    int64_t at = share_partition_next(p, l);

    if (at < 0)
        return 0;
    p->available_from = at;
    for (int32_t i = 0; i < q->chunks_n && !a.over; i++) {
        const struct share_chunk *c = &q->chunks[i];

        if (c->last < at)
            continue;
        if (c->first > at) /* no batch is there */
            archive(&a, at, c->first - 1);
        take_batch(&a, c, c->first > at ? c->first : at);
        at = c->last + 1;
    }
    end_run(&a);
    share_partition_advance(p);
    return a.taken;
}
