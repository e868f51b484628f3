/* Fetch between replicas, both ends, and what consumers read: what fetcher*.c and api_fetch.c do
 * around the follower's core. A request that is not fresh names nothing, as in a session: the
 * leader learns nothing from it and answers only what is news. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "api/kafka/errors.h"

enum { PAUSE_MS_MAX = 200, LATEST = -1, EARLIEST = -2 };

static struct follower_log view(const struct replica *r)
{
    return (struct follower_log){ .start = r->log.start,
                                  .end = r->log.end,
                                  .high_watermark = r->log.high_watermark,
                                  .last_epoch = epochs_last(&r->log.epochs) };
}

static void carry_out(struct broker_model *b, struct replica *r, struct follower_step s);

/* A number for both: which replica, and which request or pause. */
static int64_t number_of(const struct replica *r)
{
    return (int64_t)r->fetch_id << 3 | r->index;
}

static struct replica *awaited(struct broker_model *b, const struct sim_event *ev,
                               enum follow_state state)
{
    struct replica *r = &b->replicas[ev->number & 7];

    return sim_broker_event_is_due(b, ev) && r->open && r->follow == state &&
                   r->fetch_id == ev->number >> 3
               ? r
               : NULL;
}

static void fetch(struct broker_model *b, struct replica *r, bool fresh);

static void on_pause_over(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;
    struct replica *r = awaited(b, ev, FOLLOW_PAUSED);

    if (r)
        fetch(b, r, true);
}

static void pause(struct broker_model *b, struct replica *r)
{
    r->pause_ms = follower_pause_ms(r->pause_ms, PAUSE_MS_MAX);
    r->follow = FOLLOW_PAUSED;
    r->fetch_id++;
    sim_broker_later(b, r->pause_ms * 1000, on_pause_over, number_of(r));
}

/* The connection is given up, and the session with it. */
static void on_timeout(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;
    struct replica *r = awaited(b, ev, FOLLOW_ASKED);

    if (r)
        pause(b, r);
}

static void ask(struct broker_model *b, struct replica *r, enum rpc_kind kind, int64_t offset,
                bool fresh)
{
    struct rpc *m = rpc_new(b->c, kind, b->id, r->leader_id);

    r->follow = FOLLOW_ASKED;
    m->id = ++r->fetch_id;
    m->u.fetch = (struct rpc_fetch){ .partition = r->index,
                                     .broker_epoch = b->life.epoch,
                                     .leader_epoch = r->leader_epoch,
                                     .last_epoch = epochs_last(&r->log.epochs),
                                     .offset = offset,
                                     .own_start = r->log.start,
                                     .fresh = fresh,
                                     .sent_high_watermark = fresh ? -1 : r->told_high_watermark };
    r->told_offset = r->log.end;
    r->told_epoch = r->leader_epoch;
    rpc_send(b->c, m);
    sim_broker_later(b, (b->c->p.wait_ms + b->c->p.call_ms) * 1000, on_timeout, number_of(r));
}

static void fetch(struct broker_model *b, struct replica *r, bool fresh)
{
    if (r->leader_id < 0) {
        r->follow = FOLLOW_IDLE;
    } else if (b->c->p.durable && r->log.synced < r->log.end) {
        r->follow = FOLLOW_FLUSHING;
        sim_replica_flush(b, r);
    } else {
        ask(b, r, RPC_FETCH, r->log.end, fresh);
    }
}

void sim_follow_flushed(struct broker_model *b, struct replica *r)
{
    if (r->open && r->follow == FOLLOW_FLUSHING && r->log.synced == r->log.end)
        fetch(b, r, true);
}

void sim_follow_start(struct broker_model *b, struct replica *r)
{
    struct follower_log l = view(r);

    sim_follow_stop(r);
    r->pause_ms = 0;
    if (r->leader_id >= 0)
        carry_out(b, r, follower_begin(&l));
}

void sim_follow_again(struct broker_model *b, struct replica *r)
{
    if (r->open && r->follow == FOLLOW_ASKED)
        fetch(b, r, true);
}

void sim_follow_stop(struct replica *r)
{
    r->follow = FOLLOW_IDLE;
    r->fetch_id++;
}

static void carry_out(struct broker_model *b, struct replica *r, struct follower_step s)
{
    switch (s.act) {
    case FOLLOWER_TAKE:
    case FOLLOWER_FETCH:
        fetch(b, r, true);
        break;
    case FOLLOWER_TRUNCATE:
        sim_replica_truncate(b, r, s.offset);
        fetch(b, r, true);
        break;
    case FOLLOWER_RESTART:
        sim_replica_restart(b, r, s.offset);
        fetch(b, r, true);
        break;
    case FOLLOWER_ASK_LATEST:
        ask(b, r, RPC_OFFSETS, LATEST, true);
        break;
    case FOLLOWER_ASK_EARLIEST:
        ask(b, r, RPC_OFFSETS, EARLIEST, true);
        break;
    case FOLLOWER_BACK_OFF:
        pause(b, r);
        break;
    case FOLLOWER_GIVE_UP:
        sim_follow_stop(r);
        break;
    }
}

/* Records of an epoch that it has not heard of are left: the leader that wrote them may not be the
 * one it follows. */
static void take(struct broker_model *b, struct replica *r, const struct rpc_fetch *f)
{
    struct follower_log l;
    int64_t end = r->log.end, from = r->log.high_watermark, to, start;

    for (int k = 0; k < f->n && f->v[k].epoch <= r->leader_epoch; k++)
        sim_replica_put(b, r, &f->v[k]);
    r->pause_ms = 0;
    l = view(r);
    l.high_watermark = to = follower_high_watermark(&l, f->high_watermark);
    start = follower_start(&l, f->log_start);
    if (to > from)
        r->log.high_watermark = to;
    if (start > l.start)
        part_log_raise_start(&r->log, start);
    if (to > from) {
        truth_raised(b, r, from);
        r->touched = true;
    }
    r->told_high_watermark = f->high_watermark;
    fetch(b, r, r->log.end != end);
}

static void take_offset(struct broker_model *b, struct replica *r, const struct rpc *m)
{
    struct follower_log l = view(r);

    carry_out(b, r,
              m->u.fetch.offset == LATEST ? follower_latest(&l, m->error, m->u.fetch.log_end)
                                          : follower_earliest(&l, m->error, m->u.fetch.log_start));
}

void sim_follow_on_fetched(struct broker_model *b, const struct rpc *m)
{
    struct replica *r = &b->replicas[m->u.fetch.partition];
    const struct rpc_fetch *f = &m->u.fetch;
    struct follower_answer a = { .error = m->error,
                                 .diverging_epoch = f->diverging_epoch,
                                 .diverging_end = f->diverging_end,
                                 .leader_start = f->log_start };
    struct follower_log l;
    struct follower_step s;

    if (!r->open || r->follow != FOLLOW_ASKED || r->fetch_id != m->id ||
        r->told_epoch != r->leader_epoch || r->told_offset != r->log.end)
        return;
    if (m->kind == RPC_OFFSETS) {
        take_offset(b, r, m);
        return;
    }
    if (!m->error && a.diverging_epoch >= 0)
        epochs_end_offset(&r->log.epochs, a.diverging_epoch, r->log.end, &a.local_epoch,
                          &a.local_end);
    else
        a.diverging_epoch = -1;
    l = view(r);
    s = follower_answer(&l, &a);
    if (s.act == FOLLOWER_TAKE)
        take(b, r, f);
    else
        carry_out(b, r, s);
}

/* The leader's end. */

static int16_t source_error(const struct replica *r, const struct rpc *m)
{
    const struct rpc_fetch *f = &m->u.fetch;

    if (!r->open || !r->leads || !r->leader)
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    if (f->leader_epoch < r->leader_epoch)
        return KF_ERR_FENCED_LEADER_EPOCH;
    if (f->leader_epoch > r->leader_epoch || !leader_has_replica(r->leader, m->from))
        return KF_ERR_UNKNOWN_LEADER_EPOCH;
    return KF_ERR_NONE;
}

static bool diverges(const struct replica *r, const struct rpc_fetch *f, struct rpc *a)
{
    int32_t epoch;
    int64_t end;

    if (f->last_epoch < 0)
        return false;
    epochs_end_offset(&r->log.epochs, f->last_epoch, r->log.end, &epoch, &end);
    if (epoch == f->last_epoch && end >= f->offset)
        return false;
    if (epoch < 0 || end < 0 || f->offset < r->log.start) {
        a->error = KF_ERR_OFFSET_OUT_OF_RANGE;
        return true;
    }
    a->u.fetch.diverging_epoch = epoch;
    a->u.fetch.diverging_end = end;
    return true;
}

static bool learn(struct broker_model *b, struct replica *r, struct rpc *m)
{
    const struct leader_fetch has = { .replica = m->from,
                                      .broker_epoch = m->u.fetch.broker_epoch,
                                      .offset = m->u.fetch.offset,
                                      .log_start = m->u.fetch.own_start };

    if (!m->u.fetch.fresh)
        return true;
    m->u.fetch.fresh = false;
    return sim_replica_fetched(b, r, &has);
}

/* True when there is something to say. */
static bool evaluate(struct broker_model *b, struct rpc *m, struct rpc *a)
{
    struct replica *r = &b->replicas[m->u.fetch.partition];
    struct rpc_fetch *f = &a->u.fetch;
    int64_t offset = m->u.fetch.offset;

    f->n = 0;
    f->diverging_epoch = -1;
    f->log_start = r->log.start;
    a->error = source_error(r, m);
    if (a->error || diverges(r, &m->u.fetch, a))
        return true;
    if (offset < r->log.start || offset > r->log.end)
        a->error = KF_ERR_OFFSET_OUT_OF_RANGE;
    else if (!learn(b, r, m))
        a->error = KF_ERR_NOT_LEADER_OR_FOLLOWER;
    if (a->error)
        return true;
    f->high_watermark = r->log.high_watermark;
    f->log_start = r->log.start;
    while (f->n < RECORDS_MAX && offset + f->n < r->log.end) {
        f->v[f->n] = r->log.v[offset + f->n];
        f->n++;
    }
    return f->n || f->high_watermark != m->u.fetch.sent_high_watermark;
}

static void serve_offsets(struct broker_model *b, const struct rpc *m)
{
    const struct replica *r = &b->replicas[m->u.fetch.partition];
    struct rpc *a = rpc_answer(b->c, m, source_error(r, m));

    a->u.fetch.log_start = r->log.start;
    a->u.fetch.log_end = r->log.end;
    rpc_send(b->c, a);
}

static void on_waited(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;
    struct replica *r = &b->replicas[ev->number & 7];

    if (!sim_broker_event_is_due(b, ev))
        return;
    for (int k = 0; k < BROKERS_MAX; k++) {
        if (r->parked[k].used && r->parked[k].until_us <= b->c->s.now_us) {
            struct rpc *a = rpc_answer(b->c, &r->parked[k].request, 0);

            r->parked[k].used = false;
            evaluate(b, &r->parked[k].request, a);
            rpc_send(b->c, a);
        }
    }
    sim_replica_settle(b);
}

/* A session counts its requests: one that comes late is not of it any more. */
static bool is_late(struct replica *r, const struct rpc *m)
{
    int k = m->from - CONTROLLERS;
    bool late = r->sessions[k].life == m->from_life && r->sessions[k].id >= m->id;

    if (!late) {
        r->sessions[k].life = m->from_life;
        r->sessions[k].id = m->id;
    }
    return late;
}

void sim_serve_fetch(struct broker_model *b, const struct rpc *request)
{
    struct rpc m = *request, *a;
    struct replica *r = &b->replicas[m.u.fetch.partition];
    int slot = m.from - CONTROLLERS;

    if (is_late(r, request))
        return;
    if (m.kind == RPC_OFFSETS) {
        serve_offsets(b, request);
        return;
    }
    a = rpc_answer(b->c, &m, 0);
    if (evaluate(b, &m, a)) {
        rpc_send(b->c, a);
        return;
    }
    rpc_free(b->c, a);
    r->parked[slot].used = true;
    r->parked[slot].until_us = b->c->s.now_us + b->c->p.wait_ms * 1000;
    r->parked[slot].request = m;
    sim_broker_later(b, b->c->p.wait_ms * 1000, on_waited, r->index);
}

void sim_serve_parked(struct broker_model *b, struct replica *r)
{
    for (int k = 0; k < BROKERS_MAX; k++) {
        struct rpc *a;

        if (!r->parked[k].used)
            continue;
        a = rpc_answer(b->c, &r->parked[k].request, 0);
        if (evaluate(b, &r->parked[k].request, a)) {
            r->parked[k].used = false;
            rpc_send(b->c, a);
        } else {
            rpc_free(b->c, a);
        }
    }
}

/* Any replica serves consumers, up to its own high watermark (KIP-392). */
void sim_serve_consume(struct broker_model *b, const struct rpc *m)
{
    const struct replica *r = &b->replicas[m->u.fetch.partition];
    struct rpc *a = rpc_answer(b->c, m, r->open ? KF_ERR_NONE : KF_ERR_NOT_LEADER_OR_FOLLOWER);
    struct rpc_fetch *f = &a->u.fetch;

    f->n = 0;
    if (r->open && (f->offset < r->log.start || f->offset > r->log.end))
        a->error = KF_ERR_OFFSET_OUT_OF_RANGE;
    f->log_start = r->log.start;
    f->high_watermark = r->log.high_watermark;
    while (!a->error && f->n < RECORDS_MAX && f->offset + f->n < f->high_watermark) {
        f->v[f->n] = r->log.v[f->offset + f->n];
        f->n++;
    }
    truth_read(b, f);
    rpc_send(b->c, a);
}
