/* The five requests that brokers send to share coordinators: each is questions about share
 * partitions (share_coordinator.h), answered together. */
#include "api/kafka/msg/delete_share_group_state.h"
#include "api/kafka/msg/initialize_share_group_state.h"
#include "api/kafka/msg/read_share_group_state.h"
#include "api/kafka/msg/read_share_group_state_summary.h"
#include "api/kafka/msg/write_share_group_state.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/share_coordinator.h"

enum { PARTITIONS_MAX = 100000 }; /* of one request */

/* The questions of one request; in its arena. */
struct asks {
    struct request *r;
    const void *q;
    struct share_ask *v;
    int32_t n, open;
    bool asking;
    void (*reply)(struct asks *all);
};

static void answered(struct share_ask *a)
{
    struct asks *all = a->ctx;

    if (a->message) /* may be borrowed */
        a->message = arena_text(all->r->arena, str_of(a->message));
    if (--all->open == 0 && !all->asking)
        all->reply(all);
}

static void done(struct asks *all)
{
    for (int32_t i = 0; i < all->n; i++)
        share_batches_done(&all->v[i].batches);
}

static void cancelled(struct request *r)
{
    struct asks *all = r->parked;

    for (int32_t i = 0; i < all->n; i++)
        share_coordinator_cancel(&all->v[i]);
    done(all);
}

static struct asks *asks_new(struct request *r, const void *q, int64_t n,
                             void (*reply)(struct asks *all))
{
    struct asks *all = arena_new(r->arena, struct asks);

    if (n > PARTITIONS_MAX) {
        request_close(r, "too many share partitions in one request");
        return NULL;
    }
    all->r = r;
    all->q = q;
    all->v = arena_array(r->arena, (size_t)n, sizeof(*all->v));
    all->reply = reply;
    return all;
}

static struct share_ask *add(struct asks *all, enum share_question kind, struct str group,
                             struct uuid topic, int32_t partition)
{
    struct share_ask *a = &all->v[all->n++];

    a->kind = kind;
    a->key = (struct share_key){ group, topic, partition };
    a->write = (struct share_write){ .state_epoch = -1, .leader_epoch = -1, .start = -1,
                                     .complete_n = -1 };
    a->done = answered;
    a->ctx = all;
    return a;
}

static void begin(struct broker *b, struct asks *all)
{
    all->r->parked = all;
    all->r->cancelled = cancelled;
    all->open = all->n;
    all->asking = true;
    for (int32_t i = 0; i < all->n; i++)
        share_coordinator_ask(b, &all->v[i]);
    all->asking = false;
    if (!all->open)
        all->reply(all);
}

/* The topics of every one of these requests: how many partitions, and the answers' shape. */
#define COUNT(q, ret)                                \
    do {                                             \
        (ret) = 0;                                   \
        for (int32_t t = 0; t < (q)->topics_n; t++)  \
            (ret) += (q)->topics[t].partitions_n;    \
    } while (0)

#define SHAPE(all, q, m)                                                                      \
    do {                                                                                      \
        (m)->results_n = (q)->topics_n;                                                       \
        (m)->results =                                                                        \
            arena_array((all)->r->arena, (size_t)(q)->topics_n, sizeof(*(m)->results));       \
        for (int32_t t = 0; t < (q)->topics_n; t++) {                                         \
            (m)->results[t].topic_id = (q)->topics[t].topic_id;                               \
            (m)->results[t].partitions_n = (q)->topics[t].partitions_n;                       \
            (m)->results[t].partitions =                                                      \
                arena_array((all)->r->arena, (size_t)(q)->topics[t].partitions_n,             \
                            sizeof(*(m)->results[t].partitions));                             \
        }                                                                                     \
    } while (0)

/* Walks requests' partitions `in`, answers' `out` and questions `a` side by side. */
#define EACH(all, q, m, statement)                                                            \
    do {                                                                                      \
        struct share_ask *a = (all)->v;                                                       \
        for (int32_t t = 0; t < (q)->topics_n; t++)                                           \
            for (int32_t i = 0; i < (q)->topics[t].partitions_n; i++, a++) {                  \
                (m)->results[t].partitions[i].partition = (q)->topics[t].partitions[i].partition; \
                (m)->results[t].partitions[i].error_code = a->error;                          \
                (m)->results[t].partitions[i].error_message = str_of(a->message);             \
                statement;                                                                    \
            }                                                                                 \
    } while (0)

/* ---- initialise ---- */

static void reply_initialized(struct asks *all)
{
    const struct kf_initialize_share_group_state_request *q = all->q;
    struct kf_initialize_share_group_state_response *m =
        MESSAGE_NEW(all->r->arena, kf_initialize_share_group_state_response);

    SHAPE(all, q, m);
    EACH(all, q, m, (void)0);
    done(all);
    request_reply(all->r, &kf_initialize_share_group_state_response_schema, m);
}

void api_initialize_share_group_state(struct broker *b, struct request *r)
{
    struct kf_initialize_share_group_state_request *q =
        REQUEST_DECODE(r, kf_initialize_share_group_state_request);
    struct asks *all;
    int64_t n;

    if (!q)
        return;
    COUNT(q, n);
    all = asks_new(r, q, n, reply_initialized);
    if (!all)
        return;
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++) {
            struct share_ask *a = add(all, SHARE_ASK_INITIALIZE, q->group_id,
                                      q->topics[t].topic_id, q->topics[t].partitions[i].partition);

            a->write.state_epoch = q->topics[t].partitions[i].state_epoch;
            a->write.start = q->topics[t].partitions[i].start_offset;
        }
    begin(b, all);
}

/* ---- read ---- */

static void put_batches(struct asks *all, const struct share_ask *a,
                        struct kf_read_share_group_state_response_partition_result *out)
{
    out->state_epoch = a->state_epoch;
    out->start_offset = a->start;
    out->state_batches_n = a->batches.n;
    out->state_batches =
        arena_array(all->r->arena, (size_t)a->batches.n, sizeof(*out->state_batches));
    for (int32_t i = 0; i < a->batches.n; i++) {
        out->state_batches[i].first_offset = a->batches.v[i].first;
        out->state_batches[i].last_offset = a->batches.v[i].last;
        out->state_batches[i].delivery_state = a->batches.v[i].state;
        out->state_batches[i].delivery_count = a->batches.v[i].count;
    }
}

static void reply_read(struct asks *all)
{
    const struct kf_read_share_group_state_request *q = all->q;
    struct kf_read_share_group_state_response *m =
        MESSAGE_NEW(all->r->arena, kf_read_share_group_state_response);

    SHAPE(all, q, m);
    EACH(all, q, m, if (!a->error) put_batches(all, a, &m->results[t].partitions[i]));
    done(all);
    request_reply(all->r, &kf_read_share_group_state_response_schema, m);
}

void api_read_share_group_state(struct broker *b, struct request *r)
{
    struct kf_read_share_group_state_request *q =
        REQUEST_DECODE(r, kf_read_share_group_state_request);
    struct asks *all;
    int64_t n;

    if (!q)
        return;
    COUNT(q, n);
    all = asks_new(r, q, n, reply_read);
    if (!all)
        return;
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++)
            add(all, SHARE_ASK_READ, q->group_id, q->topics[t].topic_id,
                q->topics[t].partitions[i].partition)
                ->write.leader_epoch = q->topics[t].partitions[i].leader_epoch;
    begin(b, all);
}

/* ---- write ---- */

static void reply_written(struct asks *all)
{
    const struct kf_write_share_group_state_request *q = all->q;
    struct kf_write_share_group_state_response *m =
        MESSAGE_NEW(all->r->arena, kf_write_share_group_state_response);

    SHAPE(all, q, m);
    EACH(all, q, m, (void)0);
    done(all);
    request_reply(all->r, &kf_write_share_group_state_response_schema, m);
}

static void read_write(struct asks *all,
                       const struct kf_write_share_group_state_request_partition_data *in,
                       struct share_write *ret)
{
    struct share_batch *v =
        arena_array(all->r->arena, (size_t)in->state_batches_n, sizeof(*v));

    for (int32_t i = 0; i < in->state_batches_n; i++)
        v[i] = (struct share_batch){ in->state_batches[i].first_offset,
                                     in->state_batches[i].last_offset,
                                     in->state_batches[i].delivery_state,
                                     in->state_batches[i].delivery_count };
    *ret = (struct share_write){ in->state_epoch, in->leader_epoch, in->start_offset,
                                 in->delivery_complete_count, v, in->state_batches_n };
}

void api_write_share_group_state(struct broker *b, struct request *r)
{
    struct kf_write_share_group_state_request *q =
        REQUEST_DECODE(r, kf_write_share_group_state_request);
    struct asks *all;
    int64_t n;

    if (!q)
        return;
    COUNT(q, n);
    all = asks_new(r, q, n, reply_written);
    if (!all)
        return;
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++) {
            struct share_ask *a = add(all, SHARE_ASK_WRITE, q->group_id, q->topics[t].topic_id,
                                      q->topics[t].partitions[i].partition);

            read_write(all, &q->topics[t].partitions[i], &a->write);
        }
    begin(b, all);
}

/* ---- delete ---- */

static void reply_deleted(struct asks *all)
{
    const struct kf_delete_share_group_state_request *q = all->q;
    struct kf_delete_share_group_state_response *m =
        MESSAGE_NEW(all->r->arena, kf_delete_share_group_state_response);

    SHAPE(all, q, m);
    EACH(all, q, m, (void)0);
    done(all);
    request_reply(all->r, &kf_delete_share_group_state_response_schema, m);
}

void api_delete_share_group_state(struct broker *b, struct request *r)
{
    struct kf_delete_share_group_state_request *q =
        REQUEST_DECODE(r, kf_delete_share_group_state_request);
    struct asks *all;
    int64_t n;

    if (!q)
        return;
    COUNT(q, n);
    all = asks_new(r, q, n, reply_deleted);
    if (!all)
        return;
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++)
            add(all, SHARE_ASK_DELETE, q->group_id, q->topics[t].topic_id,
                q->topics[t].partitions[i].partition);
    begin(b, all);
}

/* ---- summary ---- */

static void put_summary(const struct share_ask *a,
                        struct kf_read_share_group_state_summary_response_partition_result *out)
{
    out->state_epoch = a->state_epoch;
    out->leader_epoch = a->leader_epoch;
    out->start_offset = a->start;
    out->delivery_complete_count = a->complete_n;
}

static void reply_summary(struct asks *all)
{
    const struct kf_read_share_group_state_summary_request *q = all->q;
    struct kf_read_share_group_state_summary_response *m =
        MESSAGE_NEW(all->r->arena, kf_read_share_group_state_summary_response);

    SHAPE(all, q, m);
    EACH(all, q, m, m->results[t].partitions[i].delivery_complete_count = -1;
         if (!a->error) put_summary(a, &m->results[t].partitions[i]));
    done(all);
    request_reply(all->r, &kf_read_share_group_state_summary_response_schema, m);
}

void api_read_share_group_state_summary(struct broker *b, struct request *r)
{
    struct kf_read_share_group_state_summary_request *q =
        REQUEST_DECODE(r, kf_read_share_group_state_summary_request);
    struct asks *all;
    int64_t n;

    if (!q)
        return;
    COUNT(q, n);
    all = asks_new(r, q, n, reply_summary);
    if (!all)
        return;
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++)
            add(all, SHARE_ASK_SUMMARY, q->group_id, q->topics[t].topic_id,
                q->topics[t].partitions[i].partition)
                ->write.leader_epoch = q->topics[t].partitions[i].leader_epoch;
    begin(b, all);
}
