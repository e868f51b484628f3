#include "api/kafka/msg/produce.h"

#include "broker/replica/client_batch.h"
#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/housekeeping.h"
#include "broker/server/producers.h"
#include "common/clock.h"
#include "common/log.h"

enum { IDS_SINCE = 13, LEADER_HINT_SINCE = 10 };

typedef struct kf_produce_request_topic_produce_data topic_in;
typedef struct kf_produce_request_partition_produce_data partition_in;
typedef struct kf_produce_response_topic_produce_response topic_out;
typedef struct kf_produce_response_partition_produce_response partition_out;

struct produce {
    struct broker *b;
    struct request *r;
    struct kf_produce_request *q;
    struct kf_produce_response *m;
    int64_t now_ms;
    bool failed;
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

static int16_t append_error(err_t e)
{
    switch (e) {
    case ERR_OK:
        return KF_ERR_NONE;
    case ERR_TOO_LARGE:
        return KF_ERR_MESSAGE_TOO_LARGE;
    case ERR_MALFORMED:
    case ERR_CORRUPT:
    case ERR_INVALID:
        return KF_ERR_CORRUPT_MESSAGE;
    case ERR_STALE:
    case ERR_NOT_LEADER:
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    /* Retriable for every client: it tries on until there is room again. */
    case ERR_NO_SPACE:
    case ERR_NOMEM:
    case ERR_IO:
    case ERR_BUSY:
    case ERR_AGAIN:
        return KF_ERR_KAFKA_STORAGE_ERROR;
    case ERR_UNSUPPORTED:
    case ERR_NOT_FOUND:
    case ERR_EXISTS:
    case ERR_CONFLICT:
    case ERR_UNAUTHENTICATED:
    case ERR_FORBIDDEN:
    case ERR_OUT_OF_RANGE:
    case ERR_TIMEOUT:
    case ERR_UNREACHABLE:
    case ERR_CLOSED:
        return KF_ERR_UNKNOWN_SERVER_ERROR;
    }
    return KF_ERR_UNKNOWN_SERVER_ERROR;
}

static void answer(partition_out *out, const struct partition *part, int64_t base_offset, int64_t time)
{
    out->base_offset = base_offset;
    out->log_append_time_ms = time;
    out->log_start_offset = log_start_offset(part->log);
}

static struct producer_batch producer_of(const struct head *h)
{
    int64_t last = (int64_t)h->base_sequence + h->count - 1;

    return (struct producer_batch){
        .producer_id = h->producer_id, .epoch = h->producer_epoch,
        .first_sequence = h->base_sequence,
        .last_sequence = (int32_t)(last > INT32_MAX ? last - INT32_MAX - 1 : last),
        .timestamp = h->max_timestamp,
    };
}

/* True when the batch is to be appended; else `out` says what became of it. */
static bool check_producer(struct produce *p, struct partition *part, const struct producer_batch *pb,
                           partition_out *out)
{
    struct producer_batch old;

    if (producers_ready(part)) {
        fail(p, out, KF_ERR_KAFKA_STORAGE_ERROR, "The partition's producers cannot be read");
        return false;
    }
    switch (producer_decide(&part->producers, pb, &old)) {
    case PRODUCER_APPEND:
        return true;
    case PRODUCER_DUPLICATE:
        answer(out, part, old.base_offset, part->topic->config.log_append_time ? old.timestamp : -1);
        return false;
    case PRODUCER_OUT_OF_ORDER:
        fail(p, out, KF_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "The batch's sequence does not follow");
        return false;
    case PRODUCER_OLD_EPOCH:
        fail(p, out, KF_ERR_INVALID_PRODUCER_EPOCH, "A newer instance of the producer has written");
        return false;
    }
    return false;
}

static void append(struct produce *p, struct partition *part, struct slice records,
                   const struct client_batch *batch, partition_out *out)
{
    struct producer_batch pb = producer_of(&batch->head);
    struct log_appended at;
    err_t e;

    if (pb.producer_id >= 0 && !check_producer(p, part, &pb, out))
        return;
    e = log_append_leader(part->log, (uint8_t *)(uintptr_t)records.p, records.n, part->leader_epoch,
                          p->now_ms, &at);
    if (e) {
        house_refused(p->b->house, e);
        fail(p, out, append_error(e), e == ERR_NO_SPACE ? "No space left on the volume" : err_text(e));
        return;
    }
    pb.base_offset = at.base_offset;
    pb.last_offset = at.last_offset;
    if (at.log_append_time_ms >= 0)
        pb.timestamp = at.log_append_time_ms;
    producers_appended(part, &pb);
    log_set_high_watermark(part->log, at.last_offset + 1);
    partition_touched(part);
    house_appended(p->b->house, records.n);
    if (log_flush_due(part->log, p->now_ms) && log_sync(part->log)) {
        fail(p, out, KF_ERR_KAFKA_STORAGE_ERROR, "The log could not be flushed");
        return;
    }
    answer(out, part, at.base_offset, at.log_append_time_ms);
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

void api_produce(struct broker *b, struct request *r)
{
    struct produce p = { .b = b, .r = r, .now_ms = clock_wall_ms() };

    p.q = REQUEST_DECODE(r, kf_produce_request);
    if (!p.q)
        return;
    p.m = MESSAGE_NEW(r->arena, kf_produce_response);
    p.m->responses_n = p.q->topic_data_n;
    p.m->responses = arena_array(r->arena, (size_t)p.q->topic_data_n, sizeof(*p.m->responses));
    for (int32_t i = 0; i < p.q->topic_data_n; i++)
        produce_topic(&p, &p.q->topic_data[i], &p.m->responses[i]);
    /* Without acks there is no place for an error: a closed connection says it. */
    if (p.q->acks)
        request_reply(r, &kf_produce_response_schema, p.m);
    else if (p.failed)
        request_close(r, "a record sent with acks=0 was refused");
    else
        request_done(r);
}
