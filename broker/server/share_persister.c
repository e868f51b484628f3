#include "broker/server/share_persister.h"

#include "api/kafka/msg/delete_share_group_state.h"
#include "api/kafka/msg/initialize_share_group_state.h"
#include "api/kafka/msg/read_share_group_state.h"
#include "api/kafka/msg/read_share_group_state_summary.h"
#include "api/kafka/msg/write_share_group_state.h"
#include "broker/server/broker.h"
#include "broker/server/internal_topics.h"
#include "broker/server/txn_internal.h"

enum { CALL_MS_MAX = 10000, PAUSE_MS_MAX = 1000 };

static void finish(struct share_persist *p)
{
    struct arena arena = p->arena; /* the answer's message is in it, and `p` may go with `done` */

    p->arena = (struct arena){ 0 };
    p->b = NULL;
    p->done(p);
    arena_done(&arena);
}

static bool passes(int16_t error)
{
    return error == KF_ERR_NOT_COORDINATOR || error == KF_ERR_COORDINATOR_NOT_AVAILABLE ||
           error == KF_ERR_COORDINATOR_LOAD_IN_PROGRESS || error == KF_ERR_NETWORK_EXCEPTION ||
           error == KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

/* After an answer or the lack of one. */
static void conclude(struct share_persist *p)
{
    int64_t pause_ms = (int64_t)PERSIST_PAUSE_MS << p->tries;

    if (!passes(p->ask.error) || ++p->tries >= PERSIST_TRIES) {
        if (p->ask.error == KF_ERR_NETWORK_EXCEPTION)
            p->ask.error = KF_ERR_COORDINATOR_NOT_AVAILABLE;
        finish(p);
        return;
    }
    arena_clear(&p->arena);
    share_batches_clear(&p->ask.batches);
    loop_timer_in(p->b->loop, &p->again, pause_ms < PAUSE_MS_MAX ? pause_ms : PAUSE_MS_MAX);
}

static void fail(struct share_persist *p, int16_t error)
{
    p->ask.error = error;
    p->ask.message = NULL;
    conclude(p);
}

/* ---- here ---- */

static void answered_here(struct share_ask *a)
{
    conclude(container_of(a, struct share_persist, ask));
}

/* ---- on another broker: the five requests, with one partition each ---- */

static void *one(struct share_persist *p, const struct kf_schema *s)
{
    void *m = arena_alloc(&p->arena, kf_schema_size(s));

    kf_init(s, m);
    return m;
}

#define ONE(p, name) ((struct name *)one((p), &name##_schema))

#define REQUEST(p, request, topic_data, data, q, in)                             \
    struct request *q = ONE(p, request);                                       \
    struct request##_##data *in = ONE(p, request##_##data);                    \
    q->group_id = (p)->ask.key.group;                                          \
    q->topics = ONE(p, request##_##topic_data);                                 \
    q->topics_n = 1;                                                           \
    q->topics[0].topic_id = (p)->ask.key.topic;                                \
    q->topics[0].partitions = in;                                              \
    q->topics[0].partitions_n = 1;                                             \
    in->partition = (p)->ask.key.partition

static const void *initialize_request(struct share_persist *p)
{
    REQUEST(p, kf_initialize_share_group_state_request, initialize_state_data, partition_data, q,
            in);
    in->state_epoch = p->ask.write.state_epoch;
    in->start_offset = p->ask.write.start;
    return q;
}

static const void *read_request(struct share_persist *p)
{
    REQUEST(p, kf_read_share_group_state_request, read_state_data, partition_data, q, in);
    in->leader_epoch = p->ask.write.leader_epoch;
    return q;
}

static const void *write_request(struct share_persist *p)
{
    const struct share_write *w = &p->ask.write;

    REQUEST(p, kf_write_share_group_state_request, write_state_data, partition_data, q, in);
    in->state_epoch = w->state_epoch;
    in->leader_epoch = w->leader_epoch;
    in->start_offset = w->start;
    in->delivery_complete_count = w->complete_n;
    in->state_batches_n = w->batches_n;
    in->state_batches =
        arena_array(&p->arena, (size_t)w->batches_n, sizeof(*in->state_batches));
    for (int32_t i = 0; i < w->batches_n; i++) {
        in->state_batches[i].first_offset = w->batches[i].first;
        in->state_batches[i].last_offset = w->batches[i].last;
        in->state_batches[i].delivery_state = w->batches[i].state;
        in->state_batches[i].delivery_count = w->batches[i].count;
    }
    return q;
}

static const void *delete_request(struct share_persist *p)
{
    REQUEST(p, kf_delete_share_group_state_request, delete_state_data, partition_data, q, in);
    return q;
}

static const void *summary_request(struct share_persist *p)
{
    REQUEST(p, kf_read_share_group_state_summary_request, read_state_summary_data, partition_data,
            q, in);
    in->leader_epoch = p->ask.write.leader_epoch;
    return q;
}

/* The one partition of an answer, NULL when it is not in it. */
#define ANSWER(m)                                                                    \
    ((m)->results_n == 1 && (m)->results[0].partitions_n == 1 ? (m)->results[0].partitions : NULL)

#define TAKE_ERROR(p, out)                                                                  \
    do {                                                                                    \
        (p)->ask.error = (out) ? (out)->error_code : KF_ERR_UNKNOWN_SERVER_ERROR;           \
        (p)->ask.message =                                                                  \
            (out) && (out)->error_message.p                                                 \
                ? arena_text(&(p)->arena, (out)->error_message) : NULL;                     \
    } while (0)

static void take_initialized(struct share_persist *p, const void *answer)
{
    const struct kf_initialize_share_group_state_response *m = answer;

    TAKE_ERROR(p, ANSWER(m));
}

static void take_written(struct share_persist *p, const void *answer)
{
    const struct kf_write_share_group_state_response *m = answer;

    TAKE_ERROR(p, ANSWER(m));
}

static void take_deleted(struct share_persist *p, const void *answer)
{
    const struct kf_delete_share_group_state_response *m = answer;

    TAKE_ERROR(p, ANSWER(m));
}

static void take_read(struct share_persist *p, const void *answer)
{
    const struct kf_read_share_group_state_response *m = answer;
    const struct kf_read_share_group_state_response_partition_result *out = ANSWER(m);

    TAKE_ERROR(p, out);
    if (p->ask.error)
        return;
    p->ask.state_epoch = out->state_epoch;
    p->ask.start = out->start_offset;
    for (int32_t i = 0; i < out->state_batches_n; i++) {
        struct share_batch b = { out->state_batches[i].first_offset,
                                 out->state_batches[i].last_offset,
                                 out->state_batches[i].delivery_state,
                                 out->state_batches[i].delivery_count };

        if (share_batch_legal(&b))
            share_batches_put(&p->ask.batches, &b);
    }
}

static void take_summary(struct share_persist *p, const void *answer)
{
    const struct kf_read_share_group_state_summary_response *m = answer;
    const struct kf_read_share_group_state_summary_response_partition_result *out = ANSWER(m);

    TAKE_ERROR(p, out);
    if (p->ask.error)
        return;
    p->ask.state_epoch = out->state_epoch;
    p->ask.leader_epoch = out->leader_epoch;
    p->ask.start = out->start_offset;
    p->ask.complete_n = out->delivery_complete_count;
}

static const struct {
    int16_t api_key;
    const void *(*request)(struct share_persist *p);
    void (*take)(struct share_persist *p, const void *answer);
} kinds[] = {
    [SHARE_ASK_INITIALIZE] = { KF_API_INITIALIZE_SHARE_GROUP_STATE, initialize_request,
                               take_initialized },
    [SHARE_ASK_READ] = { KF_API_READ_SHARE_GROUP_STATE, read_request, take_read },
    [SHARE_ASK_WRITE] = { KF_API_WRITE_SHARE_GROUP_STATE, write_request, take_written },
    [SHARE_ASK_DELETE] = { KF_API_DELETE_SHARE_GROUP_STATE, delete_request, take_deleted },
    [SHARE_ASK_SUMMARY] = { KF_API_READ_SHARE_GROUP_STATE_SUMMARY, summary_request, take_summary },
};

static void answered_there(struct txn_peer_call *c, err_t e, const void *answer)
{
    struct share_persist *p = container_of(c, struct share_persist, call);

    if (e) {
        fail(p, e == ERR_UNSUPPORTED ? KF_ERR_UNSUPPORTED_VERSION : KF_ERR_NETWORK_EXCEPTION);
        return;
    }
    kinds[p->ask.kind].take(p, answer);
    conclude(p);
}

static void ask_there(struct share_persist *p, int32_t leader)
{
    p->call = (struct txn_peer_call){ .api_key = kinds[p->ask.kind].api_key,
                                      .message = kinds[p->ask.kind].request(p),
                                      .timeout_ms = CALL_MS_MAX,
                                      .done = answered_there };
    list_init(&p->call.node);
    txn_peers_send(p->b->transactions->peers, leader, &p->call);
}

/* ---- routing ---- */

static void route(struct loop_timer *t)
{
    struct share_persist *p = container_of(t, struct share_persist, again);
    const struct topic_state *topic = image_topic(p->b->image, str_of(SHARE_STATE_TOPIC));
    OWNED_ARENA a = { 0 };
    int32_t leader;

    if (!topic) {
        internal_topic_create(p->b, SHARE_STATE_TOPIC);
        fail(p, KF_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    leader = topic->partitions[coordinator_partition(share_key_text(&p->ask.key, &a),
                                                     topic->partitions_n)]
                 .leader;
    if (leader == p->b->config->node_id)
        share_coordinator_ask(p->b, &p->ask);
    else if (leader >= 0)
        ask_there(p, leader);
    else
        fail(p, KF_ERR_COORDINATOR_NOT_AVAILABLE);
}

void share_persist_begin(struct broker *b, struct share_persist *p)
{
    p->b = b;
    p->ask.done = answered_here;
    p->again.fire = route;
    p->tries = 0;
    loop_timer_in(b->loop, &p->again, 0);
}

void share_persist_cancel(struct share_persist *p)
{
    if (!p->b)
        return;
    loop_timer_clear(p->b->loop, &p->again);
    share_coordinator_cancel(&p->ask);
    txn_peers_cancel(&p->call);
    arena_done(&p->arena);
    p->b = NULL;
}
