/* ShareFetch: acknowledgements first, then records, waiting for them as long as the client likes. */
#include "api/kafka/msg/share_fetch.h"

#include <stdlib.h>

#include "broker/server/broker.h"
#include "broker/server/client_quotas.h"
#include "broker/server/handlers.h"
#include "broker/server/share_acks.h"
#include "broker/server/share_read.h"
#include "broker/server/share_reply.h"
#include "broker/server/share_sessions.h"

enum { MODE_RECORD_LIMIT = 1 };

typedef struct kf_share_fetch_response_partition_data partition_out;

/* One partition of the answer. */
struct result {
    struct uuid topic;
    int32_t index;
    int16_t error, ack_error;
    struct slice records;
    const struct share_acquired *acquired;
    int32_t acquired_n;
};

/* One request; in its arena, also while it waits. */
struct share_fetch {
    struct broker *b;
    struct request *r;
    const struct kf_share_fetch_request *q;
    struct share_session *session; /* NULL: none is left */
    struct share_acks acks;
    bool last, looking;            /* epoch -1; acknowledgements are done */
    struct loop_timer timer;
    struct loop_task woken;
    int64_t due_ms;
    struct result *results;
    int32_t results_n, results_capacity;
    bool urgent;                   /* an error, or records */
    int64_t records_left;
    size_t bytes_left;
    int16_t refused;               /* the answer, once time is over */
};

/* ---- the answer ---- */

static void let_go(struct share_fetch *f)
{
    loop_timer_clear(f->b->loop, &f->timer);
    loop_undefer(f->b->loop, &f->woken);
    share_acks_cancel(&f->acks);
    if (!f->session)
        return;
    list_each (node, &f->session->parts)
        list_item(node, struct share_session_part, node)->result = -1;
    f->session->waiting = NULL;
}

static int by_topic(const void *a, const void *b)
{
    return memcmp(((const struct result *)a)->topic.b, ((const struct result *)b)->topic.b,
                  sizeof(struct uuid));
}

static void put_partition(struct share_fetch *f, const struct result *in, partition_out *out)
{
    kf_init(&kf_share_fetch_response_partition_data_schema, out);
    out->partition_index = in->index;
    out->error_code = in->error;
    out->acknowledge_error_code = in->ack_error;
    out->records = in->records;
    out->acquired_records_n = in->acquired_n;
    out->acquired_records =
        arena_array(f->r->arena, (size_t)in->acquired_n, sizeof(*out->acquired_records));
    for (int32_t i = 0; i < in->acquired_n; i++) {
        out->acquired_records[i].first_offset = in->acquired[i].first;
        out->acquired_records[i].last_offset = in->acquired[i].last;
        out->acquired_records[i].delivery_count = in->acquired[i].count;
    }
    share_reply_leader(f->b, &in->topic, in->index, in->error ? in->error : in->ack_error,
                       &out->current_leader.leader_id, &out->current_leader.leader_epoch);
}

static void put_results(struct share_fetch *f, struct kf_share_fetch_response *m)
{
    partition_out *parts =
        arena_array(f->r->arena, (size_t)f->results_n, sizeof(*parts));

    if (f->results_n > 1)
        qsort(f->results, (size_t)f->results_n, sizeof(*f->results), by_topic);
    m->responses = arena_array(f->r->arena, (size_t)f->results_n, sizeof(*m->responses));
    for (int32_t i = 0; i < f->results_n; i++) {
        if (!i || by_topic(&f->results[i - 1], &f->results[i])) {
            m->responses[m->responses_n].topic_id = f->results[i].topic;
            m->responses[m->responses_n++].partitions = &parts[i];
        }
        m->responses[m->responses_n - 1].partitions_n++;
        put_partition(f, &f->results[i], &parts[i]);
    }
}

static void put_nodes(struct share_fetch *f, struct kf_share_fetch_response *m)
{
    struct share_reply_node nodes[SHARE_REPLY_NODES_MAX];
    int32_t n = 0;

    for (int32_t t = 0; t < m->responses_n; t++)
        for (int32_t i = 0; i < m->responses[t].partitions_n; i++) {
            const partition_out *p = &m->responses[t].partitions[i];

            if (p->error_code || p->acknowledge_error_code)
                share_reply_node(f->b, f->r, p->current_leader.leader_id, nodes, &n);
        }
    m->node_endpoints_n = n;
    m->node_endpoints = arena_array(f->r->arena, (size_t)n, sizeof(*m->node_endpoints));
    for (int32_t i = 0; i < n; i++) {
        m->node_endpoints[i].node_id = nodes[i].id;
        m->node_endpoints[i].host = str_of(nodes[i].endpoint->host);
        m->node_endpoints[i].port = nodes[i].endpoint->port;
        m->node_endpoints[i].rack = str_of(nodes[i].rack);
    }
}

static int64_t records_bytes(const struct share_fetch *f)
{
    int64_t n = 0;

    for (int32_t i = 0; i < f->results_n; i++)
        n += (int64_t)f->results[i].records.n;
    return n;
}

static void reply(struct share_fetch *f)
{
    struct kf_share_fetch_response *m = MESSAGE_NEW(f->r->arena, kf_share_fetch_response);

    let_go(f);
    m->throttle_time_ms =
        broker_quotas_record(f->b, QUOTA_FETCH, f->r, f->r->client_id, records_bytes(f));
    m->error_code = f->refused;
    m->acquisition_lock_timeout_ms = share_lead_limits(f->b, f->q->group_id).lock_ms;
    put_results(f, m);
    put_nodes(f, m);
    request_reply(f->r, &kf_share_fetch_response_schema, m);
}

static void refuse(struct request *r, int16_t error, const char *message)
{
    struct kf_share_fetch_response *m = MESSAGE_NEW(r->arena, kf_share_fetch_response);

    m->error_code = error;
    m->error_message = str_of(message);
    request_reply(r, &kf_share_fetch_response_schema, m);
}

/* ---- records ---- */

static struct result *result_of(struct share_fetch *f, const struct uuid *topic, int32_t index,
                                struct share_session_part *part)
{
    struct result *r;

    if (part && part->result >= 0)
        return &f->results[part->result];
    if (f->results_n == f->results_capacity) {
        int32_t capacity = f->results_capacity ? 2 * f->results_capacity : 8;
        struct result *grown = arena_array(f->r->arena, (size_t)capacity, sizeof(*grown));

        if (f->results_n)
            memcpy(grown, f->results, (size_t)f->results_n * sizeof(*grown));
        f->results = grown;
        f->results_capacity = capacity;
    }
    if (part)
        part->result = f->results_n;
    r = &f->results[f->results_n++];
    *r = (struct result){ .topic = *topic, .index = index, .records = slice_make("", 0) };
    return r;
}

static void fail_part(struct share_fetch *f, struct share_session_part *part, int16_t error)
{
    result_of(f, &part->topic, part->index, part)->error = error;
    f->urgent = true;
}

/* The part's lead, loaded; NULL: not yet, or an error was put. */
static struct share_lead *lead_of(struct share_fetch *f, struct share_session_part *part)
{
    struct partition *p;
    int16_t error;

    if (part->watch.error) {
        error = part->watch.error;
        part->watch.error = KF_ERR_NONE;
        fail_part(f, part, error);
        return NULL;
    }
    if (!part->watch.lead) {
        p = share_partition_of(f->b, &part->topic, part->index, &error);
        if (error) {
            fail_part(f, part, error);
            return NULL;
        }
        share_watch_begin(f->b, p, f->session->group, &part->watch);
    }
    return part->watch.lead->core ? part->watch.lead : NULL;
}

static struct share_reading reading_of(struct share_fetch *f, struct share_lead *l)
{
    return (struct share_reading){
        .lead = l,
        .owner = f->session->owner,
        .records_max = f->records_left < INT32_MAX ? (int32_t)f->records_left : INT32_MAX,
        .batch_size = f->q->batch_size,
        .strict = f->q->share_acquire_mode == MODE_RECORD_LIMIT,
        .bytes_max = f->bytes_left,
        .arena = f->r->arena,
    };
}

static void read_part(struct share_fetch *f, struct share_session_part *part)
{
    struct share_lead *l = lead_of(f, part);
    struct share_reading q;
    struct result *r;

    if (!l)
        return;
    q = reading_of(f, l);
    share_read(&q);
    if (q.error)
        fail_part(f, part, q.error);
    if (!q.acquired_n)
        return;
    r = result_of(f, &part->topic, part->index, part);
    r->records = q.records;
    r->acquired = q.acquired;
    r->acquired_n = q.acquired_n;
    f->urgent = true;
    traffic_add(&l->p->topic->traffic, &f->b->traffic, TRAFFIC_BYTES_OUT, q.records.n);
    f->records_left -= q.taken;
    f->bytes_left -= q.records.n < f->bytes_left ? q.records.n : f->bytes_left;
    list_remove(&part->node); /* the others come first the next time */
    list_push(&f->session->parts, &part->node);
}

/* Whether what there is to read is enough to acquire any of it. */
static bool is_worth_it(struct share_fetch *f)
{
    size_t bytes = 0;

    if (f->q->min_bytes <= 1 || loop_now_ms(f->b->loop) >= f->due_ms)
        return true;
    list_each (node, &f->session->parts) {
        struct share_session_part *part = list_item(node, struct share_session_part, node);
        struct share_lead *l = lead_of(f, part);
        struct share_reading q;

        if (!l)
            continue;
        q = reading_of(f, l);
        bytes += share_read_size(&q);
        if (bytes >= (size_t)f->q->min_bytes)
            return true;
    }
    return f->urgent;
}

static void collect(struct share_fetch *f)
{
    uint32_t n = (uint32_t)f->session->by_place.n;

    if (!is_worth_it(f))
        return;
    for (struct list *node = f->session->parts.next, *next;
         n-- && f->records_left > 0 && f->bytes_left; node = next) {
        next = node->next;
        read_part(f, list_item(node, struct share_session_part, node));
    }
}

static void look(struct share_fetch *f)
{
    collect(f);
    if (f->urgent || loop_now_ms(f->b->loop) >= f->due_ms)
        reply(f);
}

static void woken(struct loop_task *t)
{
    look(container_of(t, struct share_fetch, woken));
}

static void timed_out(struct loop_timer *t)
{
    struct share_fetch *f = container_of(t, struct share_fetch, timer);

    if (f->session && f->looking)
        collect(f);
    reply(f);
}

static void wake(struct share_fetch *f)
{
    if (f->looking)
        loop_defer(f->b->loop, &f->woken);
}

/* The session is opened anew, or goes. */
static void session_over(struct share_fetch *f)
{
    f->refused = KF_ERR_INVALID_SHARE_SESSION_EPOCH;
    f->results_n = 0;
    reply(f);
}

/* ---- acknowledgements ---- */

static void acknowledged(struct share_acks *a)
{
    struct share_fetch *f = container_of(a, struct share_fetch, acks);
    struct share_session *s = f->session;

    for (int32_t i = 0; i < a->n; i++) {
        struct share_acks_entry *e = &a->v[i];

        result_of(f, &e->topic, e->index, share_session_part(s, &e->topic, e->index))->ack_error =
            e->error;
    }
    if (f->last || f->q->is_renew_ack) {
        struct share_session *over = f->last ? s : NULL;

        reply(f); /* `f` is gone */
        if (over)
            share_session_end(over);
        return;
    }
    f->looking = true;
    loop_timer_set(f->b->loop, &f->timer, f->due_ms);
    look(f);
}

static void cancelled(struct request *r)
{
    let_go(r->parked);
}

static void read_acks(struct share_fetch *f)
{
    const struct kf_share_fetch_request *q = f->q;
    size_t most = 0;

    for (int32_t t = 0; t < q->topics_n; t++)
        most += (size_t)q->topics[t].partitions_n;
    f->acks.v = arena_array(f->r->arena, most, sizeof(*f->acks.v));
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++) {
            const struct kf_share_fetch_request_fetch_partition *in = &q->topics[t].partitions[i];
            struct share_acks_entry *e = &f->acks.v[f->acks.n];

            if (!in->acknowledgement_batches_n)
                continue;
            f->acks.n++;
            e->topic = q->topics[t].topic_id;
            e->index = in->partition_index;
            e->n = in->acknowledgement_batches_n;
            e->acks = arena_array(f->r->arena, (size_t)e->n, sizeof(*e->acks));
            for (int32_t k = 0; k < e->n; k++)
                e->acks[k] = (struct share_ack){
                    in->acknowledgement_batches[k].first_offset,
                    in->acknowledgement_batches[k].last_offset,
                    in->acknowledgement_batches[k].acknowledge_types,
                    in->acknowledgement_batches[k].acknowledge_types_n,
                };
        }
}

/* ---- sessions ---- */

static void update_session(struct share_session *s, const struct kf_share_fetch_request *q)
{
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++)
            share_session_add(s, &q->topics[t].topic_id,
                              q->topics[t].partitions[i].partition_index);
    for (int32_t t = 0; t < q->forgotten_topics_data_n; t++)
        for (int32_t i = 0; i < q->forgotten_topics_data[t].partitions_n; i++)
            share_session_forget(s, &q->forgotten_topics_data[t].topic_id,
                                 q->forgotten_topics_data[t].partitions[i]);
}

/* KF_ERR_NONE: f->session is there. */
static int16_t enter(struct share_fetch *f)
{
    const struct kf_share_fetch_request *q = f->q;
    struct share_sessions *x = f->b->share_sessions;

    if (q->share_session_epoch == SHARE_EPOCH_FIRST) {
        if (f->acks.n)
            return KF_ERR_INVALID_REQUEST;
        f->session = share_session_open(x, f->r, q->group_id, q->member_id);
        return f->session ? KF_ERR_NONE : KF_ERR_SHARE_SESSION_LIMIT_REACHED;
    }
    f->session = share_session_find(x, q->group_id, q->member_id);
    if (!f->session)
        return KF_ERR_SHARE_SESSION_NOT_FOUND;
    f->last = q->share_session_epoch == SHARE_EPOCH_LAST;
    if (!f->last && q->share_session_epoch != f->session->epoch) {
        f->session = NULL;
        return KF_ERR_INVALID_SHARE_SESSION_EPOCH;
    }
    if (f->session->waiting)
        f->session->end(f->session->waiting);
    if (!f->last)
        share_session_used(f->session);
    return KF_ERR_NONE;
}

static const char *fault(const struct kf_share_fetch_request *q)
{
    if (!q->group_id.p || !q->group_id.n)
        return "The group id is missing.";
    if (!q->member_id.n || q->member_id.n > SHARE_MEMBER_MAX)
        return "The member id is missing, or longer than 36 characters.";
    if (q->is_renew_ack && (q->max_bytes || q->min_bytes || q->max_records || q->max_wait_ms))
        return "MaxBytes, MinBytes, MaxRecords and MaxWaitMs must be 0 in a request that renews "
               "locks.";
    return NULL;
}

static struct share_fetch *fetch_new(struct broker *b, struct request *r,
                                     const struct kf_share_fetch_request *q)
{
    struct share_fetch *f = arena_new(r->arena, struct share_fetch);

    f->b = b;
    f->r = r;
    f->q = q;
    f->timer.fire = timed_out;
    f->woken.run = woken;
    f->due_ms = loop_now_ms(b->loop) + (q->max_wait_ms > 0 ? q->max_wait_ms : 0);
    f->records_left = q->max_records > 0 ? q->max_records : INT32_MAX;
    f->bytes_left = q->max_bytes < b->fetch_bytes_max ? (size_t)(q->max_bytes > 0 ? q->max_bytes : 1)
                                                      : (size_t)b->fetch_bytes_max;
    f->acks.renew = q->is_renew_ack && share_renews(b, q->group_id);
    f->acks.group = q->group_id;
    f->acks.done = acknowledged;
    r->parked = f;
    r->cancelled = cancelled;
    return f;
}

void api_share_fetch(struct broker *b, struct request *r)
{
    struct kf_share_fetch_request *q = REQUEST_DECODE(r, kf_share_fetch_request);
    struct share_fetch *f;
    int16_t error;

    if (!q)
        return;
    if (!shares_enabled(b) || fault(q)) {
        refuse(r, fault(q) ? KF_ERR_INVALID_REQUEST : KF_ERR_UNSUPPORTED_VERSION, fault(q));
        return;
    }
    f = fetch_new(b, r, q);
    read_acks(f);
    error = enter(f);
    if (error == KF_ERR_SHARE_SESSION_LIMIT_REACHED && q->max_wait_ms > 0) {
        f->refused = error; /* a client that is turned away is not to come back at once */
        loop_timer_set(b->loop, &f->timer, f->due_ms);
        return;
    }
    if (error) {
        refuse(r, error, NULL);
        return;
    }
    f->session->waiting = f;
    f->session->wake = wake;
    f->session->end = session_over;
    f->acks.owner = f->session->owner;
    if (!f->last)
        update_session(f->session, q);
    share_acks_begin(b, &f->acks);
}
