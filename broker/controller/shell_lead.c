/* What a new leader writes first, and what one that was leader throws away. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/msg/abort_transaction_record.h"
#include "api/kafka/msg/begin_transaction_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/end_transaction_record.h"
#include "api/kafka/msg/feature_level_record.h"
#include "broker/log/batch_file.h"
#include "api/kafka/release.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/log.h"

enum { REGISTRATION_FEATURES_MAX = 16 };

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

void controller_registration(struct controller *c, struct arena *a, void *ret)
{
    struct kf_controller_registration_request *r = ret;
    struct kf_controller_registration_request_listener *listener =
        arena_new(a, struct kf_controller_registration_request_listener);
    const char *name;
    size_t at = 0;

    kf_init(&kf_controller_registration_request_schema, r);
    *listener = (__typeof__(*listener)){ str_of(c->listener_name), str_of(c->host), c->port, 0 };
    r->controller_id = c->o.node_id;
    r->incarnation_id = c->incarnation;
    r->listeners = listener, r->listeners_n = 1;
    r->features = arena_array(a, REGISTRATION_FEATURES_MAX, sizeof(*r->features));
    r->features[0] = (__typeof__(*r->features)){ STR_LIT("metadata.version"), METADATA_VERSION_MIN,
                                                 METADATA_VERSION_LATEST };
    r->features[1] = (__typeof__(*r->features)){ STR_LIT("kraft.version"), 0, 1 };
    r->features_n = 2;
    while ((name = release_feature_next(&at)) && r->features_n < REGISTRATION_FEATURES_MAX)
        r->features[r->features_n++] =
            (__typeof__(*r->features)){ str_of(name), 0, release_feature_max(name) };
}

static void register_self(struct controller *c)
{
    struct kf_controller_registration_request r;
    struct kf_controller_registration_response res;
    OWNED_ARENA arena = { 0 };
    struct call k = { &c->core, &arena, 0, clock_mono_ms(), c->next_offset, &c->decided };

    kf_init(&kf_controller_registration_response_schema, &res);
    controller_registration(c, &arena, &r);
    decide_controller_registration(&k, &r, &res);
    controller_commit(c);
}

/* The set must stand in the log beyond the 0-0 checkpoint, with this node's endpoint of today. */
static bool voters_stale(const struct controller *c)
{
    const struct voter *self = voters_find(&c->voters, c->o.node_id);

    return !c->voters_logged ||
           (self && (strcmp(self->host, c->host) != 0 || self->port != c->port ||
                     strcmp(self->listener, c->listener_name) != 0));
}

static void refresh_self(struct controller *c)
{
    if (!voters_find(&c->voters, c->o.node_id))
        return;
    voters_remove(&c->voters, c->o.node_id);
    voters_add(&c->voters, c->o.node_id, &c->o.directory_id, c->listener_name, c->host, c->port);
}

static void leader_change(struct controller *c, uint32_t granted)
{
    bool stale = c->kraft_version >= 1 && voters_stale(c);
    int64_t offset = c->next_offset;

    if (stale)
        refresh_self(c);
    c->next_offset +=
        voters_put_leader_change(&c->voters, stale ? c->kraft_version : 0, c->o.node_id, granted,
                                 c->raft.durable.epoch, c->next_offset, clock_wall_ms(), &c->batch);
    c->applied = c->next_offset;
    c->applied_epoch = c->raft.durable.epoch;
    loop_defer(c->loop, &c->flush);
    if (!stale)
        return;
    c->voters_offset = offset + 2;
    c->voters_logged = true;
    controller_voters_changed(c);
}

static void abort_transaction(struct controller *c)
{
    struct kf_abort_transaction_record r;

    kf_init(&kf_abort_transaction_record_schema, &r);
    r.reason = str_of("Controller failover");
    records_put(&c->decided, RECORD_ABORT_TRANSACTION, 0, &r);
    controller_commit(c);
}

err_t controller_lead(struct controller *c, uint32_t granted, struct why *reterr)
{
    err_t e = controller_apply_to(c, metadata_log_end(c->log), reterr);

    if (e)
        return e;
    INVARIANT(!c->active && !c->batch.n && !c->batch_open);
    c->active = true;
    voters_done(&c->told);
    c->next_offset = metadata_log_end(c->log);
    leader_change(c, granted);
    if (image_in_transaction(c->image))
        abort_transaction(c);
    if (!image_feature(c->image, "metadata.version"))
        e = bootstrap(c, reterr);
    if (e)
        return e;
    register_self(c);
    core_activate(&c->core, clock_mono_ms());
    log_event(LOG_INFO, "controller_leads", "node=%d epoch=%d offset=%lld port=%u", c->o.node_id,
              c->raft.durable.epoch, (long long)c->next_offset, c->port);
    return ERR_OK;
}

/* What it decided and nobody has may never have been: image and core begin again from the log. */
err_t controller_step_down(struct controller *c, struct why *reterr)
{
    err_t e;

    c->active = false;
    loop_undefer(c->loop, &c->flush);
    loop_undefer(c->loop, &c->sync);
    records_clear(&c->decided);
    buf_clear(&c->batch);
    c->batch_open = false;
    controller_refuse_waiting(c);
    e = controller_find_voters(c, reterr);
    if (!e)
        e = controller_reload(c, reterr);
    if (!e && c->voters_offset != c->raft.voters_offset)
        controller_voters_changed(c);
    return e;
}
