#include "api/kafka/errors.h"
#include "broker/share/share_partition_internal.h"

static bool type_legal(int8_t type, bool renew)
{
    return (type >= SHARE_ACK_GAP && type <= SHARE_ACK_REJECT) || (renew && type == SHARE_ACK_RENEW);
}

static bool ack_legal(const struct share_ack *a, bool renew)
{
    if (a->first < 0 || a->first > a->last || a->last == INT64_MAX || a->types_n < 1 ||
        (a->types_n > 1 && a->types_n != a->last - a->first + 1))
        return false;
    for (int32_t i = 0; i < a->types_n; i++)
        if (!type_legal(a->types[i], renew))
            return false;
    return true;
}

static bool acks_legal(const struct share_ack *acks, int32_t n, bool renew)
{
    for (int32_t i = 0; i < n; i++)
        if (!ack_legal(&acks[i], renew) || (i && acks[i].first < acks[i - 1].last))
            return false;
    return true;
}

static bool is_held(const struct share_flight *f, uint64_t owner, int64_t now_ms)
{
    return f->state == SHARE_ACQUIRED && f->owner == owner && f->lock_ms > now_ms;
}

/* An offset that two ranges end and begin with has been given up by the first. */
static bool overlap(const struct share_ack *acks, int32_t n)
{
    for (int32_t i = 1; i < n; i++)
        if (acks[i].first == acks[i - 1].last)
            return true;
    return false;
}

/* Whether a range ends beyond all that was ever acquired; with nothing in flight that is no more
 * than a range that nobody holds. */
static bool ends_beyond(const struct share_partition *p, const struct share_ack *acks, int32_t n)
{
    return p->n && n && acks[n - 1].last >= p->end;
}

/* All of [first, last] from the window's start on. */
static bool all_held(const struct share_partition *p, uint64_t owner, int64_t first, int64_t last,
                     int64_t now_ms)
{
    if (first < p->start)
        first = p->start;
    if (first > last)
        return true; /* the log's start has passed them */
    if (last >= p->end)
        return false;
    for (int32_t at = flight_place(p, first); at < p->n && p->v[at]->first <= last; at++)
        if (!is_held(p->v[at], owner, now_ms))
            return false;
    return true;
}

static int8_t state_after(int8_t type, int16_t count, const struct share_limits *l)
{
    if (type == SHARE_ACK_ACCEPT)
        return SHARE_ACKNOWLEDGED;
    return type == SHARE_ACK_RELEASE && count < l->count_max ? SHARE_AVAILABLE : SHARE_ARCHIVED;
}

/* Kept while DIRTY: owner and the end of the lock, for when the write fails. */
static void end_delivery(struct share_partition *p, struct share_flight *f, int8_t type,
                         const struct share_limits *l)
{
    list_remove(&f->by_lock);
    flight_set_pending(p, f, SHARE_DIRTY);
    flight_set(p, f, state_after(type, f->count, l));
}

struct acking {
    struct share_partition *p;
    const struct share_limits *l;
    int64_t now_ms;
    bool changed;
};

static void apply_run(struct acking *k, int64_t first, int64_t last, int8_t type)
{
    struct share_partition *p = k->p;

    if (first < p->start)
        first = p->start;
    while (first <= last) {
        int32_t at = flight_split(p, flight_place(p, first), first);

        if (p->v[at]->last > last)
            at = flight_split(p, at, last + 1) - 1;
        first = p->v[at]->last + 1;
        if (type == SHARE_ACK_RENEW) {
            flight_lock(p, p->v[at], k->now_ms + k->l->lock_ms);
            continue;
        }
        end_delivery(p, p->v[at], type, k->l);
        k->changed = true;
    }
}

static void apply(struct acking *k, const struct share_ack *a)
{
    int32_t from = 0;

    if (a->types_n == 1) {
        apply_run(k, a->first, a->last, a->types[0]);
        return;
    }
    for (int32_t i = 1; i <= a->types_n; i++) {
        if (i < a->types_n && a->types[i] == a->types[from])
            continue;
        apply_run(k, a->first + from, a->first + i - 1, a->types[from]);
        from = i;
    }
}

int16_t share_partition_ack(struct share_partition *p, uint64_t owner, const struct share_ack *acks,
                            int32_t n, bool renew, const struct share_limits *l, int64_t now_ms,
                            uint64_t *ret_write)
{
    struct acking k = { .p = p, .l = l, .now_ms = now_ms };

    *ret_write = 0;
    if (!acks_legal(acks, n, renew) || ends_beyond(p, acks, n))
        return KF_ERR_INVALID_REQUEST;
    if (overlap(acks, n))
        return KF_ERR_INVALID_RECORD_STATE;
    for (int32_t i = 0; i < n; i++)
        if (!all_held(p, owner, acks[i].first, acks[i].last, now_ms))
            return KF_ERR_INVALID_RECORD_STATE;
    for (int32_t i = 0; i < n; i++)
        apply(&k, &acks[i]);
    if (k.changed)
        *ret_write = p->written + 1 + p->write_open;
    return KF_ERR_NONE;
}

/* ---- what ends without its member ---- */

void flight_give_up(struct share_partition *p, struct share_flight *f, const struct share_limits *l)
{
    list_remove(&f->by_lock);
    f->owner = 0;
    flight_set_pending(p, f, SHARE_UNSAVED);
    flight_set(p, f, f->count < l->count_max ? SHARE_AVAILABLE : SHARE_ARCHIVED);
}

void share_partition_release(struct share_partition *p, uint64_t owner,
                             const struct share_limits *l)
{
    list_each (node, &p->locks) {
        struct share_flight *f = list_item(node, struct share_flight, by_lock);

        if (f->owner == owner)
            flight_give_up(p, f, l);
    }
    share_partition_advance(p);
}

bool share_partition_expire(struct share_partition *p, const struct share_limits *l, int64_t now_ms)
{
    int32_t before = p->available_n;

    while (share_partition_next_lock(p) <= now_ms)
        flight_give_up(p, list_item(p->locks.next, struct share_flight, by_lock), l);
    share_partition_advance(p);
    return p->available_n > before;
}
