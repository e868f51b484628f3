/* Dynamic configs: ConfigRecords, and what a change of them brings about (KIP-339, KIP-966). */
#include "broker/controller/core.h"

#include "api/kafka/msg/alter_configs.h"
#include "api/kafka/msg/clear_elr_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/partition_change_record.h"
#include "broker/controller/config_checks.h"
#include "broker/server/config_describe.h"

enum { OP_SET, OP_DELETE, OP_APPEND, OP_SUBTRACT, VALUE_MAX = 32767, NAME_MAX_BYTES = 255 };
enum { RESOURCE_CLIENT_METRICS = 16, RESOURCE_GROUP = 32 };

#define MIN_ISR "min.insync.replicas"
#define CORDONED "cordoned.log.dirs"

static const struct config_key *key_of(int8_t type, const char *name)
{
    switch (type) {
    case RESOURCE_TOPIC:
        return config_topic_key(name);
    case RESOURCE_BROKER:
        return config_broker_key(name);
    case RESOURCE_GROUP:
        return config_group_key(name);
    case RESOURCE_CLIENT_METRICS:
        return config_client_metrics_key(name);
    default:
        return NULL;
    }
}

int32_t config_min_isr(const struct core *c, struct str topic)
{
    const char *text = image_config(c->image, RESOURCE_TOPIC, topic, "min.insync.replicas");
    int64_t n;

    if (text && config_parse_int64(text, &n))
        return (int32_t)n;
    return (int32_t)core_config_int(c, "min.insync.replicas", 1);
}

/* What one resource's change comes to. */
struct alter {
    struct call *k;
    int8_t type;
    struct str name;
    struct refusal f;
    struct config_set after; /* all that it has once the change is made */
    bool min_isr, unclean_on;
};

static void refuse(struct alter *a, int16_t error, const char *message)
{
    a->f = (struct refusal){ error, message };
}

static void check_name(struct alter *a)
{
    int64_t id;

    if (a->type == RESOURCE_TOPIC && !a->name.n)
        refuse(a, KF_ERR_INVALID_REQUEST, "Default topic resources are not allowed.");
    else if (a->type == RESOURCE_GROUP && !a->name.n)
        refuse(a, KF_ERR_INVALID_REQUEST, "Default group resources are not allowed.");
    else if (a->type == RESOURCE_CLIENT_METRICS && !a->name.n)
        refuse(a, KF_ERR_INVALID_REQUEST, "Subscription name can't be empty");
    else if (a->type == RESOURCE_BROKER && a->name.n &&
             !config_parse_int64(arena_text(a->k->a, a->name), &id))
        refuse(a, KF_ERR_INVALID_REQUEST, "Unable to parse broker name as a base 10 number.");
    else if (a->type == RESOURCE_BROKER && a->name.n && (id < 0 || id > INT32_MAX))
        refuse(a, KF_ERR_INVALID_REQUEST, "Invalid negative broker ID.");
    else if (a->type != RESOURCE_TOPIC && a->type != RESOURCE_BROKER && a->type != RESOURCE_GROUP &&
             a->type != RESOURCE_CLIENT_METRICS)
        refuse(a, KF_ERR_INVALID_REQUEST, core_text(a->k, "Unknown resource type %d", a->type));
}

/* Topics and nodes must be there; of groups and subscriptions the configs may come first. */
static void check_existence(struct alter *a)
{
    int64_t id = -1;

    if (a->type == RESOURCE_TOPIC && !image_topic(a->k->c->image, a->name)) {
        refuse(a, KF_ERR_UNKNOWN_TOPIC_OR_PARTITION,
               core_text(a->k, "The topic '%.*s' does not exist.", STR_ARG(a->name)));
    } else if (a->type == RESOURCE_BROKER && a->name.n) {
        (void)config_parse_int64(arena_text(a->k->a, a->name), &id);
        if (!image_broker(a->k->c->image, (int32_t)id) &&
            !image_controller(a->k->c->image, (int32_t)id) &&
            !voters_find(a->k->c->voters, (int32_t)id))
            refuse(a, KF_ERR_BROKER_ID_NOT_REGISTERED,
                   core_text(a->k, "No node with id %lld found.", (long long)id));
    }
}

static const char *stored(const struct alter *a, const char *name)
{
    return image_config(a->k->c->image, a->type, a->name, name);
}

static bool elr_forbids(struct alter *a, const char *name, struct str value)
{
    if (strcmp(name, MIN_ISR) != 0)
        return false;
    a->min_isr = true;
    if (!core_elr(a->k->c) || a->type != RESOURCE_BROKER)
        return false;
    if (a->name.n)
        refuse(a, KF_ERR_INVALID_CONFIG,
               "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    else if (!value.p)
        refuse(a, KF_ERR_INVALID_CONFIG,
               "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
    return a->f.error != 0;
}

static bool too_early_to_cordon(struct alter *a, const char *name)
{
    if (a->type != RESOURCE_BROKER || strcmp(name, CORDONED) != 0 ||
        core_level(a->k->c) >= METADATA_VERSION_CORDONED)
        return false;
    refuse(a, KF_ERR_INVALID_CONFIG,
           "The cordoned.log.dirs configuration value cannot be set because it "
           "requires metadata.version >= 4.3-IV0");
    return true;
}

/* One key to a new value (null removes); no record when nothing changes, but for brokers, which
 * reload key stores on it. */
static void set(struct alter *a, struct str key, struct str value)
{
    const char *name = arena_text(a->k->a, key), *old = stored(a, name);

    if (!key.n || key.n > NAME_MAX_BYTES)
        refuse(a, KF_ERR_INVALID_CONFIG,
               core_text(a->k, "A config's name has %zu bytes, 1 to %d may be", key.n,
                         NAME_MAX_BYTES));
    else if (value.n > VALUE_MAX)
        refuse(a, KF_ERR_INVALID_CONFIG,
               "The configuration value cannot be added because it exceeds the "
               "maximum value size of 32767 bytes.");
    if (a->f.error || elr_forbids(a, name, value) || too_early_to_cordon(a, name))
        return;
    config_set_put(&a->after, key, value);
    a->unclean_on |=
        strcmp(name, "unclean.leader.election.enable") == 0 && value.p && str_is(value, "true");
    if (a->type != RESOURCE_BROKER && (old ? value.p && str_is(value, old) : !value.p))
        return;
    records_put(a->k->out, RECORD_CONFIG, 0,
                &(struct kf_config_record){ a->type, a->name, key, value });
}

static void change_list(struct alter *a, struct str key, int8_t op, struct str value)
{
    const char *name = arena_text(a->k->a, key);
    const struct config_key *c = key_of(a->type, name);
    const char *base = stored(a, name);

    if (!c || c->type != CONFIG_LIST) {
        refuse(a, KF_ERR_INVALID_CONFIG,
               core_text(a->k, "Can't %s to key %s because its type is not LIST.",
                         op == OP_APPEND ? "APPEND" : "SUBTRACT", name));
        return;
    }
    if (!base)
        base = c->value ? c->value : "";
    set(a, key,
        str_of(op == OP_APPEND ? config_list_append(a->k->a, base, value)
                               : config_list_subtract(a->k->a, base, value)));
}

static void apply_op(struct alter *a, struct str key, int8_t op, struct str value)
{
    if (op != OP_DELETE && !value.p)
        refuse(a, KF_ERR_INVALID_REQUEST,
               core_text(a->k, "Null value not supported for : %.*s", STR_ARG(key)));
    else if (op == OP_SET)
        set(a, key, value);
    else if (op == OP_DELETE)
        set(a, key, (struct str){ 0 });
    else if (op == OP_APPEND || op == OP_SUBTRACT)
        change_list(a, key, op, value);
    else
        refuse(a, KF_ERR_INVALID_REQUEST, core_text(a->k, "Unknown operations type %d", op));
}

/* Without an in-sync replica nothing was acknowledged since: whoever was eligible is, whatever
 * min.insync.replicas says now, and to forget him would lose the partition. */
static void keep_elr(struct call *k, const struct topic_state *t)
{
    for (int32_t id = 0; id < t->partitions_n; id++) {
        const struct partition_state *p = core_partition(t, id);
        struct kf_partition_change_record r;

        if (!p || p->isr_n || (!p->elr_n && !p->last_known_elr_n))
            continue;
        kf_init(&kf_partition_change_record_schema, &r);
        r.partition_id = id;
        r.topic_id = t->id;
        r.eligible_leader_replicas = p->elr, r.eligible_leader_replicas_n = p->elr_n;
        r.last_known_elr = p->last_known_elr, r.last_known_elr_n = p->last_known_elr_n;
        records_put(k->out, RECORD_PARTITION_CHANGE, record_version_partition(core_level(k->c)),
                    &r);
    }
}

void config_clear_elr(struct call *k, struct str topic)
{
    const struct topic_state *t;
    size_t at = 0;

    records_put(k->out, RECORD_CLEAR_ELR, 0, &(struct kf_clear_elr_record){ topic });
    if (topic.n) {
        keep_elr(k, image_topic(k->c->image, topic));
        return;
    }
    while ((t = image_topic_next(k->c->image, &at)))
        keep_elr(k, t);
}

/* This node's own configs and the cluster's count, those of other nodes when they are the leader.
 */
static bool counts_here(const struct alter *a)
{
    return a->type == RESOURCE_TOPIC || !a->name.n ||
           str_is(a->name, core_text(a->k, "%d", a->k->c->node_id));
}

/* The end of one resource: all of its records or none; ELR cleared when min ISR moved; elections
 * that the change allows. */
static void settle(struct alter *a, int before, bool validate_only)
{
    struct call *k = a->k;
    struct str topic = a->type == RESOURCE_TOPIC ? a->name : str_of("");

    if (!a->f.error)
        a->f = config_set_refusal(k, a->type, &a->after);
    if (!a->f.error)
        check_existence(a);
    if (a->f.error || validate_only)
        records_cut(k->out, before);
    if (k->out->n == before)
        return;
    if (a->min_isr && core_level(k->c) >= METADATA_VERSION_ELR && core_elr(k->c))
        config_clear_elr(k, topic);
    if (a->unclean_on && counts_here(a))
        elect_unclean_now(k, topic);
}

static struct alter alter_of(struct call *k, int8_t type, struct str name, int32_t keys)
{
    struct alter a = { .k = k, .type = type, .name = name };

    /* Too many are refused before any is taken. */
    a.after = config_set_of(k->c->image, k->a, type, name, keys <= CONFIG_KEYS_MAX ? keys : 0);
    check_name(&a);
    return a;
}

/* What is given twice has no meaning. */
static void check_shape(struct alter *a, const struct config_named *named, const struct str *keys,
                        int32_t n)
{
    if (named->twice)
        refuse(a, KF_ERR_INVALID_REQUEST, "Each resource must appear at most once.");
    else if (n > CONFIG_KEYS_MAX)
        refuse(a, KF_ERR_INVALID_REQUEST,
               core_text(a->k, "%d configs of one resource are given, at most %d may be", n,
                         CONFIG_KEYS_MAX));
    else if (config_key_twice(keys, n).p)
        refuse(a, KF_ERR_INVALID_REQUEST, "Error due to duplicate config keys");
}

/* The resources and the keys of one; both request types have the same shape. */
#define NAMED(k, r, ret)                                                                           \
    do {                                                                                           \
        (ret) = arena_array((k)->a, (size_t)(r)->resources_n + 1, sizeof(*(ret)));                 \
        for (int32_t m = 0; m < (r)->resources_n; m++)                                             \
            (ret)[m] = (struct config_named){ (r)->resources[m].resource_type,                     \
                                              (r)->resources[m].resource_name, false };            \
        config_mark_twice((ret), (r)->resources_n);                                                \
    } while (0)
#define KEYS(k, x, ret)                                                                            \
    do {                                                                                           \
        (ret) = arena_array((k)->a, (size_t)(x)->configs_n + 1, sizeof(*(ret)));                   \
        for (int32_t m = 0; m < (x)->configs_n; m++)                                               \
            (ret)[m] = (x)->configs[m].name;                                                       \
    } while (0)

void decide_incremental_alter_configs(struct call *k, const void *request, void *response)
{
    const struct kf_incremental_alter_configs_request *r = request;
    struct kf_incremental_alter_configs_response *res = response;
    struct config_named *named;
    struct str *keys;

    NAMED(k, r, named);
    res->responses = arena_array(k->a, (size_t)r->resources_n + 1, sizeof(*res->responses));
    for (int32_t n = 0; n < r->resources_n; n++) {
        __typeof__(&r->resources[0]) x = &r->resources[n];
        struct alter a = alter_of(k, x->resource_type, x->resource_name, x->configs_n);
        int before = k->out->n;

        KEYS(k, x, keys);
        check_shape(&a, &named[n], keys, x->configs_n);
        for (int32_t i = 0; i < x->configs_n && !a.f.error; i++)
            apply_op(&a, x->configs[i].name, x->configs[i].config_operation, x->configs[i].value);
        settle(&a, before, r->validate_only);
        res->responses[res->responses_n++] =
            (__typeof__(*res->responses)){ a.f.error, str_of(a.f.message), x->resource_type,
                                           x->resource_name };
    }
}

/* The request is the whole set: what it does not name goes. */
static void replace_all(struct alter *a,
                        const struct kf_alter_configs_request_alter_configs_resource *x)
{
    const char *key, *value;
    size_t at = 0;

    while (!a->f.error && image_config_next(a->k->c->image, a->type, a->name, &at, &key, &value)) {
        bool kept = false;

        for (int32_t i = 0; i < x->configs_n; i++)
            kept |= str_is(x->configs[i].name, key);
        if (!kept)
            set(a, str_of(key), (struct str){ 0 });
    }
    for (int32_t i = 0; i < x->configs_n && !a->f.error; i++)
        apply_op(a, x->configs[i].name, OP_SET, x->configs[i].value);
}

void decide_alter_configs(struct call *k, const void *request, void *response)
{
    const struct kf_alter_configs_request *r = request;
    struct kf_alter_configs_response *res = response;
    struct config_named *named;
    struct str *keys;

    NAMED(k, r, named);
    res->responses = arena_array(k->a, (size_t)r->resources_n + 1, sizeof(*res->responses));
    for (int32_t n = 0; n < r->resources_n; n++) {
        __typeof__(&r->resources[0]) x = &r->resources[n];
        struct alter a = alter_of(k, x->resource_type, x->resource_name, x->configs_n);
        int before = k->out->n;

        KEYS(k, x, keys);
        check_shape(&a, &named[n], keys, x->configs_n);
        if (!a.f.error)
            replace_all(&a, x);
        settle(&a, before, r->validate_only);
        res->responses[res->responses_n++] =
            (__typeof__(*res->responses)){ a.f.error, str_of(a.f.message), x->resource_type,
                                           x->resource_name };
    }
}

/* The answer rests on the image until the next record is applied: values are copied. */
static void keep_texts(struct call *k, struct kf_describe_configs_response *res)
{
    for (int32_t n = 0; n < res->results_n; n++) {
        for (int32_t c = 0; c < res->results[n].configs_n; c++) {
            __typeof__(&res->results[0].configs[0]) x = &res->results[n].configs[c];

            x->name = str_of(arena_text(k->a, x->name));
            if (x->value.p)
                x->value = str_of(arena_text(k->a, x->value));
            for (int32_t s = 0; s < x->synonyms_n; s++) {
                if (x->synonyms[s].value.p)
                    x->synonyms[s].value = str_of(arena_text(k->a, x->synonyms[s].value));
                x->synonyms[s].name = str_of(arena_text(k->a, x->synonyms[s].name));
            }
        }
    }
}

void decide_describe_configs(struct call *k, const void *request, void *response)
{
    const struct core *c = k->c;
    struct config_levels l;

    if (!c->node)
        return;
    l = config_levels(c->node, c->image);
    config_describe(&l, c->logger_level ? c->logger_level() : "INFO", k->a, request, response);
    keep_texts(k, response);
}
