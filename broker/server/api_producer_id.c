#include "api/kafka/msg/init_producer_id.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/producer_ids.h"
#include "broker/server/txn_coordinator.h"

enum { FENCED_SINCE = 4 };

static void answer(struct request *r, int16_t error, int64_t id, int16_t epoch)
{
    struct kf_init_producer_id_response *m = MESSAGE_NEW(r->arena, kf_init_producer_id_response);

    if (error == KF_ERR_PRODUCER_FENCED && r->api_version < FENCED_SINCE)
        error = KF_ERR_INVALID_PRODUCER_EPOCH;
    m->error_code = error;
    m->producer_id = error ? -1 : id;
    m->producer_epoch = error ? -1 : epoch;
    request_reply(r, &kf_init_producer_id_response_schema, m);
}

/* --- idempotent producers --- */

/* Waits for an id; in its request's arena. */
struct id_wait {
    struct producer_id_wait wait;
    struct request *r;
};

static void got_id(struct producer_id_wait *w, int16_t error, int64_t id)
{
    answer(container_of(w, struct id_wait, wait)->r, error, id, 0);
}

static void wait_cancelled(struct request *r)
{
    struct id_wait *w = r->parked;

    producer_ids_cancel(&w->wait);
}

static void give_id(struct broker *b, struct request *r)
{
    struct id_wait *w;
    int64_t id;

    if (producer_ids_take(b, &id)) {
        answer(r, KF_ERR_NONE, id, 0);
        return;
    }
    w = arena_new(r->arena, struct id_wait);
    w->r = r;
    w->wait.done = got_id;
    r->parked = w;
    r->cancelled = wait_cancelled;
    producer_ids_wait(b, &w->wait);
}

/* --- transactional ones --- */

static void initialized(struct txn_ask *a)
{
    answer(a->ctx, a->error, a->producer_id, a->epoch);
}

static void ask_gone(struct request *r)
{
    transactions_ask_cancel(r->parked);
}

static void ask(struct broker *b, struct request *r, const struct kf_init_producer_id_request *q)
{
    struct txn_ask *a = arena_new(r->arena, struct txn_ask);

    a->kind = TXN_ASK_INIT;
    a->init = (struct txn_init){
        .id = q->transactional_id, .timeout_ms = q->transaction_timeout_ms,
        .expected_id = q->producer_id, .expected_epoch = q->producer_epoch,
        .two_phase = q->enable2_pc, .keep_prepared = q->keep_prepared_txn,
    };
    a->done = initialized;
    a->ctx = r;
    r->parked = a;
    r->cancelled = ask_gone;
    transactions_ask(b, a);
}

void api_init_producer_id(struct broker *b, struct request *r)
{
    struct kf_init_producer_id_request *q = REQUEST_DECODE(r, kf_init_producer_id_request);

    if (!q)
        return;
    if ((q->producer_id == -1) != (q->producer_epoch == -1))
        answer(r, KF_ERR_INVALID_REQUEST, -1, -1);
    else if (!q->transactional_id.p)
        give_id(b, r);
    else if (!q->transactional_id.n)
        answer(r, KF_ERR_INVALID_REQUEST, -1, -1);
    else
        ask(b, r, q);
}
