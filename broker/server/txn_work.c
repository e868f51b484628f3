#include "broker/server/txn_internal.h"
#include "broker/server/txn_markers.h"
#include "common/invariant.h"
#include "common/log.h"

enum { RETRY_MS = 50 };

static void complete(struct txn_work *w);

static void retry_due(struct loop_timer *t)
{
    complete(container_of(t, struct txn_work, retry));
}

/* Called from within a follower's fetch or an append, where nothing is appended: later. */
static void now_due(struct txn_work *w)
{
    list_push(&w->sh->due, &w->due);
    loop_defer(w->sh->x->b->loop, &w->sh->begin);
}

static void prepared(struct append_wait *a, int16_t error)
{
    struct txn_work *w = container_of(a, struct txn_work, prepared);

    /* That the in-sync set has shrunk since does not undo what all of it has. */
    if (!error || error == KF_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND)
        now_due(w);
}

void txn_work_begin(struct txn_shard *sh, struct txn *t)
{
    struct txn_work *w = mem_new(struct txn_work);

    INVARIANT(txn_completing(t) && !t->shell);
    w->t = t;
    w->sh = sh;
    w->retry.fire = retry_due;
    list_init(&w->due);
    list_init(&w->markers);
    list_init(&w->waiting);
    list_push(&sh->works, &w->node);
    t->shell = w;
    if (!append_wait_begin(sh->p, &w->prepared, t->required, prepared))
        now_due(w);
}

void txn_works_due(struct loop_task *task)
{
    struct txn_shard *sh = container_of(task, struct txn_shard, begin);

    while (!list_empty(&sh->due)) {
        struct txn_work *w = list_item(sh->due.next, struct txn_work, due);

        list_remove(&w->due);
        if (w->t->partitions_n)
            txn_markers_send(w);
        else
            complete(w);
    }
}

static void let_go(struct txn_work *w)
{
    txn_markers_cancel(w);
    append_wait_cancel(&w->prepared);
    loop_timer_clear(w->sh->x->b->loop, &w->retry);
    list_remove(&w->due);
    list_remove(&w->node);
    w->t->shell = NULL;
}

/* Asks that waited are taken off before they are told: they may come back at once. */
static void take_waiting(struct txn_work *w, struct list *ret)
{
    list_init(ret);
    while (!list_empty(&w->waiting)) {
        struct list *node = w->waiting.next;

        list_remove(node);
        list_push(ret, node);
    }
}

static void complete(struct txn_work *w)
{
    struct txn_shard *sh = w->sh;
    struct txn_context c = txn_context_of(sh);
    OWNED_DECISION d = txns_decide_complete(sh->core, &c, w->t);
    struct list waiting;

    if (txn_write(sh, w->t->id, &d, c.now_ms)) {
        loop_timer_in(sh->x->b->loop, &w->retry, RETRY_MS);
        return;
    }
    let_go(w);
    take_waiting(w, &waiting);
    mem_free(w);
    while (!list_empty(&waiting)) {
        struct txn_ask *a = list_item(waiting.next, struct txn_ask, waiting);

        list_remove(&a->waiting);
        txn_ask_again(a);
    }
}

void txn_work_done(struct txn_work *w)
{
    complete(w);
}

void txn_work_stop(struct txn_work *w)
{
    struct list waiting;

    log_event(LOG_WARN, "txn_completion_stopped",
              "id=\"%.*s\" reason=\"a newer coordinator has written\"", STR_ARG(w->t->id));
    txn_markers_cancel(w);
    w->stopped = true;
    take_waiting(w, &waiting);
    while (!list_empty(&waiting))
        txn_ask_fail(list_item(waiting.next, struct txn_ask, waiting),
                     KF_ERR_CONCURRENT_TRANSACTIONS);
}

void txn_work_drop(struct txn_work *w)
{
    struct list waiting;

    let_go(w);
    take_waiting(w, &waiting);
    mem_free(w);
    while (!list_empty(&waiting))
        txn_ask_fail(list_item(waiting.next, struct txn_ask, waiting), KF_ERR_NOT_COORDINATOR);
}
