/* The log into the image: what is committed on a follower, all of it on a leader. */
#include "broker/controller/shell_internal.h"

#include "common/log.h"

static bool is_voter(const struct controller *c)
{
    const struct voter *v = voters_find(&c->voters, c->o.node_id);

    return v && raft_key_fits(&(struct raft_key){ v->id, v->directory_id },
                              &(struct raft_key){ c->o.node_id, c->o.directory_id });
}

static err_t control(struct controller *c, int64_t offset, int type, struct slice value,
                     struct why *reterr)
{
    bool was;
    err_t e;

    if (type == KF_CONTROL_KRAFT_VERSION && value.n >= 4)
        c->kraft_version = (int16_t)be16_get(value.p + 2);
    if (type != KF_CONTROL_KRAFT_VOTERS)
        return ERR_OK;
    /* Static voters are the options' until kraft.version says otherwise. */
    if (c->o.voters_n && !c->kraft_version)
        return ERR_OK;
    was = is_voter(c);
    e = voters_decode(value, &c->voters, reterr);
    c->leaving = was && !is_voter(c);
    c->voters_offset = offset;
    c->voters_logged |= offset >= 0 || metadata_log_latest(c->log) != NULL;
    return e;
}

static err_t log_control(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                         struct why *reterr)
{
    (void)epoch;
    return type >= 0 ? control(ctx, offset, type, value, reterr) : ERR_OK;
}

static err_t snapshot_control(void *ctx, int64_t offset, int32_t epoch, int type,
                              struct slice value, struct why *reterr)
{
    (void)epoch, (void)offset;
    return type >= 0 ? control(ctx, -1, type, value, reterr) : ERR_OK;
}

static err_t snapshot_record(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                             struct why *reterr)
{
    struct controller *c = ctx;
    int64_t at = c->applied > 0 ? c->applied - 1 : 0;

    (void)offset, (void)epoch;
    return type >= 0 ? ERR_OK : image_apply(c->image, at, value, NULL, NULL, reterr);
}

/* Only control batches are opened: the rest of the log costs its headers. */
err_t controller_scan(struct controller *c, struct slice batches, struct why *reterr)
{
    struct kf_batch batch;
    err_t e = ERR_OK;

    while (!e && kf_batch_parse(batches, &batch) == ERR_OK) {
        if (batch.attributes & KF_ATTR_CONTROL)
            e = metadata_records_each(batch.bytes, 0, log_control, c, reterr);
        batches = slice_make(batches.p + batch.bytes.n, batches.n - batch.bytes.n);
    }
    return e;
}

/* Calls `each` with runs of whole batches from `from` on; they end at or behind `to`. */
static err_t each_run(struct controller *c, int64_t from, int64_t to,
                      err_t (*each)(struct controller *c, struct slice batches, struct why *reterr),
                      struct why *reterr)
{
    err_t e = ERR_OK;

    while (!e && from < to) {
        OWNED_BUF batches = { 0 };
        struct kf_batch batch;
        struct slice rest;
        int64_t before = from;

        e = metadata_log_read(c->log, from, METADATA_FETCH_BYTES_MAX, &batches);
        if (e)
            return why(reterr, e, "%s: reading at %lld: %s", c->log->dir, (long long)from,
                       err_text(e));
        for (rest = buf_slice(&batches); kf_batch_parse(rest, &batch) == ERR_OK;
             rest = slice_make(rest.p + batch.bytes.n, rest.n - batch.bytes.n))
            from = batch.last_offset + 1;
        if (from == before)
            return why(reterr, ERR_CORRUPT, "%s: no batch at %lld", c->log->dir, (long long)from);
        e = each(c, buf_slice(&batches), reterr);
    }
    return e;
}

static const struct snapshot_id *base(const struct controller *c)
{
    const struct snapshot_id *latest = metadata_log_latest(c->log);

    return latest ? latest : c->log->snapshots_n ? &c->log->snapshots[0] : NULL;
}

/* Static voters (kraft.version 0) come from the options, dynamic ones from the log. */
static void static_voters(struct controller *c)
{
    static const struct uuid unknown;

    voters_done(&c->voters);
    for (unsigned n = 0; n < c->o.voters_n && n < VOTERS_MAX; n++)
        voters_add(&c->voters, c->o.voters[n].id, &unknown, c->listener_name, c->o.voters[n].host,
                   c->o.voters[n].port);
}

err_t controller_find_voters(struct controller *c, struct why *reterr)
{
    const struct snapshot_id *id = base(c);
    int64_t from = metadata_log_latest(c->log) ? id->end_offset : metadata_log_start(c->log);
    err_t e = ERR_OK;

    static_voters(c);
    c->voters_offset = -1;
    c->kraft_version = 0;
    c->voters_logged = c->leaving = false;
    if (id)
        e = metadata_log_snapshot_each(c->log, id, snapshot_control, c, reterr);
    return e ? e : each_run(c, from, metadata_log_end(c->log), controller_scan, reterr);
}

struct until {
    struct controller *c;
    int64_t offset;
};

static err_t apply(void *ctx, int64_t offset, int32_t epoch, int type, struct slice value,
                   struct why *reterr)
{
    const struct until *until = ctx;
    struct controller *c = until->c;

    if (offset >= until->offset)
        return ERR_OK;
    c->applied = offset + 1;
    c->applied_epoch = epoch;
    return type >= 0 ? ERR_OK : image_apply(c->image, offset, value, NULL, NULL, reterr);
}

err_t controller_apply_to(struct controller *c, int64_t offset, struct why *reterr)
{
    struct until until = { c, offset };
    err_t e = ERR_OK;

    while (!e && c->applied < offset) {
        OWNED_BUF batches = { 0 };
        int64_t before = c->applied;

        e = metadata_log_read(c->log, c->applied, METADATA_FETCH_BYTES_MAX, &batches);
        if (e)
            return why(reterr, e, "%s: reading at %lld: %s", c->log->dir, (long long)c->applied,
                       err_text(e));
        e = metadata_records_each(buf_slice(&batches), c->applied, apply, &until, reterr);
        c->bytes_since_snapshot += (int64_t)batches.n;
        if (!e && c->applied == before)
            e = why(reterr, ERR_CORRUPT, "%s: no batch at %lld", c->log->dir, (long long)before);
    }
    return e;
}

static const char *logger_level(void)
{
    return log_level_name(log_level_now());
}

void controller_new_core(struct controller *c)
{
    uint64_t seed;

    core_init(&c->core, c->image);
    rng_system(&seed, sizeof(seed));
    rng_seed(&c->core.rng, seed);
    c->core.cluster_id = c->cluster_id;
    c->core.node_id = c->o.node_id;
    c->core.session_timeout_ms = c->o.session_timeout_ms;
    c->core.config = c->o.config;
    c->core.config_ctx = c->o.config_ctx;
    c->core.node = c->o.node;
    c->core.logger_level = logger_level;
    c->core.voters = &c->voters;
    c->core.quorum = raft_core_quorum(c);
}

static err_t load_snapshot(struct controller *c, struct why *reterr)
{
    const struct snapshot_id *latest = metadata_log_latest(c->log), *id = base(c);

    c->applied = latest ? latest->end_offset : metadata_log_start(c->log);
    c->applied_epoch = latest ? latest->epoch : 0;
    c->bytes_since_snapshot = 0;
    return id ? metadata_log_snapshot_each(c->log, id, snapshot_record, c, reterr) : ERR_OK;
}

err_t controller_load(struct controller *c, struct why *reterr)
{
    err_t e = load_snapshot(c, reterr);

    return e ? e : controller_find_voters(c, reterr);
}

err_t controller_reload(struct controller *c, struct why *reterr)
{
    err_t e;

    core_done(&c->core);
    image_free(c->image);
    c->image = image_new();
    controller_new_core(c);
    e = load_snapshot(c, reterr);
    return e ? e : controller_apply_to(c, c->raft.high_watermark, reterr);
}

unsigned controller_keys(const struct controller *c, struct raft_key ret[VOTERS_MAX])
{
    for (unsigned n = 0; n < c->voters.n; n++)
        ret[n] = (struct raft_key){ c->voters.v[n].id, c->voters.v[n].directory_id };
    return c->voters.n;
}

void controller_voters_changed(struct controller *c)
{
    struct raft_key keys[VOTERS_MAX];
    struct raft_event ev = { .kind = RAFT_VOTER_SET, .voters = keys, .offset = c->voters_offset };

    ev.voters_n = controller_keys(c, keys);
    peers_renew(c);
    controller_raft(c, ev);
}
