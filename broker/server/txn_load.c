#include "api/kafka/batch.h"
#include "broker/server/txn_internal.h"
#include "common/clock.h"
#include "common/log.h"

enum {
    LOAD_BYTES = 128 * 1024,  /* of one read */
    LOAD_MS = 4,              /* of one turn */
    LOAD_PAUSE_MS = 1,        /* for everybody else */
    UNPACKED_BYTES_MAX = 256 * 1024 * 1024,
};

static void take_record(struct txn_shard *sh, const struct kf_record *r)
{
    err_t e = r->key.p ? txns_apply(sh->core, r->key, r->value, -1) : ERR_CORRUPT;

    sh->records_n++;
    if (e)
        log_event(e == ERR_CORRUPT ? LOG_ERROR : LOG_WARN, "txn_record_skipped",
                  "partition=%d offset=%lld error=%s", sh->p->index, (long long)r->offset,
                  err_name(e));
}

static err_t take_batch(struct txn_shard *sh, const struct kf_batch *b)
{
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record r;
    err_t e;

    if (b->attributes & KF_ATTR_CONTROL)
        return ERR_OK;
    e = kf_records_open(b, &scratch, UNPACKED_BYTES_MAX, &records);
    while (!e && !(e = kf_records_next(&records, &r)))
        if (r.offset >= sh->load_at)
            take_record(sh, &r);
    return e == ERR_OUT_OF_RANGE ? ERR_OK : e;
}

static err_t take_bytes(struct txn_shard *sh, struct slice bytes)
{
    struct kf_batch b;

    while (bytes.n) {
        err_t e = kf_batch_parse(bytes, &b);

        if (!e)
            e = take_batch(sh, &b);
        if (e)
            return e;
        sh->load_at = b.last_offset + 1;
        bytes = slice_make(bytes.p + b.bytes.n, bytes.n - b.bytes.n);
    }
    return ERR_OK;
}

/* ERR_AGAIN: there is more. */
static err_t load_some(struct txn_shard *sh)
{
    struct log *l = sh->p->log;
    struct log_span span;
    OWNED_BUF bytes = { 0 };
    err_t e;

    if (sh->load_at < log_start_offset(l))
        sh->load_at = log_start_offset(l);
    e = log_read(l, sh->load_at, LOAD_BYTES, log_end_offset(l), true, &span);
    if (e || !span.n)
        return e;
    e = fs_pread(fs_posix(), span.fd, buf_reserve(&bytes, span.n), span.n, span.position);
    if (!e)
        e = take_bytes(sh, slice_make(bytes.p, span.n));
    log_span_done(&span);
    return e ? e : sh->load_at < log_end_offset(l) ? ERR_AGAIN : ERR_OK;
}

void txn_load_begin(struct txn_shard *sh)
{
    sh->load_at = 0;
    sh->begun_ms = clock_mono_ms();
    list_push(&sh->x->loading, &sh->loading);
    if (!sh->x->load.slot)
        loop_timer_in(sh->x->b->loop, &sh->x->load, 0);
}

void txn_load_stop(struct txn_shard *sh)
{
    list_remove(&sh->loading);
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

static void load_ended(struct txn_shard *sh, err_t e)
{
    txn_load_stop(sh);
    if (e) {
        log_event(LOG_ERROR, "transactions_not_loaded", "partition=%d offset=%lld error=%s",
                  sh->p->index, (long long)sh->load_at, err_name(e));
        return;
    }
    if (sh->records_n)
        log_event(LOG_INFO, "transactions_loaded", "partition=%d records=%lld ids=%zu ms=%lld",
                  sh->p->index, (long long)sh->records_n, sh->core->ids.n,
                  (long long)(clock_mono_ms() - sh->begun_ms));
    sh->active = true;
    resume(sh);
}

void txn_load_some(struct loop_timer *t)
{
    struct transactions *x = container_of(t, struct transactions, load);
    int64_t until = clock_mono_ms() + LOAD_MS;

    while (!list_empty(&x->loading) && clock_mono_ms() < until) {
        struct txn_shard *sh = list_item(x->loading.next, struct txn_shard, loading);
        err_t e = load_some(sh);

        if (e != ERR_AGAIN)
            load_ended(sh, e);
    }
    if (!list_empty(&x->loading))
        loop_timer_in(x->b->loop, &x->load, LOAD_PAUSE_MS);
}
