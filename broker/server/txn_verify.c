#include "broker/server/txn_verify.h"

#include "api/kafka/msg/add_partitions_to_txn.h"
#include "broker/server/broker.h"
#include "broker/server/txn_internal.h"
#include "common/log.h"

enum { CALL_MS_MAX = 5000, BATCHED_SINCE = 4 };

typedef struct kf_add_partitions_to_txn_request_add_partitions_to_txn_topic topic_out;
typedef struct kf_add_partitions_to_txn_request_add_partitions_to_txn_transaction transaction_out;
typedef struct kf_add_partitions_to_txn_response_add_partitions_to_txn_result transaction_in;
typedef struct kf_add_partitions_to_txn_response_add_partitions_to_txn_topic_result topic_in;

/* As a leader tells its client. What may pass is told as NOT_ENOUGH_REPLICAS, on which every client
 * tries again and none looks for another leader. */
static int16_t told_error(const struct txn_verify *v, int16_t error)
{
    switch (error) {
    case KF_ERR_PRODUCER_FENCED:
        return KF_ERR_INVALID_PRODUCER_EPOCH;
    case KF_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case KF_ERR_COORDINATOR_NOT_AVAILABLE:
    case KF_ERR_NOT_COORDINATOR:
    case KF_ERR_NETWORK_EXCEPTION:
        return KF_ERR_NOT_ENOUGH_REPLICAS;
    case KF_ERR_CONCURRENT_TRANSACTIONS:
        return v->add ? error : KF_ERR_NOT_ENOUGH_REPLICAS;
    case KF_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return KF_ERR_INVALID_TXN_STATE;
    default:
        return error;
    }
}

static void finish(struct loop_task *t)
{
    struct txn_verify *v = container_of(t, struct txn_verify, told);

    v->done(v);
}

static void set(struct txn_verify *v, int32_t topic, int32_t i, int16_t error)
{
    v->errors[topic][i] = told_error(v, error);
}

static void set_all(struct txn_verify *v, int16_t error)
{
    for (int32_t i = 0; i < v->what.topics_n; i++)
        for (int32_t k = 0; k < v->what.topics[i].partitions_n; k++)
            set(v, i, k, error);
}

/* Only who adds waits for the transaction before to be completed: the others' clients did. Markers
 * take a millisecond or two, so the first pauses are short. */
static bool try_again(struct txn_verify *v, int16_t error)
{
    struct broker *b = v->b;
    int64_t most = config_int(b->config, "add.partitions.to.txn.retry.backoff.ms");

    v->pause_ms = v->pause_ms ? 2 * v->pause_ms : 1;
    if (v->pause_ms > most)
        v->pause_ms = most;
    if (!v->add || error != KF_ERR_CONCURRENT_TRANSACTIONS ||
        loop_now_ms(b->loop) + v->pause_ms > v->deadline_ms)
        return false;
    loop_timer_in(b->loop, &v->again, v->pause_ms);
    return true;
}

static void tell_all(struct txn_verify *v, int16_t error)
{
    if (try_again(v, error))
        return;
    set_all(v, error);
    loop_defer(v->b->loop, &v->told);
}

/* --- here --- */

static void answered_here(struct txn_ask *a)
{
    struct txn_verify *v = container_of(a, struct txn_verify, ask);

    if (a->error || a->kind != TXN_ASK_VERIFY) {
        tell_all(v, a->error);
        return;
    }
    for (int32_t i = 0; i < v->what.topics_n; i++) {
        const struct txn_topic *t = &v->what.topics[i];

        for (int32_t k = 0; k < t->partitions_n; k++)
            set(v, i, k, txn_has_partition(a->txn, t->name, t->partitions[k])
                             ? KF_ERR_NONE : KF_ERR_TRANSACTION_ABORTABLE);
    }
    loop_defer(v->b->loop, &v->told);
}

static void ask_here(struct txn_verify *v)
{
    v->ask = (struct txn_ask){ .kind = v->add ? TXN_ASK_ADD : TXN_ASK_VERIFY, .add = v->what,
                               .done = answered_here };
    transactions_ask(v->b, &v->ask);
}

/* --- elsewhere --- */

static int16_t error_of(const transaction_in *in, struct str topic, int32_t index)
{
    for (int32_t i = 0; i < in->topic_results_n; i++) {
        const topic_in *t = &in->topic_results[i];

        for (int32_t k = 0; str_eq(t->name, topic) && k < t->results_by_partition_n; k++)
            if (t->results_by_partition[k].partition_index == index)
                return t->results_by_partition[k].partition_error_code;
    }
    return KF_ERR_NETWORK_EXCEPTION;
}

static void take(struct txn_verify *v, const transaction_in *in)
{
    for (int32_t i = 0; i < v->what.topics_n; i++) {
        const struct txn_topic *t = &v->what.topics[i];

        for (int32_t k = 0; k < t->partitions_n; k++)
            set(v, i, k, error_of(in, t->name, t->partitions[k]));
    }
    loop_defer(v->b->loop, &v->told);
}

static void answered_elsewhere(struct txn_peer_call *c, err_t e, const void *answer)
{
    struct txn_verify *v = container_of(c, struct txn_verify, call);
    const struct kf_add_partitions_to_txn_response *m = answer;
    int16_t first;

    if (e == ERR_UNSUPPORTED) {
        set_all(v, KF_ERR_NONE);
        loop_defer(v->b->loop, &v->told);
        return;
    }
    if (e || m->error_code || m->results_by_transaction_n != 1) {
        tell_all(v, e || !m->error_code ? KF_ERR_NETWORK_EXCEPTION : m->error_code);
        return;
    }
    first = v->what.topics_n && v->what.topics[0].partitions_n
                ? error_of(&m->results_by_transaction[0], v->what.topics[0].name,
                           v->what.topics[0].partitions[0])
                : KF_ERR_NONE;
    if (!try_again(v, first)) /* such an error is always one of all */
        take(v, &m->results_by_transaction[0]);
}

static struct kf_add_partitions_to_txn_request *question(struct txn_verify *v)
{
    struct kf_add_partitions_to_txn_request *q =
        MESSAGE_NEW(v->arena, kf_add_partitions_to_txn_request);
    transaction_out *t = arena_new(v->arena, transaction_out);

    q->transactions = t;
    q->transactions_n = 1;
    t->transactional_id = v->what.id;
    t->producer_id = v->what.producer_id;
    t->producer_epoch = v->what.epoch;
    t->verify_only = !v->add;
    t->topics_n = v->what.topics_n;
    t->topics = arena_array(v->arena, (size_t)t->topics_n, sizeof(*t->topics));
    for (int32_t i = 0; i < t->topics_n; i++)
        t->topics[i] =
            (topic_out){ v->what.topics[i].name, (int32_t *)(uintptr_t)v->what.topics[i].partitions,
                         v->what.topics[i].partitions_n };
    return q;
}

static void ask_elsewhere(struct txn_verify *v, int32_t node)
{
    if (!v->message)
        v->message = question(v);
    v->call = (struct txn_peer_call){ .api_key = KF_API_ADD_PARTITIONS_TO_TXN,
                                      .message = v->message,
                                      .timeout_ms = CALL_MS_MAX,
                                      .version_min = BATCHED_SINCE,
                                      .done = answered_elsewhere };
    txn_peers_send(v->b->transactions->peers, node, &v->call);
}

/* --- the whole --- */

static void ask(struct txn_verify *v)
{
    int32_t node = transactions_coordinator_of(v->b, v->what.id);

    if (node == v->b->config->node_id)
        ask_here(v);
    else if (node < 0)
        tell_all(v, KF_ERR_COORDINATOR_NOT_AVAILABLE);
    else
        ask_elsewhere(v, node);
}

static void again(struct loop_timer *t)
{
    ask(container_of(t, struct txn_verify, again));
}

void txn_verify_begin(struct broker *b, struct txn_verify *v)
{
    v->b = b;
    v->what.client_version = v->add ? TXN_V2 : 0;
    v->told.run = finish;
    v->again.fire = again;
    v->deadline_ms = loop_now_ms(b->loop) +
                     config_int(b->config, "add.partitions.to.txn.retry.backoff.max.ms");
    v->errors = arena_array(v->arena, (size_t)v->what.topics_n, sizeof(*v->errors));
    for (int32_t i = 0; i < v->what.topics_n; i++)
        v->errors[i] =
            arena_array(v->arena, (size_t)v->what.topics[i].partitions_n, sizeof(int16_t));
    ask(v);
}

void txn_verify_cancel(struct txn_verify *v)
{
    if (v->ask.done)
        transactions_ask_cancel(&v->ask);
    txn_peers_cancel(&v->call);
    loop_undefer(v->b->loop, &v->told);
    loop_timer_clear(v->b->loop, &v->again);
}
