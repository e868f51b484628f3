/* The cluster as the controller endpoint tells it. */
#include "broker/controller/core.h"

#include "api/kafka/msg/describe_cluster.h"

enum { ENDPOINT_CONTROLLERS = 2 };

void decide_describe_cluster(struct call *k, const void *request, void *response)
{
    const struct kf_describe_cluster_request *r = request;
    struct kf_describe_cluster_response *res = response;
    const struct controller_registration *c;
    size_t at = 0;
    int32_t n = 0;

    res->endpoint_type = r->endpoint_type;
    res->cluster_id = str_of(k->c->cluster_id);
    if (k->version < 1 || r->endpoint_type != ENDPOINT_CONTROLLERS) {
        res->error_code = k->version < 1 || r->endpoint_type == 1
                              ? KF_ERR_MISMATCHED_ENDPOINT_TYPE
                              : KF_ERR_UNSUPPORTED_ENDPOINT_TYPE;
        res->error_message = str_of(
            "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint "
            "of another type");
        return;
    }
    while (image_controller_next(k->c->image, &at))
        n++;
    res->controller_id = k->c->controller_id;
    res->brokers = arena_array(k->a, (size_t)n + 1, sizeof(*res->brokers));
    for (at = 0; (c = image_controller_next(k->c->image, &at));) {
        if (c->endpoints_n)
            res->brokers[res->brokers_n++] = (__typeof__(*res->brokers)){
                .broker_id = c->id,
                .host = str_of(c->endpoints[0].host),
                .port = c->endpoints[0].port,
            };
    }
}
