#include "broker/txn/txn_internal.h"
#include "common/mem.h"

void txn_decision_done(struct txn_decision *d)
{
    buf_done(&d->key);
    buf_done(&d->value);
}

struct txn_decision txn_refuse(int16_t error)
{
    return (struct txn_decision){ .error = error, .producer_id = -1, .epoch = -1 };
}

struct txn_decision txn_wait(void)
{
    struct txn_decision d = txn_refuse(KF_ERR_CONCURRENT_TRANSACTIONS);

    d.completing = true;
    return d;
}

struct txn_decision txn_answer(int64_t producer_id, int16_t epoch)
{
    return (struct txn_decision){ .producer_id = producer_id, .epoch = epoch };
}

struct txn_next txn_next_of(const struct txn *t, enum txn_state state, int64_t now_ms)
{
    bool open = state == TXN_ONGOING || state == TXN_PREPARE_COMMIT || state == TXN_PREPARE_ABORT;

    return (struct txn_next){
        .state = state, .producer_id = t->producer_id, .previous_id = t->producer_id,
        .next_id = t->next_id, .epoch = t->epoch, .last_epoch = t->last_epoch,
        .timeout_ms = t->timeout_ms, .start_ms = t->start_ms, .update_ms = now_ms,
        .client_version = t->client_version, .partitions = t->partitions,
        .partitions_n = open ? t->partitions_n : 0,
    };
}

struct txn_decision txn_decide(struct str id, const struct txn_context *c, const struct txn_next *n)
{
    struct txn_decision d = { .write = true, .producer_id = n->producer_id, .epoch = n->epoch,
                              .last_epoch = n->last_epoch };

    txn_record_put(id, n, c->version, &d.key, &d.value);
    return d;
}

/* --- InitProducerId --- */

static bool exhausted(int16_t epoch)
{
    return epoch >= TXN_EPOCH_LAST;
}

static int16_t check_init(const struct txn_context *c, const struct txn_init *q)
{
    bool has_id = q->expected_id != -1, has_epoch = q->expected_epoch != -1;

    if (!q->id.n || has_id != has_epoch)
        return KF_ERR_INVALID_REQUEST;
    if (q->two_phase && !c->two_phase)
        return KF_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    if (q->keep_prepared) /* KIP-939's second half: 4.3 does not serve it either */
        return KF_ERR_UNSUPPORTED_VERSION;
    if (!q->two_phase && (q->timeout_ms <= 0 || q->timeout_ms > c->timeout_ms_max))
        return KF_ERR_INVALID_TRANSACTION_TIMEOUT;
    return KF_ERR_NONE;
}

/* Who says which producer it was: it still is, or was until its epochs were used up and the answer that
 * said so got lost. */
static bool expected_fits(const struct txn *t, const struct txn_init *q)
{
    return q->expected_id == -1 || t->epoch == -1 || q->expected_id == t->producer_id ||
           (q->expected_id == t->previous_id && exhausted(q->expected_epoch));
}

static struct txn_next init_of(const struct txn *t, const struct txn_context *c, const struct txn_init *q)
{
    struct txn_next n = txn_next_of(t, TXN_EMPTY, c->now_ms);

    n.timeout_ms = q->two_phase ? INT32_MAX : q->timeout_ms;
    n.start_ms = -1;
    return n;
}

static struct txn_decision rotate(const struct txn *t, const struct txn_context *c, const struct txn_init *q)
{
    struct txn_next n = init_of(t, c, q);

    if (c->fresh_id < 0)
        return (struct txn_decision){ .needs_id = true };
    n.producer_id = c->fresh_id;
    n.epoch = 0;
    n.last_epoch = q->expected_id == -1 ? -1 : t->epoch;
    return txn_decide(q->id, c, &n);
}

/* KIP-360: who continues after an error gets the next epoch, and the same again when it asks again. */
static struct txn_decision bump(const struct txn *t, const struct txn_context *c, const struct txn_init *q)
{
    struct txn_next n = init_of(t, c, q);

    if (q->expected_id == -1) {
        n.epoch = (int16_t)(t->epoch + 1);
        n.last_epoch = -1;
    } else if (t->epoch == -1 || q->expected_epoch == t->epoch) {
        n.epoch = (int16_t)(t->epoch + 1);
        n.last_epoch = t->epoch;
    } else if (q->expected_epoch != t->last_epoch) {
        return txn_refuse(KF_ERR_PRODUCER_FENCED);
    }
    return txn_decide(q->id, c, &n);
}

static struct txn_decision init_known(const struct txns *x, const struct txn *t,
                                      const struct txn_context *c, const struct txn_init *q)
{
    struct txn_decision d;

    if (txn_completing(t))
        return txn_wait();
    if (!expected_fits(t, q))
        return txn_refuse(KF_ERR_PRODUCER_FENCED);
    if (t->state == TXN_ONGOING) { /* the client comes again once it is aborted */
        d = txns_decide_abort(x, c, t);
        d.error = KF_ERR_CONCURRENT_TRANSACTIONS;
        d.completing = d.write;
        return d;
    }
    if (exhausted(t->epoch))
        return q->expected_id == -1 || q->expected_epoch == t->epoch ? rotate(t, c, q)
                                                                     : txn_refuse(KF_ERR_PRODUCER_FENCED);
    return bump(t, c, q);
}

struct txn_decision txns_decide_init(const struct txns *x, const struct txn_context *c,
                                     const struct txn_init *q)
{
    const struct txn *t = txns_find(x, q->id);
    int16_t error = check_init(c, q);
    struct txn fresh = { .id = q->id, .producer_id = c->fresh_id, .previous_id = -1, .next_id = -1,
                         .epoch = -1, .last_epoch = -1 };

    if (error)
        return txn_refuse(error);
    if (t)
        return init_known(x, t, c, q);
    if (c->fresh_id < 0)
        return (struct txn_decision){ .needs_id = true };
    return bump(&fresh, c, q);
}

/* --- adding partitions --- */

static int16_t check_add(const struct txn *t, const struct txn_add *q)
{
    if (!t || t->producer_id != q->producer_id)
        return KF_ERR_INVALID_PRODUCER_ID_MAPPING;
    return t->epoch == q->epoch ? KF_ERR_NONE : KF_ERR_PRODUCER_FENCED;
}

static bool has_all(const struct txn *t, const struct txn_add *q)
{
    for (int32_t i = 0; i < q->topics_n; i++)
        for (int32_t k = 0; k < q->topics[i].partitions_n; k++)
            if (!txn_has_partition(t, q->topics[i].name, q->topics[i].partitions[k]))
                return false;
    return true;
}

/* Those of `t` and the new ones, in an array of their own; the new names are the request's. */
struct added {
    struct txn_partition *p;
    int32_t n;
    char *names;
};

static int64_t most(const struct txn *t, const struct txn_add *q, size_t *ret_name_bytes)
{
    int64_t n = t->partitions_n;

    *ret_name_bytes = 0;
    for (int32_t i = 0; i < q->topics_n; i++) {
        n += q->topics[i].partitions_n;
        *ret_name_bytes += q->topics[i].name.n + 1;
    }
    return n;
}

static bool listed(const struct added *a, int32_t from, int32_t index)
{
    for (int32_t i = from; i < a->n; i++)
        if (a->p[i].index == index)
            return true;
    return false;
}

static void add_topic(const struct txn *t, const struct txn_topic *in, const char *name, struct added *a)
{
    int32_t from = a->n;

    for (int32_t k = 0; k < in->partitions_n; k++)
        if (!txn_has_partition(t, in->name, in->partitions[k]) && !listed(a, from, in->partitions[k]))
            a->p[a->n++] = (struct txn_partition){ name, in->partitions[k] };
}

static struct added union_of(const struct txn *t, const struct txn_add *q)
{
    size_t bytes;
    int64_t n = most(t, q, &bytes);
    struct added a = { .p = mem_zero(((size_t)n + 1) * sizeof(*a.p)), .names = mem_zero(bytes + 1) };
    char *name = a.names;

    if (t->partitions_n)
        memcpy(a.p, t->partitions, (size_t)t->partitions_n * sizeof(*a.p));
    a.n = t->partitions_n;
    for (int32_t i = 0; i < q->topics_n; i++) {
        memcpy(name, q->topics[i].name.p, q->topics[i].name.n);
        add_topic(t, &q->topics[i], name, &a);
        name += q->topics[i].name.n + 1;
    }
    return a;
}

struct txn_decision txns_decide_add(const struct txns *x, const struct txn_context *c,
                                    const struct txn_add *q)
{
    const struct txn *t = txns_find(x, q->id);
    struct txn_decision d;
    struct txn_next n;
    struct added a;
    size_t bytes;
    int16_t error;

    if (!q->id.n)
        return txn_refuse(KF_ERR_INVALID_REQUEST);
    if (t && txn_completing(t))
        return txn_wait();
    error = check_add(t, q);
    if (error)
        return txn_refuse(error);
    if (most(t, q, &bytes) > TXN_PARTITIONS_MAX)
        return txn_refuse(KF_ERR_INVALID_REQUEST);
    if (t->state == TXN_ONGOING && has_all(t, q))
        return txn_answer(t->producer_id, t->epoch);
    a = union_of(t, q);
    n = txn_next_of(t, TXN_ONGOING, c->now_ms);
    n.start_ms = t->state == TXN_ONGOING ? t->start_ms : c->now_ms;
    n.client_version = q->client_version;
    n.partitions = a.p;
    n.partitions_n = a.n;
    d = txn_decide(q->id, c, &n);
    mem_free(a.p);
    mem_free(a.names);
    return d;
}

int16_t txns_verify(const struct txns *x, const struct txn_add *q, bool *ret_completing)
{
    const struct txn *t = txns_find(x, q->id);
    int16_t error = q->id.n ? check_add(t, q) : KF_ERR_INVALID_REQUEST;

    *ret_completing = !error && txn_completing(t);
    return *ret_completing ? KF_ERR_CONCURRENT_TRANSACTIONS : error;
}
