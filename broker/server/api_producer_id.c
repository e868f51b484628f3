#include "api/kafka/msg/allocate_producer_ids.h"
#include "api/kafka/msg/init_producer_id.h"

#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/handlers.h"
#include "common/log.h"

enum { ALLOCATE_MS_MAX = 5000 };

/* An idempotent producer that waits for a block of ids; in its request's arena. */
struct id_wait {
    struct list node;
    struct request *r;
};

static void answer(struct request *r, int16_t error, int64_t id)
{
    struct kf_init_producer_id_response *m = MESSAGE_NEW(r->arena, kf_init_producer_id_response);

    m->error_code = error;
    m->producer_id = error ? -1 : id;
    m->producer_epoch = error ? -1 : 0;
    request_reply(r, &kf_init_producer_id_response_schema, m);
}

static bool elsewhere(const void *answer_)
{
    const struct kf_allocate_producer_ids_response *m = answer_;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

static void ask(struct broker *b);

/* With a block everybody who waits is served, as far as it goes; without one they are
 * told to try again. */
static void serve_waiting(struct broker *b, bool granted)
{
    struct producer_ids *ids = &b->producer_ids;

    list_each(node, &ids->waiting) {
        struct id_wait *w = list_item(node, struct id_wait, node);

        if (granted && ids->next == ids->end)
            break;
        list_remove(&w->node);
        if (granted)
            answer(w->r, KF_ERR_NONE, ids->next++);
        else
            answer(w->r, KF_ERR_COORDINATOR_LOAD_IN_PROGRESS, -1);
    }
    if (!list_empty(&ids->waiting))
        ask(b);
}

static void allocated(void *ctx, err_t e, const void *answer_)
{
    const struct kf_allocate_producer_ids_response *m = answer_;
    struct broker *b = ctx;

    b->producer_ids.asked = false;
    if (e || m->error_code) {
        log_event(LOG_WARN, "producer_ids_refused", "error=%s",
                  e ? err_name(e) : kf_error_name(m->error_code));
        serve_waiting(b, false);
        return;
    }
    b->producer_ids.next = m->producer_id_start;
    b->producer_ids.end = m->producer_id_start + m->producer_id_len;
    serve_waiting(b, b->producer_ids.next < b->producer_ids.end);
}

static void ask(struct broker *b)
{
    struct kf_allocate_producer_ids_request *q = &b->producer_ids.message;

    if (b->producer_ids.asked)
        return;
    b->producer_ids.asked = true;
    kf_init(&kf_allocate_producer_ids_request_schema, q);
    q->broker_id = b->config->node_id;
    q->broker_epoch = b->life.epoch;
    (void)link_send(b->link, &(struct link_call){
        .api_key = KF_API_ALLOCATE_PRODUCER_IDS, .message = q, .timeout_ms = ALLOCATE_MS_MAX,
        .elsewhere = elsewhere, .done = allocated, .ctx = b,
    });
}

static void wait_cancelled(struct request *r)
{
    struct id_wait *w = r->parked;

    list_remove(&w->node);
}

void api_init_producer_id(struct broker *b, struct request *r)
{
    struct kf_init_producer_id_request *q = REQUEST_DECODE(r, kf_init_producer_id_request);
    struct id_wait *w;

    if (!q)
        return;
    if (q->transactional_id.p) {
        /* Retriable would make a client spin for ever: there are no coordinators yet. */
        answer(r, q->transactional_id.n ? KF_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED
                                        : KF_ERR_INVALID_REQUEST, -1);
        return;
    }
    if (b->producer_ids.next < b->producer_ids.end) {
        answer(r, KF_ERR_NONE, b->producer_ids.next++);
        return;
    }
    w = arena_new(r->arena, struct id_wait);
    w->r = r;
    list_push(&b->producer_ids.waiting, &w->node);
    r->parked = w;
    r->cancelled = wait_cancelled;
    ask(b);
}
