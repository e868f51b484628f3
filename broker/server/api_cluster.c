#include "api/kafka/msg/describe_cluster.h"

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
