#include "broker/share/share_partition_internal.h"
#include "common/invariant.h"

bool share_partition_write_due(const struct share_partition *p, bool urgent)
{
    if (p->write_open)
        return false;
    return !list_empty(&p->dirty) ||
           (!urgent && (!list_empty(&p->unsaved) || p->start_unsaved));
}

static void send_all(struct share_partition *p, struct list *from, int8_t pending)
{
    while (!list_empty(from))
        flight_set_pending(p, list_item(from->next, struct share_flight, by_pending), pending);
}

/* Where the window will begin once this write has ended well, and what of it is final beyond. */
static void foresee(const struct share_partition *p, struct share_outgoing *out)
{
    int64_t final_n = p->final_n;

    out->start = p->start;
    for (int32_t i = 0; i < p->n && flight_is_final(p->v[i]); i++) {
        out->start = p->v[i]->last + 1;
        final_n -= flight_len(p->v[i]);
    }
    out->complete_n = final_n > INT32_MAX ? INT32_MAX : (int32_t)final_n;
}

/* What is acquired has been available, after one delivery less. */
static void say_acquired(const struct share_partition *p, struct share_outgoing *out)
{
    for (int32_t i = 0; i < p->n; i++) {
        const struct share_flight *f = p->v[i];

        if (f->state == SHARE_ACQUIRED && f->count > 1)
            share_batches_put(&out->batches,
                              &(struct share_batch){ f->first, f->last, SHARE_AVAILABLE,
                                                     (int16_t)(f->count - 1) });
    }
}

struct share_outgoing share_partition_write_begin(struct share_partition *p)
{
    struct share_outgoing out = { 0 };

    INVARIANT(!p->write_open && list_empty(&p->writing));
    send_all(p, &p->dirty, SHARE_WRITING);
    send_all(p, &p->unsaved, SHARE_RESAVING);
    p->write_open = true;
    p->start_unsaved = false;
    out.number = p->written + 1;
    foresee(p, &out);
    list_each (node, &p->writing) {
        const struct share_flight *f = list_item(node, struct share_flight, by_pending);

        if (f->last >= out.start)
            share_batches_put(&out.batches, &(struct share_batch){ f->first, f->last, f->state,
                                                                   f->count });
    }
    if (p->doubtful)
        say_acquired(p, &out);
    p->doubtful = false;
    return out;
}

static void settle(struct share_partition *p, struct share_flight *f)
{
    f->owner = 0;
    flight_set_pending(p, f, SHARE_SETTLED);
    if (flight_is_final(f))
        flight_join(p, f);
}

/* As before the acknowledgement; when its lock has ended meanwhile the next look at locks sees. */
static void fall_back(struct share_partition *p, struct share_flight *f)
{
    if (f->pending == SHARE_RESAVING) {
        flight_set_pending(p, f, SHARE_UNSAVED);
        return;
    }
    flight_set_pending(p, f, SHARE_SETTLED);
    flight_set(p, f, SHARE_ACQUIRED);
    flight_lock(p, f, f->lock_ms);
}

/* The write may have been done all the same, with a start that made the coordinator forget what lies
 * below: the next one says everything again. */
static void doubt_all(struct share_partition *p)
{
    p->start_unsaved = p->doubtful = true;
    for (int32_t i = 0; i < p->n; i++) {
        struct share_flight *f = p->v[i];

        if (f->pending == SHARE_SETTLED && f->state != SHARE_ACQUIRED &&
            (flight_is_final(f) || f->count))
            flight_set_pending(p, f, SHARE_UNSAVED);
    }
}

void share_partition_write_done(struct share_partition *p, bool ok)
{
    INVARIANT(p->write_open);
    p->write_open = false;
    p->written++;
    while (!list_empty(&p->writing)) {
        struct share_flight *f = list_item(p->writing.next, struct share_flight, by_pending);

        if (ok)
            settle(p, f);
        else
            fall_back(p, f);
    }
    if (!ok)
        doubt_all(p);
    share_partition_advance(p);
}
