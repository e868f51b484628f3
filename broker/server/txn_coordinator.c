#include "broker/server/txn_coordinator.h"

#include "broker/server/coordinator_record.h"
#include "broker/server/internal_topics.h"
#include "broker/server/txn_internal.h"
#include "broker/server/txn_markers.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

static bool is_transactions_topic(const struct partition *p)
{
    return strcmp(p->topic->name, TRANSACTIONS_TOPIC) == 0;
}

static struct txn_shard *shard_at(const struct transactions *x, int32_t index)
{
    return x && index >= 0 && index < x->shards_n ? x->shards[index] : NULL;
}

/* --- writing --- */

struct txn_context txn_context_of(const struct txn_shard *sh)
{
    const struct transactions *x = sh->x;

    return (struct txn_context){
        .now_ms = clock_wall_ms(), .fresh_id = -1, .timeout_ms_max = x->timeout_ms_max,
        .version = image_feature(x->b->image, "transaction.version"), .two_phase = x->two_phase,
        .expiration_ms = x->expiration_ms,
    };
}

int16_t txn_write(struct txn_shard *sh, struct str id, const struct txn_decision *d,
                  int64_t wall_ms)
{
    struct slice value = slice_make(d->value.n ? d->value.p : NULL, d->value.n);
    struct append_result at = coordinator_append(sh->x->b, sh->p, &sh->batch, buf_slice(&d->key),
                                                 value, wall_ms);
    err_t e;

    if (at.error) {
        log_event(LOG_WARN, "txn_record_refused", "partition=%d id=\"%.*s\" error=%s", sh->p->index,
                  STR_ARG(id), kf_error_name(at.error));
        return coordinator_error(at.error);
    }
    e = txns_apply(sh->core, buf_slice(&d->key), value, d->last_epoch);
    INVARIANT(!e); /* ours */
    txns_written(txns_find(sh->core, id), at.last_offset + 1);
    return KF_ERR_NONE;
}

/* --- what comes without being asked --- */

static void abort_late(struct txn_shard *sh, struct txn *t, struct txn_context c)
{
    OWNED_DECISION d = { 0 };

    if (c.version >= TXN_V2 && t->epoch >= TXN_EPOCH_LAST &&
        !producer_ids_take(sh->x->b, &c.fresh_id))
        return; /* the next round has one */
    d = txns_decide_abort(sh->core, &c, t);
    log_event(LOG_INFO, "txn_timed_out", "id=\"%.*s\" producer=%lld epoch=%d", STR_ARG(t->id),
              (long long)t->producer_id, t->epoch);
    if (!txn_write(sh, t->id, &d, c.now_ms))
        txn_work_begin(sh, t);
}

static void abort_all_late(struct loop_timer *timer)
{
    struct transactions *x = container_of(timer, struct transactions, timeouts);

    for (int32_t i = 0; i < x->shards_n; i++) {
        struct txn_shard *sh = x->shards[i];
        struct txn_context c;

        if (!sh || !sh->active)
            continue;
        c = txn_context_of(sh);
        list_each(node, &sh->core->ongoing)
            if (txn_timed_out(list_item(node, struct txn, ongoing), c.now_ms))
                abort_late(sh, list_item(node, struct txn, ongoing), c);
    }
    loop_timer_in(x->b->loop, timer, x->timeouts_ms);
}

static void forget_unused(struct txn_shard *sh)
{
    struct txn_context c = txn_context_of(sh);
    OWNED_BUF ids = { 0 };
    struct txn *t;

    for (size_t at = 0; (t = txns_next(sh->core, &at));)
        if (txn_expired(t, &c))
            buf_put(&ids, &t, sizeof(t));
    for (size_t at = 0; at < ids.n; at += sizeof(t)) {
        OWNED_DECISION d = { 0 };
        OWNED_MEM char *name = NULL;

        memcpy(&t, ids.p + at, sizeof(t));
        name = mem_strndup(t->id.p, t->id.n); /* the id goes with its record */
        d = txns_decide_forget(t);
        if (txn_write(sh, str_of(name), &d, c.now_ms))
            return;
    }
}

static void forget_all_unused(struct loop_timer *timer)
{
    struct transactions *x = container_of(timer, struct transactions, expiry);

    for (int32_t i = 0; i < x->shards_n; i++)
        if (x->shards[i] && x->shards[i]->active)
            forget_unused(x->shards[i]);
    loop_timer_in(x->b->loop, timer, x->expiry_ms);
}

/* --- partitions --- */

static void room_for_shard(struct transactions *x, int32_t index)
{
    if (index < x->shards_n)
        return;
    x->shards = mem_resize_array(x->shards, (size_t)index + 1, sizeof(struct txn_shard *));
    while (x->shards_n <= index)
        x->shards[x->shards_n++] = NULL;
}

static void load_record(struct log_load *load, const struct kf_record *r)
{
    struct txn_shard *sh = container_of(load, struct txn_shard, load);
    err_t e = r->key.p ? txns_apply(sh->core, r->key, r->value, -1) : ERR_CORRUPT;

    if (e)
        log_event(e == ERR_CORRUPT ? LOG_ERROR : LOG_WARN, "txn_record_skipped",
                  "partition=%d offset=%lld error=%s", sh->p->index, (long long)r->offset,
                  err_name(e));
}

/* What the coordinator before had begun to complete goes on. */
static void resume(struct txn_shard *sh)
{
    int64_t end = log_end_offset(sh->p->log);
    struct txn *t;

    for (size_t at = 0; (t = txns_next(sh->core, &at));) {
        txns_written(t, end);
        if (txn_completing(t))
            txn_work_begin(sh, t);
    }
}

static void load_ended(struct log_load *load, err_t e)
{
    struct txn_shard *sh = container_of(load, struct txn_shard, load);

    if (e) {
        log_event(LOG_ERROR, "transactions_not_loaded", "partition=%d offset=%lld error=%s",
                  sh->p->index, (long long)load->at, err_name(e));
        return;
    }
    if (load->records_n)
        log_event(LOG_INFO, "transactions_loaded", "partition=%d records=%lld ids=%zu ms=%lld",
                  sh->p->index, (long long)load->records_n, sh->core->ids.n,
                  (long long)(clock_mono_ms() - load->begun_ms));
    sh->active = true;
    resume(sh);
}

void transactions_lead(struct broker *b, struct partition *p)
{
    struct transactions *x = b->transactions;
    struct txn_shard *sh;

    if (!is_transactions_topic(p) || shard_at(x, p->index))
        return;
    sh = mem_new(struct txn_shard);
    sh->x = x;
    sh->p = p;
    sh->core = txns_new();
    sh->begin.run = txn_works_due;
    sh->load.record = load_record;
    sh->load.ended = load_ended;
    list_init(&sh->works);
    list_init(&sh->due);
    room_for_shard(x, p->index);
    x->shards[p->index] = sh;
    if (!x->timeouts.slot)
        loop_timer_in(b->loop, &x->timeouts, x->timeouts_ms);
    if (!x->expiry.slot)
        loop_timer_in(b->loop, &x->expiry, x->expiry_ms);
    log_loader_begin(&x->loader, &sh->load, &p->log);
}

/* Who waits for the high watermark has been told already (append_waits_fail). */
void transactions_stop(struct broker *b, struct partition *p)
{
    struct txn_shard *sh = is_transactions_topic(p) ? shard_at(b->transactions, p->index) : NULL;

    if (!sh)
        return;
    b->transactions->shards[p->index] = NULL;
    log_loader_stop(&sh->load);
    loop_undefer(b->loop, &sh->begin);
    while (!list_empty(&sh->works))
        txn_work_drop(list_item(sh->works.next, struct txn_work, node));
    txns_free(sh->core);
    buf_done(&sh->batch);
    mem_free(sh);
}

void transactions_metadata(struct broker *b)
{
    if (b->transactions)
        txn_markers_metadata(b->transactions->markers);
}

/* --- the coordinator --- */

struct transactions *transactions_new(struct broker *b)
{
    struct transactions *x = mem_new(struct transactions);
    const struct config *c = b->config;

    x->b = b;
    x->timeouts_ms = config_int(c, "transaction.abort.timed.out.transaction.cleanup.interval.ms");
    x->expiry_ms = config_int(c, "transaction.remove.expired.transaction.cleanup.interval.ms");
    x->timeout_ms_max = (int32_t)config_int(c, "transaction.max.timeout.ms");
    x->expiration_ms = config_int(c, "transactional.id.expiration.ms");
    x->two_phase = config_bool(c, "transaction.two.phase.commit.enable");
    x->wait_over.fire = txn_asks_over;
    x->timeouts.fire = abort_all_late;
    x->expiry.fire = forget_all_unused;
    log_loader_init(&x->loader, b->loop);
    list_init(&x->waiting);
    x->peers = txn_peers_new(b);
    x->markers = txn_markers_new(x);
    return x;
}

struct transactions *transactions_free(struct transactions *x)
{
    if (!x)
        return NULL;
    for (int32_t i = 0; i < x->shards_n; i++)
        INVARIANT(!x->shards[i]);
    INVARIANT(list_empty(&x->waiting));
    x->markers = txn_markers_free(x->markers);
    x->peers = txn_peers_free(x->peers);
    log_loader_done(&x->loader);
    loop_timer_clear(x->b->loop, &x->wait_over);
    loop_timer_clear(x->b->loop, &x->timeouts);
    loop_timer_clear(x->b->loop, &x->expiry);
    mem_free(x->shards);
    mem_free(x);
    return NULL;
}

/* --- looking --- */

int32_t transactions_coordinator_of(const struct broker *b, struct str id)
{
    const struct topic_state *t = image_topic(b->image, str_of(TRANSACTIONS_TOPIC));

    return t ? t->partitions[coordinator_partition(id, t->partitions_n)].leader : -1;
}

int16_t txn_shard_of(const struct broker *b, struct str id, struct txn_shard **ret)
{
    const struct topic_state *t = image_topic(b->image, str_of(TRANSACTIONS_TOPIC));

    *ret = t ? shard_at(b->transactions, coordinator_partition(id, t->partitions_n)) : NULL;
    if (!*ret || partition_error(b, (*ret)->p))
        return KF_ERR_NOT_COORDINATOR;
    return (*ret)->active ? KF_ERR_NONE : KF_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

int16_t transactions_find(const struct broker *b, struct str id, const struct txn **ret)
{
    struct txn_shard *sh;
    int16_t error = txn_shard_of(b, id, &sh);

    *ret = error ? NULL : txns_find(sh->core, id);
    return error;
}

bool transactions_any_loading(const struct broker *b)
{
    return log_loader_busy(&b->transactions->loader);
}

const struct txn *transactions_next(const struct broker *b, struct transactions_walk *at)
{
    const struct transactions *x = b->transactions;
    const struct txn *t;

    for (; at->shard < x->shards_n; at->shard++, at->id = 0)
        if (x->shards[at->shard] && x->shards[at->shard]->active &&
            (t = txns_next(x->shards[at->shard]->core, &at->id)))
            return t;
    return NULL;
}
