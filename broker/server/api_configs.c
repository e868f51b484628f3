#include "api/kafka/msg/describe_configs.h"

#include "api/kafka/msg/list_config_resources.h"
#include "broker/server/broker.h"
#include "broker/server/handlers.h"
#include "broker/server/topic_config.h"

enum {
    RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4, RESOURCE_LOGGER = 8, RESOURCE_CLIENT_METRICS = 16,
    RESOURCE_GROUP = 32, TYPES_SINCE = 1,
};

typedef struct kf_describe_configs_request_describe_configs_resource resource_in;
typedef struct kf_describe_configs_response_describe_configs_result result_out;
typedef struct kf_describe_configs_response_describe_configs_resource_result entry_out;

struct describing {
    struct broker *b;
    struct request *r;
    const struct kf_describe_configs_request *q;
    struct config_levels levels;
};

static bool is_wanted(const resource_in *in, const char *name)
{
    if (in->configuration_keys_n <= 0)
        return true;
    for (int32_t i = 0; i < in->configuration_keys_n; i++)
        if (str_is(in->configuration_keys[i], name))
            return true;
    return false;
}

static void put_synonyms(const struct describing *d, const struct config_entry *chain, unsigned n,
                         entry_out *out)
{
    if (!d->q->include_synonyms)
        return;
    out->synonyms = arena_array(d->r->arena, n, sizeof(*out->synonyms));
    for (unsigned i = 0; i < n; i++) {
        if (!chain[i].value)
            continue;
        out->synonyms[out->synonyms_n].name = str_of(chain[i].name);
        out->synonyms[out->synonyms_n].value = str_of(chain[i].value);
        out->synonyms[out->synonyms_n++].source = (int8_t)chain[i].source;
    }
}

/* A value of unknown kind may be a secret: it is not shown. */
static void put_entry(const struct describing *d, const struct config_key *k, const char *name,
                      const struct config_entry *chain, unsigned n, bool read_only, result_out *out)
{
    entry_out *e = &out->configs[out->configs_n++];

    kf_init(&kf_describe_configs_response_describe_configs_resource_result_schema, e);
    e->name = str_of(name);
    e->is_sensitive = !k || k->type == CONFIG_PASSWORD;
    e->config_type = (int8_t)(k ? k->type : CONFIG_UNKNOWN);
    e->read_only = read_only;
    e->config_source = (int8_t)(n ? chain[0].source : SOURCE_DEFAULT);
    e->documentation = str_make(NULL, 0);
    if (!e->is_sensitive) {
        e->value = n ? str_of(config_entry_text(&chain[0], d->r->arena)) : str_make(NULL, 0);
        put_synonyms(d, chain, n, e);
    }
}

static void describe_topic(const struct describing *d, const resource_in *in, result_out *out)
{
    struct config_entry chain[CONFIG_CHAIN_MAX];
    const char *fault = topic_name_fault(in->resource_name);

    if (fault || !image_topic(d->b->image, in->resource_name)) {
        out->error_code = fault ? KF_ERR_INVALID_TOPIC_EXCEPTION : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        out->error_message = str_of(fault);
        return;
    }
    out->configs = arena_array(d->r->arena, config_topic_keys_n, sizeof(*out->configs));
    for (size_t i = 0; i < config_topic_keys_n; i++) {
        const struct config_key *k = &config_topic_keys[i];
        unsigned n;

        if (!is_wanted(in, k->name))
            continue;
        n = topic_config_chain(&d->levels, in->resource_name, k, d->r->arena, chain, ARRAY_LEN(chain));
        put_entry(d, k, k->name, chain, n, false, out);
    }
}

static void refuse(result_out *out, int16_t error, const char *message)
{
    out->error_code = error;
    out->error_message = str_of(message);
}

static void put_broker_key(const struct describing *d, const resource_in *in, const char *name,
                           result_out *out)
{
    const struct config_key *k = config_broker_key(name);
    struct config_entry chain[CONFIG_CHAIN_MAX];
    unsigned n = broker_config_chain(&d->levels, name, chain, ARRAY_LEN(chain));

    if (!is_wanted(in, name) || (k && k->flags & CONFIG_INTERNAL && !config_get(d->b->config, name)))
        return;
    put_entry(d, k, name, chain, n, !k || k->update == CONFIG_READ_ONLY ||
              k->update == CONFIG_PREFIX_ONLY, out);
}

/* Every known key, then what else stands in the file or in this broker's records. */
static void describe_this_broker(const struct describing *d, const resource_in *in, result_out *out)
{
    const struct properties *p = d->b->config->properties;
    const char *key, *value;
    size_t at = 0, dynamic = 0;

    while (image_config_next(d->b->image, RESOURCE_BROKER, str_of(d->levels.node), &at, &key, &value))
        dynamic++;
    out->configs = arena_array(d->r->arena, config_broker_keys_n + properties_n(p) + dynamic,
                               sizeof(*out->configs));
    for (size_t i = 0; i < config_broker_keys_n; i++)
        put_broker_key(d, in, config_broker_keys[i].name, out);
    for (size_t i = 0; i < properties_n(p); i++)
        if (!config_broker_key(properties_key(p, i)))
            put_broker_key(d, in, properties_key(p, i), out);
    at = 0;
    while (image_config_next(d->b->image, RESOURCE_BROKER, str_of(d->levels.node), &at, &key, &value))
        if (!config_broker_key(key) && !config_get(d->b->config, key))
            put_broker_key(d, in, key, out);
}

/* Only what somebody set, as the record says it. */
static void describe_stored(const struct describing *d, const resource_in *in, enum config_source source,
                            result_out *out)
{
    const char *key, *value;
    size_t at = 0, n = 0;

    while (image_config_next(d->b->image, in->resource_type, in->resource_name, &at, &key, &value))
        n++;
    out->configs = arena_array(d->r->arena, n, sizeof(*out->configs));
    at = 0;
    while (image_config_next(d->b->image, in->resource_type, in->resource_name, &at, &key, &value)) {
        const struct config_key *k = config_broker_key(key);
        struct config_entry entry = { key, value, source, 1 };

        if (is_wanted(in, key))
            put_entry(d, k, key, &entry, 1, source == SOURCE_DYNAMIC_DEFAULT && k &&
                      k->update == CONFIG_READ_ONLY, out);
    }
}

static void describe_broker(const struct describing *d, const resource_in *in, result_out *out)
{
    int64_t id;

    if (!in->resource_name.n) {
        describe_stored(d, in, SOURCE_DYNAMIC_DEFAULT, out);
        return;
    }
    if (!config_parse_int64(arena_text(d->r->arena, in->resource_name), &id))
        refuse(out, KF_ERR_INVALID_REQUEST, arena_printf(d->r->arena, "Broker id must be an integer, "
               "but it is: %.*s", STR_ARG(in->resource_name)));
    else if (id != d->b->config->node_id)
        refuse(out, KF_ERR_INVALID_REQUEST, arena_printf(d->r->arena, "Unexpected broker id, expected "
               "%d or empty string, but received %.*s", d->b->config->node_id,
               STR_ARG(in->resource_name)));
    else
        describe_this_broker(d, in, out);
}

static void describe(const struct describing *d, const resource_in *in, result_out *out)
{
    kf_init(&kf_describe_configs_response_describe_configs_result_schema, out);
    out->resource_type = in->resource_type;
    out->resource_name = in->resource_name;
    switch (in->resource_type) {
    case RESOURCE_TOPIC:
        describe_topic(d, in, out);
        break;
    case RESOURCE_BROKER:
        describe_broker(d, in, out);
        break;
    case RESOURCE_CLIENT_METRICS:
    case RESOURCE_GROUP:
        if (in->resource_name.n)
            describe_stored(d, in, in->resource_type == RESOURCE_GROUP ? SOURCE_GROUP
                                                                       : SOURCE_CLIENT_METRICS, out);
        else
            refuse(out, KF_ERR_INVALID_REQUEST, "The resource name must not be empty");
        break;
    case RESOURCE_LOGGER: /* one level, set by the command line, has no loggers to list */
        if (!str_is(in->resource_name, d->levels.node))
            refuse(out, KF_ERR_INVALID_REQUEST, "The resource name must be this broker's id");
        break;
    default:
        refuse(out, KF_ERR_INVALID_REQUEST, "Unsupported resource type");
        break;
    }
}

void api_describe_configs(struct broker *b, struct request *r)
{
    struct describing d = { .b = b, .r = r, .levels = config_levels(b->config, b->image) };
    struct kf_describe_configs_response *m;

    d.q = REQUEST_DECODE(r, kf_describe_configs_request);
    if (!d.q)
        return;
    m = MESSAGE_NEW(r->arena, kf_describe_configs_response);
    m->results_n = d.q->resources_n;
    m->results = arena_array(r->arena, (size_t)m->results_n, sizeof(*m->results));
    for (int32_t i = 0; i < m->results_n; i++)
        describe(&d, &d.q->resources[i], &m->results[i]);
    request_reply(r, &kf_describe_configs_response_schema, m);
}

static bool type_wanted(const struct kf_list_config_resources_request *q, int8_t type)
{
    if (q->resource_types_n <= 0)
        return true;
    for (int32_t i = 0; i < q->resource_types_n; i++)
        if (q->resource_types[i] == type)
            return true;
    return false;
}

static void put_resource(struct kf_list_config_resources_response *m, int8_t type,
                         const char *name)
{
    m->config_resources[m->config_resources_n].resource_type = type;
    m->config_resources[m->config_resources_n++].resource_name = str_of(name);
}

static void put_resources(struct broker *b, struct request *r,
                          const struct kf_list_config_resources_request *q,
                          struct kf_list_config_resources_response *m)
{
    const struct broker_registration *reg;
    const struct topic_state *t;
    size_t brokers = 0;

    for (size_t at = 0; image_broker_next(b->image, &at);)
        brokers++;
    m->config_resources = arena_array(r->arena, image_topics_n(b->image) + 2 * brokers,
                                      sizeof(*m->config_resources));
    for (size_t at = 0; type_wanted(q, RESOURCE_TOPIC) && (t = image_topic_next(b->image, &at));)
        put_resource(m, RESOURCE_TOPIC, t->name);
    for (size_t at = 0; (reg = image_broker_next(b->image, &at));) {
        const char *id = arena_printf(r->arena, "%d", reg->id);

        if (type_wanted(q, RESOURCE_BROKER))
            put_resource(m, RESOURCE_BROKER, id);
        if (type_wanted(q, RESOURCE_LOGGER))
            put_resource(m, RESOURCE_LOGGER, id);
    }
}

void api_list_config_resources(struct broker *b, struct request *r)
{
    struct kf_list_config_resources_request *q = REQUEST_DECODE(r, kf_list_config_resources_request);
    struct kf_list_config_resources_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_list_config_resources_response);
    /* Version 0 was ListClientMetricsResources, of which there are none. */
    if (r->api_version >= TYPES_SINCE)
        put_resources(b, r, q, m);
    request_reply(r, &kf_list_config_resources_response_schema, m);
}
