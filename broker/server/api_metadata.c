#include "api/kafka/msg/metadata.h"

#include "api/kafka/msg/create_topics.h"
#include "broker/server/broker.h"
#include "broker/server/forward.h"
#include "broker/server/handlers.h"
#include "broker/server/topic_view.h"

enum {
    ALL_IS_NULL_SINCE = 1,
    LISTENER_NOT_FOUND_SINCE = 6,
    IDS_UNUSED_MIN = 10, /* v10, v11 carry a topic id that must be zero */
    IDS_UNUSED_MAX = 11,
};

typedef struct kf_metadata_response_metadata_response_topic topic_out;
typedef struct kf_metadata_response_metadata_response_partition partition_out;

static void put_brokers(struct broker *b, struct request *r, struct kf_metadata_response *m)
{
    int32_t n;
    const struct broker_registration **all = brokers_shown(b->image, b->config->node_id, r->arena, &n);

    m->brokers = arena_array(r->arena, (size_t)n, sizeof(*m->brokers));
    for (int32_t i = 0; i < n; i++) {
        const struct endpoint *e = broker_endpoint(all[i], r->listener_name);

        if (!e)
            continue;
        m->brokers[m->brokers_n].node_id = all[i]->id;
        m->brokers[m->brokers_n].host = str_of(e->host);
        m->brokers[m->brokers_n].port = e->port;
        m->brokers[m->brokers_n++].rack = str_of(all[i]->rack);
    }
    /* Any live broker: admin clients send there and it forwards. */
    m->controller_id = m->brokers_n ? m->brokers[(uint32_t)r->correlation_id %
                                                 (uint32_t)m->brokers_n].node_id : -1;
}

static void put_partition(struct broker *b, struct request *r, const struct partition_state *p,
                          int32_t index, partition_out *ret)
{
    struct partition_view v = partition_view(b->image, p, r->listener_name, r->arena);

    ret->error_code = v.error;
    if (v.error == KF_ERR_LISTENER_NOT_FOUND && r->api_version < LISTENER_NOT_FOUND_SINCE)
        ret->error_code = KF_ERR_LEADER_NOT_AVAILABLE;
    ret->partition_index = index;
    ret->leader_id = v.leader_id;
    ret->leader_epoch = p->leader_epoch;
    ret->replica_nodes = p->replicas;
    ret->replica_nodes_n = p->replicas_n;
    ret->isr_nodes = p->isr;
    ret->isr_nodes_n = p->isr_n;
    ret->offline_replicas = v.offline;
    ret->offline_replicas_n = v.offline_n;
}

static void put_topic(struct broker *b, struct request *r, const struct topic_state *t,
                      struct kf_metadata_response *m)
{
    topic_out *out = &m->topics[m->topics_n++];

    out->name = str_of(t->name);
    out->topic_id = t->id;
    out->is_internal = topic_is_internal(out->name);
    out->topic_authorized_operations = INT32_MIN;
    out->partitions = arena_array(r->arena, (size_t)t->partitions_n, sizeof(*out->partitions));
    out->partitions_n = t->partitions_n;
    for (int32_t i = 0; i < t->partitions_n; i++)
        put_partition(b, r, &t->partitions[i], i, &out->partitions[i]);
}

static void put_fault(struct kf_metadata_response *m, struct str name, const struct uuid *id,
                      int16_t error)
{
    topic_out *out = &m->topics[m->topics_n++];

    out->error_code = error;
    out->name = name;
    if (id)
        out->topic_id = *id;
    out->topic_authorized_operations = INT32_MIN;
}

static void put_all_topics(struct broker *b, struct request *r, struct kf_metadata_response *m)
{
    const struct topic_state *t;

    m->topics = arena_array(r->arena, image_topics_n(b->image), sizeof(*m->topics));
    for (size_t at = 0; (t = image_topic_next(b->image, &at));)
        put_topic(b, r, t, m);
}

/* An unknown topic that may be made is made by the controller; the client asks again. */
static void put_unknown_name(struct broker *b, struct request *r, const struct kf_metadata_request *q,
                             struct str name, struct kf_metadata_response *m)
{
    if (topic_name_fault(name)) {
        put_fault(m, name, NULL, KF_ERR_INVALID_TOPIC_EXCEPTION);
        return;
    }
    put_fault(m, name, NULL, KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    if (q->allow_auto_topic_creation && config_bool(b->config, "auto.create.topics.enable"))
        forward_create_topic(b, r, name);
}

static void put_asked_topics(struct broker *b, struct request *r, const struct kf_metadata_request *q,
                             struct kf_metadata_response *m)
{
    m->topics = arena_array(r->arena, (size_t)q->topics_n, sizeof(*m->topics));
    for (int32_t i = 0; i < q->topics_n; i++) {
        struct str name = q->topics[i].name;
        const struct uuid *id = &q->topics[i].topic_id;
        const struct topic_state *t = name.p ? image_topic(b->image, name)
                                             : image_topic_by_id(b->image, id);

        if (t)
            put_topic(b, r, t, m);
        else if (name.p)
            put_unknown_name(b, r, q, name, m);
        else
            put_fault(m, name, id, KF_ERR_UNKNOWN_TOPIC_ID);
    }
}

static bool ids_misused(const struct request *r, const struct kf_metadata_request *q)
{
    if (r->api_version < IDS_UNUSED_MIN || r->api_version > IDS_UNUSED_MAX)
        return false;
    for (int32_t i = 0; i < q->topics_n; i++)
        if (!q->topics[i].name.p || !uuid_is_zero(&q->topics[i].topic_id))
            return true;
    return false;
}

static void answer_misuse(struct request *r, const struct kf_metadata_request *q,
                          struct kf_metadata_response *m)
{
    m->topics = arena_array(r->arena, (size_t)q->topics_n, sizeof(*m->topics));
    for (int32_t i = 0; i < q->topics_n; i++)
        put_fault(m, q->topics[i].name.p ? q->topics[i].name : str_make("", 0),
                  &q->topics[i].topic_id, KF_ERR_INVALID_REQUEST);
}

void api_metadata(struct broker *b, struct request *r)
{
    struct kf_metadata_request *q = REQUEST_DECODE(r, kf_metadata_request);
    struct kf_metadata_response *m;
    bool all;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_metadata_response);
    put_brokers(b, r, m);
    m->cluster_id = str_of(b->cluster_id);
    all = r->api_version < ALL_IS_NULL_SINCE ? q->topics_n <= 0 : q->topics_n < 0;
    if (ids_misused(r, q))
        answer_misuse(r, q, m);
    else if (all)
        put_all_topics(b, r, m);
    else
        put_asked_topics(b, r, q, m);
    request_reply(r, &kf_metadata_response_schema, m);
}
