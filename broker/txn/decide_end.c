#include "broker/txn/txn_internal.h"
#include "common/invariant.h"

/* --- EndTxn --- */

/* The state becomes PREPARE_*; with version 2 the producer's epoch rises, and when there is none left it
 * gets a new id once all partitions have their markers. `empty`: nothing was added, it begins now. */
static struct txn_decision prepare(const struct txn *t, const struct txn_context *c, bool commit,
                                   int16_t client_version, bool empty)
{
    struct txn_next n = txn_next_of(t, commit ? TXN_PREPARE_COMMIT : TXN_PREPARE_ABORT, c->now_ms);
    bool last = t->epoch >= TXN_EPOCH_LAST;
    struct txn_decision d;

    n.client_version = client_version;
    n.next_id = -1;
    if (client_version >= TXN_V2 && last && c->fresh_id < 0)
        return (struct txn_decision){ .needs_id = true };
    if (client_version >= TXN_V2) {
        n.epoch = t->epoch == INT16_MAX ? t->epoch : (int16_t)(t->epoch + 1);
        n.last_epoch = t->epoch;
        n.next_id = last ? c->fresh_id : -1;
    }
    if (empty)
        n.start_ms = c->now_ms;
    d = txn_decide(t->id, c, &n);
    if (n.next_id >= 0) { /* the answer says what the completion will make of it */
        d.producer_id = n.next_id;
        d.epoch = 0;
    }
    return d;
}

static struct txn_decision end_v1(const struct txn *t, const struct txn_context *c,
                                  const struct txn_end *q)
{
    if (t->producer_id != q->producer_id)
        return txn_refuse(KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    if (t->epoch != q->epoch)
        return txn_refuse(KF_ERR_PRODUCER_FENCED);
    if (t->state == TXN_ONGOING)
        return prepare(t, c, q->commit, q->client_version, false);
    if (t->state == (q->commit ? TXN_COMPLETE_COMMIT : TXN_COMPLETE_ABORT))
        return txn_answer(t->producer_id, t->epoch);
    return txn_refuse(KF_ERR_INVALID_TXN_STATE);
}

/* With version 2 the same epoch means the next transaction: a retry bears the one before. */
struct retry {
    bool bumped, rotated;
};

static struct retry retry_of(const struct txn *t, const struct txn_end *q)
{
    return (struct retry){
        .bumped = t->epoch == q->epoch + 1,
        .rotated = t->previous_id == q->producer_id && q->epoch == TXN_EPOCH_LAST && t->epoch == 0,
    };
}

static struct txn_decision end_v2(const struct txn *t, const struct txn_context *c,
                                  const struct txn_end *q)
{
    struct retry again = retry_of(t, q);
    bool completed = t->state == TXN_COMPLETE_COMMIT || t->state == TXN_COMPLETE_ABORT;
    bool retried = completed && (again.bumped || again.rotated);

    if (t->producer_id != q->producer_id && !again.rotated)
        return txn_refuse(KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    if (t->epoch != q->epoch && !retried)
        return txn_refuse(KF_ERR_PRODUCER_FENCED);
    if (t->state == TXN_ONGOING)
        return prepare(t, c, q->commit, q->client_version, false);
    if (retried && t->state == (q->commit ? TXN_COMPLETE_COMMIT : TXN_COMPLETE_ABORT))
        return txn_answer(t->producer_id, t->epoch);
    if (retried || q->commit)
        return txn_refuse(KF_ERR_INVALID_TXN_STATE);
    return prepare(t, c, false, q->client_version, true);
}

struct txn_decision txns_decide_end(const struct txns *x, const struct txn_context *c,
                                    const struct txn_end *q)
{
    const struct txn *t = txns_find(x, q->id);

    if (!q->id.n)
        return txn_refuse(KF_ERR_INVALID_REQUEST);
    if (!t)
        return txn_refuse(KF_ERR_INVALID_PRODUCER_ID_MAPPING);
    if (txn_completing(t))
        return txn_wait();
    return q->client_version >= TXN_V2 ? end_v2(t, c, q) : end_v1(t, c, q);
}

/* --- what comes without being asked --- */

bool txn_timed_out(const struct txn *t, int64_t now_ms)
{
    return t->state == TXN_ONGOING && t->timeout_ms != INT32_MAX && t->start_ms + t->timeout_ms < now_ms;
}

/* The epoch that fences is never given to a client. With version 2 the abort itself raises it. */
struct txn_decision txns_decide_abort(const struct txns *x, const struct txn_context *c,
                                      const struct txn *t)
{
    struct txn fenced = *t;

    (void)x;
    INVARIANT(t->state == TXN_ONGOING);
    if (c->version < TXN_V2 && t->epoch < INT16_MAX) {
        fenced.epoch++;
        fenced.last_epoch = -1;
    }
    return prepare(&fenced, c, false, c->version, false);
}

struct txn_decision txns_decide_complete(const struct txns *x, const struct txn_context *c,
                                         const struct txn *t)
{
    enum txn_state to = t->state == TXN_PREPARE_COMMIT ? TXN_COMPLETE_COMMIT : TXN_COMPLETE_ABORT;
    struct txn_next n = txn_next_of(t, to, c->now_ms);

    (void)x;
    INVARIANT(txn_completing(t) && !t->partitions_n);
    if (t->client_version >= TXN_V2 && t->next_id >= 0) {
        n.producer_id = t->next_id;
        n.epoch = 0;
    }
    n.next_id = -1;
    return txn_decide(t->id, c, &n);
}

bool txn_expired(const struct txn *t, const struct txn_context *c)
{
    return t->state != TXN_ONGOING && !txn_completing(t) && t->update_ms <= c->now_ms - c->expiration_ms;
}

struct txn_decision txns_decide_forget(const struct txn *t)
{
    struct txn_decision d = { .write = true, .producer_id = -1, .epoch = -1, .last_epoch = -1 };

    txn_key_put(t->id, &d.key);
    return d;
}
