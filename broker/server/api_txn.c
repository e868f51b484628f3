#include "api/kafka/msg/add_offsets_to_txn.h"
#include "api/kafka/msg/add_partitions_to_txn.h"
#include "api/kafka/msg/end_txn.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/internal_topics.h"
#include "broker/server/txn_coordinator.h"

enum {
    FENCED_SINCE = 2, /* AddPartitionsToTxn, AddOffsetsToTxn, EndTxn: PRODUCER_FENCED by its name */
    BATCHED_SINCE = 4,   /* AddPartitionsToTxn: from brokers, many transactions */
    END_BUMPS_SINCE = 5, /* EndTxn: transactions of version 2 */
};

/* Older clients know fencing by another name. */
static int16_t known_error(const struct request *r, int16_t error)
{
    return error == KF_ERR_PRODUCER_FENCED && r->api_version < FENCED_SINCE
               ? KF_ERR_INVALID_PRODUCER_EPOCH
               : error;
}

static void ask_gone(struct request *r)
{
    transactions_ask_cancel(r->parked);
}

static void ask(struct broker *b, struct request *r, struct txn_ask *a,
                void (*done)(struct txn_ask *a))
{
    a->done = done;
    a->ctx = r;
    r->parked = a;
    r->cancelled = ask_gone;
    transactions_ask(b, a);
}

/* --- EndTxn --- */

static void ended(struct txn_ask *a)
{
    struct request *r = a->ctx;
    struct kf_end_txn_response *m = MESSAGE_NEW(r->arena, kf_end_txn_response);

    m->error_code = known_error(r, a->error);
    if (!a->error && r->api_version >= END_BUMPS_SINCE) {
        m->producer_id = a->producer_id;
        m->producer_epoch = a->epoch;
    }
    request_reply(r, &kf_end_txn_response_schema, m);
}

void api_end_txn(struct broker *b, struct request *r)
{
    struct kf_end_txn_request *q = REQUEST_DECODE(r, kf_end_txn_request);
    struct txn_ask *a;

    if (!q)
        return;
    a = arena_new(r->arena, struct txn_ask);
    a->kind = TXN_ASK_END;
    a->end = (struct txn_end){
        .id = q->transactional_id, .producer_id = q->producer_id, .epoch = q->producer_epoch,
        .commit = q->committed, .client_version = r->api_version >= END_BUMPS_SINCE ? TXN_V2 : 0,
    };
    ask(b, r, a, ended);
}

/* --- AddOffsetsToTxn --- */

static void answer_offsets(struct request *r, int16_t error)
{
    struct kf_add_offsets_to_txn_response *m =
        MESSAGE_NEW(r->arena, kf_add_offsets_to_txn_response);

    m->error_code = known_error(r, error);
    request_reply(r, &kf_add_offsets_to_txn_response_schema, m);
}

static void offsets_added(struct txn_ask *a)
{
    answer_offsets(a->ctx, a->error);
}

/* The partition of the offsets topic that holds the group. */
void api_add_offsets_to_txn(struct broker *b, struct request *r)
{
    struct kf_add_offsets_to_txn_request *q = REQUEST_DECODE(r, kf_add_offsets_to_txn_request);
    const struct topic_state *t = image_topic(b->image, str_of(GROUPS_TOPIC));
    struct txn_topic *topic;
    int32_t *partition;
    struct txn_ask *a;

    if (!q)
        return;
    if (!t) {
        internal_topic_create(b, GROUPS_TOPIC);
        answer_offsets(r, KF_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    partition = arena_new(r->arena, int32_t);
    *partition = coordinator_partition(q->group_id, t->partitions_n);
    topic = arena_new(r->arena, struct txn_topic);
    *topic = (struct txn_topic){ str_of(GROUPS_TOPIC), partition, 1 };
    a = arena_new(r->arena, struct txn_ask);
    a->kind = TXN_ASK_ADD;
    a->add = (struct txn_add){ .id = q->transactional_id, .producer_id = q->producer_id,
                               .epoch = q->producer_epoch, .topics = topic, .topics_n = 1 };
    ask(b, r, a, offsets_added);
}

/* --- AddPartitionsToTxn --- */

typedef struct kf_add_partitions_to_txn_request_add_partitions_to_txn_topic topic_in;
typedef struct kf_add_partitions_to_txn_request_add_partitions_to_txn_transaction transaction_in;
typedef struct kf_add_partitions_to_txn_response_add_partitions_to_txn_topic_result topic_out;
typedef struct kf_add_partitions_to_txn_response_add_partitions_to_txn_result transaction_out;

/* One request; in its arena. */
struct adding {
    struct broker *b;
    struct request *r;
    struct kf_add_partitions_to_txn_response *m;
    struct added_txn *asks;
    int32_t asks_n, open;  /* open: asks, and the request itself until all are asked */
};

struct added_txn {
    struct txn_ask ask;
    struct adding *all;
    topic_out *out;
    int32_t out_n;
};

static void one_less(struct adding *all)
{
    if (--all->open == 0)
        request_reply(all->r, &kf_add_partitions_to_txn_response_schema, all->m);
}

static topic_out *results(struct arena *a, const topic_in *in, int32_t n)
{
    topic_out *out = arena_array(a, (size_t)n, sizeof(*out));

    for (int32_t i = 0; i < n; i++) {
        out[i].name = in[i].name;
        out[i].results_by_partition_n = in[i].partitions_n;
        out[i].results_by_partition = arena_array(a, (size_t)in[i].partitions_n,
                                                  sizeof(*out[i].results_by_partition));
        for (int32_t k = 0; k < in[i].partitions_n; k++)
            out[i].results_by_partition[k].partition_index = in[i].partitions[k];
    }
    return out;
}

static int16_t partition_result(const struct added_txn *t, struct str topic, int32_t index)
{
    if (t->ask.error || t->ask.kind != TXN_ASK_VERIFY)
        return known_error(t->all->r, t->ask.error);
    return txn_has_partition(t->ask.txn, topic, index) ? KF_ERR_NONE : KF_ERR_TRANSACTION_ABORTABLE;
}

static void transaction_answered(struct txn_ask *a)
{
    struct added_txn *t = container_of(a, struct added_txn, ask);

    for (int32_t i = 0; i < t->out_n; i++)
        for (int32_t k = 0; k < t->out[i].results_by_partition_n; k++)
            t->out[i].results_by_partition[k].partition_error_code = partition_result(
                t, t->out[i].name, t->out[i].results_by_partition[k].partition_index);
    one_less(t->all);
}

static struct txn_topic *topics_of(struct arena *a, const topic_in *in, int32_t n)
{
    struct txn_topic *topics = arena_array(a, (size_t)n, sizeof(*topics));

    for (int32_t i = 0; i < n; i++)
        topics[i] = (struct txn_topic){ in[i].name, in[i].partitions, in[i].partitions_n };
    return topics;
}

static void ask_transaction(struct adding *all, int32_t i, const transaction_in *in,
                            int16_t client_version, topic_out *out)
{
    struct added_txn *t = &all->asks[i];

    t->all = all;
    t->out = out;
    t->out_n = in->topics_n;
    t->ask.kind = in->verify_only ? TXN_ASK_VERIFY : TXN_ASK_ADD;
    t->ask.add = (struct txn_add){
        .id = in->transactional_id, .producer_id = in->producer_id, .epoch = in->producer_epoch,
        .topics = topics_of(all->r->arena, in->topics, in->topics_n), .topics_n = in->topics_n,
        .client_version = client_version,
    };
    t->ask.at_once = all->r->api_version >= BATCHED_SINCE;
    t->ask.done = transaction_answered;
    all->open++;
    all->asks_n = i + 1;
    transactions_ask(all->b, &t->ask);
}

static void adding_gone(struct request *r)
{
    struct adding *all = r->parked;

    for (int32_t i = 0; i < all->asks_n; i++)
        transactions_ask_cancel(&all->asks[i].ask);
}

/* A client may add what exists and is not ours; one that fails takes the others with it. */
static int16_t client_error(const struct broker *b, struct str topic, int32_t index)
{
    const struct topic_state *t = image_topic(b->image, topic);

    if (topic_is_internal(topic))
        return KF_ERR_TOPIC_AUTHORIZATION_FAILED;
    return t && index >= 0 && index < t->partitions_n ? KF_ERR_NONE
                                                      : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

static bool client_errors(const struct broker *b, topic_out *out, int32_t n)
{
    bool any = false;

    for (int32_t i = 0; i < n; i++)
        for (int32_t k = 0; k < out[i].results_by_partition_n; k++) {
            int16_t error =
                client_error(b, out[i].name, out[i].results_by_partition[k].partition_index);

            out[i].results_by_partition[k].partition_error_code =
                error ? error : KF_ERR_OPERATION_NOT_ATTEMPTED;
            any |= error != KF_ERR_NONE;
        }
    return any;
}

static void from_client(struct adding *all, const struct kf_add_partitions_to_txn_request *q)
{
    transaction_in in = {
        .transactional_id = q->v3_and_below_transactional_id,
        .producer_id = q->v3_and_below_producer_id,
        .producer_epoch = q->v3_and_below_producer_epoch,
        .topics = q->v3_and_below_topics,
        .topics_n = q->v3_and_below_topics_n,
    };
    topic_out *out = results(all->r->arena, in.topics, in.topics_n);

    all->m->results_by_topic_v3_and_below = out;
    all->m->results_by_topic_v3_and_below_n = in.topics_n;
    if (!client_errors(all->b, out, in.topics_n))
        ask_transaction(all, 0, &in, 0, out);
}

static void from_broker(struct adding *all, const struct kf_add_partitions_to_txn_request *q)
{
    transaction_out *out = arena_array(all->r->arena, (size_t)q->transactions_n, sizeof(*out));

    all->m->results_by_transaction = out;
    all->m->results_by_transaction_n = q->transactions_n;
    for (int32_t i = 0; i < q->transactions_n; i++) {
        const transaction_in *in = &q->transactions[i];

        out[i].transactional_id = in->transactional_id;
        out[i].topic_results_n = in->topics_n;
        out[i].topic_results = results(all->r->arena, in->topics, in->topics_n);
        ask_transaction(all, i, in, TXN_V2, out[i].topic_results);
    }
}

void api_add_partitions_to_txn(struct broker *b, struct request *r)
{
    struct kf_add_partitions_to_txn_request *q =
        REQUEST_DECODE(r, kf_add_partitions_to_txn_request);
    struct adding *all;
    int32_t n;

    if (!q)
        return;
    n = r->api_version < BATCHED_SINCE ? 1 : q->transactions_n;
    all = arena_new(r->arena, struct adding);
    all->b = b;
    all->r = r;
    all->open = 1;
    all->m = MESSAGE_NEW(r->arena, kf_add_partitions_to_txn_response);
    all->asks = arena_array(r->arena, (size_t)n, sizeof(*all->asks));
    r->parked = all;
    r->cancelled = adding_gone;
    if (r->api_version < BATCHED_SINCE)
        from_client(all, q);
    else
        from_broker(all, q);
    one_less(all);
}
