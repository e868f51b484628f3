/* The controller's log: load, lead, append, commit, snapshots. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/msg/abort_transaction_record.h"
#include "api/kafka/msg/begin_transaction_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/end_transaction_record.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/no_op_record.h"
#include "broker/log/batch_file.h"
#include "broker/raft/format.h"
#include "broker/raft/snapshot.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

void controller_give_up(struct controller *c, err_t e, const char *what)
{
    int none = ERR_OK;

    if (atomic_compare_exchange_strong(&c->failed, &none, (int)e))
        log_event(LOG_ERROR, "controller_failed", "what=\"%s\" error=%s", what, err_name(e));
    loop_stop(c->loop);
}

static err_t control(struct controller *c, int type, struct slice value, struct why *reterr)
{
    if (type == KF_CONTROL_KRAFT_VOTERS && !c->o.voters_n)
        return voters_decode(value, &c->voters, reterr);
    if (type == KF_CONTROL_KRAFT_VERSION && value.n >= 4)
        c->kraft_version = (int16_t)be16_get(value.p + 2);
    return ERR_OK;
}

static err_t replay(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                    struct why *reterr)
{
    struct controller *c = ctx;

    (void)epoch;
    c->voters_logged |= type == KF_CONTROL_KRAFT_VOTERS;
    return type >= 0 ? control(c, type, value, reterr)
                     : image_apply(c->image, offset, value, NULL, NULL, reterr);
}

static err_t replay_snapshot(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                             struct why *reterr)
{
    struct controller *c = ctx;
    const struct snapshot_id *latest = metadata_log_latest(c->log);

    (void)offset, (void)epoch;
    c->voters_logged |= latest && type == KF_CONTROL_KRAFT_VOTERS;
    return type >= 0 ? control(c, type, value, reterr)
                     : image_apply(c->image, latest ? latest->end_offset - 1 : 0, value, NULL, NULL,
                                   reterr);
}

err_t controller_load(struct controller *c, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(c->log);
    int64_t at = latest ? latest->end_offset : metadata_log_start(c->log),
            end = metadata_log_end(c->log);
    err_t e = ERR_OK;

    if (latest)
        e = metadata_log_snapshot_each(c->log, latest, replay_snapshot, c, reterr);
    else if (c->log->snapshots_n)
        e = metadata_log_snapshot_each(c->log, &c->log->snapshots[0], replay_snapshot, c, reterr);
    while (!e && at < end) {
        OWNED_BUF batches = { 0 };
        struct kf_batch batch;
        struct slice rest;

        e = metadata_log_read(c->log, at, METADATA_FETCH_BYTES_MAX, &batches);
        if (e)
            return why(reterr, e, "%s: reading at %lld: %s", c->log->dir, (long long)at,
                       err_text(e));
        e = metadata_records_each(buf_slice(&batches), at, replay, c, reterr);
        c->bytes_since_snapshot += (int64_t)batches.n;
        for (rest = buf_slice(&batches); kf_batch_parse(rest, &batch) == ERR_OK;
             rest = slice_make(rest.p + batch.bytes.n, rest.n - batch.bytes.n))
            at = batch.last_offset + 1;
    }
    return e;
}

/* All of one turn's records, unless they would make the batch too large. */
static void put_decided(struct controller *c, int i, int64_t now_ms)
{
    if (c->batch_open && c->batch.n - c->builder.begin > METADATA_BATCH_SPLIT && i == 0) {
        INVARIANT(kf_batch_end(&c->builder) == ERR_OK);
        c->batch_open = false;
    }
    if (!c->batch_open)
        kf_batch_begin(&c->builder, &c->batch, c->next_offset, c->raft.durable.epoch, 0);
    c->batch_open = true;
    /* All of a batch are of its first record's time: Kafka's readers of this log take no other. */
    kf_batch_put(&c->builder, c->builder.count ? c->builder.base_timestamp : now_ms,
                 (struct slice){ 0 }, records_at(&c->decided, i), NULL, 0);
}

void controller_commit(struct controller *c)
{
    int64_t now_ms = clock_wall_ms();
    struct why why = { "" };

    for (int i = 0; i < c->decided.n; i++) {
        err_t e =
            image_apply(c->image, c->next_offset, records_at(&c->decided, i), NULL, NULL, &why);

        /* What decide returned, apply takes; anything else is a bug of ours, before it is written.
         */
        if (e)
            log_event(LOG_ERROR, "metadata_fault", "why=\"%s\"", why.text);
        INVARIANT(e == ERR_OK);
        put_decided(c, i, now_ms);
        c->next_offset++;
    }
    if (c->decided.n)
        loop_defer(c->loop, &c->flush);
    records_clear(&c->decided);
}

static err_t append(struct controller *c)
{
    err_t e;

    if (c->batch_open)
        INVARIANT(kf_batch_end(&c->builder) == ERR_OK);
    c->batch_open = false;
    if (!c->batch.n)
        return ERR_OK;
    e = log_append_as_is(c->log->log, c->batch.p, c->batch.n);
    c->bytes_since_snapshot += (int64_t)c->batch.n;
    buf_clear(&c->batch);
    return e ? e : log_sync(c->log->log);
}

void controller_run_effects(struct controller *c, const struct raft_effects *out)
{
    for (unsigned n = 0; n < out->n; n++) {
        if (out->v[n].kind == RAFT_HIGH_WATERMARK) {
            log_set_high_watermark(c->log->log, c->raft.high_watermark);
            controller_answer_waiting(c);
            raft_wake_fetches(c);
        }
    }
}

static err_t image_records(void *ctx, err_t (*emit)(void *emit_ctx, struct slice record),
                           void *emit_ctx)
{
    return image_snapshot(ctx, emit, emit_ctx);
}

static err_t write_snapshot(struct controller *c)
{
    struct snapshot_of s = {
        .id = { c->next_offset, metadata_log_last_epoch(c->log) },
        .voters = &c->voters,
        .kraft_version = c->kraft_version,
        .now_ms = clock_wall_ms(),
        .last_contained_ms = log_largest_timestamp(c->log->log),
        .records = image_records,
        .ctx = c->image,
    };
    err_t e = snapshot_write(c->log, &s);

    if (e)
        return e;
    log_event(LOG_INFO, "metadata_snapshot_written", "end_offset=%lld epoch=%d",
              (long long)s.id.end_offset, s.id.epoch);
    c->bytes_since_snapshot = 0;
    return metadata_log_retain(c->log, c->o.retention_bytes, c->o.retention_ms, s.now_ms);
}

/* One append, one flush, then the replies: what is unsaid may be lost, what is said may not. */
void controller_flush(struct loop_task *t)
{
    struct controller *c = container_of(t, struct controller, flush);
    struct raft_effects out;
    err_t e;

    if (atomic_load(&c->failed))
        return;
    e = append(c);
    if (e) {
        controller_give_up(c, e, "writing the metadata log");
        return;
    }
    raft_step(&c->raft,
              &(struct raft_event){ .kind = RAFT_APPENDED,
                                    .now_ms = loop_now_ms(c->loop),
                                    .end = c->next_offset,
                                    .log_epoch = metadata_log_last_epoch(c->log) },
              &out);
    raft_step(&c->raft,
              &(struct raft_event){ .kind = RAFT_FLUSHED,
                                    .now_ms = loop_now_ms(c->loop),
                                    .end = c->next_offset },
              &out);
    controller_run_effects(c, &out);
    if (c->bytes_since_snapshot >= c->o.snapshot_bytes && !image_in_transaction(c->image)) {
        e = write_snapshot(c);
        if (e)
            controller_give_up(c, e, "writing a metadata snapshot");
    }
}

static err_t bootstrap_record(void *ctx, int64_t offset, int32_t epoch, int type,
                              struct slice value, struct why *reterr)
{
    struct controller *c = ctx;
    size_t end;

    (void)offset, (void)epoch, (void)reterr;
    if (type >= 0)
        return ERR_OK;
    buf_put(&c->decided.bytes, value.p, value.n);
    end = c->decided.bytes.n;
    buf_put(&c->decided.ends, &end, sizeof(end));
    c->decided.n++;
    return ERR_OK;
}

/* The data records of bootstrap.checkpoint; without the file the newest metadata.version. */
static err_t read_bootstrap(struct controller *c, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/bootstrap.checkpoint", c->dir);
    OWNED_BUF file = { 0 };
    err_t e = batch_file_read(c->o.fs, path, &file, reterr);

    if (e == ERR_NOT_FOUND) {
        records_put(&c->decided, RECORD_FEATURE_LEVEL, 0,
                    &(struct kf_feature_level_record){ STR_LIT("metadata.version"),
                                                       METADATA_VERSION_LATEST });
        return ERR_OK;
    }
    return e ? e : metadata_records_each(buf_slice(&file), 0, bootstrap_record, c, reterr);
}

/* The levels that the bootstrap records bring, seen before they are applied. */
static err_t peek(struct controller *c, int16_t *ret_level, bool *ret_elr, struct why *reterr)
{
    struct image *i = image_new();
    err_t e = ERR_OK;

    for (int n = 0; n < c->decided.n && !e; n++)
        e = image_apply(i, n, records_at(&c->decided, n), NULL, NULL, reterr);
    *ret_level = image_feature(i, "metadata.version");
    *ret_elr = image_feature(i, "eligible.leader.replicas.version") > 0;
    image_free(i);
    return e;
}

static void put_begin(struct controller *c)
{
    struct kf_begin_transaction_record r;

    kf_init(&kf_begin_transaction_record_schema, &r);
    r.name = str_of("Bootstrap records");
    records_put(&c->decided, RECORD_BEGIN_TRANSACTION, 0, &r);
    controller_commit(c);
}

static void put_end(struct controller *c, bool elr)
{
    struct kf_end_transaction_record end;
    const char *min_isr = c->o.config ? c->o.config(c->o.config_ctx, "min.insync.replicas") : NULL;

    if (elr)
        records_put(&c->decided, RECORD_CONFIG, 0,
                    &(struct kf_config_record){ RESOURCE_BROKER, STR_LIT(""),
                                                STR_LIT("min.insync.replicas"),
                                                str_of(min_isr ? min_isr : "1") });
    memset(&end, 0, sizeof(end));
    records_put(&c->decided, RECORD_END_TRANSACTION, 0, &end);
}

/* An empty log: the bootstrap records, in one metadata transaction. */
static err_t bootstrap(struct controller *c, struct why *reterr)
{
    struct records kept;
    int16_t level;
    bool elr;
    err_t e = read_bootstrap(c, reterr);

    if (!e)
        e = peek(c, &level, &elr, reterr);
    if (e)
        return e;
    if (level < METADATA_VERSION_MIN || level > METADATA_VERSION_LATEST)
        return why(reterr, ERR_INVALID,
                   "bootstrap.checkpoint: metadata.version %d is not one of %d..%d", level,
                   METADATA_VERSION_MIN, METADATA_VERSION_LATEST);
    kept = c->decided;
    c->decided = (struct records){ 0 };
    if (level >= METADATA_VERSION_TRANSACTIONS)
        put_begin(c);
    records_done(&c->decided);
    c->decided = kept;
    if (level >= METADATA_VERSION_TRANSACTIONS)
        put_end(c, elr);
    controller_commit(c);
    return ERR_OK;
}

static void register_self(struct controller *c)
{
    struct kf_controller_registration_request_listener listener = { str_of(c->listener_name),
                                                                    str_of(c->host), c->port, 0 };
    struct kf_controller_registration_request_feature features[16];
    struct kf_controller_registration_request r;
    struct kf_controller_registration_response res;
    OWNED_ARENA arena = { 0 };
    struct call k = { &c->core, &arena, 0, clock_mono_ms(), c->next_offset, &c->decided };
    const char *name;
    size_t at = 0;

    kf_init(&kf_controller_registration_request_schema, &r);
    kf_init(&kf_controller_registration_response_schema, &res);
    features[0] = (__typeof__(features[0])){ STR_LIT("metadata.version"), METADATA_VERSION_MIN,
                                             METADATA_VERSION_LATEST };
    features[1] = (__typeof__(features[0])){ STR_LIT("kraft.version"), 0, 1 };
    r.features_n = 2;
    while ((name = format_feature_next(&at)) && r.features_n < 16)
        features[r.features_n++] =
            (__typeof__(features[0])){ str_of(name), 0, format_feature_max(name) };
    r.controller_id = c->o.node_id;
    r.incarnation_id = c->incarnation;
    r.listeners = &listener, r.listeners_n = 1;
    r.features = features;
    decide_controller_registration(&k, &r, &res);
    controller_commit(c);
}

static bool voters_stale(const struct controller *c)
{
    const struct voter *self = voters_find(&c->voters, c->o.node_id);

    return !c->voters_logged || strcmp(self->host, c->host) != 0 || self->port != c->port ||
           strcmp(self->listener, c->listener_name) != 0;
}

static void refresh_voters(struct controller *c)
{
    voters_done(&c->voters);
    voters_add(&c->voters, c->o.node_id, &c->o.directory_id, c->listener_name, c->host, c->port);
}

static err_t leader_change(struct controller *c)
{
    bool stale = c->kraft_version >= 1 && voters_stale(c);

    if (stale)
        refresh_voters(c);
    c->next_offset +=
        voters_put_leader_change(&c->voters, stale ? c->kraft_version : 0, c->o.node_id,
                                 c->raft.durable.epoch, c->next_offset, clock_wall_ms(), &c->batch);
    return append(c);
}

err_t controller_lead(struct controller *c, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(c->log);
    struct raft_event start = { .kind = RAFT_START,
                                .now_ms = clock_mono_ms(),
                                .offset = latest ? latest->end_offset : -1,
                                .log_epoch = metadata_log_last_epoch(c->log),
                                .end = metadata_log_end(c->log) };
    struct raft_effects out;
    err_t e = quorum_state_read(c->log, &start.stored, reterr);

    if (e == ERR_NOT_FOUND)
        start.stored = (struct quorum_state){ .epoch = -1, .leader = -1, .voted = -1 };
    else if (e)
        return e;
    raft_step(&c->raft, &start, &out);
    INVARIANT(c->raft.state == RAFT_LEADER);
    e = quorum_state_write(c->log, &c->raft.durable, c->kraft_version, &c->o.node_id, 1);
    c->next_offset = start.end;
    if (!e)
        e = leader_change(c);
    if (e)
        return why(reterr, e, "%s: %s", c->log->dir, err_text(e));
    if (image_in_transaction(c->image)) {
        struct kf_abort_transaction_record r;

        kf_init(&kf_abort_transaction_record_schema, &r);
        r.reason = str_of("Controller failover");
        records_put(&c->decided, RECORD_ABORT_TRANSACTION, 0, &r);
        controller_commit(c);
    }
    if (!image_feature(c->image, "metadata.version"))
        e = bootstrap(c, reterr);
    if (e)
        return e;
    register_self(c);
    core_activate(&c->core, clock_mono_ms());
    controller_flush(&c->flush);
    return (err_t)atomic_load(&c->failed);
}

static void on_idle(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, idle);
    struct kf_no_op_record r;

    memset(&r, 0, sizeof(r));
    records_put(&c->decided, RECORD_NO_OP, 0, &r);
    controller_commit(c);
    loop_timer_in(c->loop, t, c->o.idle_interval_ms);
}

static void on_session(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, session);
    OWNED_ARENA arena = { 0 };
    struct call k = { &c->core, &arena, 0, loop_now_ms(c->loop), c->next_offset, &c->decided };
    int64_t next = core_tick(&k), period = c->o.session_timeout_ms / 8;

    if (c->decided.n)
        log_event(LOG_INFO, c->core.acted, "records=%d", c->decided.n);
    controller_commit(c);
    /* A broker that registers meanwhile is due within a session at the earliest. */
    if (next > k.now_ms + period)
        next = k.now_ms + period;
    loop_timer_set(c->loop, t, next);
}

static void on_snapshot(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, snapshot);
    err_t e = ERR_OK;

    if (c->bytes_since_snapshot && !c->batch.n && !image_in_transaction(c->image))
        e = write_snapshot(c);
    if (e)
        controller_give_up(c, e, "writing a metadata snapshot");
    loop_timer_in(c->loop, t, c->o.snapshot_interval_ms);
}

void controller_timers(struct controller *c)
{
    c->idle.fire = on_idle;
    c->session.fire = on_session;
    c->snapshot.fire = on_snapshot;
    if (c->o.idle_interval_ms > 0)
        loop_timer_in(c->loop, &c->idle, c->o.idle_interval_ms);
    loop_timer_in(c->loop, &c->session, c->o.session_timeout_ms / 8);
    if (c->o.snapshot_interval_ms > 0)
        loop_timer_in(c->loop, &c->snapshot, c->o.snapshot_interval_ms);
}
