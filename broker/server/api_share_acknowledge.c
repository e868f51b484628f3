/* ShareAcknowledge: answered when the share coordinators have all of it. */
#include "api/kafka/msg/share_acknowledge.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/share_acks.h"
#include "broker/server/share_reply.h"
#include "broker/server/share_sessions.h"

typedef struct kf_share_acknowledge_response_partition_data partition_out;

/* One request; in its arena, also while it waits. */
struct acknowledging {
    struct broker *b;
    struct request *r;
    const struct kf_share_acknowledge_request *q;
    struct share_acks acks;
};

static void put_partition(struct acknowledging *k, const struct share_acks_entry *e,
                          partition_out *out)
{
    kf_init(&kf_share_acknowledge_response_partition_data_schema, out);
    out->partition_index = e->index;
    out->error_code = e->error;
    share_reply_leader(k->b, &e->topic, e->index, e->error, &out->current_leader.leader_id,
                       &out->current_leader.leader_epoch);
}

static void put_nodes(struct acknowledging *k, struct kf_share_acknowledge_response *m)
{
    struct share_reply_node nodes[SHARE_REPLY_NODES_MAX];
    int32_t n = 0;

    for (int32_t t = 0; t < m->responses_n; t++)
        for (int32_t i = 0; i < m->responses[t].partitions_n; i++)
            if (m->responses[t].partitions[i].error_code)
                share_reply_node(k->b, k->r, m->responses[t].partitions[i].current_leader.leader_id,
                                 nodes, &n);
    m->node_endpoints_n = n;
    m->node_endpoints = arena_array(k->r->arena, (size_t)n, sizeof(*m->node_endpoints));
    for (int32_t i = 0; i < n; i++) {
        m->node_endpoints[i].node_id = nodes[i].id;
        m->node_endpoints[i].host = str_of(nodes[i].endpoint->host);
        m->node_endpoints[i].port = nodes[i].endpoint->port;
        m->node_endpoints[i].rack = str_of(nodes[i].rack);
    }
}

/* Entries are in the order of the request's partitions. */
static void acknowledged(struct share_acks *a)
{
    struct acknowledging *k = container_of(a, struct acknowledging, acks);
    struct kf_share_acknowledge_response *m =
        MESSAGE_NEW(k->r->arena, kf_share_acknowledge_response);
    const struct share_acks_entry *e = a->v;

    m->acquisition_lock_timeout_ms = share_lead_limits(k->b, a->group).lock_ms;
    m->responses_n = k->q->topics_n;
    m->responses = arena_array(k->r->arena, (size_t)k->q->topics_n, sizeof(*m->responses));
    for (int32_t t = 0; t < k->q->topics_n; t++) {
        int32_t n = k->q->topics[t].partitions_n;

        m->responses[t].topic_id = k->q->topics[t].topic_id;
        m->responses[t].partitions_n = n;
        m->responses[t].partitions =
            arena_array(k->r->arena, (size_t)n, sizeof(*m->responses[t].partitions));
        for (int32_t i = 0; i < n; i++)
            put_partition(k, e++, &m->responses[t].partitions[i]);
    }
    put_nodes(k, m);
    request_reply(k->r, &kf_share_acknowledge_response_schema, m);
}

static void cancelled(struct request *r)
{
    struct acknowledging *k = r->parked;

    share_acks_cancel(&k->acks);
}

static void read_acks(struct acknowledging *k)
{
    const struct kf_share_acknowledge_request *q = k->q;
    size_t most = 0;

    for (int32_t t = 0; t < q->topics_n; t++)
        most += (size_t)q->topics[t].partitions_n;
    k->acks.v = arena_array(k->r->arena, most, sizeof(*k->acks.v));
    for (int32_t t = 0; t < q->topics_n; t++)
        for (int32_t i = 0; i < q->topics[t].partitions_n; i++) {
            const struct kf_share_acknowledge_request_acknowledge_partition *in =
                &q->topics[t].partitions[i];
            struct share_acks_entry *e = &k->acks.v[k->acks.n++];

            e->topic = q->topics[t].topic_id;
            e->index = in->partition_index;
            e->n = in->acknowledgement_batches_n;
            e->acks = arena_array(k->r->arena, (size_t)e->n, sizeof(*e->acks));
            for (int32_t b = 0; b < e->n; b++)
                e->acks[b] = (struct share_ack){
                    in->acknowledgement_batches[b].first_offset,
                    in->acknowledgement_batches[b].last_offset,
                    in->acknowledgement_batches[b].acknowledge_types,
                    in->acknowledgement_batches[b].acknowledge_types_n,
                };
        }
}

static void refuse(struct request *r, int16_t error, const char *message)
{
    struct kf_share_acknowledge_response *m = MESSAGE_NEW(r->arena, kf_share_acknowledge_response);

    m->error_code = error;
    m->error_message = str_of(message);
    request_reply(r, &kf_share_acknowledge_response_schema, m);
}

static const char *fault(const struct kf_share_acknowledge_request *q)
{
    if (!q->group_id.p || !q->group_id.n)
        return "The group id is missing.";
    if (!q->member_id.n || q->member_id.n > SHARE_MEMBER_MAX)
        return "The member id is missing, or longer than 36 characters.";
    return NULL;
}

static int16_t enter(struct broker *b, const struct kf_share_acknowledge_request *q,
                     struct share_session **ret)
{
    *ret = share_session_find(b->share_sessions, q->group_id, q->member_id);
    if (q->share_session_epoch == SHARE_EPOCH_FIRST)
        return KF_ERR_INVALID_SHARE_SESSION_EPOCH;
    if (!*ret)
        return KF_ERR_SHARE_SESSION_NOT_FOUND;
    if (q->share_session_epoch == SHARE_EPOCH_LAST)
        return KF_ERR_NONE;
    if (q->share_session_epoch != (*ret)->epoch)
        return KF_ERR_INVALID_SHARE_SESSION_EPOCH;
    share_session_used(*ret);
    return KF_ERR_NONE;
}

void api_share_acknowledge(struct broker *b, struct request *r)
{
    struct kf_share_acknowledge_request *q = REQUEST_DECODE(r, kf_share_acknowledge_request);
    struct share_session *s = NULL;
    struct acknowledging *k;
    int16_t error;
    bool last;

    if (!q)
        return;
    if (!shares_enabled(b) || fault(q)) {
        refuse(r, fault(q) ? KF_ERR_INVALID_REQUEST : KF_ERR_UNSUPPORTED_VERSION, fault(q));
        return;
    }
    error = enter(b, q, &s);
    if (error) {
        refuse(r, error, NULL);
        return;
    }
    last = q->share_session_epoch == SHARE_EPOCH_LAST;
    k = arena_new(r->arena, struct acknowledging);
    *k = (struct acknowledging){ .b = b, .r = r, .q = q };
    k->acks = (struct share_acks){ .group = q->group_id, .owner = s->owner,
                                   .renew = q->is_renew_ack && share_renews(b, q->group_id),
                                   .done = acknowledged };
    read_acks(k);
    r->parked = k;
    r->cancelled = cancelled;
    share_acks_begin(b, &k->acks); /* `k` may be gone */
    if (last)
        share_session_end(s);
}
