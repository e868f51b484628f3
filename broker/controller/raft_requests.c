/* Fetch and FetchSnapshot of the metadata log. */
#include "broker/controller/shell_internal.h"

#include <fcntl.h>

#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/fetch_snapshot.h"
#include "common/clock.h"

enum {
    FETCH_IDS_SINCE = 13,
    FETCH_REPLICA_STATE_SINCE = 15,
    SNAPSHOT_PART_MAX = 1 << 20,
    MAX_WAIT_MS = 60000
};
static const char topic_name[] = "__cluster_metadata";

/* A fetch that waits for records, for the high watermark or for its time. */
struct parked {
    struct list node;
    struct controller *c;
    struct request *r;
    const struct kf_fetch_request *q;
    struct loop_timer timer;
};

int16_t raft_check_cluster(const struct controller *c, struct str cluster_id)
{
    return cluster_id.p && !str_is(cluster_id, c->cluster_id) ? KF_ERR_INCONSISTENT_CLUSTER_ID
                                                              : KF_ERR_NONE;
}

static int16_t fetch_shape(const struct controller *c, const struct request *r,
                           const struct kf_fetch_request *q)
{
    int16_t error = raft_check_cluster(c, q->cluster_id);

    if (error)
        return error;
    if (q->topics_n != 1 || q->topics[0].partitions_n != 1 ||
        q->topics[0].partitions[0].partition != 0 || r->api_version < 12)
        return KF_ERR_INVALID_REQUEST;
    if (r->api_version >= FETCH_IDS_SINCE ? !uuid_eq(&q->topics[0].topic_id, &uuid_metadata_topic)
                                          : !str_is(q->topics[0].topic, topic_name))
        return KF_ERR_INVALID_REQUEST;
    return KF_ERR_NONE;
}

static int16_t fetch_check(const struct controller *c, const struct kf_fetch_request *q)
{
    const struct kf_fetch_request_fetch_partition *p = &q->topics[0].partitions[0];
    int16_t error = raft_check_leader_request(&c->raft, p->current_leader_epoch);

    if (error)
        return error;
    if (q->max_wait_ms < 0 || p->fetch_offset < 0 || p->last_fetched_epoch < 0 ||
        p->last_fetched_epoch > p->current_leader_epoch)
        return KF_ERR_INVALID_REQUEST;
    return KF_ERR_NONE;
}

static void reply_fetch(struct controller *c, struct request *r, const struct kf_fetch_request *q,
                        int16_t top, struct kf_fetch_response_partition_data *p)
{
    struct kf_fetch_response_node_endpoint node = { .node_id = c->raft.durable.leader };
    uint16_t port;
    const char *host = controller_leader_endpoint(c, &port);
    struct kf_fetch_response_fetchable_topic_response t = { .partitions = p, .partitions_n = 1 };
    struct kf_fetch_response m;

    kf_init(&kf_fetch_response_schema, &m);
    m.error_code = top;
    if (!top) {
        t.topic = q->topics[0].topic;
        t.topic_id = q->topics[0].topic_id;
        p->high_watermark = raft_reported_high_watermark(&c->raft);
        p->last_stable_offset = -1;
        p->log_start_offset = metadata_log_start(c->log);
        p->current_leader.leader_id = c->raft.durable.leader;
        p->current_leader.leader_epoch = c->raft.durable.epoch;
        p->preferred_read_replica = -1;
        p->aborted_transactions_n = -1;
        m.responses = &t, m.responses_n = 1;
    }
    if (!top && host) {
        node.host = str_of(host);
        node.port = port;
        m.node_endpoints = &node, m.node_endpoints_n = 1;
    }
    request_reply(r, &kf_fetch_response_schema, &m);
}

static void partition_init(struct kf_fetch_response_partition_data *p)
{
    memset(p, 0, sizeof(*p));
    p->diverging_epoch.epoch = -1;
    p->diverging_epoch.end_offset = -1;
    p->snapshot_id.end_offset = -1;
    p->snapshot_id.epoch = -1;
    p->records = slice_make("", 0);
}

static size_t wanted_bytes(const struct kf_fetch_request *q)
{
    int32_t n = q->topics[0].partitions[0].partition_max_bytes;

    if (q->max_bytes < n)
        n = q->max_bytes;
    return n < 1 ? 1 : n > METADATA_FETCH_BYTES_MAX ? METADATA_FETCH_BYTES_MAX : (size_t)n;
}

static void read_records(struct controller *c, struct request *r, const struct kf_fetch_request *q,
                         struct buf *records, struct kf_fetch_response_partition_data *p)
{
    err_t e = metadata_log_read(c->log, q->topics[0].partitions[0].fetch_offset, wanted_bytes(q),
                                records);

    (void)r;
    if (e)
        p->error_code = KF_ERR_UNKNOWN_SERVER_ERROR;
    else if (records->n)
        p->records = buf_slice(records);
}

static struct raft_key fetcher_of(const struct request *r, const struct kf_fetch_request *q)
{
    return (struct raft_key){
        r->api_version >= FETCH_REPLICA_STATE_SINCE ? q->replica_state.replica_id : q->replica_id,
        q->topics[0].partitions[0].replica_directory_id,
    };
}

static void note_position(struct controller *c, const struct request *r,
                          const struct kf_fetch_request *q)
{
    const struct kf_fetch_request_fetch_partition *p = &q->topics[0].partitions[0];
    struct raft_event ev = { .kind = RAFT_FETCHED, .wall_ms = clock_wall_ms() };
    struct snapshot_id place;

    ev.from = fetcher_of(r, q);
    ev.offset = p->fetch_offset;
    if (ev.from.id >= 0 && metadata_log_validate(c->log, p->fetch_offset, p->last_fetched_epoch,
                                                 &place) == FETCH_VALID)
        controller_raft(c, ev);
}

/* One that takes a snapshot is alive, and stands nowhere yet. */
static void note_activity(struct controller *c, int32_t id, const struct uuid *directory_id)
{
    struct raft_event ev = { .kind = RAFT_FETCHED, .offset = -1, .from = { id, *directory_id } };

    if (id >= 0)
        controller_raft(c, ev);
}

/* Whether records or the high watermark are news to it. An observer uses only what is committed, so
 * records come to it with the high watermark that covers them: once, and behind the voters. */
static bool has_news(const struct controller *c, const struct request *r,
                     const struct kf_fetch_request *q)
{
    const struct kf_fetch_request_fetch_partition *want = &q->topics[0].partitions[0];
    int64_t high_watermark = raft_reported_high_watermark(&c->raft);
    struct raft_key from = fetcher_of(r, q);
    int64_t end = raft_is_voter(&c->raft, &from) ? metadata_log_end(c->log) : high_watermark;

    return want->fetch_offset < end || want->high_watermark < high_watermark;
}

/* Answers when there is something to say, or when `final`; false: to be parked. */
static bool try_fetch(struct controller *c, struct request *r, const struct kf_fetch_request *q,
                      bool final)
{
    const struct kf_fetch_request_fetch_partition *want = &q->topics[0].partitions[0];
    struct kf_fetch_response_partition_data p;
    struct snapshot_id id;
    OWNED_BUF records = { 0 };
    bool now = final || q->max_wait_ms == 0;

    partition_init(&p);
    p.error_code = fetch_check(c, q);
    if (p.error_code) {
        now = true;
    } else {
        enum fetch_place place =
            metadata_log_validate(c->log, want->fetch_offset, want->last_fetched_epoch, &id);

        if (place == FETCH_DIVERGES) {
            p.diverging_epoch.epoch = id.epoch;
            p.diverging_epoch.end_offset = id.end_offset;
            now = true;
        } else if (place == FETCH_SNAPSHOT) {
            p.snapshot_id.end_offset = id.end_offset;
            p.snapshot_id.epoch = id.epoch;
            now = true;
        } else if (now || has_news(c, r, q)) {
            read_records(c, r, q, &records, &p);
            now = true;
        }
    }
    if (!now)
        return false;
    reply_fetch(c, r, q, 0, &p);
    return true;
}

static void unpark(struct parked *x)
{
    list_remove(&x->node);
    loop_timer_clear(x->c->loop, &x->timer);
    x->r->cancelled = NULL;
}

static void cancelled(struct request *r)
{
    unpark(r->parked);
}

static void timed_out(struct loop_timer *t)
{
    struct parked *x = container_of(t, struct parked, timer);

    unpark(x);
    try_fetch(x->c, x->r, x->q, true);
}

static void park(struct controller *c, struct request *r, const struct kf_fetch_request *q)
{
    struct parked *x = arena_new(r->arena, struct parked);

    *x = (struct parked){ .c = c, .r = r, .q = q, .timer = { .fire = timed_out } };
    list_push(&c->fetches, &x->node);
    loop_timer_in(c->loop, &x->timer, q->max_wait_ms > MAX_WAIT_MS ? MAX_WAIT_MS : q->max_wait_ms);
    r->parked = x;
    r->cancelled = cancelled;
}

void raft_wake_fetches(struct controller *c)
{
    struct list woken;

    list_init(&woken);
    while (!list_empty(&c->fetches)) {
        struct list *n = c->fetches.next;

        list_remove(n);
        list_push(&woken, n);
    }
    list_each (n, &woken) {
        struct parked *x = list_item(n, struct parked, node);

        unpark(x);
        if (!try_fetch(c, x->r, x->q, false)) {
            /* Its time goes on from where it was. */
            list_push(&c->fetches, &x->node);
            loop_timer_set(c->loop, &x->timer, x->timer.at_ms);
            x->r->cancelled = cancelled;
        }
    }
}

void raft_on_fetch(struct controller *c, struct request *r, const void *msg)
{
    const struct kf_fetch_request *q = msg;
    int16_t error = fetch_shape(c, r, q);

    if (error) {
        reply_fetch(c, r, q, error, NULL);
        return;
    }
    if (!fetch_check(c, q))
        note_position(c, r, q);
    if (!try_fetch(c, r, q, false))
        park(c, r, q);
}

/* A slice of the snapshot's file, from `position` on. */
static int16_t read_part(struct controller *c,
                         const struct kf_fetch_snapshot_request_partition_snapshot *q,
                         int32_t max_bytes, struct arena *a,
                         struct kf_fetch_snapshot_response_partition_snapshot *p)
{
    struct snapshot_id id = { q->snapshot_id.end_offset, q->snapshot_id.epoch };
    OWNED_MEM char *path = metadata_log_snapshot_path(c->log, &id);
    size_t n = max_bytes < 1                   ? 1
               : max_bytes > SNAPSHOT_PART_MAX ? SNAPSHOT_PART_MAX
                                               : (size_t)max_bytes;
    uint8_t *bytes;
    int fd;
    err_t e;

    if (id.end_offset <= 0 || !metadata_log_has(c->log, &id))
        return KF_ERR_SNAPSHOT_NOT_FOUND;
    p->size = fs_size(path);
    p->position = q->position;
    if (q->position < 0 || q->position >= p->size)
        return KF_ERR_POSITION_OUT_OF_RANGE;
    if ((int64_t)n > p->size - q->position)
        n = (size_t)(p->size - q->position);
    bytes = arena_alloc(a, n);
    e = fs_open(c->o.fs, path, O_RDONLY | O_CLOEXEC, 0, &fd);
    if (e)
        return KF_ERR_SNAPSHOT_NOT_FOUND;
    e = fs_pread(c->o.fs, fd, bytes, n, q->position);
    fs_close(c->o.fs, fd);
    p->unaligned_records = slice_make(bytes, n);
    return e ? KF_ERR_UNKNOWN_SERVER_ERROR : KF_ERR_NONE;
}

void raft_on_fetch_snapshot(struct controller *c, struct request *r, const void *msg)
{
    const struct kf_fetch_snapshot_request *q = msg;
    struct kf_fetch_snapshot_response_node_endpoint node = { .node_id = c->raft.durable.leader };
    const char *host = controller_leader_endpoint(c, &node.port);
    struct kf_fetch_snapshot_response_partition_snapshot p;
    struct kf_fetch_snapshot_response_topic_snapshot t = { STR_LIT("__cluster_metadata"), &p, 1 };
    struct kf_fetch_snapshot_response m;
    const struct kf_fetch_snapshot_request_partition_snapshot *want;

    kf_init(&kf_fetch_snapshot_response_schema, &m);
    m.error_code = raft_check_cluster(c, q->cluster_id);
    if (!m.error_code &&
        (q->topics_n != 1 || q->topics[0].partitions_n != 1 ||
         !str_is(q->topics[0].name, topic_name) || q->topics[0].partitions[0].partition != 0))
        m.error_code = KF_ERR_INVALID_REQUEST;
    if (!m.error_code) {
        want = &q->topics[0].partitions[0];
        memset(&p, 0, sizeof(p));
        p.unaligned_records = slice_make("", 0);
        p.snapshot_id.end_offset = want->snapshot_id.end_offset;
        p.snapshot_id.epoch = want->snapshot_id.epoch;
        p.current_leader.leader_id = c->raft.durable.leader;
        p.current_leader.leader_epoch = c->raft.durable.epoch;
        p.error_code = raft_check_leader_request(&c->raft, want->current_leader_epoch);
        if (!p.error_code)
            p.error_code = read_part(c, want, q->max_bytes, r->arena, &p);
        m.topics = &t, m.topics_n = 1;
        if (!p.error_code)
            note_activity(c, q->replica_id, &want->replica_directory_id);
    }
    if (m.topics_n && host) {
        node.host = str_of(host);
        m.node_endpoints = &node, m.node_endpoints_n = 1;
    }
    request_reply(r, &kf_fetch_snapshot_response_schema, &m);
}
