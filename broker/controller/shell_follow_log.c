/* What a follower's fetches bring into the log. */
#include "broker/controller/shell_internal.h"

#include "broker/log/batch_file.h"
#include "common/log.h"

enum { INTRODUCE_MS = 400 };

static err_t give_up(struct controller *c, err_t e, const struct why *why, const char *what)
{
    controller_give_up(c, e, why && why->text[0] ? why->text : what);
    return e;
}

/* Whole batches of epochs that the leader can have. */
static struct slice believable(const struct controller *c, struct slice records)
{
    struct slice rest = records;
    struct kf_batch batch;

    while (kf_batch_parse(rest, &batch) == ERR_OK && batch.leader_epoch <= c->raft.durable.epoch &&
           batch.leader_epoch >= c->raft.log_epoch)
        rest = slice_make(rest.p + batch.bytes.n, rest.n - batch.bytes.n);
    return slice_make(records.p, records.n - rest.n);
}

/* Voters of a static quorum tell every new leader of themselves: it needs all for kraft.version 1.
 */
static bool needs_update(const struct controller *c, const struct voter *self)
{
    if (c->kraft_version < 1)
        return c->told_epoch != c->raft.durable.epoch;
    return strcmp(self->host, c->host) != 0 || self->port != c->port ||
           strcmp(self->listener, c->listener_name) != 0;
}

/* The leader has this node's registration and endpoint of today, or is told; not with each fetch.
 */
static void introduce(struct controller *c)
{
    const struct controller_registration *self = image_controller(c->image, c->o.node_id);
    bool votes = raft_is_voter(&c->raft, &c->raft.o.self);
    int64_t now_ms = loop_now_ms(c->loop);

    if (c->applied != c->raft.high_watermark || now_ms - c->introduced_ms < INTRODUCE_MS)
        return;
    c->introduced_ms = now_ms;
    if (!self || !uuid_eq(&self->incarnation, &c->incarnation))
        peers_want_leader(c, WANT_REGISTER);
    if (votes && needs_update(c, voters_find(&c->voters, c->o.node_id)))
        peers_want_leader(c, WANT_UPDATE);
    if (!votes && c->o.auto_join && c->kraft_version >= 1)
        peers_want_leader(c, WANT_JOIN);
}

/* Durable before the next fetch tells the leader of it (KIP-595: the fetch is the acknowledgement).
 */
err_t follow_sync(struct controller *c)
{
    err_t e;

    if (c->raft.flushed == c->raft.end)
        return ERR_OK;
    e = log_sync(c->log->log);
    if (e)
        return give_up(c, e, NULL, "flushing the metadata log");
    controller_raft(c, (struct raft_event){ .kind = RAFT_FLUSHED, .end = c->raft.end });
    return (err_t)atomic_load(&c->failed);
}

static err_t append(struct controller *c, struct slice records)
{
    int64_t voters_offset = c->voters_offset;
    struct why why = { "" };
    err_t e;

    records = believable(c, records);
    if (!records.n)
        return ERR_OK;
    e = log_append_as_is(c->log->log, records.p, records.n);
    /* Bytes that were hurt on their way are fetched once more; a full disk may have room later. */
    if (e == ERR_CORRUPT || e == ERR_OUT_OF_RANGE || e == ERR_NO_SPACE) {
        log_event(LOG_WARN, "metadata_append_refused", "offset=%lld error=%s",
                  (long long)c->raft.end, err_name(e));
        return ERR_AGAIN;
    }
    if (e)
        return give_up(c, e, NULL, "writing the metadata log");
    controller_raft(c, (struct raft_event){ .kind = RAFT_APPENDED,
                                            .end = metadata_log_end(c->log),
                                            .log_epoch = metadata_log_last_epoch(c->log) });
    e = controller_scan(c, records, &why);
    if (e)
        return give_up(c, e, &why, "a control record of the metadata log");
    if (c->voters_offset != voters_offset)
        controller_voters_changed(c);
    return ERR_OK;
}

err_t follow_append(struct controller *c, struct slice records, int64_t high_watermark)
{
    err_t e = append(c, records);

    if (e && e != ERR_AGAIN)
        return e;
    if (high_watermark >= 0)
        controller_raft(c, (struct raft_event){ .kind = RAFT_COMMITTED, .offset = high_watermark });
    if (!e)
        e = follow_sync(c);
    if (!e)
        introduce(c);
    return e ? e : (err_t)atomic_load(&c->failed);
}

/* Cut below what is committed would be lost data: then somebody has lost its disk, and this node
 * stops rather than take part in it. */
err_t follow_truncate(struct controller *c, struct snapshot_id diverging)
{
    struct snapshot_id local = { metadata_log_end(c->log), 0 };
    struct why why = { "" };
    int64_t to;
    err_t e;

    if (diverging.epoch > 0)
        metadata_log_end_for_epoch(c->log, diverging.epoch, &local.epoch, &local.end_offset);
    to = raft_truncation(&c->raft, diverging, local);
    if (to < 0)
        return give_up(c, ERR_CONFLICT, NULL,
                       "the leader's metadata log diverges below what was committed");
    log_event(LOG_INFO, "metadata_log_truncated", "from=%lld to=%lld epoch=%d",
              (long long)c->raft.end, (long long)to, diverging.epoch);
    e = log_truncate(c->log->log, to);
    if (!e)
        e = log_sync(c->log->log);
    if (e)
        return give_up(c, e, NULL, "cutting the metadata log back");
    controller_raft(c, (struct raft_event){ .kind = RAFT_TRUNCATED,
                                            .end = metadata_log_end(c->log),
                                            .log_epoch = metadata_log_last_epoch(c->log) });
    if (c->voters_offset < metadata_log_end(c->log))
        return (err_t)atomic_load(&c->failed);
    e = controller_find_voters(c, &why);
    if (e)
        return give_up(c, e, &why, "the voters in the metadata log");
    controller_voters_changed(c);
    return (err_t)atomic_load(&c->failed);
}

static err_t restart(struct controller *c, struct slice file, struct why *reterr)
{
    struct snapshot_id id = c->following.fetching;
    err_t e = batch_file_check(file, reterr);

    if (e)
        return e;
    e = metadata_log_put_snapshot(c->log, &id, file);
    if (!e)
        e = metadata_log_restart(c->log, &id);
    return e;
}

err_t follow_snapshot(struct controller *c)
{
    struct snapshot_id id = c->following.fetching;
    struct why why = { "" };
    err_t e = restart(c, buf_slice(&c->following.snapshot), &why);

    c->following.fetching.end_offset = -1;
    buf_clear(&c->following.snapshot);
    /* A damaged copy or a full disk: once more, from the beginning. */
    if (e == ERR_CORRUPT || e == ERR_NO_SPACE) {
        log_event(LOG_WARN, "metadata_snapshot_refused", "error=%s why=\"%s\"", err_name(e),
                  why.text);
        return ERR_AGAIN;
    }
    if (e)
        return give_up(c, e, &why, "storing the leader's snapshot");
    controller_raft(c, (struct raft_event){ .kind = RAFT_TRUNCATED,
                                            .end = id.end_offset,
                                            .log_epoch = metadata_log_last_epoch(c->log) });
    e = controller_find_voters(c, &why);
    if (!e)
        e = controller_reload(c, &why);
    if (e)
        return give_up(c, e, &why, "loading the leader's snapshot");
    controller_voters_changed(c);
    controller_raft(c, (struct raft_event){ .kind = RAFT_COMMITTED, .offset = id.end_offset });
    return (err_t)atomic_load(&c->failed);
}
