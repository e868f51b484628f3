/* Jobs that copy: init, read the place, then transaction after transaction of a few records and the
 * offset behind them. A process does one thing at a time and asks again until it is answered. */
#include "api/kafka/errors.h"
#include "common/invariant.h"
#include "tests/sim/txn_world.h"

enum { REQUEST_US = 1500000, BACKOFF_US = 60000 };

static const char *const ids[TXN_JOBS] = { "copy-0", "copy-1", "copy-2" };

struct str txn_job_id(int job)
{
    return str_of(ids[job]);
}

bool txn_carry(struct txn_world *w, int64_t *ret_us)
{
    struct sim *s = &w->s;

    if (!w->calm && sim_chance(s, w->loss))
        return false;
    *ret_us = sim_between(s, 100, !w->calm && sim_chance(s, w->late) ? w->late_us : 2000);
    return true;
}

/* ---- life ---- */

static void ticks(void *ctx, const struct sim_event *ev);

static void wake(struct txn_process *p, int64_t us)
{
    sim_after(&p->w->s, us,
              (struct sim_event){ .run = ticks, .ctx = p, .node = p->job, .incarnation = p->life,
                                  .number = p->seq });
}

void txn_process_born(struct txn_process *p)
{
    p->life++;
    p->seq++;
    p->alive = true;
    p->step = TXN_INIT;
    p->version = p->w->version >= TXN_V2 ? TXN_V2 : TXN_V1;
    p->producer_id = p->epoch = -1;
    p->open = NULL;
    p->ghost = NULL;
    p->node = (int)sim_between(&p->w->s, 0, TXN_NODES - 1);
    SIM_TRACE(&p->w->s, "job %d process %d begins, version %d", p->job, p->index, p->version);
    wake(p, sim_between(&p->w->s, 0, 300000));
}

static void born_again(void *ctx, const struct sim_event *ev)
{
    struct txn_process *p = ctx;

    if (!p->alive && ev->incarnation == p->life)
        txn_process_born(p);
}

void txn_process_dies(struct txn_process *p)
{
    struct sim *s = &p->w->s;
    const struct txn_process *other = &p->w->processes[p->job][!p->index];

    SIM_TRACE(s, "job %d process %d is gone", p->job, p->index);
    p->alive = false;
    p->open = NULL;
    p->seq++;
    if (!other->alive || sim_chance(s, 200))
        sim_after(s, sim_between(s, 1000, 1000000),
                  (struct sim_event){ .run = born_again, .ctx = p, .node = p->job,
                                      .incarnation = p->life });
}

/* ---- requests ---- */

/* With transactions of version 1 only its connection, which is closed and cancels it, keeps a late
 * request off the next one; records have their sequences. */
bool txn_is_stale(const struct txn_request *q)
{
    const struct txn_process *p = q->from;

    return q->version < TXN_V2 && q->kind != TXN_Q_PRODUCE && p->heard != q->heard;
}

static void arrives(void *ctx, const struct sim_event *ev)
{
    struct txn_request *q = ev->object;
    struct txn_world *w = q->w;
    bool to_part = q->kind >= TXN_Q_PRODUCE;
    struct txn_node *n = to_part ? NULL : &w->nodes[q->to];

    (void)ctx;
    if (q->taken || (n && !n->alive) || txn_is_stale(q))
        return;
    if (n && n->stopped_us > w->s.now_us) {
        sim_at(&w->s, n->stopped_us, *ev);
        return;
    }
    q->taken = true;
    if (to_part)
        txn_part_asked(&w->parts[q->to], q);
    else
        txn_node_asked(n, q);
}

static struct txn_request *make(struct txn_process *p, enum txn_question kind, int to)
{
    struct txn_request *q = arena_new(&p->w->arena, struct txn_request);

    *q = (struct txn_request){ .w = p->w, .kind = kind, .from = p, .life = p->life, .seq = p->seq,
                               .heard = p->heard, .to = to, .producer_id = p->producer_id,
                               .epoch = p->epoch, .version = p->version, .ghost = p->ghost,
                               .told_id = -1, .told_epoch = -1, .told_offset = -1 };
    list_init(&q->node);
    return q;
}

static void send_one(struct txn_request *q)
{
    int64_t us;

    if (txn_carry(q->w, &us))
        sim_after(&q->w->s, us,
                  (struct sim_event){ .run = arrives, .node = q->to, .number = q->seq,
                                      .object = q });
}

static void send(struct txn_process *p, struct txn_request *q)
{
    struct txn_world *w = p->w;

    p->seq++;
    q->seq = p->seq;
    p->open = q;
    p->deadline_us = w->s.now_us + REQUEST_US;
    send_one(q);
    if (!w->calm && sim_chance(&w->s, w->twice)) {
        struct txn_request *copy = arena_new(&w->arena, struct txn_request);

        *copy = *q;
        list_init(&copy->node);
        send_one(copy);
    }
    wake(p, REQUEST_US);
}

static int out_of(int64_t value)
{
    return (int)(value * 7 / 3 % TXN_OUTS);
}

/* ---- what a process does ---- */

static void begin(struct txn_process *p)
{
    struct txn_world *w = p->w;
    struct txn_ghost *g = arena_new(&w->arena, struct txn_ghost);
    int64_t n = sim_between(&w->s, 1, 3);

    g->job = p->job;
    g->from = p->at;
    g->to = p->at + n < w->input ? p->at + n : w->input;
    g->next = w->ghosts;
    w->ghosts = g;
    p->ghost = g;
    p->sent = p->at;
    p->ends_by_abort = sim_chance(&w->s, w->aborts);
    p->step = p->version >= TXN_V2 ? TXN_SEND : TXN_ADD;
    txn_sim_totals.transactions++;
}

static unsigned outs_of(const struct txn_ghost *g)
{
    unsigned ret = 0;

    for (int64_t v = g->from; v < g->to; v++)
        ret |= 1u << out_of(v);
    return ret;
}

static struct txn_request *add(struct txn_process *p, unsigned parts)
{
    struct txn_request *q = make(p, TXN_Q_ADD, p->node);

    q->parts = parts;
    return q;
}

static struct txn_request *produce(struct txn_process *p)
{
    struct txn_request *q = make(p, TXN_Q_PRODUCE, out_of(p->sent));

    q->value = p->sent;
    q->sequence = p->sequence[q->to];
    return q;
}

static struct txn_request *commit_offset(struct txn_process *p)
{
    struct txn_request *q = make(p, TXN_Q_COMMIT_OFFSET, TXN_OFFSETS);

    q->value = p->ghost->to;
    q->sequence = -1;
    return q;
}

static struct txn_request *finish(struct txn_process *p)
{
    struct txn_request *q = make(p, TXN_Q_END, p->node);

    q->commit = !p->ends_by_abort;
    p->ghost->asked |= q->commit;
    return q;
}

static void next(struct txn_process *p)
{
    if (p->step == TXN_BEGIN)
        begin(p);
    switch (p->step) {
    case TXN_INIT:
        send(p, make(p, TXN_Q_INIT, p->node));
        return;
    case TXN_FETCH:
        send(p, make(p, TXN_Q_FETCH_OFFSET, TXN_OFFSETS));
        return;
    case TXN_ADD:
        send(p, add(p, outs_of(p->ghost)));
        return;
    case TXN_SEND:
        send(p, produce(p));
        return;
    case TXN_ADD_OFFSETS:
        send(p, add(p, 1u << TXN_OFFSETS));
        return;
    case TXN_COMMIT_OFFSETS:
        send(p, commit_offset(p));
        return;
    case TXN_FINISH:
        send(p, finish(p));
        return;
    case TXN_BEGIN:
    case TXN_DONE:
        return;
    }
}

static void ticks(void *ctx, const struct sim_event *ev)
{
    struct txn_process *p = ctx;

    if (!p->alive || ev->incarnation != p->life || ev->number != (int64_t)p->seq)
        return;
    if (p->open && p->deadline_us > p->w->s.now_us)
        return;
    if (p->open)
        p->node = p->w->leader;
    p->open = NULL;
    next(p);
}

/* ---- answers ---- */

static void takes_id(struct txn_process *p, int64_t id, int16_t epoch)
{
    bool same = p->producer_id == id && p->epoch == epoch;

    p->producer_id = id;
    p->epoch = epoch;
    for (int i = 0; i < TXN_OUTS && !same; i++)
        p->sequence[i] = 0;
}

static void ended(struct txn_process *p, const struct txn_request *q)
{
    p->ghost->acked = q->commit;
    txn_sim_totals.committed += q->commit;
    txn_sim_totals.aborted += !q->commit;
    if (p->version >= TXN_V2)
        takes_id(p, q->told_id, q->told_epoch);
    if (q->commit)
        p->at = p->ghost->to;
    p->ghost = NULL;
    p->step = !q->commit ? TXN_FETCH : p->at < p->w->input ? TXN_BEGIN : TXN_DONE;
}

static void fetched(struct txn_process *p, const struct txn_request *q)
{
    p->at = q->told_offset < 0 ? 0 : q->told_offset;
    p->step = p->at < p->w->input ? TXN_BEGIN : TXN_DONE;
}

static void sent(struct txn_process *p, const struct txn_request *q)
{
    p->sequence[q->to]++;
    if (++p->sent == p->ghost->to)
        p->step = p->version >= TXN_V2 ? TXN_COMMIT_OFFSETS : TXN_ADD_OFFSETS;
}

static void succeeded(struct txn_process *p, const struct txn_request *q)
{
    switch (p->step) {
    case TXN_INIT:
        takes_id(p, q->told_id, q->told_epoch);
        p->step = TXN_FETCH;
        return;
    case TXN_FETCH:
        fetched(p, q);
        return;
    case TXN_ADD:
        p->step = TXN_SEND;
        return;
    case TXN_SEND:
        sent(p, q);
        return;
    case TXN_ADD_OFFSETS:
        p->step = TXN_COMMIT_OFFSETS;
        return;
    case TXN_COMMIT_OFFSETS:
        p->step = TXN_FINISH;
        return;
    case TXN_FINISH:
        ended(p, q);
        return;
    case TXN_BEGIN:
    case TXN_DONE:
        return;
    }
}

static void failed(struct txn_process *p, const struct txn_request *q)
{
    switch (q->error) {
    case KF_ERR_NOT_COORDINATOR:
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
        p->node = p->w->leader;
        return;
    case KF_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case KF_ERR_CONCURRENT_TRANSACTIONS:
    case KF_ERR_NOT_LEADER_OR_FOLLOWER:
    case KF_ERR_NOT_ENOUGH_REPLICAS:
    case KF_ERR_UNSTABLE_OFFSET_COMMIT:
        return; /* again */
    case KF_ERR_TRANSACTION_ABORTABLE:
        SIM_CHECK(&p->w->s, p->ghost, "nothing to abort");
        p->ends_by_abort = true;
        p->step = TXN_FINISH;
        return;
    case KF_ERR_PRODUCER_FENCED:
    case KF_ERR_INVALID_PRODUCER_EPOCH:
    case KF_ERR_INVALID_PRODUCER_ID_MAPPING:
    case KF_ERR_INVALID_TXN_STATE:
    case KF_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
        txn_sim_totals.fenced++;
        SIM_TRACE(&p->w->s, "job %d process %d is told %d in step %d", p->job, p->index, q->error,
                  p->step);
        txn_process_dies(p);
        return;
    default:
        sim_fail(&p->w->s, "job %d, step %d: error %d", p->job, p->step, q->error);
    }
}

void txn_process_answered(struct txn_request *q)
{
    struct txn_process *p = q->from;

    if (!p->alive || p->life != q->life || p->open == NULL || p->open->seq != q->seq)
        return;
    p->open = NULL;
    p->seq++;
    p->heard++;
    if (q->error)
        failed(p, q);
    else
        succeeded(p, q);
    if (p->alive)
        wake(p, sim_between(&p->w->s, 100, q->error ? BACKOFF_US : BACKOFF_US / 4));
}

static void answer_arrives(void *ctx, const struct sim_event *ev)
{
    (void)ctx;
    txn_process_answered(ev->object);
}

void txn_reply(struct txn_request *q, int16_t error)
{
    int64_t us;

    INVARIANT(!q->done);
    q->done = true;
    q->error = error;
    if (q->answered)
        q->answered(q);
    else if (txn_carry(q->w, &us))
        sim_after(&q->w->s, us,
                  (struct sim_event){ .run = answer_arrives, .node = q->to, .number = q->seq,
                                      .object = q });
}
