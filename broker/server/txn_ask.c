#include "broker/server/txn_internal.h"
#include "common/clock.h"

/* --- answers --- */

static void finish(struct txn_ask *a, int16_t error)
{
    append_wait_cancel(&a->wait);
    list_remove(&a->waiting);
    list_remove(&a->by_time);
    a->error = error;
    if (error)
        a->producer_id = a->epoch = -1;
    if (!error && a->kind == TXN_ASK_VERIFY && transactions_find(a->b, a->add.id, &a->txn))
        a->error = KF_ERR_NOT_COORDINATOR;
    a->done(a);
}

void txn_ask_fail(struct txn_ask *a, int16_t error)
{
    finish(a, error);
}

static struct str id_of(const struct txn_ask *a)
{
    switch (a->kind) {
    case TXN_ASK_INIT:
        return a->init.id;
    case TXN_ASK_ADD:
    case TXN_ASK_VERIFY:
        return a->add.id;
    case TXN_ASK_END:
        return a->end.id;
    }
    return str_of("");
}

static void replicated(struct append_wait *w, int16_t error)
{
    struct txn_ask *a = container_of(w, struct txn_ask, wait);

    /* That the in-sync set has shrunk since does not undo what all of it has. */
    if (error && error != KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND)
        finish(a, KF_ERR_NOT_COORDINATOR);
    else
        finish(a, a->error);
}

/* Not before what it stands on is in the log for good. */
static void deliver(struct txn_shard *sh, struct txn_ask *a)
{
    const struct txn *t = txns_find(sh->core, id_of(a));

    if (t && t->required >= 0 && append_wait_begin(sh->p, &a->wait, t->required, replicated))
        return;
    finish(a, a->error);
}

/* --- waiting for a completion --- */

void txn_asks_over(struct loop_timer *timer)
{
    struct transactions *x = container_of(timer, struct transactions, wait_over);

    while (!list_empty(&x->waiting)) {
        struct txn_ask *a = list_item(x->waiting.next, struct txn_ask, by_time);

        if (a->deadline_ms > loop_now_ms(x->b->loop)) {
            loop_timer_set(x->b->loop, timer, a->deadline_ms);
            return;
        }
        finish(a, KF_ERR_CONCURRENT_TRANSACTIONS);
    }
}

/* All wait equally long, so the list is in order of their ends. */
static void wait_for_completion(struct txn_shard *sh, struct txn_ask *a)
{
    struct txn *t = txns_find(sh->core, id_of(a));
    struct txn_work *w = t ? t->shell : NULL;
    struct transactions *x = sh->x;

    if (!w || w->stopped || a->at_once) {
        finish(a, KF_ERR_CONCURRENT_TRANSACTIONS);
        return;
    }
    a->deadline_ms = loop_now_ms(x->b->loop) + TXN_WAIT_MS;
    list_push(&w->waiting, &a->waiting);
    list_push(&x->waiting, &a->by_time);
    if (!x->wait_over.slot)
        loop_timer_set(x->b->loop, &x->wait_over, a->deadline_ms);
}

/* --- deciding --- */

static struct txn_decision verify(const struct txn_shard *sh, struct txn_ask *a)
{
    struct txn_decision d = { .producer_id = -1, .epoch = -1 };

    d.error = txns_verify(sh->core, &a->add, &d.completing);
    return d;
}

static struct txn_decision decide(struct txn_shard *sh, struct txn_ask *a)
{
    struct txn_context c = txn_context_of(sh);

    c.fresh_id = a->fresh_id;
    switch (a->kind) {
    case TXN_ASK_INIT:
        return txns_decide_init(sh->core, &c, &a->init);
    case TXN_ASK_ADD:
        return txns_decide_add(sh->core, &c, &a->add);
    case TXN_ASK_VERIFY:
        return verify(sh, a);
    case TXN_ASK_END:
        return txns_decide_end(sh->core, &c, &a->end);
    }
    return (struct txn_decision){ .error = KF_ERR_UNKNOWN_SERVER_ERROR };
}

static int16_t write_decided(struct txn_shard *sh, struct txn_ask *a, const struct txn_decision *d)
{
    int16_t error = txn_write(sh, id_of(a), d, clock_wall_ms());
    struct txn *t;

    if (error)
        return error;
    a->fresh_id = -1; /* used up */
    t = txns_find(sh->core, id_of(a));
    if (txn_completing(t))
        txn_work_begin(sh, t);
    return KF_ERR_NONE;
}

static void carry_out(struct txn_shard *sh, struct txn_ask *a, const struct txn_decision *d)
{
    int16_t error = d->write ? write_decided(sh, a, d) : KF_ERR_NONE;

    if (error) {
        finish(a, error);
        return;
    }
    if (d->completing) {
        wait_for_completion(sh, a);
        return;
    }
    a->error = d->error;
    a->producer_id = d->producer_id;
    a->epoch = d->epoch;
    deliver(sh, a);
}

static void got_id(struct producer_id_wait *w, int16_t error, int64_t id)
{
    struct txn_ask *a = container_of(w, struct txn_ask, id_wait);

    a->fresh_id = id;
    if (error)
        finish(a, error);
    else
        txn_ask_again(a);
}

void txn_ask_again(struct txn_ask *a)
{
    struct txn_shard *sh;
    int16_t error = txn_shard_of(a->b, id_of(a), &sh);
    OWNED_DECISION d = { 0 };

    if (error) {
        finish(a, error);
        return;
    }
    list_remove(&a->by_time);
    d = decide(sh, a);
    if (d.needs_id && producer_ids_take(a->b, &a->fresh_id))
        d = decide(sh, a);
    if (d.needs_id)
        producer_ids_wait(a->b, &a->id_wait);
    else
        carry_out(sh, a, &d);
}

void transactions_ask(struct broker *b, struct txn_ask *a)
{
    a->b = b;
    a->fresh_id = -1;
    a->producer_id = a->epoch = -1;
    a->id_wait.done = got_id;
    list_init(&a->wait.by_partition);
    list_init(&a->id_wait.node);
    list_init(&a->waiting);
    list_init(&a->by_time);
    txn_ask_again(a);
}

void transactions_ask_cancel(struct txn_ask *a)
{
    append_wait_cancel(&a->wait);
    producer_ids_cancel(&a->id_wait);
    list_remove(&a->waiting);
    list_remove(&a->by_time);
}
