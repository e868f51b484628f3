/* A partition that transactions write to: data, or the offsets of groups. One leader at a time, which
 * dies and comes back with any part of what was not replicated. */
#include "api/kafka/errors.h"
#include "api/kafka/msg/offset_fetch.h"
#include "api/kafka/msg/txn_offset_commit.h"
#include "broker/txn/txn.h"
#include "common/invariant.h"
#include "common/mem.h"
#include "tests/sim/txn_world.h"

enum { REPLICATED_US = 10000, STALL_US = 2000000 };

static const char *const topics[] = { "out", "out", "__consumer_offsets" };

const char *txn_part_topic(int part)
{
    return topics[part];
}

int32_t txn_part_index(int part)
{
    return part == TXN_OFFSETS ? 0 : part;
}

/* ---- the log ---- */

static void replicated(void *ctx, const struct sim_event *ev)
{
    struct txn_part *p = ctx;

    if (ev->incarnation != p->life || ev->number <= p->high_watermark)
        return;
    p->high_watermark = ev->number;
    txn_check_stable(p);
    list_each (node, &p->waiting) {
        struct txn_request *q = list_item(node, struct txn_request, node);

        if (q->required > p->high_watermark)
            continue;
        list_remove(node);
        txn_reply(q, q->error);
    }
}

static struct txn_entry *push(struct txn_part *p, const struct txn_entry *e)
{
    struct txn_world *w = p->w;
    struct txn_entry *own = arena_new(&w->arena, struct txn_entry);
    int64_t most = !w->calm && sim_chance(&w->s, w->stalls) ? STALL_US : REPLICATED_US;

    *own = *e;
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 256;
        p->log = mem_resize_array(p->log, (size_t)p->capacity, sizeof(*p->log));
    }
    p->log[p->n++] = own;
    sim_after(&w->s, sim_between(&w->s, 100, most),
              (struct sim_event){ .run = replicated, .ctx = p, .node = p->index,
                                  .incarnation = p->life, .number = p->n });
    return own;
}

static void keep_aborted(struct txn_part *p, const struct producer_txn *t)
{
    if (p->aborted_n == p->aborted_capacity) {
        p->aborted_capacity = p->aborted_capacity ? 2 * p->aborted_capacity : 16;
        p->aborted = mem_resize_array(p->aborted, (size_t)p->aborted_capacity, sizeof(*p->aborted));
    }
    p->aborted[p->aborted_n++] = *t;
}

/* An entry of the log as it stands there, live and in recovery alike. */
static void apply(struct txn_part *p, const struct txn_entry *e, int64_t offset)
{
    struct producer_txn ended;

    if (e->kind == TXN_MARKS) {
        if (producer_marker_apply(&p->producers, &e->marker, &ended) && ended.aborted)
            keep_aborted(p, &ended);
        if (p->groups)
            groups_marked(p->groups, e->marker.producer_id, e->marker.commit, offset + 1);
        return;
    }
    producer_apply(&p->producers, &e->batch);
}

static void load(struct txn_part *p)
{
    struct group_context c = { .now_ms = sim_ms(&p->w->s), .wall_ms = 1700000000000,
                               .image = p->w->image };
    OWNED_ARENA a = { 0 };
    struct group_out out;

    producer_state_done(&p->producers);
    p->producers = (struct producer_state){ 0 };
    p->aborted_n = 0;
    p->groups = groups_free(p->groups);
    if (p->index == TXN_OFFSETS)
        p->groups = groups_new(&p->w->config);
    for (int64_t i = 0; i < p->n; i++) {
        const struct txn_entry *e = p->log[i];
        struct group_record r = { e->record.key, e->record.value };

        apply(p, e, i);
        if (e->kind == TXN_COMMITS_OFFSET)
            INVARIANT(!groups_load_txn(p->groups, &r, e->batch.producer_id, i + 1));
    }
    if (!p->groups)
        return;
    group_out_init(&out, &a);
    groups_loaded(p->groups, &c, &out);
    groups_check(p->groups);
}

/* ---- writing ---- */

static int16_t refusal(enum producer_verdict v)
{
    switch (v) {
    case PRODUCER_APPEND:
    case PRODUCER_DUPLICATE:
        return KF_ERR_NONE;
    case PRODUCER_OUT_OF_ORDER:
        return KF_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    case PRODUCER_OLD_EPOCH:
    case PRODUCER_OLD_COORDINATOR:
        return KF_ERR_INVALID_PRODUCER_EPOCH;
    case PRODUCER_NO_TXN:
        return KF_ERR_INVALID_TXN_STATE;
    }
    return KF_ERR_UNKNOWN_SERVER_ERROR;
}

static struct producer_batch batch_of(const struct txn_request *q)
{
    return (struct producer_batch){ .producer_id = q->producer_id, .epoch = q->epoch,
                                    .first_sequence = q->sequence, .last_sequence = q->sequence,
                                    .timestamp = 1700000000000 + sim_ms(&q->w->s),
                                    .transactional = true };
}

static void wait(struct txn_part *p, struct txn_request *q, int64_t end)
{
    q->required = end;
    q->error = KF_ERR_NONE;
    if (end <= p->high_watermark)
        txn_reply(q, KF_ERR_NONE);
    else
        list_push(&p->waiting, &q->node);
}

static void append_data(struct txn_part *p, struct txn_request *q)
{
    struct producer_batch old, b = batch_of(q);
    enum producer_verdict v = producer_decide(&p->producers, &b, true, q->ticket, &old);

    if (v == PRODUCER_DUPLICATE) {
        wait(p, q, old.last_offset + 1);
        return;
    }
    if (v != PRODUCER_APPEND) {
        txn_reply(q, refusal(v));
        return;
    }
    b.base_offset = b.last_offset = p->n;
    apply(p, push(p, &(struct txn_entry){ .kind = TXN_DATA, .batch = b, .ghost = q->ghost,
                                          .value = q->value }),
          p->n - 1);
    SIM_TRACE(&p->w->s, "partition %d: %lld is value %lld of producer %lld, epoch %d", p->index,
              (long long)p->n - 1, (long long)q->value, (long long)b.producer_id, b.epoch);
    txn_check_stable(p);
    wait(p, q, p->n);
}

/* ---- offsets ---- */

static struct kf_txn_offset_commit_request *commit_of(struct txn_request *q)
{
    struct arena *a = &q->w->arena;
    struct kf_txn_offset_commit_request *r = arena_new(a, struct kf_txn_offset_commit_request);

    kf_init(&kf_txn_offset_commit_request_schema, r);
    r->transactional_id = r->group_id = txn_job_id(q->from->job);
    r->producer_id = q->producer_id;
    r->producer_epoch = q->epoch;
    r->topics = arena_new(a, struct kf_txn_offset_commit_request_txn_offset_commit_request_topic);
    r->topics_n = 1;
    r->topics->name = str_of("in");
    r->topics->partitions =
        arena_new(a, struct kf_txn_offset_commit_request_txn_offset_commit_request_partition);
    r->topics->partitions_n = 1;
    kf_init(&kf_txn_offset_commit_request_txn_offset_commit_request_partition_schema,
            r->topics->partitions);
    r->topics->partitions->partition_index = q->from->job;
    r->topics->partitions->committed_offset = q->value;
    return r;
}

static struct slice keep(struct arena *a, struct slice s)
{
    return s.p ? slice_make(arena_text(a, str_make((const char *)s.p, s.n)), s.n) : s;
}

/* As one batch of the transaction; False: nothing was written. */
static int16_t append_offsets(struct txn_part *p, struct txn_request *q,
                              const struct group_out *out)
{
    struct producer_batch old, b = batch_of(q);
    int16_t error;

    b.first_sequence = b.last_sequence = -1;
    INVARIANT(out->producer_id == q->producer_id && out->producer_epoch == q->epoch);
    error = refusal(producer_decide(&p->producers, &b, true, out->ticket, &old));
    for (int i = 0; !error && i < out->records_n; i++) {
        struct txn_entry e = { .kind = TXN_COMMITS_OFFSET, .batch = b, .ghost = q->ghost,
                               .value = q->value };

        e.batch.base_offset = e.batch.last_offset = p->n;
        e.record.key = keep(&p->w->arena, out->records[i].key);
        e.record.value = keep(&p->w->arena, out->records[i].value);
        apply(p, push(p, &e), p->n - 1);
        SIM_TRACE(&p->w->s, "partition %d: %lld is offset %lld of producer %lld, epoch %d", p->index,
                  (long long)p->n - 1, (long long)q->value, (long long)b.producer_id, b.epoch);
    }
    return error;
}

static void ask_groups(struct txn_part *p, struct txn_request *q, struct group_call *call)
{
    struct group_context c = { .now_ms = sim_ms(&p->w->s),
                               .wall_ms = 1700000000000 + sim_ms(&p->w->s),
                               .image = p->w->image };
    struct group_event ev = { .kind = GROUP_CALL, .call = call };
    struct group_out out;
    int16_t error;

    call->group_id = txn_job_id(q->from->job);
    call->client_id = str_of("job");
    call->client_host = str_of("/127.0.0.1");
    call->arena = &p->w->arena;
    list_init(&call->node);
    group_out_init(&out, &p->w->arena);
    groups_step(p->groups, &c, &ev, &out);
    if (out.records_n) {
        error = append_offsets(p, q, &out);
        if (error)
            groups_refused(p->groups, &c, &out, error);
        else
            groups_appended(p->groups, &c, &out, p->n);
    }
    INVARIANT(!list_empty(&out.answered) && !out.again);
    list_remove(&call->node);
    groups_check(p->groups);
    txn_check_stable(p);
}

static void commit_offset(struct txn_part *p, struct txn_request *q)
{
    struct group_call call = { .api = GROUP_TXN_OFFSET_COMMIT, .version = 5,
                               .request = commit_of(q), .ticket = q->ticket };
    const struct kf_txn_offset_commit_response *r;
    int16_t error;

    ask_groups(p, q, &call);
    r = call.response;
    error = r->topics->partitions->error_code;
    if (error)
        txn_reply(q, error);
    else
        wait(p, q, call.required);
}

static void fetch_offset(struct txn_part *p, struct txn_request *q)
{
    struct kf_offset_fetch_request_offset_fetch_request_group *r =
        arena_new(&p->w->arena, struct kf_offset_fetch_request_offset_fetch_request_group);
    struct group_call call = { .api = GROUP_OFFSET_FETCH, .version = 9, .request = r,
                               .stable = true };
    const struct kf_offset_fetch_response_offset_fetch_response_group *a;
    int32_t *index = arena_new(&p->w->arena, int32_t);

    kf_init(&kf_offset_fetch_request_offset_fetch_request_group_schema, r);
    r->group_id = txn_job_id(q->from->job);
    r->topics = arena_new(&p->w->arena, struct kf_offset_fetch_request_offset_fetch_request_topics);
    r->topics_n = 1;
    r->topics->name = str_of("in");
    *index = q->from->job;
    r->topics->partition_indexes = index;
    r->topics->partition_indexes_n = 1;
    ask_groups(p, q, &call);
    a = call.response;
    if (a->error_code || a->topics->partitions->error_code) {
        txn_reply(q, a->error_code ? a->error_code : a->topics->partitions->error_code);
        return;
    }
    q->told_offset = a->topics->partitions->committed_offset;
    SIM_TRACE(&p->w->s, "job %d begins at offset %lld", q->from->job, (long long)q->told_offset);
    wait(p, q, call.required);
}

/* ---- requests ---- */

static void go_on(struct txn_part *p, struct txn_request *q)
{
    if (q->kind == TXN_Q_PRODUCE)
        append_data(p, q);
    else
        commit_offset(p, q);
}

/* As a leader tells its client. */
static int16_t told(int16_t error)
{
    switch (error) {
    case KF_ERR_PRODUCER_FENCED:
        return KF_ERR_INVALID_PRODUCER_EPOCH;
    case KF_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
    case KF_ERR_NOT_COORDINATOR:
        return KF_ERR_NOT_ENOUGH_REPLICAS;
    default:
        return error;
    }
}

void txn_part_verified(struct txn_part *p, struct txn_request *q)
{
    if (p->life != q->part_life || !p->up || q->done || txn_is_stale(q))
        return;
    if (q->error)
        txn_reply(q, told(q->error));
    else
        go_on(p, q);
}

void txn_part_asked(struct txn_part *p, struct txn_request *q)
{
    struct producer_batch b = batch_of(q);

    list_init(&q->node);
    q->part_life = p->life;
    if (!p->up) {
        txn_reply(q, KF_ERR_NOT_LEADER_OR_FOLLOWER);
        return;
    }
    if (q->kind == TXN_Q_FETCH_OFFSET) {
        fetch_offset(p, q);
        return;
    }
    if (q->kind == TXN_Q_COMMIT_OFFSET)
        b.first_sequence = b.last_sequence = -1;
    if (producer_needs_ticket(&p->producers, &b)) {
        q->ticket = producer_verify(&p->producers, &b, q->version >= TXN_V2, sim_ms(&p->w->s));
        txn_node_verify(p->w, q);
        return;
    }
    go_on(p, q);
}

int16_t txn_part_mark(struct txn_part *p, const struct producer_marker *m, int64_t *ret_end)
{
    struct producer_marker at = *m;
    enum producer_verdict v;

    *ret_end = 0;
    if (!p->up)
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    v = producer_marker_decide(&p->producers, m);
    if (v == PRODUCER_OLD_COORDINATOR)
        return KF_ERR_TRANSACTION_COORDINATOR_FENCED;
    if (v != PRODUCER_APPEND && v != PRODUCER_DUPLICATE)
        return KF_ERR_INVALID_PRODUCER_EPOCH;
    at.offset = p->n;
    at.timestamp = 1700000000000 + sim_ms(&p->w->s);
    SIM_TRACE(&p->w->s, "partition %d: %lld is %s of producer %lld, epoch %d", p->index,
              (long long)p->n, m->commit ? "COMMIT" : "ABORT", (long long)m->producer_id, m->epoch);
    apply(p, push(p, &(struct txn_entry){ .kind = TXN_MARKS, .marker = at }), p->n - 1);
    txn_check_stable(p);
    *ret_end = p->n;
    return KF_ERR_NONE;
}

/* ---- life ---- */

static void leads(void *ctx, const struct sim_event *ev)
{
    struct txn_part *p = ctx;

    if (ev->incarnation != p->life)
        return;
    txn_check_producers(p); /* what lived is what the log says; it ends with the crash */
    p->life++;
    p->n = sim_chance(&p->w->s, 400) ? p->high_watermark
                                     : sim_between(&p->w->s, p->high_watermark, p->n);
    load(p);
    p->up = true;
    SIM_TRACE(&p->w->s, "partition %d is led again, %lld records, %lld committed", p->index,
              (long long)p->n, (long long)p->high_watermark);
    sim_after(&p->w->s, 5000,
              (struct sim_event){ .run = replicated, .ctx = p, .node = p->index,
                                  .incarnation = p->life, .number = p->n });
}

void txn_part_crash(struct txn_part *p)
{
    if (!p->up)
        return;
    SIM_TRACE(&p->w->s, "partition %d has no leader", p->index);
    p->up = false;
    p->life++;
    while (!list_empty(&p->waiting))
        list_remove(p->waiting.next);
    sim_after(&p->w->s, sim_between(&p->w->s, 1000, sim_chance(&p->w->s, 200) ? 3000000 : 200000),
              (struct sim_event){ .run = leads, .ctx = p, .node = p->index, .incarnation = p->life });
}

void txn_part_open(struct txn_part *p)
{
    p->up = true;
    list_init(&p->waiting);
    load(p);
}

void txn_part_close(struct txn_part *p)
{
    producer_state_done(&p->producers);
    groups_free(p->groups);
    mem_free(p->aborted);
    mem_free(p->log);
}
