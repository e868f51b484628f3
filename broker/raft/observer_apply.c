/* What an observer does with what it fetched: store, cut back, hand over, snapshot. */
#include "broker/raft/observer_internal.h"

#include "api/kafka/batch.h"
#include "api/kafka/msg/k_raft_version_record.h"
#include "broker/log/batch_file.h"
#include "broker/raft/snapshot.h"
#include "common/clock.h"

enum { STORE_AGAIN_MS = 1000, SNAPSHOT_AGAIN_MS = 10000 };
static const int64_t retention_bytes = 104857600, retention_ms = 604800000;

void observer_fail(struct observer *o, err_t e, const char *reason)
{
    if (o->dead)
        return;
    o->dead = true;
    o->channel = kf_channel_free(o->channel);
    loop_timer_clear(o->o.loop, &o->again);
    o->o.callbacks.failed(o->o.ctx, e, reason);
}

static bool stores(const struct observer *o)
{
    return o->log && !o->skips;
}

int64_t observer_end(const struct observer *o)
{
    return stores(o) ? metadata_log_end(o->log) : o->applied;
}

int32_t observer_last_epoch(const struct observer *o)
{
    return stores(o) ? metadata_log_last_epoch(o->log) : o->applied_epoch;
}

static void skip(struct observer *o)
{
    if (o->unstored < 0)
        o->unstored = o->applied;
    o->skips = true;
    o->store_again_ms = loop_now_ms(o->o.loop) + STORE_AGAIN_MS;
}

static err_t control(struct observer *o, int type, struct slice value, struct why *reterr)
{
    if (type == KF_CONTROL_KRAFT_VOTERS)
        return voters_decode(value, &o->voters, reterr);
    if (type == KF_CONTROL_KRAFT_VERSION && value.n >= 4)
        o->kraft_version = (int16_t)be16_get(value.p + 2);
    return ERR_OK;
}

/* One record below the high watermark. */
static err_t hand_over(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                       struct why *reterr)
{
    struct observer *o = ctx;
    err_t e;

    if (offset >= o->high_watermark)
        return ERR_OK;
    e = type >= 0 ? control(o, type, value, reterr)
                  : o->o.callbacks.record(o->o.ctx, offset, value, reterr);
    o->applied = offset + 1;
    o->applied_epoch = epoch;
    o->bytes_since_snapshot += (int64_t)value.n;
    return e;
}

static err_t snapshot_record(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                             struct why *reterr)
{
    struct observer *o = ctx;

    (void)offset, (void)epoch;
    return type >= 0 ? control(o, type, value, reterr)
                     : o->o.callbacks.record(o->o.ctx, o->applied - 1, value, reterr);
}

static err_t load_snapshot(struct observer *o, const struct snapshot_id *id, struct slice file,
                           struct why *reterr)
{
    err_t e;

    o->applied = id->end_offset;
    o->applied_epoch = id->epoch;
    o->bytes_since_snapshot = 0;
    o->last_snapshot_ms = clock_mono_ms();
    o->o.callbacks.snapshot_begin(o->o.ctx, id->end_offset, id->epoch);
    e = file.n ? metadata_records_each(file, 0, snapshot_record, o, reterr)
               : metadata_log_snapshot_each(o->log, id, snapshot_record, o, reterr);
    if (!e && o->o.callbacks.snapshot_end)
        o->o.callbacks.snapshot_end(o->o.ctx);
    return e;
}

/* The voters of a dynamic quorum may stand in the 0-0 checkpoint; the newest snapshot holds all. */
static err_t load_local(struct observer *o, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(o->log);

    o->loaded = true;
    if (latest)
        return load_snapshot(o, latest, (struct slice){ 0 }, reterr);
    if (o->log->snapshots_n)
        return metadata_log_snapshot_each(o->log, &o->log->snapshots[0], snapshot_record, o,
                                          reterr);
    return ERR_OK;
}

static err_t hand_over_log(struct observer *o, struct why *reterr)
{
    err_t e = o->loaded ? ERR_OK : load_local(o, reterr);

    while (!e && o->applied < o->high_watermark) {
        OWNED_BUF batches = { 0 };
        int64_t before = o->applied;

        e = metadata_log_read(o->log, o->applied, OBSERVER_FETCH_BYTES, &batches);
        if (e)
            return why(reterr, e, "reading the metadata log at %lld: %s", (long long)o->applied,
                       err_text(e));
        e = metadata_records_each(buf_slice(&batches), o->applied, hand_over, o, reterr);
        if (o->applied == before)
            break;
    }
    return e;
}

static err_t write_snapshot(struct observer *o)
{
    struct snapshot_of s = {
        .id = { o->applied, o->applied_epoch },
        .voters = &o->voters,
        .kraft_version = o->kraft_version,
        .now_ms = clock_wall_ms(),
        .last_contained_ms = log_largest_timestamp(o->log->log),
        .records = o->o.callbacks.snapshot,
        .ctx = o->o.ctx,
    };
    err_t e = snapshot_write(o->log, &s);

    if (!e) {
        o->bytes_since_snapshot = 0;
        o->last_snapshot_ms = clock_mono_ms();
        e = metadata_log_retain(o->log, retention_bytes, retention_ms, s.now_ms);
    }
    if (e == ERR_NO_SPACE)
        o->snapshot_not_before_ms = clock_mono_ms() + SNAPSHOT_AGAIN_MS;
    return e == ERR_AGAIN || e == ERR_NO_SPACE ? ERR_OK : e;
}

static bool snapshot_due(const struct observer *o)
{
    if (!o->log || !o->o.callbacks.snapshot || !o->bytes_since_snapshot || o->unstored >= 0 ||
        o->applied != o->high_watermark || clock_mono_ms() < o->snapshot_not_before_ms)
        return false;
    return o->bytes_since_snapshot >= o->o.snapshot_bytes ||
           (o->o.snapshot_interval_ms > 0 &&
            clock_mono_ms() - o->last_snapshot_ms >= o->o.snapshot_interval_ms);
}

static err_t append(struct observer *o, struct slice records, struct why *reterr)
{
    err_t e;

    if (!records.n || !stores(o))
        return ERR_OK;
    e = log_append_as_is(o->log->log, records.p, records.n);
    if (e == ERR_NO_SPACE) {
        skip(o);
        return ERR_OK;
    }
    /* Bytes that were hurt on their way are fetched once more. */
    if (e == ERR_CORRUPT || e == ERR_OUT_OF_RANGE)
        return ERR_OK;
    return e ? why(reterr, e, "writing the metadata log: %s", err_text(e)) : ERR_OK;
}

/* From the log: the fetch that brought these records has said that it agrees with the leader's. */
static err_t advance_stored(struct observer *o, int64_t high_watermark, struct why *reterr)
{
    int64_t end = metadata_log_end(o->log);

    if (high_watermark > end)
        high_watermark = end;
    if (high_watermark > o->high_watermark)
        o->high_watermark = high_watermark;
    return o->high_watermark >= 0 ? hand_over_log(o, reterr) : ERR_OK;
}

/* From the answer itself, which begins at `applied` or before it. */
static err_t advance_unstored(struct observer *o, struct slice records, int64_t high_watermark,
                              struct why *reterr)
{
    err_t e = ERR_OK;

    if (high_watermark > o->high_watermark)
        o->high_watermark = high_watermark;
    if (o->high_watermark >= 0)
        e = metadata_records_each(records, o->applied, hand_over, o, reterr);
    if (o->high_watermark > o->applied)
        o->high_watermark = o->applied;
    return e;
}

void observer_store(struct observer *o, struct slice records, int64_t high_watermark)
{
    struct why why = { "" };
    int64_t before = o->high_watermark;
    bool stored = stores(o); /* as this fetch was made */
    err_t e = append(o, records, &why);

    if (!e && stored && metadata_log_end(o->log) >= o->applied) {
        e = advance_stored(o, high_watermark, &why);
        o->unstored = o->skips ? o->unstored : -1;
    }
    if (!e && (!stores(o) || o->unstored >= 0))
        e = advance_unstored(o, records, high_watermark, &why);
    if (!e && o->high_watermark > before)
        o->o.callbacks.advanced(o->o.ctx, o->high_watermark);
    if (!e && !o->dead && snapshot_due(o))
        e = write_snapshot(o);
    if (e)
        observer_fail(o, e, why.text[0] ? why.text : err_text(e));
}

/* What the log holds and may never be cut. */
static int64_t committed(const struct observer *o)
{
    if (o->unstored >= 0)
        return o->unstored;
    return o->high_watermark > o->applied ? o->high_watermark : o->applied;
}

void observer_truncate(struct observer *o, int32_t epoch, int64_t end_offset)
{
    int64_t to = end_offset, offset;
    int32_t found;
    err_t e;

    if (!o->log) {
        observer_fail(o, ERR_CONFLICT, "the leader's log diverges below what was committed");
        return;
    }
    if (o->skips) { /* the log's own end tells more */
        o->skips = false;
        return;
    }
    if (epoch > 0) {
        log_end_offset_for_epoch(o->log->log, epoch, &found, &offset);
        if (offset >= 0 && (found != epoch || offset < to))
            to = offset;
    }
    if (to > metadata_log_end(o->log))
        to = metadata_log_end(o->log);
    if (to < committed(o)) {
        observer_fail(o, ERR_CONFLICT, "the leader's log diverges below what was committed");
        return;
    }
    e = log_truncate(o->log->log, to);
    if (e && (e != ERR_NO_SPACE || log_broken(o->log->log)))
        observer_fail(o, e, "cutting the metadata log back failed");
}

void observer_snapshot_done(struct observer *o)
{
    struct snapshot_id id = o->fetching;
    struct slice file = buf_slice(&o->snapshot);
    struct why why = { "" };
    err_t e = batch_file_check(file, &why);

    o->fetching.end_offset = -1;
    if (!e && o->log)
        e = metadata_log_put_snapshot(o->log, &id, file);
    if (!e && o->log)
        e = metadata_log_restart(o->log, &id);
    if (e == ERR_NO_SPACE) {
        skip(o);
        e = ERR_OK;
    }
    if (!e && (!o->loaded || o->applied < id.end_offset)) {
        o->loaded = true;
        if (o->high_watermark < id.end_offset)
            o->high_watermark = id.end_offset;
        e = load_snapshot(o, &id, file, &why);
    }
    buf_done(&o->snapshot);
    o->snapshot = (struct buf){ 0 };
    if (e)
        observer_fail(o, e, why.text[0] ? why.text : err_text(e));
    else
        o->o.callbacks.advanced(o->o.ctx, o->high_watermark);
}
