#include "api/kafka/msg/list_config_resources.h"

#include "broker/server/broker.h"
#include "broker/server/config_describe.h"
#include "broker/server/handlers.h"
#include "common/log.h"

enum {
    RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4, RESOURCE_LOGGER = 8, RESOURCE_CLIENT_METRICS = 16,
    RESOURCE_GROUP = 32, TYPES_SINCE = 1,
};

void api_describe_configs(struct broker *b, struct request *r)
{
    struct config_levels l = config_levels(b->config, b->image);
    struct kf_describe_configs_request *q = REQUEST_DECODE(r, kf_describe_configs_request);
    struct kf_describe_configs_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_configs_response);
    config_describe(&l, log_level_name(log_level_now()), r->arena, q, m);
    request_reply(r, &kf_describe_configs_response_schema, m);
}

/* Version 0 was ListClientMetricsResources. */
static bool type_wanted(const struct request *r, const struct kf_list_config_resources_request *q,
                        int8_t type)
{
    if (r->api_version < TYPES_SINCE)
        return type == RESOURCE_CLIENT_METRICS;
    if (q->resource_types_n <= 0)
        return true;
    for (int32_t i = 0; i < q->resource_types_n; i++)
        if (q->resource_types[i] == type)
            return true;
    return false;
}

static bool type_unknown(const struct kf_list_config_resources_request *q)
{
    static const int8_t known[] = { RESOURCE_TOPIC, RESOURCE_BROKER, RESOURCE_LOGGER,
                                    RESOURCE_CLIENT_METRICS, RESOURCE_GROUP };

    for (int32_t i = 0; i < q->resource_types_n; i++)
        if (!memchr(known, q->resource_types[i], sizeof(known)))
            return true;
    return false;
}

static void put_resource(struct kf_list_config_resources_response *m, int8_t type, const char *name)
{
    m->config_resources[m->config_resources_n].resource_type = type;
    m->config_resources[m->config_resources_n++].resource_name = str_of(name);
}

static size_t named_n(const struct broker *b, int8_t type)
{
    size_t at = 0, n = 0;

    while (image_config_resource_next(b->image, type, &at))
        n++;
    return n;
}

/* What has configs of its own. */
static void put_named(struct broker *b, int8_t type, struct kf_list_config_resources_response *m)
{
    const char *name;
    size_t at = 0;

    while ((name = image_config_resource_next(b->image, type, &at)))
        put_resource(m, type, name);
}

static void put_nodes(struct broker *b, struct request *r, int8_t type,
                      struct kf_list_config_resources_response *m)
{
    const struct broker_registration *reg;
    size_t at = 0;

    while ((reg = image_broker_next(b->image, &at)))
        if (broker_endpoint(reg, r->listener_name))
            put_resource(m, type, arena_printf(r->arena, "%d", reg->id));
}

static void put_resources(struct broker *b, struct request *r,
                          const struct kf_list_config_resources_request *q,
                          struct kf_list_config_resources_response *m)
{
    const struct topic_state *t;
    size_t brokers = 0;

    for (size_t at = 0; image_broker_next(b->image, &at);)
        brokers++;
    m->config_resources = arena_array(r->arena, image_topics_n(b->image) + 2 * brokers +
                                      named_n(b, RESOURCE_GROUP) + named_n(b, RESOURCE_CLIENT_METRICS),
                                      sizeof(*m->config_resources));
    if (type_wanted(r, q, RESOURCE_GROUP))
        put_named(b, RESOURCE_GROUP, m);
    if (type_wanted(r, q, RESOURCE_CLIENT_METRICS))
        put_named(b, RESOURCE_CLIENT_METRICS, m);
    if (type_wanted(r, q, RESOURCE_LOGGER))
        put_nodes(b, r, RESOURCE_LOGGER, m);
    if (type_wanted(r, q, RESOURCE_BROKER))
        put_nodes(b, r, RESOURCE_BROKER, m);
    for (size_t at = 0; type_wanted(r, q, RESOURCE_TOPIC) && (t = image_topic_next(b->image, &at));)
        put_resource(m, RESOURCE_TOPIC, t->name);
}

void api_list_config_resources(struct broker *b, struct request *r)
{
    struct kf_list_config_resources_request *q = REQUEST_DECODE(r, kf_list_config_resources_request);
    struct kf_list_config_resources_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_list_config_resources_response);
    if (type_unknown(q))
        m->error_code = KF_ERR_UNSUPPORTED_VERSION;
    else
        put_resources(b, r, q, m);
    request_reply(r, &kf_list_config_resources_response_schema, m);
}
