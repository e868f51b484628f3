#include "api/kafka/msg/fetch.h"

#include "broker/log/aborted.h"
#include "broker/replica/rack_aware.h"
#include "broker/server/broker.h"
#include "broker/server/broker_life.h"
#include "broker/server/client_quotas.h"
#include "broker/server/directories.h"
#include "broker/server/fetch_reply.h"
#include "broker/server/handlers.h"
#include "broker/server/leading.h"
#include "broker/server/producers.h"
#include "broker/server/request_counters.h"
#include "broker/server/throttling.h"
#include "common/invariant.h"

enum {
    SESSION_SINCE = 7, LEADER_HINT_SINCE = 12, IDS_SINCE = 13, STATE_SINCE = 15,
    FOLLOWERS_SERVE_SINCE = 11, READ_COMMITTED = 1, EPOCH_NEW = 0, EPOCH_NONE = -1, NODES_MAX = 64,
    HOLLOW_SPANS_MAX = 64,
};

/* One fetch under way; lives in its request's arena, also while it waits. */
struct fetch {
    struct broker *b;
    struct request *r;
    struct fetch_session *session;
    struct loop_timer timer;
    struct loop_task woken;
    int32_t max_bytes, min_bytes;
    bool full;         /* every partition is answered, not only what changed */
    bool one_request;  /* the session ends with the request */
    bool committed;    /* READ_COMMITTED */
    struct str rack;   /* of the consumer, "" when it says none; in the frame */
    int64_t replica_epoch; /* a follower's broker epoch, -1 when not told */
    struct fetch_result *results;
    struct fetch_partition **sources; /* of the results */
    unsigned results_n;
    size_t bytes;
    int64_t due_ms;    /* when it is answered with what there is */
    bool urgent;       /* an error, or news that must not wait for bytes */
};

static struct fetch_partition *bind_again(struct fetch *f, struct fetch_partition *p)
{
    const struct topic *t = f->session->by_topic_id ? replicas_topic_by_id(&f->b->replicas, &p->topic_id)
                                                    : replicas_topic(&f->b->replicas, p->topic);

    if (!p->partition)
        fetch_partition_bind(p, topic_partition(t, p->index));
    return p;
}

static int16_t epoch_error(const struct fetch_partition *p)
{
    if (p->leader_epoch < 0 || p->leader_epoch == p->partition->leader_epoch)
        return KF_ERR_NONE;
    return p->leader_epoch < p->partition->leader_epoch ? KF_ERR_FENCED_LEADER_EPOCH
                                                        : KF_ERR_UNKNOWN_LEADER_EPOCH;
}

static bool is_follower(const struct fetch *f)
{
    return f->session->replica >= 0;
}

/* KIP-392: a replica serves consumers as well as the leader does, up to its own high watermark. */
static int16_t role_error(const struct fetch *f, const struct partition *p)
{
    int16_t e = partition_error(f->b, p);

    if (e != KF_ERR_NOT_LEADER_OR_FOLLOWER || is_follower(f) ||
        f->r->api_version < FOLLOWERS_SERVE_SINCE || !p->log)
        return e;
    return log_broken(p->log) ? KF_ERR_KAFKA_STORAGE_ERROR : KF_ERR_NONE;
}

/* Who is not in the assignment may know a newer one than this broker does. */
static int16_t source_error(const struct fetch *f, const struct fetch_partition *p)
{
    int16_t e;

    if (!p->partition)
        return missing_partition_error(f->b, p->topic, f->session->by_topic_id ? &p->topic_id : NULL,
                                       p->index);
    e = role_error(f, p->partition);
    if (!e)
        e = epoch_error(p);
    if (!e && is_follower(f) && !leader_has_replica(p->partition->leader, f->session->replica))
        e = p->leader_epoch >= 0 ? KF_ERR_UNKNOWN_LEADER_EPOCH : KF_ERR_NOT_LEADER_OR_FOLLOWER;
    return e;
}

/* Of an offset above this log's end. A leader that may have been deposed without its knowing is no
 * judge of that: a consumer asks again, and elsewhere, instead of reading all anew (0013). */
static int16_t above_the_end(const struct fetch *f)
{
    return is_follower(f) || life_in_session(f->b)
               ? KF_ERR_OFFSET_OUT_OF_RANGE
               : KF_ERR_OFFSET_NOT_AVAILABLE;
}

/* The client's last epoch ended before its offset: it has what this log has not. */
static bool diverges(const struct fetch *f, const struct fetch_partition *p, struct fetch_result *ret)
{
    int32_t epoch;
    int64_t end;

    if (p->last_epoch < 0)
        return false;
    log_end_offset_for_epoch(p->partition->log, p->last_epoch, &epoch, &end);
    if (epoch == p->last_epoch && end >= p->offset)
        return false;
    if (epoch < 0 || end < 0 || p->offset < ret->log_start) {
        ret->error = p->offset < ret->log_start ? KF_ERR_OFFSET_OUT_OF_RANGE : above_the_end(f);
        return true;
    }
    ret->diverging_epoch = epoch;
    ret->diverging_end = end;
    return true;
}

/* What a follower asks for says what it has; the high watermark may rise by it, and goes out
 * with this very answer. */
static bool learn(const struct fetch *f, struct fetch_partition *p)
{
    struct leader_fetch has = { .replica = f->session->replica, .broker_epoch = f->replica_epoch,
                                .offset = p->offset, .log_start = p->log_start };

    if (!is_follower(f) || !p->fresh)
        return true;
    p->fresh = false;
    return leading_fetched(f->b, p->partition, &has);
}

/* The leader sends a consumer to the replica of its rack, and no records. */
static int32_t preferred(const struct fetch *f, const struct fetch_partition *p)
{
    if (!f->b->rack_aware || !f->rack.n || is_follower(f) || !p->partition->leader)
        return -1;
    return rack_aware_replica(p->partition->leader, f->b->image, f->rack, f->r->listener_name, p->offset);
}

/* Where this reader's log ends. The last stable offset is told to all; who does not wait for it is
 * not worth reading the log for it. */
static err_t find_ends(const struct fetch *f, struct partition *p, struct fetch_result *ret)
{
    bool committed = f->committed && !is_follower(f);
    err_t e = ERR_OK;

    ret->high_watermark = ret->last_stable = partition_high_watermark(p);
    if (committed || p->producers_ready)
        e = producers_last_stable(p, &ret->last_stable);
    ret->readable = is_follower(f) ? log_end_offset(p->log)
                    : committed    ? ret->last_stable : ret->high_watermark;
    return e;
}

/* The aborted transactions that the records may hold parts of. */
static err_t add_aborted(const struct fetch *f, const struct fetch_partition *p, struct fetch_result *ret)
{
    struct log *l = p->partition->log;
    OWNED_BUF found = { 0 };
    uint8_t *copy;
    err_t e;

    if (!f->committed || is_follower(f) || !ret->span.n || !log_has_aborted(l, p->offset))
        return ERR_OK;
    e = log_aborted(l, p->offset, log_span_upper(l, &ret->span, ret->readable), &found);
    if (e || !found.n)
        return e;
    copy = arena_alloc(f->r->arena, found.n);
    memcpy(copy, found.p, found.n);
    ret->aborted = slice_make(copy, found.n);
    return ERR_OK;
}

/* Compaction may leave of a segment no more than batches without a record. Followers keep them; a
 * consumer gets what comes behind when there is something, since librdkafka takes an answer without
 * records for one that was too small, and fails after ten. */
static err_t read_behind_hollow(const struct fetch *f, const struct fetch_partition *p, size_t max_bytes,
                                struct fetch_result *ret)
{
    struct log_span next;
    int64_t end;
    err_t e;

    for (int i = 0; i < HOLLOW_SPANS_MAX && !is_follower(f); i++) {
        end = log_span_hollow_end(&ret->span);
        if (end < 0 || end >= ret->readable)
            break;
        e = log_read(p->partition->log, end, max_bytes, ret->readable, !f->bytes, &next);
        if (e || !next.n)
            return e;
        log_span_done(&ret->span);
        ret->span = next;
    }
    return ERR_OK;
}

static err_t read_records(const struct fetch *f, const struct fetch_partition *p, size_t max_bytes,
                          struct fetch_result *ret)
{
    err_t e;

    e = log_read(p->partition->log, p->offset, max_bytes, ret->readable, !f->bytes, &ret->span);
    if (!e)
        e = read_behind_hollow(f, p, max_bytes, ret);
    if (!e)
        e = add_aborted(f, p, ret);
    if (e)
        log_span_done(&ret->span);
    return e;
}

/* When a throttle holds the partition back the fetch looks again once it does not. */
static size_t throttled_room(struct fetch *f, const struct fetch_partition *p)
{
    int64_t now_ms = loop_now_ms(f->b->loop), wait_ms = f->due_ms - now_ms;
    size_t room = is_follower(f) ? throttling_room(f->b, p->partition, f->session->replica, &wait_ms)
                                 : SIZE_MAX;

    if (now_ms + wait_ms < f->due_ms)
        f->due_ms = now_ms + wait_ms;
    return room;
}

/* Whether the answer has room for records of the partition: for as many as it asked for, are left of the
 * whole, and the throttle lets through. */
static bool has_room(struct fetch *f, const struct fetch_partition *p, size_t *ret)
{
    size_t left = f->bytes < (size_t)f->max_bytes ? (size_t)f->max_bytes - f->bytes : 0;
    size_t throttled = throttled_room(f, p);

    *ret = p->max_bytes < 0 ? 0 : (size_t)p->max_bytes;
    if (*ret > left)
        *ret = left;
    if (*ret > throttled)
        *ret = throttled;
    return throttled && (left || !f->bytes);
}

static void read_partition(struct fetch *f, struct fetch_partition *p, struct fetch_result *ret)
{
    struct log *l = p->partition->log;
    size_t most;

    ret->log_start = log_start_offset(l);
    if (diverges(f, p, ret))
        return;
    if (p->offset < ret->log_start || p->offset > log_end_offset(l)) {
        ret->error = p->offset < ret->log_start ? KF_ERR_OFFSET_OUT_OF_RANGE : above_the_end(f);
        return;
    }
    if (!learn(f, p)) {
        ret->error = KF_ERR_NOT_LEADER_OR_FOLLOWER;
        return;
    }
    ret->error = directories_read_error(f->b, p->partition, ret->log_start,
                                        find_ends(f, p->partition, ret));
    if (ret->error)
        return;
    ret->preferred = preferred(f, p);
    if (ret->preferred >= 0)
        return;
    if (p->offset < ret->readable && has_room(f, p, &most))
        ret->error = directories_read_error(f->b, p->partition, p->offset, read_records(f, p, most, ret));
}

static void hint_leader(const struct fetch *f, const struct fetch_partition *p, struct fetch_result *ret)
{
    const struct topic_state *t = f->session->by_topic_id ? image_topic_by_id(f->b->image, &p->topic_id)
                                                          : image_topic(f->b->image, p->topic);

    if (!t || p->index < 0 || p->index >= t->partitions_n ||
        (ret->error != KF_ERR_NOT_LEADER_OR_FOLLOWER && ret->error != KF_ERR_FENCED_LEADER_EPOCH))
        return;
    ret->leader_id = t->partitions[p->index].leader;
    ret->leader_epoch = t->partitions[p->index].leader_epoch;
}

static void forget_failed(struct fetch_result *r)
{
    r->high_watermark = r->last_stable = r->log_start = -1;
}

/* A replica that is told at once where the log begins lets go of what lies below: a waiting
 * DeleteRecords ends by that. */
static bool start_moved(const struct fetch *f, const struct fetch_partition *p, const struct fetch_result *r)
{
    return is_follower(f) && p->sent_log_start >= 0 && r->log_start > p->sent_log_start;
}

/* Looks at one partition; true when the answer must name it. */
static bool evaluate(struct fetch *f, struct fetch_partition *p, struct fetch_result *ret)
{
    bool news;

    *ret = (struct fetch_result){ .topic = p->topic, .topic_id = p->topic_id, .index = p->index,
                                  .diverging_epoch = -1, .leader_id = -1, .leader_epoch = -1, .preferred = -1,
                                  .aborted_list = f->committed };
    forget_failed(ret);
    ret->error = source_error(f, bind_again(f, p));
    if (!ret->error)
        read_partition(f, p, ret);
    if (ret->error) {
        forget_failed(ret);
        hint_leader(f, p, ret);
    }
    f->bytes += ret->span.n;
    f->urgent |= ret->error || ret->diverging_epoch >= 0 || ret->preferred >= 0 || start_moved(f, p, ret);
    news = ret->error || ret->span.n || ret->diverging_epoch >= 0 || ret->preferred >= 0 ||
           ret->high_watermark != p->sent_high_watermark || ret->log_start != p->sent_log_start;
    if (!news && p->offset >= ret->readable) /* nothing unread was left out for its size */
        fetch_partition_clean(p);
    return news || f->full;
}

static void release(struct fetch *f)
{
    for (unsigned i = 0; i < f->results_n; i++)
        if (f->results[i].span.n)
            log_span_done(&f->results[i].span);
    f->results_n = 0;
    f->bytes = 0;
    f->urgent = false;
}

/* In the order of the request, or of who waits longest. */
static void collect(struct fetch *f)
{
    struct list *from = f->full ? &f->session->all : &f->session->dirty;
    size_t room = f->session->n;

    if (!f->results) {
        f->results = arena_array(f->r->arena, room, sizeof(*f->results));
        f->sources = arena_array(f->r->arena, room, sizeof(*f->sources));
    }
    list_each(node, from) {
        struct fetch_partition *p = f->full ? list_item(node, struct fetch_partition, node)
                                            : list_item(node, struct fetch_partition, dirty);

        if (evaluate(f, p, &f->results[f->results_n]))
            f->sources[f->results_n++] = p;
    }
}

/* Records of one partition go out. */
static void note_sent(struct fetch *f, struct partition *p, size_t n)
{
    if (is_follower(f)) {
        throttling_sent(f->b, p, (int64_t)n);
        f->b->traffic.count[TRAFFIC_REPLICATION_OUT] += n;
    } else {
        traffic_add(&p->topic->traffic, &f->b->traffic, TRAFFIC_BYTES_OUT, n);
    }
}

/* What is answered now needs no repetition; who got records goes to the end of the line
 * and stays dirty until the client has moved on; after an error all is said again. */
static void settle(struct fetch *f)
{
    for (unsigned i = 0; i < f->results_n; i++) {
        struct fetch_partition *p = f->sources[i];
        const struct fetch_result *r = &f->results[i];

        if (r->span.n)
            note_sent(f, p->partition, r->span.n);
        p->sent_high_watermark = r->error ? -1 : r->high_watermark;
        p->sent_log_start = r->error ? -1 : r->log_start;
        if (r->error || r->span.n || r->diverging_epoch >= 0) {
            fetch_partition_clean(p);
            fetch_partition_mark(p);
        } else if (p->offset >= r->readable) {
            fetch_partition_clean(p);
        }
    }
}

static unsigned hinted_nodes(struct fetch *f, struct fetch_node *nodes)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->results_n && n < NODES_MAX; i++) {
        int32_t id = f->results[i].leader_id;
        const struct broker_registration *reg = id < 0 ? NULL : image_broker(f->b->image, id);
        const struct endpoint *e = broker_endpoint(reg, f->r->listener_name);
        bool known = !e;

        for (unsigned k = 0; k < n; k++)
            known |= nodes[k].id == id;
        if (!known)
            nodes[n++] = (struct fetch_node){ id, e->host, reg->rack, e->port };
    }
    return n;
}

static void end_fetch(struct fetch *f)
{
    loop_timer_clear(f->b->loop, &f->timer);
    loop_undefer(f->b->loop, &f->woken);
    f->session->waiter = NULL;
    if (f->one_request)
        fetch_session_free(&f->b->sessions, f->session);
}

/* What a consumer gets counts for its quota; over it, it is not heard for a while. */
static void throttle(struct fetch *f, struct buf *body)
{
    if (!is_follower(f))
        be32_put(body->p, (uint32_t)broker_quotas_record(f->b, QUOTA_FETCH, f->r, f->r->client_id,
                                                         (int64_t)(body->n + f->bytes)));
}

static void answer(struct fetch *f)
{
    struct fetch_node nodes[NODES_MAX];
    struct fetch_reply reply = {
        .version = f->r->api_version, .session_id = f->session->id, .results = f->results,
        .results_n = f->results_n, .nodes = nodes, .nodes_n = hinted_nodes(f, nodes),
    };
    struct log_span *spans = arena_array(f->r->arena, f->results_n, sizeof(*spans));
    size_t *at = arena_array(f->r->arena, f->results_n, sizeof(*at));
    struct buf body = { 0 };
    unsigned n = 0;

    for (unsigned i = 0; i < f->results_n; i++)
        if (f->results[i].span.n)
            spans[n++] = f->results[i].span;
    fetch_reply_encode(&reply, &body, at);
    throttle(f, &body);
    settle(f);
    end_fetch(f);
    request_reply_raw(f->r, &body, spans, at, n);
}

static void timed_out(struct loop_timer *t)
{
    struct fetch *f = container_of(t, struct fetch, timer);

    collect(f);
    answer(f);
}

/* Something the fetch waits for has grown: enough, or back to sleep. */
static void look_again(struct loop_task *t)
{
    struct fetch *f = container_of(t, struct fetch, woken);

    collect(f);
    if (f->urgent || f->bytes >= (size_t)f->min_bytes) {
        answer(f);
        return;
    }
    release(f);
    loop_timer_set(f->b->loop, &f->timer, f->due_ms);
}

static void wake(struct fetch_session *s)
{
    struct fetch *f = s->waiter;

    loop_defer(f->b->loop, &f->woken);
}

static void peer_gone(struct request *r)
{
    end_fetch(r->parked);
}

/* A follower's next request is let in meanwhile and ends the wait: it names partitions that
 * the follower has begun to follow. All that the answer needs is in the session. */
static void wait_for_more(struct fetch *f)
{
    release(f);
    f->r->parked = f;
    f->r->cancelled = peer_gone;
    f->session->waiter = f;
    f->session->wake = wake;
    loop_timer_set(f->b->loop, &f->timer, f->due_ms);
    if (is_follower(f) && f->session->id)
        request_let_next(f->r);
}

static void refuse(struct request *r, int16_t error)
{
    struct kf_fetch_response *m = MESSAGE_NEW(r->arena, kf_fetch_response);

    m->error_code = error;
    request_reply(r, &kf_fetch_response_schema, m);
}

static void read_wishes(struct fetch_session *s, const struct kf_fetch_request *q, bool copy)
{
    for (int32_t i = 0; i < q->topics_n; i++) {
        const struct kf_fetch_request_fetch_topic *t = &q->topics[i];

        for (int32_t k = 0; k < t->partitions_n; k++) {
            const struct kf_fetch_request_fetch_partition *p = &t->partitions[k];
            struct fetch_wish w = {
                .topic = t->topic, .topic_id = t->topic_id, .index = p->partition,
                .offset = p->fetch_offset, .max_bytes = p->partition_max_bytes,
                .leader_epoch = p->current_leader_epoch, .last_epoch = p->last_fetched_epoch,
                .log_start = p->log_start_offset,
            };

            fetch_session_set(s, &w, copy);
        }
    }
}

static void forget(struct fetch_session *s, const struct kf_fetch_request *q)
{
    for (int32_t i = 0; i < q->forgotten_topics_data_n; i++) {
        const struct kf_fetch_request_forgotten_topic *t = &q->forgotten_topics_data[i];

        for (int32_t k = 0; k < t->partitions_n; k++)
            fetch_session_forget(s, t->topic, &t->topic_id, t->partitions[k]);
    }
}

/* Another connection of the same client still waits on the session: it gets an answer. */
static void end_older_wait(struct fetch_session *s)
{
    if (s && s->waiter) {
        struct fetch *f = s->waiter;

        timed_out(&f->timer);
    }
}

static bool known_session(struct broker *b, struct request *r, const struct kf_fetch_request *q,
                          struct fetch_session **ret)
{
    struct fetch_session *s = fetch_session_find(&b->sessions, q->session_id);
    int16_t error = KF_ERR_NONE;

    if (!s)
        error = KF_ERR_FETCH_SESSION_ID_NOT_FOUND;
    else if (s->epoch != q->session_epoch)
        error = KF_ERR_INVALID_FETCH_SESSION_EPOCH;
    else if (s->by_topic_id != (r->api_version >= IDS_SINCE))
        error = KF_ERR_FETCH_SESSION_TOPIC_ID_ERROR;
    if (error) {
        refuse(r, error);
        return false;
    }
    end_older_wait(s);
    s->epoch = s->epoch == INT32_MAX ? 1 : s->epoch + 1;
    fetch_session_used(&b->sessions, s, loop_now_ms(b->loop));
    *ret = s;
    return true;
}

static void close_session(struct broker *b, int32_t id)
{
    struct fetch_session *s = id ? fetch_session_find(&b->sessions, id) : NULL;

    end_older_wait(s);
    if (s)
        fetch_session_free(&b->sessions, s);
}

/* The session a request belongs to, with what it changes applied; false: answered. */
static bool enter_session(struct fetch *f, const struct kf_fetch_request *q, int32_t replica)
{
    struct broker *b = f->b;
    bool sessions = f->r->api_version >= SESSION_SINCE;
    bool keep = false;

    f->full = !sessions || q->session_epoch == EPOCH_NONE || q->session_epoch == EPOCH_NEW;
    if (!f->full) {
        if (!known_session(b, f->r, q, &f->session))
            return false;
        forget(f->session, q);
        read_wishes(f->session, q, true);
        return true;
    }
    close_session(b, sessions ? q->session_id : 0);
    f->session = fetch_session_new(f->r->api_version >= IDS_SINCE, replica);
    if (sessions && q->session_epoch == EPOCH_NEW)
        keep = fetch_session_keep(&b->sessions, f->session, loop_now_ms(b->loop));
    f->one_request = !keep;
    read_wishes(f->session, q, keep);
    return true;
}

/* An answer costs no more than a window holds, or its client would wait for longer than that. */
static void limit_by_quota(struct fetch *f)
{
    int64_t most = client_quotas_any(&f->b->quotas)
                       ? client_quotas_most(&f->b->quotas, QUOTA_FETCH, f->r->principal_name, f->r->client_id)
                       : INT64_MAX;

    if (most < f->max_bytes)
        f->max_bytes = (int32_t)most;
}

void api_fetch(struct broker *b, struct request *r)
{
    struct kf_fetch_request *q = REQUEST_DECODE(r, kf_fetch_request);
    int32_t replica;
    struct fetch *f;

    if (!q)
        return;
    f = arena_new(r->arena, struct fetch);
    f->b = b;
    f->r = r;
    f->timer.fire = timed_out;
    f->woken.run = look_again;
    f->rack = q->rack_id;
    f->committed = q->isolation_level == READ_COMMITTED;
    f->min_bytes = q->min_bytes;
    f->due_ms = loop_now_ms(b->loop) + q->max_wait_ms;
    f->max_bytes = q->max_bytes < b->fetch_bytes_max ? q->max_bytes : b->fetch_bytes_max;
    replica = r->api_version >= STATE_SINCE ? q->replica_state.replica_id : q->replica_id;
    f->replica_epoch = r->api_version >= STATE_SINCE ? q->replica_state.replica_epoch : -1;
    if (f->max_bytes < 0)
        f->max_bytes = 0;
    r->fetch_kind = replica < 0 ? REQUEST_FETCH_CONSUMER : REQUEST_FETCH_FOLLOWER;
    if (replica < 0)
        limit_by_quota(f);
    if (!enter_session(f, q, replica < 0 ? -1 : replica))
        return;
    collect(f);
    /* A new session is answered at once when it has nothing to wait for. */
    if (f->urgent || q->max_wait_ms <= 0 || !f->session->n || f->min_bytes <= 0 ||
        f->bytes >= (size_t)f->min_bytes)
        answer(f);
    else
        wait_for_more(f);
}
