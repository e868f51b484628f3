#include "broker/server/txn_markers.h"

#include "api/kafka/msg/write_txn_markers.h"
#include "broker/server/txn_internal.h"
#include "broker/server/txn_marker_write.h"
#include "common/invariant.h"
#include "common/log.h"

enum {
    CALL_MS_MAX = 5000,
    RETRY_MS = 50,
    REQUEST_MARKERS_MAX = 1000, /* partitions in one request */
    OPEN_MAX = 4,               /* requests to one broker */
};

typedef struct kf_write_txn_markers_request_writable_txn_marker marker_out;
typedef struct kf_write_txn_markers_request_writable_txn_marker_topic topic_out;
typedef struct kf_write_txn_markers_response_writable_txn_marker_result marker_in;
typedef struct kf_write_txn_markers_response_writable_txn_marker_topic_result topic_in;

/* One partition of one transaction. */
struct txn_marker {
    struct list of_work;   /* w->markers */
    struct list node;      /* to_route, answered, a peer's queue, or a request's */
    struct txn_work *w;
    struct txn_markers *m;
    const char *topic;     /* the core's own: lives as long as the partition is led */
    int32_t index;
    int16_t error;         /* on `answered` */
    struct txn_marker_write write;
};

struct marker_peer {
    struct txn_markers *m;
    struct list node;
    int32_t broker_id;
    struct list queue;     /* txn_marker.node */
    struct list open;      /* marker_request.node */
    unsigned open_n;
    struct loop_task send;
};

/* WriteTxnMarkers under way. */
struct marker_request {
    struct txn_peer_call call;
    struct list node;
    struct marker_peer *peer;
    struct list markers;   /* txn_marker.node, in the request's order */
    struct kf_write_txn_markers_request message;
    struct arena arena;
};

struct txn_markers {
    struct transactions *x;
    struct list peers;
    struct list to_route;  /* where the leader is is to be looked up */
    struct list parked;    /* the same, after a pause */
    struct list answered;
    struct loop_task route, settle;
    struct loop_timer retry;
};

static struct loop *loop_of(const struct txn_markers *m)
{
    return m->x->b->loop;
}

static void move(struct txn_marker *k, struct list *to)
{
    list_remove(&k->node);
    list_push(to, &k->node);
}

static void marker_free(struct txn_marker *k)
{
    txn_marker_write_cancel(&k->write);
    list_remove(&k->of_work);
    list_remove(&k->node);
    mem_free(k);
}

/* --- what came of them --- */

static void answer(struct txn_marker *k, int16_t error)
{
    k->error = error;
    move(k, &k->m->answered);
    loop_defer(loop_of(k->m), &k->m->settle);
}

static void park(struct txn_marker *k)
{
    move(k, &k->m->parked);
    if (!k->m->retry.slot)
        loop_timer_in(loop_of(k->m), &k->m->retry, RETRY_MS);
}

/* The partition needs no marker any more: it has it, it is gone, or a newer one has been there,
 * which ended the transaction here. */
static void marked(struct txn_marker *k)
{
    struct txn_work *w = k->w;
    bool all = txn_marked(w->t, str_of(k->topic), k->index);

    marker_free(k);
    if (all)
        txn_work_done(w);
}

static void settle_one(struct txn_marker *k)
{
    switch (k->error) {
    case KF_ERR_NONE:
    case KF_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case KF_ERR_UNSUPPORTED_VERSION:
        marked(k);
        return;
    case KF_ERR_INVALID_PRODUCER_EPOCH:
        log_event(LOG_WARN, "txn_marker_late", "id=\"%.*s\" topic=%s partition=%d epoch=%d",
                  STR_ARG(k->w->t->id), k->topic, k->index, k->w->t->epoch);
        marked(k);
        return;
    case KF_ERR_TRANSACTION_COORDINATOR_FENCED:
        txn_work_stop(k->w);
        return;
    default:
        park(k);
    }
}

static void settle(struct loop_task *t)
{
    struct txn_markers *m = container_of(t, struct txn_markers, settle);

    while (!list_empty(&m->answered)) {
        struct txn_marker *k = list_item(m->answered.next, struct txn_marker, node);

        list_remove(&k->node);
        settle_one(k);
    }
}

/* --- to another broker --- */

static void request_free(struct marker_request *q)
{
    txn_peers_cancel(&q->call);
    list_remove(&q->node);
    arena_done(&q->arena);
    mem_free(q);
}

static const marker_in *result_of(const struct kf_write_txn_markers_response *m,
                                  int64_t producer_id, int32_t *at)
{
    for (int32_t i = 0; i < m->markers_n; i++, *at = (*at + 1) % m->markers_n)
        if (m->markers[*at].producer_id == producer_id)
            return &m->markers[*at];
    return NULL;
}

/* A partition that the answer does not name is asked about again. */
static int16_t error_of(const marker_in *r, const struct txn_marker *k)
{
    for (int32_t i = 0; r && i < r->topics_n; i++) {
        const topic_in *t = &r->topics[i];

        for (int32_t p = 0; str_is(t->name, k->topic) && p < t->partitions_n; p++)
            if (t->partitions[p].partition_index == k->index)
                return t->partitions[p].error_code;
    }
    return KF_ERR_NOT_LEADER_OR_FOLLOWER;
}

static void answered(struct txn_peer_call *c, err_t e, const void *msg)
{
    struct marker_request *q = container_of(c, struct marker_request, call);
    struct marker_peer *p = q->peer;
    int32_t at = 0;

    while (!list_empty(&q->markers)) {
        struct txn_marker *k = list_item(q->markers.next, struct txn_marker, node);

        if (e)
            answer(k, KF_ERR_NETWORK_EXCEPTION);
        else
            answer(k, error_of(result_of(msg, k->w->t->producer_id, &at), k));
    }
    request_free(q);
    p->open_n--;
    if (!list_empty(&p->queue))
        loop_defer(loop_of(p->m), &p->send);
}

/* Partitions of a transaction and of a topic come after each other. */
static void put(struct marker_request *q, const struct txn_marker *k, size_t most,
                const struct txn_marker *last)
{
    marker_out *out = &q->message.markers[q->message.markers_n - 1];
    topic_out *t;

    if (!last || last->w != k->w) {
        out = &q->message.markers[q->message.markers_n++];
        out->producer_id = k->w->t->producer_id;
        out->producer_epoch = k->w->t->epoch;
        out->transaction_result = k->w->t->state == TXN_PREPARE_COMMIT;
        out->coordinator_epoch = k->w->sh->p->leader_epoch;
        out->transaction_version = (int8_t)k->w->t->client_version;
        out->topics = arena_array(&q->arena, (size_t)k->w->t->partitions_n, sizeof(*out->topics));
    }
    if (!last || last->w != k->w || last->topic != k->topic) {
        t = &out->topics[out->topics_n++];
        t->name = arena_str(&q->arena, str_of(k->topic)); /* the core's may go before it is sent */
        t->partition_indexes = arena_array(&q->arena, most, sizeof(*t->partition_indexes));
    }
    t = &out->topics[out->topics_n - 1];
    t->partition_indexes[t->partition_indexes_n++] = k->index;
}

static struct marker_request *make_request(struct marker_peer *p)
{
    struct marker_request *q = mem_new(struct marker_request);
    const struct txn_marker *last = NULL;
    size_t n = 0;

    q->peer = p;
    list_init(&q->markers);
    kf_init(&kf_write_txn_markers_request_schema, &q->message);
    q->message.markers = arena_array(&q->arena, REQUEST_MARKERS_MAX, sizeof(*q->message.markers));
    while (!list_empty(&p->queue) && n++ < REQUEST_MARKERS_MAX) {
        struct txn_marker *k = list_item(p->queue.next, struct txn_marker, node);

        put(q, k, (size_t)k->w->t->partitions_n, last);
        move(k, &q->markers);
        last = k;
    }
    q->call = (struct txn_peer_call){ .api_key = KF_API_WRITE_TXN_MARKERS, .message = &q->message,
                                      .timeout_ms = CALL_MS_MAX, .done = answered };
    return q;
}

static void send_queue(struct loop_task *t)
{
    struct marker_peer *p = container_of(t, struct marker_peer, send);

    while (!list_empty(&p->queue) && p->open_n < OPEN_MAX) {
        struct marker_request *q = make_request(p);

        list_push(&p->open, &q->node);
        p->open_n++;
        txn_peers_send(p->m->x->peers, p->broker_id, &q->call);
    }
}

static struct marker_peer *peer_of(struct txn_markers *m, int32_t broker_id)
{
    struct marker_peer *p;

    list_each(node, &m->peers)
        if (list_item(node, struct marker_peer, node)->broker_id == broker_id)
            return list_item(node, struct marker_peer, node);
    p = mem_new(struct marker_peer);
    p->m = m;
    p->broker_id = broker_id;
    p->send.run = send_queue;
    list_init(&p->queue);
    list_init(&p->open);
    list_push(&m->peers, &p->node);
    return p;
}

/* --- where to --- */

static void written(struct txn_marker_write *w, int16_t error)
{
    answer(container_of(w, struct txn_marker, write), error);
}

static void write_here(struct txn_marker *k)
{
    const struct txn *t = k->w->t;
    struct producer_marker marker = {
        .producer_id = t->producer_id, .epoch = t->epoch, .commit = t->state == TXN_PREPARE_COMMIT,
        .coordinator_epoch = k->w->sh->p->leader_epoch, .version = t->client_version,
    };

    list_remove(&k->node);
    txn_marker_write(k->m->x->b, str_of(k->topic), k->index, &marker, &k->write);
}

static void route(struct txn_marker *k)
{
    struct broker *b = k->m->x->b;
    const struct topic_state *t = image_topic(b->image, str_of(k->topic));
    struct marker_peer *p;
    int32_t leader;

    if (!t || k->index < 0 || k->index >= t->partitions_n) {
        answer(k, KF_ERR_NONE); /* gone, with what the transaction wrote there */
        return;
    }
    leader = t->partitions[k->index].leader;
    if (leader < 0) {
        park(k);
    } else if (leader == b->config->node_id) {
        write_here(k);
    } else {
        p = peer_of(k->m, leader);
        move(k, &p->queue);
        loop_defer(loop_of(k->m), &p->send);
    }
}

static void route_all(struct loop_task *t)
{
    struct txn_markers *m = container_of(t, struct txn_markers, route);

    while (!list_empty(&m->to_route))
        route(list_item(m->to_route.next, struct txn_marker, node));
}

static void route_parked(struct txn_markers *m)
{
    while (!list_empty(&m->parked))
        move(list_item(m->parked.next, struct txn_marker, node), &m->to_route);
    loop_defer(loop_of(m), &m->route);
}

static void retry_due(struct loop_timer *t)
{
    route_parked(container_of(t, struct txn_markers, retry));
}

void txn_markers_metadata(struct txn_markers *m)
{
    if (!list_empty(&m->parked))
        route_parked(m);
}

void txn_markers_send(struct txn_work *w)
{
    struct txn_markers *m = w->sh->x->markers;

    for (int32_t i = 0; i < w->t->partitions_n; i++) {
        struct txn_marker *k = mem_new(struct txn_marker);

        k->w = w;
        k->m = m;
        k->topic = w->t->partitions[i].topic;
        k->index = w->t->partitions[i].index;
        k->write.done = written;
        list_init(&k->write.wait.by_partition);
        list_push(&w->markers, &k->of_work);
        list_push(&m->to_route, &k->node);
    }
    loop_defer(loop_of(m), &m->route);
}

void txn_markers_cancel(struct txn_work *w)
{
    while (!list_empty(&w->markers))
        marker_free(list_item(w->markers.next, struct txn_marker, of_work));
}

/* --- the whole --- */

struct txn_markers *txn_markers_new(struct transactions *x)
{
    struct txn_markers *m = mem_new(struct txn_markers);

    m->x = x;
    m->route.run = route_all;
    m->settle.run = settle;
    m->retry.fire = retry_due;
    list_init(&m->peers);
    list_init(&m->to_route);
    list_init(&m->parked);
    list_init(&m->answered);
    return m;
}

static void peer_free(struct marker_peer *p)
{
    INVARIANT(list_empty(&p->queue));
    list_each(node, &p->open)
        request_free(list_item(node, struct marker_request, node));
    loop_undefer(loop_of(p->m), &p->send);
    list_remove(&p->node);
    mem_free(p);
}

struct txn_markers *txn_markers_free(struct txn_markers *m)
{
    if (!m)
        return NULL;
    INVARIANT(list_empty(&m->to_route) && list_empty(&m->parked) && list_empty(&m->answered));
    list_each(node, &m->peers)
        peer_free(list_item(node, struct marker_peer, node));
    loop_undefer(loop_of(m), &m->route);
    loop_undefer(loop_of(m), &m->settle);
    loop_timer_clear(loop_of(m), &m->retry);
    mem_free(m);
    return NULL;
}
