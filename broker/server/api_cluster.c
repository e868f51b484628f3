#include "api/kafka/msg/describe_cluster.h"
#include "api/kafka/msg/describe_log_dirs.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"

enum { ENDPOINT_BROKER = 1, ENDPOINT_CONTROLLER = 2, ENDPOINT_TYPE_SINCE = 1 };

static void put_brokers(struct broker *b, struct request *r, bool fenced,
                        struct kf_describe_cluster_response *m)
{
    const struct broker_registration *reg;
    size_t at = 0, n = 0;

    while (image_broker_next(b->image, &at))
        n++;
    m->brokers = arena_array(r->arena, n, sizeof(*m->brokers));
    for (at = 0; (reg = image_broker_next(b->image, &at));) {
        const struct endpoint *e = broker_endpoint(reg, r->listener_name);

        if (!e || (reg->fenced && !fenced))
            continue;
        m->brokers[m->brokers_n].broker_id = reg->id;
        m->brokers[m->brokers_n].host = str_of(e->host);
        m->brokers[m->brokers_n].port = e->port;
        m->brokers[m->brokers_n].rack = str_of(reg->rack);
        m->brokers[m->brokers_n++].is_fenced = reg->fenced;
        if (!reg->fenced && m->controller_id < 0)
            m->controller_id = reg->id;
    }
}

void api_describe_cluster(struct broker *b, struct request *r)
{
    struct kf_describe_cluster_request *q = REQUEST_DECODE(r, kf_describe_cluster_request);
    struct kf_describe_cluster_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_cluster_response);
    m->cluster_id = str_of(b->cluster_id);
    m->controller_id = -1;
    if (q->endpoint_type == ENDPOINT_BROKER) {
        put_brokers(b, r, q->include_fenced_brokers, m);
    } else {
        m->error_code = r->api_version < ENDPOINT_TYPE_SINCE ? KF_ERR_INVALID_REQUEST
                        : q->endpoint_type == ENDPOINT_CONTROLLER
                            ? KF_ERR_MISMATCHED_ENDPOINT_TYPE : KF_ERR_UNSUPPORTED_ENDPOINT_TYPE;
        m->error_message = str_of(q->endpoint_type == ENDPOINT_CONTROLLER
                                      ? "The request was sent to an endpoint of type BROKER, but we "
                                        "wanted an endpoint of type CONTROLLER"
                                      : "Unsupported endpoint type");
        if (r->api_version >= ENDPOINT_TYPE_SINCE)
            m->endpoint_type = ENDPOINT_BROKER;
    }
    request_reply(r, &kf_describe_cluster_response_schema, m);
}

typedef struct kf_describe_log_dirs_response_describe_log_dirs_result dir_out;
typedef struct kf_describe_log_dirs_response_describe_log_dirs_topic dir_topic_out;

static bool is_asked(const struct kf_describe_log_dirs_request *q, const struct partition *p)
{
    if (q->topics_n < 0)
        return true;
    for (int32_t i = 0; i < q->topics_n; i++) {
        if (!str_is(q->topics[i].topic, p->topic->name))
            continue;
        for (int32_t k = 0; k < q->topics[i].partitions_n; k++)
            if (q->topics[i].partitions[k] == p->index)
                return true;
    }
    return false;
}

static size_t topics_n(const struct broker *b)
{
    return b->replicas.by_name.n;
}

static void put_replica(struct broker *b, struct request *r, const struct partition *p, dir_out *out)
{
    dir_topic_out *t = out->topics_n ? &out->topics[out->topics_n - 1] : NULL;

    if (!t || !str_is(t->name, p->topic->name)) {
        t = &out->topics[out->topics_n++];
        t->name = str_of(p->topic->name);
        t->partitions = arena_array(r->arena, (size_t)p->topic->partitions_n, sizeof(*t->partitions));
    }
    (void)b;
    t->partitions[t->partitions_n].partition_index = p->index;
    t->partitions[t->partitions_n].partition_size = log_size_bytes(p->log);
    /* Of the high watermark over this log's end: none, as it is clamped to it. */
    t->partitions[t->partitions_n++].offset_lag = 0;
}

static void put_dir(struct broker *b, struct request *r, const struct kf_describe_log_dirs_request *q,
                    const struct broker_dir *dir, dir_out *out)
{
    struct replicas_walk at = { 0 };
    struct log_dir *d = dir->dir;
    struct partition *p;

    kf_init(&kf_describe_log_dirs_response_describe_log_dirs_result_schema, out);
    out->log_dir = str_of(log_dir_path(d));
    if (dir->offline || log_dir_space_check(d, &out->usable_bytes, &out->total_bytes))
        out->error_code = KF_ERR_KAFKA_STORAGE_ERROR;
    out->topics = arena_array(r->arena, topics_n(b), sizeof(*out->topics));
    while ((p = replicas_next(&b->replicas, &at)))
        if (p->dir == d && p->log && is_asked(q, p))
            put_replica(b, r, p, out);
}

void api_describe_log_dirs(struct broker *b, struct request *r)
{
    struct kf_describe_log_dirs_request *q = REQUEST_DECODE(r, kf_describe_log_dirs_request);
    struct kf_describe_log_dirs_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_log_dirs_response);
    m->results = arena_array(r->arena, b->dirs_n, sizeof(*m->results));
    m->results_n = (int32_t)b->dirs_n;
    for (unsigned i = 0; i < b->dirs_n; i++)
        put_dir(b, r, q, &b->dirs[i], &m->results[i]);
    request_reply(r, &kf_describe_log_dirs_response_schema, m);
}
