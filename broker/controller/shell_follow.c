/* A follower's fetches: from the leader, or from whoever may know it.
 *
 * One connection, one request in flight. Every change of role gives the connection up; what it
 * would still answer belongs to another time. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/fetch_snapshot.h"
#include "common/log.h"

enum {
    FETCH_IDS_SINCE = 13,
    FETCH_REPLICA_STATE_SINCE = 15,
    MAX_WAIT_MS = 500,
    FETCH_BYTES = 1 << 20,
    BACKOFF_MIN_MS = 20,
    BACKOFF_MAX_MS = 250,
    DISK_REST_MS = 500, /* after a full disk or damaged bytes */
    SNAPSHOT_BYTES_MAX = 1 << 30,
};

static void ask(struct controller *c);

static void drop(struct controller *c)
{
    c->following.channel = kf_channel_free(c->following.channel);
    c->following.generation++;
}

static void back_off(struct controller *c)
{
    struct following *f = &c->following;

    drop(c);
    loop_timer_in(c->loop, &f->again, f->backoff_ms);
    f->backoff_ms = f->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : f->backoff_ms * 2;
}

void follow_again(struct controller *c, int64_t in_ms)
{
    loop_timer_in(c->loop, &c->following.again, in_ms);
}

/* The leader's connection broke: the core may stand at once. Nothing to fetch from, but try. */
static void down(void *ctx, err_t e, const char *reason)
{
    struct controller *c = ctx;
    unsigned generation = c->following.generation;
    int32_t target = c->following.target;

    (void)e, (void)reason;
    c->following.channel = kf_channel_free(c->following.channel);
    if (target >= 0)
        controller_raft(c, (struct raft_event){ .kind = RAFT_PEER_LOST, .from = { .id = target } });
    if (generation == c->following.generation && !atomic_load(&c->failed))
        back_off(c);
}

static void up(void *ctx)
{
    ask(ctx);
}

static void connect_to(struct controller *c, const char *host, uint16_t port)
{
    struct kf_channel_options o = {
        .loop = c->loop,
        .host = host,
        .port = port,
        .client_id = "klamm-controller",
        .connect_timeout_ms = c->o.fetch_timeout_ms,
        .up = up,
        .down = down,
        .ctx = c,
    };
    char *copy = mem_strdup(host);
    struct why why;

    mem_free(c->following.host);
    c->following.host = copy;
    c->following.port = port;
    if (kf_channel_new(&o, &c->following.channel, &why)) {
        c->following.channel = NULL;
        back_off(c);
    }
}

/* The next one who may know the leader: controller.quorum.bootstrap.servers, else the voters. */
static const char *next_server(struct controller *c, uint16_t *ret_port)
{
    unsigned n = c->o.bootstrap_n ? c->o.bootstrap_n : c->voters.n;
    unsigned at;

    for (unsigned tries = 0; tries < n; tries++) {
        at = c->following.next_server++ % n;
        if (c->o.bootstrap_n) {
            *ret_port = c->bootstrap[at].port;
            return c->bootstrap[at].host;
        }
        if (c->voters.v[at].id != c->o.node_id && c->voters.v[at].host[0]) {
            *ret_port = c->voters.v[at].port;
            return c->voters.v[at].host;
        }
    }
    return NULL;
}

static void dial(struct controller *c)
{
    const char *host = NULL;
    uint16_t port = 0;

    c->following.target = -1;
    if (c->raft.state == RAFT_FOLLOWER)
        host = controller_leader_endpoint(c, &port);
    if (host)
        c->following.target = c->raft.durable.leader;
    else
        host = next_server(c, &port);
    if (host) {
        OWNED_MEM char *copy = mem_strdup(host);

        connect_to(c, copy, port);
    }
}

static bool fetches(const struct controller *c)
{
    return c->raft.state == RAFT_FOLLOWER || c->raft.state == RAFT_UNATTACHED;
}

static void again(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, following.again);

    if (atomic_load(&c->failed) || !fetches(c))
        return;
    if (!c->following.channel)
        dial(c);
    else if (kf_channel_is_up(c->following.channel))
        ask(c);
}

void follow_renew(struct controller *c)
{
    struct following *f = &c->following;

    f->again.fire = again;
    drop(c);
    f->fetching.end_offset = -1;
    buf_clear(&f->snapshot);
    f->backoff_ms = BACKOFF_MIN_MS;
    loop_timer_clear(c->loop, &f->again);
    if (fetches(c))
        loop_timer_in(c->loop, &f->again, 0);
}

void follow_done(struct controller *c)
{
    if (c->loop)
        loop_timer_clear(c->loop, &c->following.again);
    drop(c);
    mem_free(c->following.host);
    c->following.host = NULL;
    buf_done(&c->following.snapshot);
}

/* `success`: the leader of this epoch has answered the fetch. */
static void tell(struct controller *c, int32_t epoch, int32_t leader, bool success)
{
    uint16_t port;

    controller_raft(c, (struct raft_event){
                           .kind = RAFT_ANSWERED,
                           .from = { .id = c->following.target },
                           .epoch = epoch,
                           .leader = controller_endpoint(c, leader, &port) ? leader : -1,
                           .granted = success,
                       });
}

static void on_error(struct controller *c, int16_t error)
{
    /* The epoch has been told and taken: the same node, once more. */
    if (error == KF_ERR_FENCED_LEADER_EPOCH && c->following.target >= 0)
        ask(c);
    else
        back_off(c);
}

static void note_caught_up(struct controller *c, int64_t committed)
{
    if (c->caught_up || committed < 0 || metadata_log_end(c->log) < committed)
        return;
    c->caught_up = true;
    log_event(LOG_INFO, "controller_caught_up", "node=%d offset=%lld", c->o.node_id, (long long)committed);
}

static void on_success(struct controller *c, const struct kf_fetch_response_partition_data *p)
{
    unsigned generation = c->following.generation;
    err_t e = ERR_OK;

    c->following.backoff_ms = BACKOFF_MIN_MS;
    if (p->diverging_epoch.end_offset >= 0) {
        e = follow_truncate(
            c, (struct snapshot_id){ p->diverging_epoch.end_offset, p->diverging_epoch.epoch });
    } else if (p->snapshot_id.end_offset >= 0) {
        c->following.fetching =
            (struct snapshot_id){ p->snapshot_id.end_offset, p->snapshot_id.epoch };
        buf_clear(&c->following.snapshot);
    } else {
        e = follow_append(c, p->records, p->high_watermark);
        if (!e && generation == c->following.generation)
            note_caught_up(c, p->high_watermark);
    }
    if (generation != c->following.generation || (e && e != ERR_AGAIN))
        return;
    if (e)
        follow_again(c, DISK_REST_MS);
    else
        ask(c);
}

static void on_partition(struct controller *c, const struct kf_fetch_response_partition_data *p)
{
    unsigned generation = c->following.generation;

    tell(c, p->current_leader.leader_epoch, p->current_leader.leader_id, !p->error_code);
    if (generation != c->following.generation || atomic_load(&c->failed))
        return;
    if (p->error_code)
        on_error(c, p->error_code);
    else if (c->following.target < 0)
        back_off(c); /* a success of one whom it does not follow */
    else
        on_success(c, p);
}

static void on_fetch(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct controller *c = ctx;
    const struct kf_fetch_response *m = msg;

    (void)version;
    if (e) {
        if (c->following.channel && kf_channel_is_up(c->following.channel))
            back_off(c);
        return; /* else `down` follows */
    }
    if (m->error_code || m->responses_n != 1 || m->responses[0].partitions_n != 1) {
        log_event(LOG_WARN, "quorum_fetch_refused", "peer=%s:%u error=%d", c->following.host,
                  c->following.port, m->error_code);
        back_off(c);
        return;
    }
    for (int32_t n = 0; n < m->node_endpoints_n; n++)
        controller_note_endpoint(c, m->node_endpoints[n].node_id, m->node_endpoints[n].host,
                                 (uint16_t)m->node_endpoints[n].port);
    on_partition(c, &m->responses[0].partitions[0]);
}

static void snapshot_anew(struct controller *c)
{
    c->following.fetching.end_offset = -1;
    buf_clear(&c->following.snapshot);
    follow_again(c, c->following.backoff_ms);
}

static void on_snapshot_part(struct controller *c,
                             const struct kf_fetch_snapshot_response_partition_snapshot *p)
{
    struct buf *have = &c->following.snapshot;
    unsigned generation = c->following.generation;
    err_t e = ERR_OK;

    tell(c, p->current_leader.leader_epoch, p->current_leader.leader_id, !p->error_code);
    if (generation != c->following.generation || atomic_load(&c->failed))
        return;
    if (p->error_code || p->position != (int64_t)have->n || p->size > SNAPSHOT_BYTES_MAX ||
        p->size - p->position < (int64_t)p->unaligned_records.n) {
        snapshot_anew(c);
        return;
    }
    buf_put(have, p->unaligned_records.p, p->unaligned_records.n);
    if ((int64_t)have->n == p->size)
        e = follow_snapshot(c);
    if (generation != c->following.generation || (e && e != ERR_AGAIN))
        return;
    if (e)
        follow_again(c, DISK_REST_MS);
    else
        ask(c);
}

static void on_snapshot(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct controller *c = ctx;
    const struct kf_fetch_snapshot_response *m = msg;

    (void)version;
    if (e == ERR_OK && m->error_code == 0 && m->topics_n == 1 && m->topics[0].partitions_n == 1)
        on_snapshot_part(c, &m->topics[0].partitions[0]);
    else if (e == ERR_OK || (c->following.channel && kf_channel_is_up(c->following.channel)))
        back_off(c);
}

static err_t call(struct controller *c, int16_t key, const void *msg, kf_done_fn done)
{
    struct kf_call k = { key, -1, msg, MAX_WAIT_MS + c->o.fetch_timeout_ms, done, c };
    struct why why;

    return kf_channel_call(c->following.channel, &k, &why);
}

static err_t ask_fetch(struct controller *c)
{
    int16_t version = kf_channel_version(c->following.channel, KF_API_FETCH, -1);
    struct kf_fetch_request_fetch_partition p = {
        .current_leader_epoch = c->raft.durable.epoch,
        .fetch_offset = c->raft.end,
        .last_fetched_epoch = c->raft.log_epoch,
        .log_start_offset = -1,
        .partition_max_bytes = FETCH_BYTES,
        .replica_directory_id = c->o.directory_id,
        .high_watermark = c->raft.high_watermark,
    };
    struct kf_fetch_request_fetch_topic t = {
        .topic_id = uuid_metadata_topic,
        .partitions = &p,
        .partitions_n = 1,
    };
    struct kf_fetch_request r;

    kf_init(&kf_fetch_request_schema, &r);
    if (version < FETCH_IDS_SINCE)
        t.topic = str_of("__cluster_metadata");
    r.cluster_id = str_of(c->cluster_id);
    if (version < FETCH_REPLICA_STATE_SINCE)
        r.replica_id = c->o.node_id;
    else
        r.replica_state.replica_id = c->o.node_id;
    r.max_wait_ms = MAX_WAIT_MS;
    r.max_bytes = FETCH_BYTES;
    r.topics = &t, r.topics_n = 1;
    return call(c, KF_API_FETCH, &r, on_fetch);
}

static err_t ask_snapshot(struct controller *c)
{
    const struct following *f = &c->following;
    struct kf_fetch_snapshot_request_partition_snapshot p = {
        .current_leader_epoch = c->raft.durable.epoch,
        .snapshot_id = { f->fetching.end_offset, f->fetching.epoch },
        .position = (int64_t)f->snapshot.n,
        .replica_directory_id = c->o.directory_id,
    };
    struct kf_fetch_snapshot_request_topic_snapshot t = {
        .name = STR_LIT("__cluster_metadata"),
        .partitions = &p,
        .partitions_n = 1,
    };
    struct kf_fetch_snapshot_request r = {
        .cluster_id = str_of(c->cluster_id),
        .replica_id = c->o.node_id,
        .max_bytes = FETCH_BYTES,
        .topics = &t,
        .topics_n = 1,
    };

    return call(c, KF_API_FETCH_SNAPSHOT, &r, on_snapshot);
}

/* Nothing unsynced is ever told to the leader. */
static void ask(struct controller *c)
{
    unsigned generation = c->following.generation;
    err_t e = follow_sync(c);

    if (e || generation != c->following.generation)
        return;
    if (c->following.fetching.end_offset >= 0 ? ask_snapshot(c) : ask_fetch(c))
        back_off(c);
}
