#include "api/kafka/msg/produce.h"

#include "broker/replica/client_batch.h"
#include "broker/server/append.h"
#include "broker/server/broker.h"
#include "broker/server/client_quotas.h"
#include "broker/server/handlers.h"
#include "broker/server/producers.h"
#include "broker/server/txn_verify.h"
#include "common/clock.h"

enum {
    IDS_SINCE = 13, LEADER_HINT_SINCE = 10, ACKS_ALL = -1,
    ABORTABLE_SINCE = 11,   /* TRANSACTION_ABORTABLE by its name */
    ADDS_SINCE = 12,        /* transactions of version 2: the leader adds partitions */
    ASK_MAX = 5,
};

typedef struct kf_produce_request_topic_produce_data topic_in;
typedef struct kf_produce_request_partition_produce_data partition_in;
typedef struct kf_produce_response_topic_produce_response topic_out;
typedef struct kf_produce_response_partition_produce_response partition_out;

/* A partition where the batch may begin its transaction: the coordinator is asked first. */
struct produce_ticket {
    const topic_in *topic_in;
    const partition_in *in;
    int32_t topic, partition; /* places in the question */
    uint64_t ticket;
};

/* One request; in its arena, also while it waits. */
struct produce {
    struct broker *b;
    struct request *r;
    struct kf_produce_request *q;
    struct kf_produce_response *m;
    int64_t now_ms;
    struct txn_verify *verify; /* NULL: the coordinator is not asked */
    struct produce_ticket *tickets;
    int32_t tickets_n;
    int16_t txn_error; /* of all transactional batches */
    int asked;         /* how often the coordinator was */
    int32_t waiting; /* partitions that have not reached their high watermark */
    struct produce_wait *waits;
    struct loop_timer timer;
    bool failed;
};

struct produce_verify {
    struct txn_verify verify;
    struct produce *produce;
};

struct produce_wait {
    struct append_wait wait;
    struct produce *produce;
    struct produce_wait *next;
    partition_out *out;
};

static void fail(struct produce *p, partition_out *out, int16_t error, const char *message)
{
    out->error_code = error;
    out->base_offset = -1;
    out->log_append_time_ms = -1;
    out->log_start_offset = -1;
    out->error_message = str_of(message);
    p->failed = true;
}

static void end_waiting(struct produce *p)
{
    loop_timer_clear(p->b->loop, &p->timer);
    for (struct produce_wait *w = p->waits; w; w = w->next)
        append_wait_cancel(&w->wait);
    p->waiting = 0;
}

static void reply(struct produce *p)
{
    end_waiting(p);
    request_reply(p->r, &kf_produce_response_schema, p->m);
}

/* What was appended stays so, whatever becomes of the wait: the offset is told with the error. */
static void replicated(struct append_wait *w, int16_t error)
{
    struct produce_wait *pw = container_of(w, struct produce_wait, wait);

    pw->out->error_code = error;
    if (--pw->produce->waiting == 0 && pw->produce->r->parked)
        reply(pw->produce);
}

static void timed_out(struct loop_timer *t)
{
    struct produce *p = container_of(t, struct produce, timer);

    for (struct produce_wait *w = p->waits; w; w = w->next)
        if (!list_empty(&w->wait.by_partition))
            w->out->error_code = KF_ERR_REQUEST_TIMED_OUT;
    reply(p);
}

static void peer_gone(struct request *r)
{
    end_waiting(r->parked);
}

static void wait_for_replicas(struct produce *p, struct partition *part, int64_t required,
                              partition_out *out)
{
    struct produce_wait *w = arena_new(p->r->arena, struct produce_wait);

    w->produce = p;
    w->out = out;
    list_init(&w->wait.by_partition);
    if (!append_wait_begin(part, &w->wait, required, replicated))
        return;
    w->next = p->waits;
    p->waits = w;
    p->waiting++;
}

static const struct produce_ticket *ticket_of(const struct produce *p, const partition_in *in)
{
    for (int32_t i = 0; i < p->tickets_n; i++)
        if (p->tickets[i].in == in)
            return &p->tickets[i];
    return NULL;
}

/* What the coordinator said of the partition. */
static int16_t verified(const struct produce *p, const struct produce_ticket *t)
{
    int16_t error = t && p->verify ? p->verify->errors[t->topic][t->partition] : KF_ERR_NONE;

    return error == KF_ERR_TRANSACTION_ABORTABLE && p->r->api_version < ABORTABLE_SINCE
               ? KF_ERR_INVALID_TXN_STATE : error;
}

static void append(struct produce *p, struct partition *part, const partition_in *in,
                   const struct client_batch *batch, partition_out *out)
{
    const struct produce_ticket *ticket = ticket_of(p, in);
    bool all = p->q->acks == ACKS_ALL;
    struct append_result at = append_with_ticket(p->b, part, (uint8_t *)(uintptr_t)in->records.p,
                                                 in->records.n, &batch->head, all, p->now_ms,
                                                 ticket ? ticket->ticket : 0);

    if (at.error) {
        fail(p, out, at.error, at.message);
        return;
    }
    out->base_offset = at.base_offset;
    out->log_append_time_ms = at.log_append_time_ms;
    out->log_start_offset = log_start_offset(part->log);
    if (all)
        wait_for_replicas(p, part, at.last_offset + 1, out);
}

static void produce_partition(struct produce *p, const struct topic *t, const topic_in *topic,
                              const partition_in *in, partition_out *out)
{
    const struct uuid *id = p->r->api_version >= IDS_SINCE ? &topic->topic_id : NULL;
    struct partition *part = topic_partition(t, in->index);
    struct client_batch batch;
    int16_t error = part ? partition_error(p->b, part)
                         : missing_partition_error(p->b, topic->name, id, in->index);

    out->index = in->index;
    if (!error && topic_is_internal(str_of(t->name)) && !str_is(p->r->client_id, "__admin_client"))
        error = KF_ERR_INVALID_TOPIC_EXCEPTION;
    if (!error && p->q->acks == ACKS_ALL)
        error = append_all_error(part);
    if (error) {
        fail(p, out, error, NULL);
        return;
    }
    batch = client_batch_check(in->records, p->r->api_version, &t->config, p->now_ms);
    if (!batch.error && (batch.head.attributes & HEAD_ATTR_TRANSACTIONAL))
        batch.error = p->txn_error ? p->txn_error : verified(p, ticket_of(p, in));
    if (batch.error)
        fail(p, out, batch.error, batch.message);
    else
        append(p, part, in, &batch, out);
}

/* KIP-951: who leads instead, so that the client need not ask. */
static void hint_leader(struct produce *p, const topic_in *topic, partition_out *out)
{
    const struct topic_state *t = p->r->api_version >= IDS_SINCE
                                      ? image_topic_by_id(p->b->image, &topic->topic_id)
                                      : image_topic(p->b->image, topic->name);

    if (!t || out->index < 0 || out->index >= t->partitions_n)
        return;
    out->current_leader.leader_id = t->partitions[out->index].leader;
    out->current_leader.leader_epoch = t->partitions[out->index].leader_epoch;
}

static const struct topic *topic_of(const struct produce *p, const topic_in *in)
{
    return p->r->api_version >= IDS_SINCE ? replicas_topic_by_id(&p->b->replicas, &in->topic_id)
                                          : replicas_topic(&p->b->replicas, in->name);
}

static void produce_topic(struct produce *p, const topic_in *in, topic_out *out)
{
    const struct topic *t = topic_of(p, in);

    out->name = in->name;
    out->topic_id = in->topic_id;
    out->partition_responses_n = in->partition_data_n;
    out->partition_responses = arena_array(p->r->arena, (size_t)in->partition_data_n,
                                           sizeof(*out->partition_responses));
    for (int32_t i = 0; i < in->partition_data_n; i++) {
        partition_out *part = &out->partition_responses[i];

        kf_init(&kf_produce_response_partition_produce_response_schema, part);
        if (p->q->acks < -1 || p->q->acks > 1) {
            part->index = in->partition_data[i].index;
            fail(p, part, KF_ERR_INVALID_REQUIRED_ACKS, NULL);
        } else {
            produce_partition(p, t, in, &in->partition_data[i], part);
        }
        if (part->error_code == KF_ERR_NOT_LEADER_OR_FOLLOWER &&
            p->r->api_version >= LEADER_HINT_SINCE)
            hint_leader(p, in, part);
    }
}

/* The frame's buffer serves the next request meanwhile: topic names move to the arena. */
static void park(struct produce *p)
{
    for (int32_t i = 0; i < p->m->responses_n; i++)
        p->m->responses[i].name = arena_str(p->r->arena, p->m->responses[i].name);
    p->timer.fire = timed_out;
    loop_timer_in(p->b->loop, &p->timer, p->q->timeout_ms < 0 ? 0 : p->q->timeout_ms);
    p->r->parked = p;
    p->r->cancelled = peer_gone;
    request_let_next(p->r);
}

/* Without acks there is no place for an error: a closed connection says it. */
static void produce_all(struct produce *p)
{
    for (int32_t i = 0; i < p->q->topic_data_n; i++)
        produce_topic(p, &p->q->topic_data[i], &p->m->responses[i]);
    if (p->waiting)
        park(p);
    else if (p->q->acks)
        reply(p);
    else if (p->failed)
        request_close(p->r, "a record sent with acks=0 was refused");
    else
        request_done(p->r);
}

/* --- transactions --- */

/* The answer is out of date: a marker, of the transaction before, has come in between. */
static bool out_of_date(const struct produce *p)
{
    for (int32_t i = 0; i < p->tickets_n; i++) {
        const struct produce_ticket *t = &p->tickets[i];
        const struct partition *part = topic_partition(topic_of(p, t->topic_in), t->in->index);

        if (part && !verified(p, t) &&
            !producer_ticket_valid(&part->producers, p->verify->what.producer_id, t->ticket))
            return true;
    }
    return false;
}

static bool look_for_transactions(struct produce *p, struct txn_add *what);
static void ask_coordinator(struct produce *p, const struct txn_add *what);

static void asked(struct txn_verify *v)
{
    struct produce *p = container_of(v, struct produce_verify, verify)->produce;
    bool again = out_of_date(p) && ++p->asked < ASK_MAX;
    struct txn_add what;

    p->r->parked = NULL;
    p->r->cancelled = NULL;
    p->now_ms = clock_wall_ms();
    if (again && look_for_transactions(p, &what))
        ask_coordinator(p, &what);
    else
        produce_all(p);
}

static void asking_gone(struct request *r)
{
    struct produce *p = r->parked;

    txn_verify_cancel(p->verify);
}

/* The transactional batch of `in`, if it has one. */
static bool transactional(const partition_in *in, struct producer_batch *ret)
{
    struct head h;

    if (in->records.n < HEAD_BYTES || !head_parse(in->records.p, &h) ||
        !(h.attributes & HEAD_ATTR_TRANSACTIONAL))
        return false;
    *ret = producers_batch_of(&h);
    return true;
}

/* A batch that begins its transaction in a partition that is led here; others need no question. */
static bool draw_ticket(struct produce *p, struct partition *part,
                        const struct producer_batch *batch, uint64_t *ret)
{
    if (!part || partition_error(p->b, part) || producers_ready(part) ||
        !producer_needs_ticket(&part->producers, batch))
        return false;
    *ret = producer_verify(&part->producers, batch, p->r->api_version >= ADDS_SINCE, p->now_ms);
    return true;
}

/* Whose transaction it is: one producer's in one request. */
static void note_producer(struct produce *p, struct txn_add *what,
                          const struct producer_batch *batch)
{
    if (!p->q->transactional_id.n)
        p->txn_error = KF_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    else if (what->producer_id >= 0 &&
             (what->producer_id != batch->producer_id || what->epoch != batch->epoch))
        p->txn_error = KF_ERR_INVALID_PRODUCER_ID_MAPPING;
    what->producer_id = batch->producer_id;
    what->epoch = batch->epoch;
}

static void look_at_topic(struct produce *p, const topic_in *in, struct txn_add *what,
                          struct txn_topic *out)
{
    int32_t *indexes = arena_array(p->r->arena, (size_t)in->partition_data_n, sizeof(*indexes));
    const struct topic *t = topic_of(p, in);

    *out = (struct txn_topic){ .name = t ? str_of(t->name) : in->name, .partitions = indexes };
    for (int32_t i = 0; i < in->partition_data_n; i++) {
        const partition_in *part = &in->partition_data[i];
        struct producer_batch batch;
        uint64_t ticket;

        if (!transactional(part, &batch))
            continue;
        note_producer(p, what, &batch);
        if (!draw_ticket(p, topic_partition(t, part->index), &batch, &ticket))
            continue;
        p->tickets[p->tickets_n++] =
            (struct produce_ticket){ in, part, what->topics_n, out->partitions_n, ticket };
        indexes[out->partitions_n++] = part->index;
    }
    what->topics_n += out->partitions_n != 0;
}

/* What is to be asked of the coordinator: nothing for most requests. */
static bool look_for_transactions(struct produce *p, struct txn_add *what)
{
    struct txn_topic *topics;
    size_t most = 0;

    for (int32_t i = 0; i < p->q->topic_data_n; i++)
        most += (size_t)p->q->topic_data[i].partition_data_n;
    *what = (struct txn_add){ .id = p->q->transactional_id, .producer_id = -1 };
    p->tickets_n = 0;
    p->tickets = arena_array(p->r->arena, most, sizeof(*p->tickets));
    topics = arena_array(p->r->arena, (size_t)p->q->topic_data_n + 1, sizeof(*topics));
    what->topics = topics;
    for (int32_t i = 0; i < p->q->topic_data_n; i++)
        look_at_topic(p, &p->q->topic_data[i], what, &topics[what->topics_n]);
    return p->tickets_n && !p->txn_error;
}

/* The frame stays as it is: no other request of the connection is let in before this one's batches
 * are appended. */
static void ask_coordinator(struct produce *p, const struct txn_add *what)
{
    struct produce_verify *v = arena_new(p->r->arena, struct produce_verify);

    v->produce = p;
    p->verify = &v->verify;
    v->verify.what = *what;
    v->verify.add = p->r->api_version >= ADDS_SINCE;
    v->verify.arena = p->r->arena;
    v->verify.done = asked;
    p->r->parked = p;
    p->r->cancelled = asking_gone;
    txn_verify_begin(p->b, p->verify);
}

static bool has_transaction(const struct produce *p)
{
    struct producer_batch batch;

    for (int32_t i = 0; i < p->q->topic_data_n; i++)
        for (int32_t k = 0; k < p->q->topic_data[i].partition_data_n; k++)
            if (transactional(&p->q->topic_data[i].partition_data[k], &batch))
                return true;
    return false;
}

void api_produce(struct broker *b, struct request *r)
{
    struct produce *p = arena_new(r->arena, struct produce);
    struct txn_add what;

    p->b = b;
    p->r = r;
    p->now_ms = clock_wall_ms();
    p->q = REQUEST_DECODE(r, kf_produce_request);
    if (!p->q)
        return;
    p->m = MESSAGE_NEW(r->arena, kf_produce_response);
    p->m->throttle_time_ms =
        broker_quotas_record(b, QUOTA_PRODUCE, r, r->client_id, (int64_t)r->frame.n);
    p->m->responses_n = p->q->topic_data_n;
    p->m->responses = arena_array(r->arena, (size_t)p->q->topic_data_n, sizeof(*p->m->responses));
    if (has_transaction(p) && look_for_transactions(p, &what) &&
        (b->verifies_txns || r->api_version >= ADDS_SINCE))
        ask_coordinator(p, &what);
    else
        produce_all(p);
}
