#include "broker/server/producer_ids.h"

#include "api/kafka/msg/allocate_producer_ids.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "common/log.h"

enum { ALLOCATE_MS_MAX = 5000, PREFETCH_PART = 10 };

static void ask(struct broker *b);

void producer_ids_init(struct broker *b)
{
    list_init(&b->producer_ids.waiting);
}

static bool elsewhere(const void *answer_)
{
    const struct kf_allocate_producer_ids_response *m = answer_;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

static void finish(struct producer_id_wait *w, int16_t error, int64_t id)
{
    list_remove(&w->node);
    w->done(w, error, id);
}

/* With a block everybody who waits is served, as far as it goes; without one they are
 * told to try again. */
static void serve_waiting(struct broker *b, bool granted)
{
    struct producer_ids *ids = &b->producer_ids;
    struct list waiting;

    list_init(&waiting);
    while (!list_empty(&ids->waiting)) {
        struct list *node = ids->waiting.next;

        list_remove(node);
        list_push(&waiting, node);
    }
    while (!list_empty(&waiting)) {
        struct producer_id_wait *w = list_item(waiting.next, struct producer_id_wait, node);
        int64_t id = -1;

        if (!granted) {
            finish(w, KF_ERR_COORDINATOR_LOAD_IN_PROGRESS, -1);
        } else if (producer_ids_take(b, &id)) {
            finish(w, KF_ERR_NONE, id);
        } else {
            list_remove(&w->node);
            list_push(&ids->waiting, &w->node);
        }
    }
}

/* What is left of the block in use is used up before the one that has come. */
static void allocated(void *ctx, err_t e, const void *answer_)
{
    const struct kf_allocate_producer_ids_response *m = answer_;
    struct broker *b = ctx;
    struct producer_ids *ids = &b->producer_ids;

    ids->asked = false;
    if (e || m->error_code || m->producer_id_len <= 0) {
        log_event(LOG_WARN, "producer_ids_refused", "error=%s",
                  e ? err_name(e) : kf_error_name(m->error_code));
        serve_waiting(b, false);
        return;
    }
    ids->spare = m->producer_id_start;
    ids->spare_n = m->producer_id_len;
    serve_waiting(b, true);
}

static void ask(struct broker *b)
{
    struct kf_allocate_producer_ids_request *q = &b->producer_ids.message;

    if (b->producer_ids.asked || b->producer_ids.spare_n)
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

bool producer_ids_take(struct broker *b, int64_t *ret)
{
    struct producer_ids *ids = &b->producer_ids;

    if (ids->next == ids->end && ids->spare_n) {
        ids->next = ids->spare;
        ids->end = ids->spare + ids->spare_n;
        ids->block_n = ids->spare_n;
        ids->spare_n = 0;
    }
    if (ids->next < ids->end)
        *ret = ids->next++;
    else
        *ret = -1;
    if (ids->end - ids->next <= ids->block_n / PREFETCH_PART)
        ask(b);
    return *ret >= 0;
}

void producer_ids_wait(struct broker *b, struct producer_id_wait *w)
{
    list_push(&b->producer_ids.waiting, &w->node);
    ask(b);
}

void producer_ids_cancel(struct producer_id_wait *w)
{
    list_remove(&w->node);
}
