#include "broker/server/fetcher_internal.h"

#include "api/kafka/msg/list_offsets.h"
#include "common/log.h"

enum { OPEN_MAX = 2, REPLICA_STATE_SINCE = 15 };

typedef struct kf_fetch_request_fetch_topic topic_out;
typedef struct kf_fetch_request_fetch_partition partition_out;
typedef struct kf_fetch_request_forgotten_topic forgotten_out;

static void put_partition(struct fetcher_partition *f, partition_out *out)
{
    const struct partition *p = f->partition;

    kf_init(&kf_fetch_request_fetch_partition_schema, out);
    out->partition = p->index;
    out->current_leader_epoch = f->told_epoch = p->leader_epoch;
    out->fetch_offset = f->told_offset = log_end_offset(p->log);
    out->last_fetched_epoch = log_last_epoch(p->log);
    out->log_start_offset = log_start_offset(p->log);
    out->partition_max_bytes = f->peer->all->partition_bytes_max;
    f->told_by = f->peer->sent;
    partition_in_session(f, true);
}

static unsigned changed_n(const struct fetcher_peer *p)
{
    unsigned n = 0;

    for (const struct list *at = p->changed.next; at != &p->changed; at = at->next)
        n++;
    return n;
}

/* Neighbours of one topic share its entry; their places in one array follow each other. */
static void put_changed(struct fetcher_peer *p, struct kf_fetch_request *q)
{
    struct arena *a = &p->all->arena;
    unsigned n = changed_n(p), at = 0;
    partition_out *out = arena_array(a, n, sizeof(*out));

    q->topics = arena_array(a, n, sizeof(*q->topics));
    list_each(node, &p->changed) {
        struct fetcher_partition *f = list_item(node, struct fetcher_partition, changed);
        topic_out *t = q->topics_n ? &q->topics[q->topics_n - 1] : NULL;

        if (!t || !uuid_eq(&t->topic_id, &f->partition->topic->id)) {
            t = &q->topics[q->topics_n++];
            t->topic_id = f->partition->topic->id;
            t->partitions = &out[at];
        }
        put_partition(f, &out[at++]);
        t->partitions_n++;
        list_remove(&f->changed);
    }
    p->newcomers = 0;
}

/* Named again before the leader heard that it was forgotten: Kafka's leaders would add it first
 * and forget it then. To the leader it never left. */
static bool is_back(const struct fetcher_peer *p, const struct fetcher_forgotten *g)
{
    const struct topic *t = replicas_topic_by_id(&p->all->b->replicas, &g->topic_id);
    const struct partition *q = topic_partition(t, g->index);

    return q && q->fetched && q->fetched->peer == p && !list_empty(&q->fetched->changed);
}

static void put_forgotten(struct fetcher_peer *p, struct kf_fetch_request *q)
{
    struct arena *a = &p->all->arena;

    q->forgotten_topics_data = arena_array(a, p->forgotten_n, sizeof(*q->forgotten_topics_data));
    for (size_t i = 0; i < p->forgotten_n; i++) {
        forgotten_out *t = &q->forgotten_topics_data[q->forgotten_topics_data_n];

        if (is_back(p, &p->forgotten[i]))
            continue;
        q->forgotten_topics_data_n++;
        t->topic_id = p->forgotten[i].topic_id;
        t->partitions = arena_array(a, 1, sizeof(*t->partitions));
        t->partitions[0] = p->forgotten[i].index;
        t->partitions_n = 1;
    }
    p->forgotten_n = 0;
}

static struct kf_fetch_request *make_request(struct fetcher_peer *p)
{
    struct fetchers *all = p->all;
    struct kf_fetch_request *q = MESSAGE_NEW(&all->arena, kf_fetch_request);

    q->replica_state.replica_id = all->b->config->node_id;
    q->replica_state.replica_epoch = all->b->life.epoch;
    q->max_wait_ms = all->wait_ms;
    q->min_bytes = all->min_bytes;
    q->max_bytes = all->bytes_max;
    q->session_id = p->session_id;
    q->session_epoch = p->session_epoch;
    put_forgotten(p, q);
    put_changed(p, q);
    return q;
}

/* Epochs of a session count requests; a full one opens a session of epoch 0. */
static void advance_epoch(struct fetcher_peer *p)
{
    if (p->session_id)
        p->session_epoch = p->session_epoch == INT32_MAX ? 1 : p->session_epoch + 1;
}

/* One request at a time; a second one for newcomers, in the session that the first one's
 * answer has made. */
static bool may_send(const struct fetcher_peer *p)
{
    if (!p->channel || !kf_channel_is_up(p->channel) || p->open == OPEN_MAX)
        return false;
    if (p->open)
        return p->session_id && p->newcomers;
    return !list_empty(&p->changed) || (p->session_id && p->in_session_n);
}

void peer_send(struct fetcher_peer *p)
{
    struct kf_call call = {
        .api_key = KF_API_FETCH, .version_max = -1, .timeout_ms = p->all->call_ms_max,
        .done = peer_answered, .ctx = p,
    };
    struct why reason = { "" };
    err_t e;

    if (!may_send(p))
        return;
    call.msg = make_request(p);
    e = kf_channel_call(p->channel, &call, &reason);
    arena_clear(&p->all->arena);
    if (e) {
        log_event(LOG_WARN, "fetch_not_sent", "broker=%d error=%s reason=\"%s\"", p->broker_id,
                  err_name(e), reason.text);
        peer_lost(p);
        return;
    }
    p->open++;
    p->sent++;
    advance_epoch(p);
}

static const struct kf_list_offsets_response_list_offsets_partition_response *listed(
    const struct kf_list_offsets_response *m)
{
    return m->topics_n == 1 && m->topics[0].partitions_n == 1 ? &m->topics[0].partitions[0] : NULL;
}

static void take_offset(struct fetcher_partition *f, err_t e, const void *msg, int64_t timestamp)
{
    const struct kf_list_offsets_response_list_offsets_partition_response *p = e ? NULL : listed(msg);
    struct follower_log l = partition_log(f->partition);
    int16_t error = p ? p->error_code : KF_ERR_UNKNOWN_SERVER_ERROR;
    int64_t offset = p ? p->offset : -1;

    f->state = FETCHER_ACTIVE;
    partition_carry_out(f, timestamp == FETCHER_LATEST ? follower_latest(&l, error, offset)
                                                       : follower_earliest(&l, error, offset));
}

static void latest_is(void *ctx, err_t e, const void *msg, int16_t version)
{
    (void)version;
    take_offset(ctx, e, msg, FETCHER_LATEST);
}

static void earliest_is(void *ctx, err_t e, const void *msg, int16_t version)
{
    (void)version;
    take_offset(ctx, e, msg, FETCHER_EARLIEST);
}

void partition_ask(struct fetcher_partition *f, int64_t timestamp)
{
    struct fetchers *all = f->peer->all;
    struct kf_list_offsets_request_list_offsets_partition p = {
        .partition_index = f->partition->index, .current_leader_epoch = f->partition->leader_epoch,
        .timestamp = timestamp,
    };
    struct kf_list_offsets_request_list_offsets_topic t = { .name = str_of(f->partition->topic->name),
                                                            .partitions = &p, .partitions_n = 1 };
    struct kf_list_offsets_request q = { .replica_id = all->b->config->node_id, .topics = &t,
                                         .topics_n = 1 };
    struct kf_call call = {
        .api_key = KF_API_LIST_OFFSETS, .version_max = -1, .msg = &q, .timeout_ms = all->call_ms_max,
        .done = timestamp == FETCHER_LATEST ? latest_is : earliest_is, .ctx = f,
    };
    struct why reason;

    partition_leave(f);
    if (!f->peer->channel || kf_channel_call(f->peer->channel, &call, &reason))
        partition_sleep(f);
    else
        f->state = FETCHER_ASKING;
}
