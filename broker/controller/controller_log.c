/* A leader's appends, everybody's snapshots, timers. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/msg/no_op_record.h"
#include "broker/raft/snapshot.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

enum { SNAPSHOT_AGAIN_MS = 10000 };

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

    INVARIANT(c->active || !c->decided.n);
    for (int i = 0; i < c->decided.n; i++) {
        err_t e =
            image_apply(c->image, c->next_offset, records_at(&c->decided, i), NULL, NULL, &why);

        /* What decide returned, apply takes; anything else is a bug of ours, before it is written.
         */
        if (e)
            log_event(LOG_ERROR, "metadata_fault", "why=\"%s\"", why.text);
        INVARIANT(e == ERR_OK);
        put_decided(c, i, now_ms);
        c->applied = ++c->next_offset;
        c->applied_epoch = c->raft.durable.epoch;
    }
    if (c->decided.n)
        loop_defer(c->loop, &c->flush);
    records_clear(&c->decided);
}

/* Control batches of their own stand between those of decided records. */
void controller_close_batch(struct controller *c)
{
    if (c->batch_open)
        INVARIANT(kf_batch_end(&c->builder) == ERR_OK);
    c->batch_open = false;
}

static err_t append(struct controller *c)
{
    err_t e;

    controller_close_batch(c);
    if (!c->batch.n)
        return ERR_OK;
    e = log_append_as_is(c->log->log, c->batch.p, c->batch.n);
    c->bytes_since_snapshot += (int64_t)c->batch.n;
    buf_clear(&c->batch);
    return e;
}

/* One append a turn. The followers' fetches are answered first, so that they write while this node
 * does: the flush comes behind what the connections send (KIP-595: the leader's disk is one of
 * the majority). A full disk ends the leadership, not the process. */
void controller_flush(struct loop_task *t)
{
    struct controller *c = container_of(t, struct controller, flush);
    err_t e;

    if (atomic_load(&c->failed) || !c->active)
        return;
    e = append(c);
    if (e == ERR_NO_SPACE) {
        log_event(LOG_WARN, "metadata_log_full", "dir=%s", c->log->dir);
        controller_raft(c, (struct raft_event){ .kind = RAFT_RESIGN });
        return;
    }
    if (e) {
        controller_give_up(c, e, "writing the metadata log");
        return;
    }
    controller_raft(c, (struct raft_event){ .kind = RAFT_APPENDED,
                                            .end = c->next_offset,
                                            .log_epoch = c->raft.durable.epoch });
    raft_wake_fetches(c);
    loop_defer(c->loop, &c->sync);
}

void controller_sync(struct loop_task *t)
{
    struct controller *c = container_of(t, struct controller, sync);
    err_t e;

    if (atomic_load(&c->failed) || c->raft.flushed == c->raft.end)
        return;
    e = log_sync(c->log->log);
    if (e)
        controller_give_up(c, e, "flushing the metadata log");
    else
        controller_raft(c, (struct raft_event){ .kind = RAFT_FLUSHED, .end = c->raft.end });
}

static err_t image_records(void *ctx, err_t (*emit)(void *emit_ctx, struct slice record),
                           void *emit_ctx)
{
    return image_snapshot(ctx, emit, emit_ctx);
}

/* A snapshot holds what is committed, and ends where a batch does. */
static bool can_snapshot(const struct controller *c)
{
    return c->bytes_since_snapshot && c->applied > 0 && c->applied == c->raft.high_watermark &&
           !c->batch.n && !image_in_transaction(c->image) && c->voters_offset < c->applied;
}

static err_t write_snapshot(struct controller *c)
{
    struct snapshot_of s = {
        .id = { c->applied, c->applied_epoch },
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

/* A full disk takes a snapshot's file back; it comes with the next try. */
static void snapshot(struct controller *c)
{
    err_t e = can_snapshot(c) ? write_snapshot(c) : ERR_OK;

    if (e == ERR_NO_SPACE) {
        log_event(LOG_WARN, "metadata_snapshot_failed", "dir=%s error=%s", c->log->dir,
                  err_name(e));
        c->snapshot_not_before_ms = loop_now_ms(c->loop) + SNAPSHOT_AGAIN_MS;
    } else if (e)
        controller_give_up(c, e, "writing a metadata snapshot");
}

void controller_snapshot_if_due(struct controller *c)
{
    if (c->bytes_since_snapshot >= c->o.snapshot_bytes &&
        loop_now_ms(c->loop) >= c->snapshot_not_before_ms)
        snapshot(c);
}

static void on_idle(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, idle);
    struct kf_no_op_record r;

    memset(&r, 0, sizeof(r));
    if (c->active) {
        records_put(&c->decided, RECORD_NO_OP, 0, &r);
        controller_commit(c);
    }
    loop_timer_in(c->loop, t, c->o.idle_interval_ms);
}

static int64_t tick(struct controller *c, int64_t period)
{
    OWNED_ARENA arena = { 0 };
    struct call k = { &c->core, &arena, 0, loop_now_ms(c->loop), c->next_offset, &c->decided };
    int64_t next = core_tick(&k);

    if (c->decided.n)
        log_event(LOG_INFO, c->core.acted, "records=%d", c->decided.n);
    controller_commit(c);
    /* A broker that registers meanwhile is due within a session at the earliest. */
    return next < k.now_ms + period ? next : k.now_ms + period;
}

/* A machine that was paused, a disk that took its time: nobody is fenced for that (0011). */
static void on_session(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, session);
    int64_t period = c->o.session_timeout_ms / 8, late = loop_now_ms(c->loop) - t->at_ms;

    if (late > period)
        core_stood_still(&c->core, late);
    loop_timer_set(c->loop, t, c->active ? tick(c, period) : loop_now_ms(c->loop) + period);
}

static void on_snapshot(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, snapshot);

    snapshot(c);
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
