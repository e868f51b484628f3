#include "api/kafka/msg/delete_records.h"

#include "broker/replica/leader.h"
#include "broker/server/broker.h"
#include "broker/server/deletion.h"
#include "broker/server/handlers.h"
#include "broker/server/housekeeping.h"

enum { UP_TO_HIGH_WATERMARK = -1, LOW_WATERMARK_UNKNOWN = -1 };

typedef struct kf_delete_records_response_delete_records_partition_result deleted_out;

/* One request; in its arena, also while it waits. */
struct deletion {
    struct broker *b;
    struct request *r;
    struct kf_delete_records_response *m;
    struct deletion_wait *waits;
    int32_t waiting; /* partitions whose replicas still have the records */
    struct loop_timer timer;
};

struct deletion_wait {
    struct list by_partition; /* partition.deletions; alone: not waiting */
    struct deletion *deletion;
    struct deletion_wait *next;
    int64_t required;         /* the low watermark that is awaited */
    deleted_out *out;
};

static void end_waiting(struct deletion *d)
{
    loop_timer_clear(d->b->loop, &d->timer);
    for (struct deletion_wait *w = d->waits; w; w = w->next)
        list_remove(&w->by_partition);
}

static void reply(struct deletion *d)
{
    end_waiting(d);
    request_reply(d->r, &kf_delete_records_response_schema, d->m);
}

static void finish(struct deletion_wait *w, int16_t error, int64_t low_watermark)
{
    list_remove(&w->by_partition);
    w->out->error_code = error;
    w->out->low_watermark = low_watermark;
    if (--w->deletion->waiting == 0 && w->deletion->r->parked)
        reply(w->deletion);
}

static int64_t low_watermark(const struct broker *b, const struct partition *p)
{
    return leader_low_watermark(p->leader, log_start_offset(p->log), b->image);
}

void deletions_release(struct broker *b, struct partition *p)
{
    int64_t low;

    if (list_empty(&p->deletions))
        return;
    low = low_watermark(b, p);
    list_each(node, &p->deletions) {
        struct deletion_wait *w = list_item(node, struct deletion_wait, by_partition);

        if (w->required <= low)
            finish(w, KF_ERR_NONE, low);
    }
}

void deletions_fail(struct partition *p, int16_t error)
{
    while (!list_empty(&p->deletions))
        finish(list_item(p->deletions.next, struct deletion_wait, by_partition), error,
               LOW_WATERMARK_UNKNOWN);
}

static void timed_out(struct loop_timer *t)
{
    reply(container_of(t, struct deletion, timer)); /* who waits says REQUEST_TIMED_OUT already */
}

static void peer_gone(struct request *r)
{
    end_waiting(r->parked);
}

static void wait_for_replicas(struct deletion *d, struct partition *p, int64_t required,
                              deleted_out *out)
{
    struct deletion_wait *w = arena_new(d->r->arena, struct deletion_wait);

    out->error_code = KF_ERR_REQUEST_TIMED_OUT;
    w->deletion = d;
    w->out = out;
    w->required = required;
    w->next = d->waits;
    d->waits = w;
    d->waiting++;
    list_push(&p->deletions, &w->by_partition);
}

static int16_t refusal(const struct partition *p, int64_t offset)
{
    if (topic_is_internal(str_of(p->topic->name)))
        return KF_ERR_INVALID_TOPIC_EXCEPTION;
    if (!p->topic->config.delete_)
        return KF_ERR_POLICY_VIOLATION;
    return offset < 0 || offset > partition_high_watermark(p) ? KF_ERR_OFFSET_OUT_OF_RANGE : KF_ERR_NONE;
}

static void delete_up_to(struct deletion *d, struct str topic, int32_t index, int64_t offset,
                         deleted_out *out)
{
    struct partition *p = topic_partition(replicas_topic(&d->b->replicas, topic), index);

    out->partition_index = index;
    out->low_watermark = LOW_WATERMARK_UNKNOWN;
    out->error_code = p ? partition_error(d->b, p) : missing_partition_error(d->b, topic, NULL, index);
    if (out->error_code)
        return;
    if (offset == UP_TO_HIGH_WATERMARK)
        offset = partition_high_watermark(p);
    out->error_code = refusal(p, offset);
    if (!out->error_code && log_raise_start(p->log, offset))
        out->error_code = KF_ERR_KAFKA_STORAGE_ERROR;
    if (out->error_code)
        return;
    out->low_watermark = low_watermark(d->b, p);
    if (out->low_watermark < offset)
        wait_for_replicas(d, p, offset, out);
    partition_touched(p);
}

static void park(struct deletion *d, int32_t timeout_ms)
{
    d->timer.fire = timed_out;
    loop_timer_in(d->b->loop, &d->timer, timeout_ms < 0 ? 0 : timeout_ms);
    d->r->parked = d;
    d->r->cancelled = peer_gone;
}

void api_delete_records(struct broker *b, struct request *r)
{
    struct kf_delete_records_request *q = REQUEST_DECODE(r, kf_delete_records_request);
    struct kf_delete_records_response *m;
    struct deletion *d;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_delete_records_response);
    d = arena_new(r->arena, struct deletion);
    d->b = b;
    d->r = r;
    d->m = m;
    m->topics = arena_array(r->arena, (size_t)q->topics_n, sizeof(*m->topics));
    m->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        int32_t n = q->topics[i].partitions_n;

        m->topics[i].name = q->topics[i].name;
        m->topics[i].partitions_n = n;
        m->topics[i].partitions = arena_array(r->arena, (size_t)n, sizeof(*m->topics[i].partitions));
        for (int32_t k = 0; k < n; k++)
            delete_up_to(d, q->topics[i].name, q->topics[i].partitions[k].partition_index,
                         q->topics[i].partitions[k].offset, &m->topics[i].partitions[k]);
    }
    house_checkpoint(b->house);
    if (d->waiting)
        park(d, q->timeout_ms);
    else
        reply(d);
}
