#include "broker/raft/observer_internal.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/fetch_snapshot.h"
#include "common/mem.h"

enum { FETCH_IDS_SINCE = 13, FETCH_REPLICA_STATE_SINCE = 15, TIMEOUT_DEFAULT_MS = 2000 };
static const int64_t snapshot_bytes_default = 20971520;

static void ask(struct observer *o);

static struct observer *of(void *ctx)
{
    return ctx;
}

/* Once more after a while; longer each time that all servers have been asked until something works:
 * an election takes a few milliseconds, and who finds its leader late serves late. */
static void back_off(struct observer *o)
{
    o->channel = kf_channel_free(o->channel);
    loop_timer_in(o->o.loop, &o->again, o->backoff_ms);
    if (++o->failures % o->o.servers_n == 0 && o->backoff_ms < OBSERVER_BACKOFF_MAX_MS)
        o->backoff_ms *= 2;
}

static void works(struct observer *o)
{
    o->backoff_ms = OBSERVER_BACKOFF_MIN_MS;
    o->failures = 0;
}

static void tell_leader(struct observer *o)
{
    bool known = o->leader >= 0 && o->leader_host;

    o->o.callbacks.leader(o->o.ctx, known ? o->leader : -1, o->epoch, known ? o->leader_host : NULL,
                          o->leader_port);
}

/* Epochs never go back. `host` NULL: the endpoint is not known. */
static void adopt(struct observer *o, int32_t leader, int32_t epoch, const char *host,
                  size_t host_n, uint16_t port)
{
    OWNED_MEM char *had = o->leader_host;

    if (epoch < o->epoch || (epoch == o->epoch && leader < 0 && o->leader >= 0)) {
        had = NULL;
        return;
    }
    if (epoch == o->epoch && leader == o->leader &&
        (!host || (had && strlen(had) == host_n && memcmp(had, host, host_n) == 0 &&
                   port == o->leader_port))) {
        had = NULL;
        return;
    }
    o->epoch = epoch;
    o->leader = leader;
    o->leader_host = host && leader >= 0 ? mem_strndup(host, host_n) : NULL;
    o->leader_port = port;
    tell_leader(o);
}

static void up(void *ctx)
{
    ask(of(ctx));
}

static void down(void *ctx, err_t e, const char *reason)
{
    (void)e, (void)reason;
    back_off(of(ctx));
}

static void connect_to(struct observer *o, const char *host, uint16_t port)
{
    struct kf_channel_options c = {
        .loop = o->o.loop,
        .host = host,
        .port = port,
        .client_id = "klamm-observer",
        .connect_timeout_ms = o->o.fetch_timeout_ms,
        .up = up,
        .down = down,
        .ctx = o,
    };
    char *copy = mem_strdup(host);
    struct why why;

    mem_free(o->peer_host);
    o->peer_host = copy;
    o->peer_port = port;
    if (kf_channel_new(&c, &o->channel, &why))
        back_off(o);
}

static void dial(struct observer *o)
{
    const struct observer_server *s;

    if (o->leader_host && o->leader >= 0 && !o->failures) {
        OWNED_MEM char *host = mem_strdup(o->leader_host);

        connect_to(o, host, o->leader_port);
        return;
    }
    s = &o->servers[o->next_server++ % o->o.servers_n];
    connect_to(o, s->host, s->port);
}

static void again(struct loop_timer *t)
{
    struct observer *o = container_of(t, struct observer, again);

    if (o->dead)
        return;
    if (o->channel && kf_channel_is_up(o->channel))
        ask(o);
    else if (!o->channel)
        dial(o);
}

/* The leader named in an answer, with its endpoint when the version has one. */
static void learn(struct observer *o, int32_t leader, int32_t epoch,
                  const struct kf_fetch_response *m)
{
    for (int32_t n = 0; n < m->node_endpoints_n; n++) {
        if (m->node_endpoints[n].node_id == leader) {
            adopt(o, leader, epoch, m->node_endpoints[n].host.p, m->node_endpoints[n].host.n,
                  (uint16_t)m->node_endpoints[n].port);
            return;
        }
    }
    adopt(o, leader, epoch, NULL, 0, 0);
}

/* Not from this peer: to the leader when its endpoint is known and we are not there yet. */
static void go_to_leader(struct observer *o)
{
    bool here = o->leader_host && strcmp(o->peer_host, o->leader_host) == 0 &&
                o->peer_port == o->leader_port;

    if (!o->leader_host || here) {
        back_off(o);
        return;
    }
    o->channel = kf_channel_free(o->channel);
    works(o);
    dial(o);
}

static void on_partition(struct observer *o, const struct kf_fetch_response *m,
                         const struct kf_fetch_response_partition_data *p)
{
    int64_t before = o->applied, end = observer_end(o);

    learn(o, p->current_leader.leader_id, p->current_leader.leader_epoch, m);
    if (p->error_code) {
        if (p->error_code == KF_ERR_FENCED_LEADER_EPOCH && o->leader_host &&
            o->peer_port == o->leader_port && strcmp(o->peer_host, o->leader_host) == 0)
            ask(o); /* the epoch is right now */
        else
            go_to_leader(o);
        return;
    }
    if (!o->leader_host && o->leader >= 0)
        adopt(o, o->leader, o->epoch, o->peer_host, strlen(o->peer_host), o->peer_port);
    works(o);
    if (p->diverging_epoch.end_offset >= 0) {
        observer_truncate(o, p->diverging_epoch.epoch, p->diverging_epoch.end_offset);
    } else if (p->snapshot_id.end_offset >= 0) {
        o->fetching = (struct snapshot_id){ p->snapshot_id.end_offset, p->snapshot_id.epoch };
        buf_clear(&o->snapshot);
    } else {
        observer_store(o, p->records, p->high_watermark);
        if (p->high_watermark >= 0 && o->applied >= p->high_watermark)
            o->current_ms = o->asked_ms;
    }
    if (o->dead)
        return;
    /* Records without progress (bad bytes, or not committed yet and not stored): not in a hurry. */
    if (p->records.n && o->applied == before && observer_end(o) == end)
        loop_timer_in(o->o.loop, &o->again, OBSERVER_BACKOFF_MIN_MS);
    else
        ask(o);
}

static void on_fetch(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct observer *o = of(ctx);
    const struct kf_fetch_response *m = msg;

    (void)version;
    if (e == ERR_OK && m->error_code == 0 && m->responses_n == 1 &&
        m->responses[0].partitions_n == 1)
        on_partition(o, m, &m->responses[0].partitions[0]);
    else if (e == ERR_OK)
        back_off(o);
    else if (o->channel && !kf_channel_is_up(o->channel))
        return; /* `down` follows and dials anew */
    else
        back_off(o);
}

static void on_snapshot_part(struct observer *o,
                             const struct kf_fetch_snapshot_response_partition_snapshot *p)
{
    if (p->error_code || p->position != (int64_t)o->snapshot.n ||
        p->size > OBSERVER_SNAPSHOT_BYTES_MAX ||
        p->size - p->position < (int64_t)p->unaligned_records.n) {
        o->fetching.end_offset = -1; /* begin again with a Fetch */
        buf_clear(&o->snapshot);
        loop_timer_in(o->o.loop, &o->again, o->backoff_ms);
        return;
    }
    buf_put(&o->snapshot, p->unaligned_records.p, p->unaligned_records.n);
    if ((int64_t)o->snapshot.n == p->size)
        observer_snapshot_done(o);
    if (!o->dead)
        ask(o);
}

static void on_snapshot(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct observer *o = of(ctx);
    const struct kf_fetch_snapshot_response *m = msg;

    (void)version;
    if (e == ERR_OK && m->error_code == 0 && m->topics_n == 1 && m->topics[0].partitions_n == 1)
        on_snapshot_part(o, &m->topics[0].partitions[0]);
    else if (e == ERR_OK || !o->channel || kf_channel_is_up(o->channel))
        back_off(o);
}

static err_t call(struct observer *o, int16_t key, const void *msg, kf_done_fn done)
{
    struct kf_call c = { key, -1, msg, OBSERVER_MAX_WAIT_MS + o->o.fetch_timeout_ms, done, o };
    struct why why;

    return kf_channel_call(o->channel, &c, &why);
}

static err_t ask_fetch(struct observer *o)
{
    int16_t version = kf_channel_version(o->channel, KF_API_FETCH, -1);
    struct kf_fetch_request_fetch_partition p;
    struct kf_fetch_request_fetch_topic t;
    struct kf_fetch_request r;

    kf_init(&kf_fetch_request_schema, &r);
    memset(&t, 0, sizeof(t));
    memset(&p, 0, sizeof(p));
    p.current_leader_epoch = o->epoch;
    p.fetch_offset = observer_end(o);
    p.last_fetched_epoch = observer_last_epoch(o);
    p.log_start_offset = -1;
    p.partition_max_bytes = OBSERVER_FETCH_BYTES;
    p.replica_directory_id = o->o.directory_id;
    p.high_watermark = o->high_watermark;
    if (version < FETCH_IDS_SINCE)
        t.topic = str_of("__cluster_metadata");
    t.topic_id = uuid_metadata_topic;
    t.partitions = &p, t.partitions_n = 1;
    r.cluster_id = str_of(o->cluster_id);
    /* Without a log of its own it is a reader beside the voter of the same id, not a replica. */
    if (version < FETCH_REPLICA_STATE_SINCE)
        r.replica_id = o->log ? o->o.node_id : -1;
    else
        r.replica_state.replica_id = o->log ? o->o.node_id : -1;
    r.max_wait_ms = OBSERVER_MAX_WAIT_MS;
    r.max_bytes = OBSERVER_FETCH_BYTES;
    r.topics = &t, r.topics_n = 1;
    o->asked_ms = loop_now_ms(o->o.loop);
    return call(o, KF_API_FETCH, &r, on_fetch);
}

static err_t ask_snapshot(struct observer *o)
{
    struct kf_fetch_snapshot_request_partition_snapshot p = {
        .current_leader_epoch = o->epoch,
        .snapshot_id = { o->fetching.end_offset, o->fetching.epoch },
        .position = (int64_t)o->snapshot.n,
        .replica_directory_id = o->o.directory_id,
    };
    struct kf_fetch_snapshot_request_topic_snapshot t = {
        .name = STR_LIT("__cluster_metadata"),
        .partitions = &p,
        .partitions_n = 1,
    };
    struct kf_fetch_snapshot_request r = {
        .cluster_id = str_of(o->cluster_id),
        .replica_id = o->o.node_id,
        .max_bytes = OBSERVER_FETCH_BYTES,
        .topics = &t,
        .topics_n = 1,
    };

    return call(o, KF_API_FETCH_SNAPSHOT, &r, on_snapshot);
}

static void ask(struct observer *o)
{
    if (o->skips && loop_now_ms(o->o.loop) >= o->store_again_ms)
        o->skips = false;
    if ((o->fetching.end_offset >= 0 ? ask_snapshot(o) : ask_fetch(o)))
        back_off(o);
}

static err_t check(const struct observer_options *o, struct why *reterr)
{
    if (!o->servers_n)
        return why(reterr, ERR_INVALID,
                   "no controller to follow: controller.quorum.bootstrap.servers and "
                   "controller.quorum.voters are empty");
    return ERR_OK;
}

static err_t open_log(struct observer *o, struct why *reterr)
{
    err_t e = metadata_log_open(o->o.fs, o->o.metadata_log_dir, 0, &o->log, reterr);

    if (!e)
        e = metadata_log_check_snapshots(o->log, reterr);
    if (e)
        o->log = metadata_log_close(o->log);
    return e;
}

static err_t open_or_begin_anew(struct observer *o, struct why *reterr)
{
    OWNED_MEM char *path = NULL;
    struct why damage = { "" };
    err_t e = open_log(o, &damage);

    if (e && e != ERR_CORRUPT)
        return why(reterr, e, "%s", damage.text);
    if (!e)
        return ERR_OK;
    e = metadata_log_set_aside(o->o.fs, o->o.metadata_log_dir, &path);
    if (e)
        return why(reterr, e, "%s; and it cannot be set aside: %s", damage.text, err_text(e));
    if (o->o.callbacks.damaged)
        o->o.callbacks.damaged(o->o.ctx, damage.text, path);
    return open_log(o, reterr);
}

err_t observer_new(const struct observer_options *options, struct observer **ret,
                   struct why *reterr)
{
    struct observer *o;
    err_t e = check(options, reterr);

    if (e)
        return e;
    o = mem_new(struct observer);
    o->o = *options;
    o->cluster_id = mem_strdup(options->cluster_id);
    o->servers = mem_zero(options->servers_n * sizeof(*o->servers));
    for (unsigned n = 0; n < options->servers_n; n++)
        o->servers[n] = (struct observer_server){ mem_strdup(options->servers[n].host),
                                                  options->servers[n].port };
    o->o.fetch_timeout_ms =
        options->fetch_timeout_ms ? options->fetch_timeout_ms : TIMEOUT_DEFAULT_MS;
    o->o.snapshot_bytes =
        options->snapshot_bytes ? options->snapshot_bytes : snapshot_bytes_default;
    o->leader = -1;
    o->high_watermark = -1;
    o->current_ms = INT64_MIN;
    o->fetching.end_offset = -1;
    o->unstored = -1;
    o->backoff_ms = OBSERVER_BACKOFF_MIN_MS;
    o->again.fire = again;
    o->last_snapshot_ms = loop_now_ms(options->loop);
    if (options->metadata_log_dir)
        e = open_or_begin_anew(o, reterr);
    if (e) {
        observer_free(o);
        return e;
    }
    o->epoch = observer_last_epoch(o);
    loop_timer_in(options->loop, &o->again, 0);
    *ret = o;
    return ERR_OK;
}

struct observer *observer_free(struct observer *o)
{
    if (!o)
        return NULL;
    loop_timer_clear(o->o.loop, &o->again);
    kf_channel_free(o->channel);
    metadata_log_close(o->log);
    voters_done(&o->voters);
    for (unsigned n = 0; n < o->o.servers_n; n++)
        mem_free((void *)(uintptr_t)o->servers[n].host);
    mem_free(o->servers);
    mem_free(o->cluster_id);
    mem_free(o->peer_host);
    mem_free(o->leader_host);
    buf_done(&o->snapshot);
    mem_free(o);
    return NULL;
}

int64_t observer_offset(const struct observer *o)
{
    return o->applied;
}

int64_t observer_current_ms(const struct observer *o)
{
    return o->current_ms;
}

int64_t observer_high_watermark(const struct observer *o)
{
    return o->high_watermark;
}

int32_t observer_leader(const struct observer *o)
{
    return o->leader;
}

int32_t observer_epoch(const struct observer *o)
{
    return o->epoch;
}

int16_t observer_kraft_version(const struct observer *o)
{
    return o->kraft_version;
}
