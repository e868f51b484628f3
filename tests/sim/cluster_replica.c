/* A partition's roles on a broker: what publish.c, leading.c and append.c do around the cores. */
#include "tests/sim/cluster.h"

#include <inttypes.h>

#include "api/kafka/errors.h"
#include "common/mem.h"

enum { ALTER_RETRY_US = 50000 };

static struct leader_context context(const struct broker_model *b)
{
    return (struct leader_context){ .now_ms = sim_ms(&b->c->s) + 1,
                                    .lag_ms_max = b->c->p.lag_ms,
                                    .image = b->image };
}

int64_t sim_replica_own_end(const struct broker_model *b, const struct replica *r)
{
    return b->c->p.durable ? r->log.synced : r->log.end;
}

static void remember_producers(struct replica *r)
{
    producer_state_done(&r->producers);
    r->producers = (struct producer_state){ 0 };
    for (int64_t k = r->log.start; k < r->log.end; k++) {
        struct producer_batch batch = part_log_batch(&r->log, k);

        if (batch.producer_id >= 0)
            producer_apply(&r->producers, &batch);
    }
}

void sim_replica_open(struct broker_model *b, struct replica *r)
{
    r->open = r->here = true;
    r->leader_id = r->leader_epoch = r->partition_epoch = -1;
    part_log_open(&r->log);
    remember_producers(r);
    if (b->c->p.durable)
        sim_replica_flush(b, r);
}

/* Memory goes, the disk stays. */
void sim_replica_close(struct broker_model *b, struct replica *r)
{
    (void)b;
    if (!r->open)
        return;
    r->leader = leader_free(r->leader);
    producer_state_done(&r->producers);
    r->producers = (struct producer_state){ 0 };
    r->open = r->leads = r->unsent = r->sent = r->flushing = r->touched = r->fresh = false;
    r->follow = FOLLOW_IDLE;
    r->waits_n = 0;
    memset(r->parked, 0, sizeof(r->parked));
    memset(r->sessions, 0, sizeof(r->sessions));
}

static void answer_produce(struct broker_model *b, const struct produce_wait *w, int16_t error)
{
    struct rpc *m = rpc_new(b->c, RPC_PRODUCE, b->id, w->client);

    m->answer = true;
    m->id = w->id;
    m->error = error;
    m->u.produce.partition = w->partition;
    m->u.produce.offset = w->base;
    rpc_send(b->c, m);
}

static int16_t reached_error(const struct replica *r)
{
    return r->leader->maximal_n < leader_min_isr(r->leader)
               ? KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND
               : KF_ERR_NONE;
}

static void release_waits(struct broker_model *b, struct replica *r)
{
    int gone = 0;

    while (gone < r->waits_n && r->waits[gone].required <= r->log.high_watermark)
        answer_produce(b, &r->waits[gone++], reached_error(r));
    r->waits_n -= gone;
    if (gone)
        memmove(r->waits, r->waits + gone, (size_t)r->waits_n * sizeof(*r->waits));
}

static void propose(struct replica *r)
{
    if (!r->unsent && !r->sent)
        r->unsent = true;
}

static void carry_out(struct broker_model *b, struct replica *r, unsigned effects)
{
    int64_t from = r->log.high_watermark;

    if (effects & LEADER_HIGH_WATERMARK) {
        r->log.high_watermark = r->leader->high_watermark;
        truth_raised(b, r, from);
        release_waits(b, r);
        r->touched = true;
    }
    if (effects & LEADER_PROPOSE)
        propose(r);
}

static void stop_leading(struct broker_model *b, struct replica *r, int16_t error)
{
    r->unsent = r->sent = false;
    r->leader = leader_free(r->leader);
    for (int k = 0; k < r->waits_n; k++)
        answer_produce(b, &r->waits[k], error);
    r->waits_n = 0;
}

void sim_replica_delete(struct broker_model *b, struct replica *r)
{
    SIM_TRACE(&b->c->s, "b%d deletes its replica of %d", b->id, r->index);
    if (r->open) {
        sim_follow_stop(r);
        stop_leading(b, r, KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
        r->touched = true;
    }
    sim_replica_settle(b);
    sim_replica_close(b, r);
    part_log_done(&r->log);
    r->here = false;
    r->cuts++;
}

static void begin_leading(struct broker_model *b, struct replica *r,
                          const struct partition_state *s)
{
    struct leader_context c = context(b);

    if (!r->leader)
        r->leader = leader_new(b->id);
    r->leader->min_isr = b->c->p.min_isr;
    r->unsent = r->sent = false;
    truth_leads(b, r);
    cluster_stats.elections++;
    SIM_TRACE(&b->c->s, "b%d leads %d in epoch %d from %" PRId64, b->id, r->index, s->leader_epoch,
              r->log.end);
    carry_out(b, r,
              leader_begin(r->leader, s, r->log.end, sim_replica_own_end(b, r),
                           r->log.high_watermark, &c));
}

static void leading_role(struct broker_model *b, struct replica *r, const struct partition_state *s)
{
    struct leader_context c = context(b);
    int32_t epoch = r->leader ? r->leader->partition_epoch : -1;

    if (!r->leader || r->leader->leader_epoch < s->leader_epoch) {
        begin_leading(b, r, s);
        return;
    }
    if (r->leader->leader_epoch > s->leader_epoch)
        return;
    carry_out(b, r, leader_image(r->leader, s, &c));
    if (r->leader->partition_epoch == epoch)
        return;
    r->unsent = r->sent = false;
    if (r->leader->unsent)
        propose(r);
}

void sim_replica_role(struct broker_model *b, struct replica *r, const struct partition_state *s)
{
    bool leads = s->leader == b->id;
    bool changed =
        s->leader_epoch != r->leader_epoch || leads != r->leads || s->leader != r->leader_id;

    r->partition_epoch = s->partition_epoch;
    r->leader_id = s->leader;
    r->leader_epoch = s->leader_epoch;
    r->leads = leads;
    if (changed && leads) {
        sim_follow_stop(r);
        epochs_assign(&r->log.epochs, r->leader_epoch, r->log.end);
    } else if (changed) {
        stop_leading(b, r, KF_ERR_NOT_LEADER_OR_FOLLOWER);
        sim_follow_start(b, r);
    }
    if (leads)
        leading_role(b, r, s);
    r->touched |= changed;
}

void sim_replica_look(struct broker_model *b)
{
    struct leader_context c = context(b);

    for (int p = 0; p < PARTITIONS_MAX; p++) {
        struct replica *r = &b->replicas[p];

        if (r->leader && !leader_settled(r->leader))
            carry_out(b, r, leader_tick(r->leader, &c));
    }
}

static void grew(struct broker_model *b, struct replica *r)
{
    struct leader_context c = context(b);

    r->touched = true;
    carry_out(b, r, leader_moved(r->leader, r->log.end, sim_replica_own_end(b, r), &c));
}

bool sim_replica_fetched(struct broker_model *b, struct replica *r, const struct leader_fetch *f)
{
    struct leader_context c = context(b);
    unsigned effects;

    if (!leader_fetched(r->leader, f, &c, &effects))
        return false;
    carry_out(b, r, effects);
    return true;
}

static void on_flushed(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;
    struct replica *r = &b->replicas[ev->number & 7];
    uint32_t cuts = (uint32_t)(ev->number >> 40) & 0xffff;
    int64_t end = ev->number >> 3 & (((int64_t)1 << 37) - 1);

    if (!sim_broker_event_is_due(b, ev) || !r->open)
        return;
    r->flushing = false;
    if (cuts == (r->cuts & 0xffff) && end > r->log.synced) {
        r->log.synced = end;
        if (r->leader)
            grew(b, r);
    }
    sim_replica_flush(b, r);
    sim_follow_flushed(b, r);
    sim_replica_settle(b);
}

/* Group commit, by a thread of its own. */
void sim_replica_flush(struct broker_model *b, struct replica *r)
{
    int64_t most = b->n->disk_us;

    if (r->flushing || r->log.synced == r->log.end)
        return;
    r->flushing = true;
    sim_broker_later(b, sim_between(&b->c->s, most / 4, most), on_flushed,
                     (int64_t)(r->cuts & 0xffff) << 40 | r->log.end << 3 | r->index);
}

void sim_replica_put(struct broker_model *b, struct replica *r, const struct record *x)
{
    struct producer_batch batch;

    part_log_put(&r->log, x);
    truth_appended(b, r, r->log.end - 1);
    batch = part_log_batch(&r->log, r->log.end - 1);
    if (batch.producer_id >= 0)
        producer_apply(&r->producers, &batch);
    if (b->c->p.durable)
        sim_replica_flush(b, r);
}

void sim_replica_truncate(struct broker_model *b, struct replica *r, int64_t to)
{
    if (to < r->log.end) {
        SIM_TRACE(&b->c->s, "b%d truncates %d from %" PRId64 " to %" PRId64, b->id, r->index,
                  r->log.end, to);
        truth_truncates(b, r, to);
        cluster_stats.truncations++;
    }
    part_log_cut(&r->log, to);
    r->cuts++;
    r->flushing = false;
    remember_producers(r);
    r->touched = true;
}

void sim_replica_restart(struct broker_model *b, struct replica *r, int64_t offset)
{
    SIM_TRACE(&b->c->s, "b%d begins %d anew at %" PRId64 ", was %" PRId64 "-%" PRId64, b->id,
              r->index, offset, r->log.start, r->log.end);
    truth_truncates(b, r, r->log.start > offset ? r->log.start : offset);
    cluster_stats.restarts++;
    SIM_CHECK(&b->c->s, offset <= truth_end(b->c, r->index),
              "b%d begins %d at %" PRId64 ", which is not committed", b->id, r->index, offset);
    part_log_restart(&r->log, offset);
    r->cuts++;
    r->flushing = false;
    remember_producers(r);
    r->touched = true;
}

static void wait_for(struct replica *r, const struct produce_wait *w)
{
    int at = r->waits_n;

    if (r->waits_n == r->waits_capacity) {
        r->waits_capacity = 2 * r->waits_n + 8;
        r->waits = mem_resize_array(r->waits, (size_t)r->waits_capacity, sizeof(*r->waits));
    }
    for (; at && r->waits[at - 1].required > w->required; at--)
        r->waits[at] = r->waits[at - 1];
    r->waits[at] = *w;
    r->waits_n++;
}

/* The offset it is at, or -1 with an error. */
static int64_t append(struct broker_model *b, struct replica *r, struct record x, int16_t *reterr)
{
    struct producer_batch batch = { .producer_id = x.producer,
                                    .first_sequence = x.sequence,
                                    .last_sequence = x.sequence },
                          old;

    *reterr = r->leader->committed_n < leader_min_isr(r->leader) ? KF_ERR_NOT_ENOUGH_REPLICAS
                                                                 : KF_ERR_NONE;
    if (*reterr)
        return -1;
    switch (x.producer < 0 ? PRODUCER_APPEND
                           : producer_decide(&r->producers, &batch, true, 0, &old)) {
    case PRODUCER_APPEND:
        break;
    case PRODUCER_DUPLICATE:
        cluster_stats.duplicates++;
        return old.base_offset;
    case PRODUCER_OUT_OF_ORDER:
        *reterr = KF_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
        return -1;
    default:
        *reterr = KF_ERR_INVALID_PRODUCER_EPOCH;
        return -1;
    }
    x.epoch = r->leader_epoch;
    sim_replica_put(b, r, &x);
    grew(b, r);
    return r->log.end - 1;
}

static void produce(struct broker_model *b, const struct rpc *m)
{
    struct replica *r = &b->replicas[m->u.produce.partition];
    struct produce_wait w = {
        .base = -1, .client = m->from, .id = m->id, .partition = m->u.produce.partition
    };
    int16_t error = r->open && r->leads && r->leader ? KF_ERR_NONE : KF_ERR_NOT_LEADER_OR_FOLLOWER;

    if (!error)
        w.base = append(b, r, m->u.produce.record, &error);
    w.required = w.base + 1;
    SIM_TRACE(&b->c->s, "b%d: producer %d number %" PRId64 " of %d: error %d, offset %" PRId64,
              b->id, m->u.produce.record.from, m->u.produce.record.number, r->index, error, w.base);
    if (error)
        answer_produce(b, &w, error);
    else if (r->log.high_watermark >= w.required)
        answer_produce(b, &w, KF_ERR_NONE);
    else
        wait_for(r, &w);
}

static void metadata(struct broker_model *b, const struct rpc *m)
{
    struct rpc *a = rpc_answer(b->c, m, b->published ? KF_ERR_NONE : KF_ERR_BROKER_NOT_AVAILABLE);
    const struct topic_state *t = b->published ? image_topic(b->image, str_of("t")) : NULL;

    for (int p = 0; p < PARTITIONS_MAX; p++) {
        bool known = t && p < t->partitions_n;

        a->u.metadata.leader[p] = known ? t->partitions[p].leader : -1;
        a->u.metadata.epoch[p] = known ? t->partitions[p].leader_epoch : -1;
    }
    rpc_send(b->c, a);
}

void sim_replica_serve(struct broker_model *b, const struct rpc *request)
{
    if (request->kind == RPC_PRODUCE)
        produce(b, request);
    else
        metadata(b, request);
}

/* AlterPartition: one request at a time, all that is unsent in it. */

static void put_proposal(struct broker_model *b, struct replica *r, struct rpc *q)
{
    struct rpc_alter *x = &q->u.alter.v[q->u.alter.n];
    struct leader_proposal n;

    r->unsent = false;
    if (!r->leader || !leader_propose(r->leader, b->life.epoch, &n))
        return;
    x->partition = r->index;
    x->leader_epoch = n.leader_epoch;
    x->partition_epoch = n.partition_epoch;
    x->recovery = n.recovery;
    x->isr_n = n.isr_n;
    memcpy(x->isr, n.isr, (size_t)n.isr_n * sizeof(*n.isr));
    r->sent = true;
    q->u.alter.n++;
}

static void send_proposals(struct broker_model *b)
{
    struct rpc q = { .kind = RPC_ALTER };

    if (b->links[LINK_ALTER].busy || b->retry)
        return;
    q.u.alter.epoch = b->life.epoch;
    for (int p = 0; p < PARTITIONS_MAX; p++) {
        if (b->replicas[p].unsent)
            put_proposal(b, &b->replicas[p], &q);
    }
    if (q.u.alter.n)
        sim_broker_call(b, LINK_ALTER, &q);
}

static void on_retry(void *ctx, const struct sim_event *ev)
{
    struct broker_model *b = ctx;

    if (!sim_broker_event_is_due(b, ev))
        return;
    b->retry = false;
    sim_replica_settle(b);
}

static void take_answer(struct broker_model *b, struct replica *r, struct leader_answer *a)
{
    struct leader_context c = context(b);
    unsigned effects;

    r->unsent = r->sent = false;
    a->asked_epoch = r->leader->leader_epoch;
    effects = leader_altered(r->leader, a, &c);
    if ((a->failed || a->error) && (effects & LEADER_PROPOSE) && !b->retry) {
        b->retry = true;
        sim_broker_later(b, ALTER_RETRY_US, on_retry, 0);
    }
    carry_out(b, r, effects);
}

static void take_one(struct broker_model *b, const struct rpc_alter *x)
{
    struct replica *r = &b->replicas[x->partition];
    int32_t isr[REPLICAS_MAX];
    struct leader_answer a = { .error = x->error,
                               .leader_epoch = x->leader_epoch,
                               .partition_epoch = x->partition_epoch,
                               .recovery = x->recovery,
                               .isr = isr,
                               .isr_n = x->isr_n };

    for (int k = 0; k < x->isr_n; k++)
        isr[k] = x->isr[k].id;
    if (r->leader && (r->unsent || r->sent) && !r->leader->unsent)
        take_answer(b, r, &a);
}

void sim_replica_on_altered(struct broker_model *b, const struct rpc *answer)
{
    for (int k = 0; answer && !answer->error && k < answer->u.alter.n; k++)
        take_one(b, &answer->u.alter.v[k]);
    for (int p = 0; p < PARTITIONS_MAX; p++) { /* no word about these */
        if (b->replicas[p].sent)
            take_answer(b, &b->replicas[p], &(struct leader_answer){ .failed = true });
    }
}

void sim_replica_settle(struct broker_model *b)
{
    for (int p = 0; p < PARTITIONS_MAX && b->n->up; p++) {
        struct replica *r = &b->replicas[p];

        while (r->touched) {
            r->touched = false;
            sim_serve_parked(b, r);
        }
    }
    if (b->n->up)
        send_proposals(b);
}
