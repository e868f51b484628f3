#include "broker/server/config_describe.h"

#include "api/kafka/errors.h"
#include "broker/server/broker.h"

enum {
    RESOURCE_TOPIC = 2,
    RESOURCE_BROKER = 4,
    RESOURCE_LOGGER = 8,
    RESOURCE_CLIENT_METRICS = 16,
    RESOURCE_GROUP = 32,
};

typedef struct kf_describe_configs_request_describe_configs_resource resource_in;
typedef struct kf_describe_configs_response_describe_configs_result result_out;
typedef struct kf_describe_configs_response_describe_configs_resource_result entry_out;

struct describing {
    const struct config_levels *l;
    const char *logger_level;
    struct arena *a;
    const struct kf_describe_configs_request *q;
    const resource_in *in;
    result_out *out;
};

/* What is to be told of one key. */
struct entry {
    const struct config_key *k; /* NULL: a plug-in's, so it may be a secret */
    const char *name, *value;   /* value NULL: none */
    const struct config_entry *chain;
    unsigned n;
    bool read_only;
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

static void put_synonyms(const struct describing *d, const struct entry *e, bool secret,
                         entry_out *out)
{
    if (!d->q->include_synonyms)
        return;
    out->synonyms = arena_array(d->a, e->n + 1, sizeof(*out->synonyms));
    for (unsigned i = 0; i < e->n; i++) {
        out->synonyms[i].name = str_of(e->chain[i].name);
        out->synonyms[i].value = secret ? (struct str){ 0 } : str_of(e->chain[i].value);
        out->synonyms[i].source = (int8_t)e->chain[i].source;
    }
    out->synonyms_n = (int32_t)e->n;
}

static void put(const struct describing *d, const struct entry *e)
{
    bool secret = !e->k || e->k->type == CONFIG_PASSWORD;
    entry_out *out;

    if (!is_wanted(d->in, e->name))
        return;
    out = &d->out->configs[d->out->configs_n++];
    kf_init(&kf_describe_configs_response_describe_configs_resource_result_schema, out);
    out->name = str_of(e->name);
    out->value = secret || !e->value ? (struct str){ 0 } : str_of(e->value);
    out->is_sensitive = secret;
    out->config_type = (int8_t)(e->k ? e->k->type : CONFIG_UNKNOWN);
    out->read_only = e->read_only;
    out->config_source = (int8_t)(e->n ? e->chain[0].source : SOURCE_DEFAULT);
    out->documentation = (struct str){ 0 };
    put_synonyms(d, e, secret, out);
}

static void make_room(const struct describing *d, size_t n)
{
    d->out->configs = arena_array(d->a, n + 1, sizeof(*d->out->configs));
}

static void refuse(const struct describing *d, int16_t error, const char *message)
{
    d->out->error_code = error;
    d->out->error_message = str_of(message);
}

static const char *shown(const struct describing *d, const struct config_key *k, const char *text)
{
    return text ? config_key_text(k, text, d->a) : NULL;
}

/* A topic's or group's own value is told as it is read, what nodes say as it stands there. */
static void read_own(struct config_entry *chain, unsigned n, enum config_source own,
                     const char *value)
{
    if (n && chain[0].source == own)
        chain[0].value = value;
}

static void put_topic_key(const struct describing *d, const struct config_key *k)
{
    struct config_entry effective[CONFIG_CHAIN_MAX], chain[CONFIG_CHAIN_MAX];
    struct entry e = { .k = k, .name = k->name, .chain = chain };

    (void)topic_config_chain(d->l, d->in->resource_name, k, d->a, effective, ARRAY_LEN(effective));
    e.value = shown(d, k, config_entry_text(&effective[0], d->a));
    e.n = topic_config_places(d->l, d->in->resource_name, k, d->a, chain, ARRAY_LEN(chain));
    read_own(chain, e.n, SOURCE_TOPIC, e.value);
    if (k->flags & CONFIG_INTERNAL && effective[0].source == SOURCE_DEFAULT)
        return;
    put(d, &e);
}

static void describe_topic(const struct describing *d)
{
    const char *fault = topic_name_fault(d->in->resource_name);

    if (fault || !image_topic(d->l->image, d->in->resource_name)) {
        refuse(d, fault ? KF_ERR_INVALID_TOPIC_EXCEPTION : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION,
               fault);
        return;
    }
    make_room(d, config_topic_keys_n);
    for (size_t i = 0; i < config_topic_keys_n; i++)
        put_topic_key(d, &config_topic_keys[i]);
}

static bool is_shown(const struct config_key *k, unsigned places, enum config_source strongest)
{
    if (k && k->flags & CONFIG_DYNAMIC_ONLY)
        return places > 0;
    return !k || !(k->flags & CONFIG_INTERNAL) || (places && strongest != SOURCE_DEFAULT);
}

static void put_broker_key(const struct describing *d, const char *name)
{
    const struct config_key *own = config_broker_key(name), *k = config_broker_key_of(name, NULL);
    struct config_entry chain[CONFIG_CHAIN_MAX];
    struct entry e = { .k = k, .name = name, .chain = chain };

    e.n = broker_config_places(d->l, name, chain, ARRAY_LEN(chain));
    e.value = k ? shown(d, k, broker_config_value(d->l, name)) : NULL;
    e.read_only = !own || own->update == CONFIG_READ_ONLY;
    if (is_shown(own, e.n, e.n ? chain[0].source : SOURCE_DEFAULT))
        put(d, &e);
}

static size_t stored_n(const struct describing *d, int8_t type, struct str name)
{
    const char *key, *value;
    size_t at = 0, n = 0;

    while (image_config_next(d->l->image, type, name, &at, &key, &value))
        n++;
    return n;
}

/* Every known key, then what else stands in the file, in this node's records and in the cluster's.
 */
static void describe_this_node(const struct describing *d)
{
    const struct properties *p = d->l->config->properties;
    struct str names[] = { str_of(d->l->node), str_make("", 0) };
    const char *key, *value;
    size_t at;

    make_room(d, config_broker_keys_n + properties_n(p) + stored_n(d, RESOURCE_BROKER, names[0]) +
                     stored_n(d, RESOURCE_BROKER, names[1]));
    for (size_t i = 0; i < config_broker_keys_n; i++)
        put_broker_key(d, config_broker_keys[i].name);
    for (size_t i = 0; i < properties_n(p); i++)
        if (!config_broker_key(properties_key(p, i)))
            put_broker_key(d, properties_key(p, i));
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        at = 0;
        while (image_config_next(d->l->image, RESOURCE_BROKER, names[i], &at, &key, &value))
            if (!config_broker_key(key) && !config_get(d->l->config, key) &&
                (!i || !image_config(d->l->image, RESOURCE_BROKER, names[0], key)))
                put_broker_key(d, key);
    }
}

/* What somebody set for all brokers, as the record says it. */
static void describe_cluster_default(const struct describing *d)
{
    const char *key, *value;
    size_t at = 0;

    make_room(d, stored_n(d, RESOURCE_BROKER, d->in->resource_name));
    while (image_config_next(d->l->image, RESOURCE_BROKER, str_make("", 0), &at, &key, &value)) {
        const struct config_key *own = config_broker_key(key);
        struct config_entry place = { key, value, SOURCE_DYNAMIC_DEFAULT, 1 };

        if (config_dynamic_valid(key, value, false))
            put(d, &(struct entry){ config_broker_key_of(key, NULL), key, value, &place, 1,
                                    !own || own->update == CONFIG_READ_ONLY });
    }
}

static bool is_this_node(const struct describing *d, const char *otherwise)
{
    int64_t id;

    if (!config_parse_int64(arena_text(d->a, d->in->resource_name), &id))
        refuse(d, KF_ERR_INVALID_REQUEST,
               arena_printf(d->a, "Broker id must be an integer, but it is: %.*s",
                            STR_ARG(d->in->resource_name)));
    else if (id != d->l->config->node_id)
        refuse(d, KF_ERR_INVALID_REQUEST,
               arena_printf(d->a, "Unexpected broker id, expected %s%s but received %.*s",
                            d->l->node, otherwise, STR_ARG(d->in->resource_name)));
    else
        return true;
    return false;
}

static void describe_broker(const struct describing *d)
{
    if (!d->in->resource_name.n)
        describe_cluster_default(d);
    else if (is_this_node(d, " or empty string,"))
        describe_this_node(d);
}

static void describe_logger(const struct describing *d)
{
    entry_out *out;

    if (!d->in->resource_name.n) {
        refuse(d, KF_ERR_INVALID_REQUEST, "Broker id must not be empty");
        return;
    }
    if (!is_this_node(d, "") || !is_wanted(d->in, "root"))
        return;
    make_room(d, 1);
    out = &d->out->configs[d->out->configs_n++];
    kf_init(&kf_describe_configs_response_describe_configs_resource_result_schema, out);
    out->name = str_of("root");
    out->value = str_of(d->logger_level);
    out->config_source = SOURCE_LOGGER;
    out->documentation = (struct str){ 0 };
}

static void put_group_key(const struct describing *d, const struct config_key *k)
{
    struct config_entry chain[CONFIG_CHAIN_MAX];
    struct entry e = { .k = k, .name = k->name, .chain = chain };

    e.n = group_config_places(d->l, d->in->resource_name, k, chain, ARRAY_LEN(chain));
    e.value = shown(d, k, group_config_value(d->l, d->in->resource_name, k->name));
    read_own(chain, e.n, SOURCE_GROUP, e.value);
    put(d, &e);
}

static void put_metrics_key(const struct describing *d, const struct config_key *k)
{
    const char *own =
        image_config(d->l->image, RESOURCE_CLIENT_METRICS, d->in->resource_name, k->name);
    const char *value = shown(d, k, own ? own : k->value);
    struct config_entry place = { k->name, value, SOURCE_CLIENT_METRICS, 1 };

    put(d, &(struct entry){ k, k->name, value, &place, own ? 1 : 0, false });
}

static void describe_table(const struct describing *d, const struct config_key *keys, size_t n,
                           void (*put_key)(const struct describing *d, const struct config_key *k))
{
    make_room(d, n);
    for (size_t i = 0; i < n; i++)
        put_key(d, &keys[i]);
}

static void describe(const struct describing *d)
{
    kf_init(&kf_describe_configs_response_describe_configs_result_schema, d->out);
    d->out->resource_type = d->in->resource_type;
    d->out->resource_name = d->in->resource_name;
    switch (d->in->resource_type) {
    case RESOURCE_TOPIC:
        describe_topic(d);
        break;
    case RESOURCE_BROKER:
        describe_broker(d);
        break;
    case RESOURCE_LOGGER:
        describe_logger(d);
        break;
    case RESOURCE_CLIENT_METRICS:
        if (d->in->resource_name.n)
            describe_table(d, config_client_metrics_keys, config_client_metrics_keys_n,
                           put_metrics_key);
        else
            refuse(d, KF_ERR_INVALID_REQUEST, "Client metrics subscription name must not be empty");
        break;
    case RESOURCE_GROUP:
        if (d->in->resource_name.n)
            describe_table(d, config_group_keys, config_group_keys_n, put_group_key);
        else
            refuse(d, KF_ERR_INVALID_REQUEST, "Group name must not be empty");
        break;
    default:
        refuse(d, KF_ERR_INVALID_REQUEST, "Unsupported resource type");
        break;
    }
}

void config_describe(const struct config_levels *l, const char *logger_level, struct arena *a,
                     const struct kf_describe_configs_request *q,
                     struct kf_describe_configs_response *ret)
{
    ret->results_n = q->resources_n;
    ret->results = arena_array(a, (size_t)q->resources_n + 1, sizeof(*ret->results));
    for (int32_t i = 0; i < q->resources_n; i++)
        describe(&(struct describing){ l, logger_level, a, q, &q->resources[i], &ret->results[i] });
}
