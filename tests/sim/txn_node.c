/* The shell of the transaction coordinator, as broker/server/txn_*.c are it. */
#include "api/kafka/errors.h"
#include "broker/txn/txn_internal.h"
#include "common/invariant.h"
#include "tests/sim/txn_world.h"

struct txn_sim_totals txn_sim_totals;

enum {
    REPLICATED_US = 10000, STALL_US = 3000000, ELECTION_US = 1000000, DEPOSED_US = 3000000,
    MARKERS_US = 50000, TIMEOUTS_US = 1000000,
};

static void later(struct txn_node *n, int64_t us, int64_t number, void *object,
                  void (*run)(void *ctx, const struct sim_event *ev))
{
    sim_after(&n->w->s, us,
              (struct sim_event){ .run = run, .ctx = n, .node = n->id, .incarnation = n->life,
                                  .number = number, .object = object });
}

static bool is_leader(const struct txn_node *n)
{
    return n->w->leader == n->id && n->alive && n->leads && n->term == n->w->term;
}

static struct txn_context context(struct txn_node *n)
{
    return (struct txn_context){ .now_ms = 1700000000000 + sim_ms(&n->w->s),
                                 .fresh_id = n->w->next_id++, .version = n->w->version,
                                 .timeout_ms_max = 900000, .expiration_ms = 7 * 86400000LL };
}

static int job_of(struct str id)
{
    return id.p[id.n - 1] - '0';
}

/* ---- the log ---- */

static void release(struct txn_node *n)
{
    list_each (node, &n->waiting) {
        struct txn_request *q = list_item(node, struct txn_request, node);

        if (q->required > n->high_watermark)
            continue;
        list_remove(node);
        txn_reply(q, q->error);
    }
}

static void works_go(struct txn_node *n);

static void replicated(void *ctx, const struct sim_event *ev)
{
    struct txn_node *n = ctx;

    if (ev->incarnation != n->life || !is_leader(n) || ev->number <= n->high_watermark)
        return;
    if (n->stopped_us > n->w->s.now_us) {
        later(n, n->stopped_us - n->w->s.now_us, ev->number, NULL, replicated);
        return;
    }
    n->high_watermark = n->w->committed = ev->number;
    if (!n->core)
        return;
    release(n);
    works_go(n);
}

static void replicate(struct txn_node *n)
{
    struct txn_world *w = n->w;
    int64_t most = !w->calm && sim_chance(&w->s, w->stalls) ? STALL_US : REPLICATED_US;

    later(n, sim_between(&w->s, 100, most), n->log.n, NULL, replicated);
}

static bool dies_here(struct txn_node *n)
{
    return !n->w->calm && sim_chance(&n->w->s, n->w->dies_at_record);
}

static void apply(struct txn_node *n, const struct txn_decision *d)
{
    struct slice value = slice_make(d->value.n ? d->value.p : NULL, d->value.n);

    INVARIANT(!txns_apply(n->core, buf_slice(&d->key), value, d->last_epoch));
    INVARIANT(!txns_apply(n->shadow, buf_slice(&d->key), value, -1));
    txns_check(n->core);
    txn_check_replays(n);
}

/* KF_ERR_NONE, or the append's error; -1: the node died over it. */
static int write(struct txn_node *n, struct str id, const struct txn_decision *d)
{
    struct txn *t;

    if (!n->w->calm && sim_chance(&n->w->s, n->w->append_fails)) {
        txn_sim_totals.refused++;
        return KF_ERR_COORDINATOR_NOT_AVAILABLE;
    }
    if (dies_here(n)) {
        txn_node_crash(n);
        return -1;
    }
    plog_put(&n->log, &n->w->arena, buf_slice(&d->key),
             slice_make(d->value.n ? d->value.p : NULL, d->value.n), true);
    replicate(n);
    if (dies_here(n)) {
        txn_node_crash(n);
        return -1;
    }
    apply(n, d);
    t = txns_find(n->core, id);
    txns_written(t, n->log.n);
    SIM_TRACE(&n->w->s, "node %d: %.*s is %s, epoch %d", n->id, STR_ARG(id),
              txn_state_name(t->state), t->epoch);
    if (txn_completing(t) && !n->work[job_of(id)].active) {
        n->work[job_of(id)].serial++;
        n->work[job_of(id)].active = true;
    }
    return KF_ERR_NONE;
}

/* ---- markers ---- */

struct mark {
    struct txn_node *n;
    uint32_t life;
    uint64_t serial;
    int job, part;
    int16_t error;
    int64_t end;
    uint32_t part_life;
    struct producer_marker marker;
};

static void complete(struct txn_node *n, struct txn *t)
{
    struct txn_context c = context(n);
    OWNED_DECISION d = txns_decide_complete(n->core, &c, t);
    int job = job_of(t->id);

    if (write(n, t->id, &d) != KF_ERR_NONE)
        return;
    n->work[job].active = false;
    n->work[job].over = n->work[job].serial;
}

static bool is_current(const struct mark *m)
{
    return m->life == m->n->life && m->n->core && m->n->work[m->job].active &&
           m->n->work[m->job].serial == m->serial;
}

static void mark_answered(void *ctx, const struct sim_event *ev)
{
    struct mark *m = ctx;
    struct txn *t;

    (void)ev;
    if (!is_current(m))
        return;
    switch (m->error) {
    case KF_ERR_NONE:
    case KF_ERR_INVALID_PRODUCER_EPOCH:
        break;
    case KF_ERR_TRANSACTION_COORDINATOR_FENCED:
        m->n->work[m->job].active = false; /* of an older term: for good */
        return;
    default:
        return; /* again with the next round */
    }
    t = txns_find(m->n->core, txn_job_id(m->job));
    if (!t || !txn_completing(t) || !t->partitions_n)
        return;
    if (txn_marked(t, str_of(txn_part_topic(m->part)), txn_part_index(m->part)))
        complete(m->n, t);
}

static void answer_mark(struct mark *m)
{
    int64_t us;

    if (txn_carry(m->n->w, &us))
        sim_after(&m->n->w->s, us,
                  (struct sim_event){ .run = mark_answered, .ctx = m, .node = m->part });
}

static void mark_replicated(void *ctx, const struct sim_event *ev)
{
    struct mark *m = ctx;
    struct txn_part *p = &m->n->w->parts[m->part];

    (void)ev;
    if (p->life != m->part_life)
        return;
    if (p->high_watermark < m->end)
        sim_after(&m->n->w->s, 2000,
                  (struct sim_event){ .run = mark_replicated, .ctx = m, .node = m->part });
    else
        answer_mark(m);
}

/* With transactions of version 1 only the connection keeps a repeated marker of a transaction that its
 * coordinator has completed off the next one. */
static void mark_arrives(void *ctx, const struct sim_event *ev)
{
    struct mark *m = ctx;
    struct txn_part *p = &m->n->w->parts[m->part];

    (void)ev;
    if (m->marker.version < TXN_V2 && m->n->work[m->job].over >= m->serial)
        return;
    m->error = txn_part_mark(p, &m->marker, &m->end);
    m->part_life = p->life;
    if (m->error)
        answer_mark(m);
    else
        mark_replicated(m, ev);
}

static void send_mark(struct txn_node *n, const struct txn *t, int part)
{
    struct mark *m = arena_new(&n->w->arena, struct mark);
    int64_t us;

    *m = (struct mark){ .n = n, .life = n->life, .job = job_of(t->id), .part = part,
                        .serial = n->work[job_of(t->id)].serial };
    m->marker = (struct producer_marker){ .producer_id = t->producer_id, .epoch = t->epoch,
                                          .commit = t->state == TXN_PREPARE_COMMIT,
                                          .coordinator_epoch = n->term,
                                          .version = t->client_version };
    txn_sim_totals.markers++;
    if (txn_carry(n->w, &us))
        sim_after(&n->w->s, us, (struct sim_event){ .run = mark_arrives, .ctx = m, .node = part });
}

static void works_again(void *ctx, const struct sim_event *ev)
{
    struct txn_node *n = ctx;

    if (ev->incarnation != n->life || !n->core)
        return;
    works_go(n);
    if (ev->incarnation == n->life)
        later(n, MARKERS_US, 0, NULL, works_again);
}

static void works_go(struct txn_node *n)
{
    uint32_t life = n->life;

    if (n->stopped_us > n->w->s.now_us)
        return;
    for (int job = 0; job < TXN_JOBS && n->life == life; job++) {
        struct txn *t = txns_find(n->core, txn_job_id(job));

        if (!t || !n->work[job].active || t->required > n->high_watermark || !txn_completing(t))
            continue;
        if (!t->partitions_n)
            complete(n, t);
        else
            for (int p = 0; p < TXN_PARTS; p++) /* not in the core's order: that is of addresses */
                if (txn_has_partition(t, str_of(txn_part_topic(p)), txn_part_index(p)))
                    send_mark(n, t, p);
    }
}

/* ---- time ---- */

static void timeouts(void *ctx, const struct sim_event *ev)
{
    struct txn_node *n = ctx;

    if (ev->incarnation != n->life || !n->core)
        return;
    for (int job = 0; job < TXN_JOBS && n->life == ev->incarnation; job++) {
        struct txn *t = txns_find(n->core, txn_job_id(job));
        struct txn_context c = context(n);
        OWNED_DECISION d = { 0 };

        if (!t || !txn_timed_out(t, c.now_ms) || n->stopped_us > n->w->s.now_us)
            continue;
        d = txns_decide_abort(n->core, &c, t);
        (void)write(n, t->id, &d);
    }
    if (n->life == ev->incarnation)
        later(n, TIMEOUTS_US, 0, NULL, timeouts);
}

/* ---- requests ---- */

static struct txn_topic *topics_of(struct txn_world *w, unsigned parts, int32_t *ret_n)
{
    struct txn_topic *ret = arena_array(&w->arena, TXN_PARTS, sizeof(*ret));

    *ret_n = 0;
    for (int p = 0; p < TXN_PARTS; p++) {
        int32_t *index;

        if (!(parts >> p & 1))
            continue;
        index = arena_new(&w->arena, int32_t);
        *index = txn_part_index(p);
        ret[(*ret_n)++] = (struct txn_topic){ str_of(txn_part_topic(p)), index, 1 };
    }
    return ret;
}

static struct txn_decision decide(struct txn_node *n, struct txn_request *q)
{
    struct txn_context c = context(n);
    struct str id = txn_job_id(q->from->job);
    struct txn_init init = { .id = id, .timeout_ms = 8000, .expected_id = -1, .expected_epoch = -1 };
    struct txn_end end = { .id = id, .producer_id = q->producer_id, .epoch = q->epoch,
                           .commit = q->commit, .client_version = q->version };
    struct txn_add add = { .id = id, .producer_id = q->producer_id, .epoch = q->epoch,
                           .client_version = q->version };

    if (q->kind == TXN_Q_INIT)
        return txns_decide_init(n->core, &c, &init);
    if (q->kind == TXN_Q_END)
        return txns_decide_end(n->core, &c, &end);
    add.topics = topics_of(n->w, q->parts, &add.topics_n);
    return txns_decide_add(n->core, &c, &add);
}

static int16_t serves(const struct txn_node *n)
{
    if (!n->leads)
        return KF_ERR_NOT_COORDINATOR;
    return n->core ? KF_ERR_NONE : KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

/* Not before what it stands on is in the log for good. */
static void deliver(struct txn_node *n, struct txn_request *q)
{
    const struct txn *t = txns_find(n->core, txn_job_id(q->from->job));

    q->required = t ? t->required : -1;
    list_push(&n->waiting, &q->node);
    release(n);
}

void txn_node_asked(struct txn_node *n, struct txn_request *q)
{
    int16_t error = serves(n);
    OWNED_DECISION d = { 0 };
    int written;

    list_init(&q->node);
    if (error) {
        txn_reply(q, error);
        return;
    }
    d = decide(n, q);
    INVARIANT(!d.needs_id);
    written = d.write ? write(n, txn_job_id(q->from->job), &d) : KF_ERR_NONE;
    if (written < 0)
        return;
    if (written) {
        txn_reply(q, (int16_t)written);
        return;
    }
    q->error = d.error;
    q->told_id = d.producer_id;
    q->told_epoch = d.epoch;
    deliver(n, q);
}

static int16_t has(const struct txn_node *n, const struct txn_request *q)
{
    struct str id = txn_job_id(q->from->job);
    struct txn_add add = { .id = id, .producer_id = q->producer_id, .epoch = q->epoch };
    bool completing;
    int16_t error = txns_verify(n->core, &add, &completing);
    int part = q->to;

    if (error)
        return error;
    return txn_has_partition(txns_find(n->core, id), str_of(txn_part_topic(part)),
                             txn_part_index(part))
               ? KF_ERR_NONE
               : KF_ERR_TRANSACTION_ABORTABLE;
}

/* A leader's question comes as a request of its own; its answer goes on to the client. */
struct question {
    struct txn_request q; /* first */
    struct txn_request *of;
};

static void verified(void *ctx, const struct sim_event *ev)
{
    struct question *v = ctx;

    (void)ev;
    v->of->error = v->q.error;
    txn_part_verified(&v->q.w->parts[v->of->to], v->of);
}

static void asks(void *ctx, const struct sim_event *ev)
{
    struct question *v = ctx;
    struct txn_world *w = v->q.w;
    struct txn_node *n = &w->nodes[ev->node];

    if (!n->alive || n->stopped_us > w->s.now_us)
        return;
    if (v->of->version >= TXN_V2)
        txn_node_asked(n, &v->q);
    else if (serves(n))
        txn_reply(&v->q, serves(n));
    else {
        list_init(&v->q.node);
        v->q.error = has(n, v->of);
        deliver(n, &v->q);
    }
}

static void question_answered(struct txn_request *q)
{
    int64_t us;

    if (txn_carry(q->w, &us))
        sim_after(&q->w->s, us, (struct sim_event){ .run = verified, .ctx = q, .node = q->to });
}

void txn_node_verify(struct txn_world *w, struct txn_request *q)
{
    struct question *v = arena_new(&w->arena, struct question);
    int64_t us;

    v->q = *q;
    v->q.kind = TXN_Q_ADD;
    v->q.parts = 1u << q->to;
    v->q.done = false;
    v->q.answered = question_answered;
    v->of = q;
    list_init(&v->q.node);
    if (txn_carry(w, &us))
        sim_after(&w->s, us,
                  (struct sim_event){ .run = asks, .ctx = v, .node = w->leader });
}

/* ---- leading ---- */

static void drop(struct txn_node *n, bool tell)
{
    n->life++;
    while (!list_empty(&n->waiting)) {
        struct txn_request *q = list_item(n->waiting.next, struct txn_request, node);

        list_remove(&q->node);
        if (tell)
            txn_reply(q, KF_ERR_NOT_COORDINATOR);
    }
    n->core = txns_free(n->core);
    n->shadow = txns_free(n->shadow);
    for (int job = 0; job < TXN_JOBS; job++)
        n->work[job].active = false;
}

static void deposed(void *ctx, const struct sim_event *ev)
{
    struct txn_node *n = ctx;

    if (ev->incarnation != n->life || !n->leads || is_leader(n))
        return;
    txn_sim_totals.deposed++;
    SIM_TRACE(&n->w->s, "node %d hears that it does not lead any more", n->id);
    n->leads = false;
    drop(n, true);
}

static void load_one(void *ctx, const struct plog_record *r, int64_t offset)
{
    (void)offset;
    INVARIANT(!txns_apply(ctx, r->key, r->value, -1));
}

static void loaded(void *ctx, const struct sim_event *ev)
{
    struct txn_node *n = ctx;
    bool compacted;
    struct txn *t;

    if (ev->incarnation != n->life || !n->leads)
        return;
    compacted = sim_chance(&n->w->s, 500);
    n->core = txns_new();
    n->shadow = txns_new();
    plog_each(&n->log, compacted ? sim_between(&n->w->s, 0, n->high_watermark) : 0, compacted,
              load_one, n->core);
    plog_each(&n->log, 0, false, load_one, n->shadow);
    txn_check_replays(n);
    for (size_t at = 0; (t = txns_next(n->core, &at));) {
        txns_written(t, n->log.n);
        if (txn_completing(t)) {
            n->work[job_of(t->id)].serial++;
            n->work[job_of(t->id)].active = true;
        }
    }
    replicate(n);
    later(n, MARKERS_US, 0, NULL, works_again);
    later(n, TIMEOUTS_US, 0, NULL, timeouts);
}

static void lead(struct txn_node *n, struct txn_node *before)
{
    struct txn_world *w = n->w;
    int64_t end = plog_any_end(&before->log, &w->s, w->committed);

    if (n == before)
        plog_cut(&n->log, end);
    else
        plog_copy(&n->log, &before->log, end);
    drop(n, true);
    n->term = ++w->term;
    w->leader = n->id;
    n->leads = true;
    n->high_watermark = w->committed;
    txn_sim_totals.moves++;
    SIM_TRACE(&w->s, "node %d leads in term %d with %lld records, %lld committed", n->id, n->term,
              (long long)n->log.n, (long long)w->committed);
    later(n, sim_between(&w->s, 0, w->calm ? 20000 : 500000), 0, NULL, loaded);
}

void txn_node_move(struct txn_world *w)
{
    struct txn_node *before = &w->nodes[w->leader], *n;
    int at = (int)sim_between(&w->s, 0, TXN_NODES - 1);

    for (int i = 0; i < TXN_NODES; i++) {
        n = &w->nodes[(at + i) % TXN_NODES];
        if (!n->alive)
            continue;
        lead(n, before);
        if (n != before && before->leads)
            later(before, sim_between(&w->s, 0, sim_chance(&w->s, 500) ? 1000 : DEPOSED_US), 0,
                  NULL, deposed);
        return;
    }
}

static void elect(void *ctx, const struct sim_event *ev)
{
    struct txn_world *w = ctx;

    if (ev->number == w->term && !w->nodes[w->leader].leads)
        txn_node_move(w);
}

static void elect_later(struct txn_world *w)
{
    sim_after(&w->s, sim_between(&w->s, 0, ELECTION_US),
              (struct sim_event){ .run = elect, .ctx = w, .number = w->term });
}

static void restarted(void *ctx, const struct sim_event *ev)
{
    struct txn_node *n = ctx;

    if (ev->incarnation != n->life || n->alive)
        return;
    n->alive = true;
    if (!n->w->nodes[n->w->leader].leads)
        elect_later(n->w);
}

void txn_node_crash(struct txn_node *n)
{
    struct sim *s = &n->w->s;

    if (!n->alive)
        return;
    txn_sim_totals.crashes++;
    SIM_TRACE(s, "node %d dies", n->id);
    drop(n, false);
    n->alive = n->leads = false;
    later(n, sim_between(s, 1000, sim_chance(s, 300) ? 5000000 : 300000), 0, NULL, restarted);
    if (n->id == n->w->leader)
        elect_later(n->w);
}

/* As after years: the epochs of the first id are nearly used up. */
static void age(struct txn_world *w)
{
    struct txn_next old = { .state = TXN_EMPTY, .producer_id = 7, .previous_id = -1, .next_id = -1,
                            .epoch = TXN_EPOCH_LAST - 4, .last_epoch = -1, .timeout_ms = 8000,
                            .start_ms = -1, .update_ms = 1700000000000 };
    struct txn_context c = { .version = w->version };
    OWNED_DECISION d = txn_decide(txn_job_id(0), &c, &old);

    plog_put(&w->nodes[0].log, &w->arena, buf_slice(&d.key), buf_slice(&d.value), true);
}

void txn_node_open(struct txn_world *w)
{
    for (int i = 0; i < TXN_NODES; i++) {
        struct txn_node *n = &w->nodes[i];

        n->w = w;
        n->id = i;
        n->alive = true;
        list_init(&n->waiting);
    }
    if (w->aged) {
        age(w);
        w->committed = 1;
    }
    w->leader = 0;
    txn_node_move(w);
}

void txn_node_close(struct txn_world *w)
{
    for (int i = 0; i < TXN_NODES; i++) {
        drop(&w->nodes[i], false);
        plog_done(&w->nodes[i].log);
    }
}
