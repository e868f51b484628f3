#include "api/kafka/msg/produce.h"

#include "broker/replica/client_batch.h"
#include "broker/server/append.h"
#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "common/clock.h"

enum { IDS_SINCE = 13, LEADER_HINT_SINCE = 10, ACKS_ALL = -1 };

typedef struct kf_produce_request_topic_produce_data topic_in;
typedef struct kf_produce_request_partition_produce_data partition_in;
typedef struct kf_produce_response_topic_produce_response topic_out;
typedef struct kf_produce_response_partition_produce_response partition_out;

/* One request; in its arena, also while it waits. */
struct produce {
    struct broker *b;
    struct request *r;
    struct kf_produce_request *q;
    struct kf_produce_response *m;
    int64_t now_ms;
    int32_t waiting; /* partitions that have not reached their high watermark */
    struct produce_wait *waits;
    struct loop_timer timer;
    bool failed;
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

static void append(struct produce *p, struct partition *part, struct slice records,
                   const struct client_batch *batch, partition_out *out)
{
    bool all = p->q->acks == ACKS_ALL;
    struct append_result at = append_batch(p->b, part, (uint8_t *)(uintptr_t)records.p, records.n,
                                           &batch->head, all, p->now_ms);

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
    if (batch.error)
        fail(p, out, batch.error, batch.message);
    else
        append(p, part, in->records, &batch, out);
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

static void produce_topic(struct produce *p, const topic_in *in, topic_out *out)
{
    const struct topic *t = p->r->api_version >= IDS_SINCE
                                ? replicas_topic_by_id(&p->b->replicas, &in->topic_id)
                                : replicas_topic(&p->b->replicas, in->name);

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
        if (part->error_code == KF_ERR_NOT_LEADER_OR_FOLLOWER && p->r->api_version >= LEADER_HINT_SINCE)
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

void api_produce(struct broker *b, struct request *r)
{
    struct produce *p = arena_new(r->arena, struct produce);

    p->b = b;
    p->r = r;
    p->now_ms = clock_wall_ms();
    p->q = REQUEST_DECODE(r, kf_produce_request);
    if (!p->q)
        return;
    p->m = MESSAGE_NEW(r->arena, kf_produce_response);
    p->m->responses_n = p->q->topic_data_n;
    p->m->responses = arena_array(r->arena, (size_t)p->q->topic_data_n, sizeof(*p->m->responses));
    for (int32_t i = 0; i < p->q->topic_data_n; i++)
        produce_topic(p, &p->q->topic_data[i], &p->m->responses[i]);
    /* Without acks there is no place for an error: a closed connection says it. */
    if (p->waiting)
        park(p);
    else if (p->q->acks)
        reply(p);
    else if (p->failed)
        request_close(r, "a record sent with acks=0 was refused");
    else
        request_done(r);
}
