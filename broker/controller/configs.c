/* Dynamic configs: validation by the tables of config_keys.h, ConfigRecords. */
#include "broker/controller/core.h"

#include "api/kafka/msg/alter_configs.h"
#include "api/kafka/msg/clear_elr_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/partition_change_record.h"
#include "broker/server/config_keys.h"

enum { OP_SET, OP_DELETE, OP_APPEND, OP_SUBTRACT, VALUE_MAX = 32767, NAME_MAX_BYTES = 255 };
enum { RESOURCE_CLIENT_METRICS = 16, RESOURCE_GROUP = 32 };

static const struct config_key *key_of(int8_t type, const char *name)
{
    return type == RESOURCE_TOPIC    ? config_topic_key(name)
           : type == RESOURCE_BROKER ? config_broker_key(name)
                                     : NULL;
}

const char *config_refusal(const struct call *k, int8_t type, struct str key, struct str value)
{
    const char *name = arena_text(k->a, key);
    const struct config_key *c = key_of(type, name);
    struct why why;

    if (!c && type == RESOURCE_TOPIC)
        return core_text(k, "Unknown topic config name: %s", name);
    if (value.n > VALUE_MAX)
        return core_text(k, "Value of %s has %zu bytes, at most %d may be", name, value.n,
                         VALUE_MAX);
    if (key.n > NAME_MAX_BYTES)
        return core_text(k, "Config name has %zu bytes, at most %d may be", key.n, NAME_MAX_BYTES);
    if (!c || !value.p)
        return NULL;
    return config_key_check(c, arena_text(k->a, value), &why) ? core_text(k, "%s", why.text) : NULL;
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
    int16_t error;
    const char *message;
    bool min_isr, unclean_on;
};

static void refuse(struct alter *a, int16_t error, const char *message)
{
    a->error = error;
    a->message = message;
}

static void check_resource(struct alter *a)
{
    int64_t id;

    if (a->type == RESOURCE_TOPIC) {
        if (!a->name.n)
            refuse(a, KF_ERR_INVALID_REQUEST, "Default topic resources are not allowed.");
        else if (!image_topic(a->k->c->image, a->name))
            refuse(a, KF_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                   core_text(a->k, "The topic '%.*s' does not exist.", STR_ARG(a->name)));
    } else if (a->type == RESOURCE_BROKER) {
        if (!a->name.n)
            return;
        if (!config_parse_int64(arena_text(a->k->a, a->name), &id) || id < 0 || id > INT32_MAX)
            refuse(
                a, KF_ERR_INVALID_REQUEST,
                core_text(a->k, "Node id must be an integer, but it is: %.*s", STR_ARG(a->name)));
        else if (!image_broker(a->k->c->image, (int32_t)id) &&
                 !image_controller(a->k->c->image, (int32_t)id) &&
                 !voters_find(a->k->c->voters, (int32_t)id))
            refuse(a, KF_ERR_BROKER_ID_NOT_REGISTERED,
                   core_text(a->k, "No node with id %lld is known", (long long)id));
    } else if (a->type != RESOURCE_CLIENT_METRICS && a->type != RESOURCE_GROUP) {
        refuse(a, KF_ERR_INVALID_REQUEST, core_text(a->k, "Unsupported resource type %d", a->type));
    } else if (!a->name.n) {
        refuse(a, KF_ERR_INVALID_REQUEST,
               core_text(a->k, "A resource of type %d needs a name", a->type));
    }
}

static bool listed(struct str list, struct str item)
{
    while (list.n) {
        const char *comma = memchr(list.p, ',', list.n);
        size_t n = comma ? (size_t)(comma - list.p) : list.n;

        if (str_eq(str_make(list.p, n), item))
            return true;
        list = comma ? str_make(comma + 1, list.n - n - 1) : str_make(list.p, 0);
    }
    return false;
}

static const char *appended(struct call *k, struct str list, struct str items)
{
    OWNED_BUF b = { 0 };

    buf_put(&b, list.p, list.n);
    while (items.n) {
        const char *comma = memchr(items.p, ',', items.n);
        size_t n = comma ? (size_t)(comma - items.p) : items.n;

        if (!listed(str_make((const char *)b.p, b.n), str_make(items.p, n))) {
            if (b.n)
                buf_put_u8(&b, ',');
            buf_put(&b, items.p, n);
        }
        items = comma ? str_make(comma + 1, items.n - n - 1) : str_make(items.p, 0);
    }
    return arena_text(k->a, str_make(b.p ? (const char *)b.p : "", b.n));
}

static const char *subtracted(struct call *k, struct str list, struct str items)
{
    OWNED_BUF b = { 0 };

    while (list.n) {
        const char *comma = memchr(list.p, ',', list.n);
        size_t n = comma ? (size_t)(comma - list.p) : list.n;

        if (!listed(items, str_make(list.p, n))) {
            if (b.n)
                buf_put_u8(&b, ',');
            buf_put(&b, list.p, n);
        }
        list = comma ? str_make(comma + 1, list.n - n - 1) : str_make(list.p, 0);
    }
    return arena_text(k->a, str_make(b.p ? (const char *)b.p : "", b.n));
}

static const char *stored(const struct alter *a, const char *name)
{
    return image_config(a->k->c->image, a->type, a->name, name);
}

static bool elr_forbids(struct alter *a, const char *name, struct str value)
{
    if (strcmp(name, "min.insync.replicas") != 0)
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
    return a->error != 0;
}

/* One key to a new value (null removes); no record when nothing changes, but for brokers, which
 * reload key stores on it. */
static void set(struct alter *a, struct str key, struct str value)
{
    const char *name = arena_text(a->k->a, key), *old = stored(a, name);
    const char *refusal =
        key.n ? config_refusal(a->k, a->type, key, value) : "A config needs a name";

    if (refusal) {
        refuse(a, KF_ERR_INVALID_CONFIG, refusal);
        return;
    }
    if (elr_forbids(a, name, value))
        return;
    a->unclean_on |= strcmp(name, "unclean.leader.election.enable") == 0 && value.p && str_is(value, "true");
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
               core_text(a->k, "Config value append is not allowed for config key: %s", name));
        return;
    }
    if (!base)
        base = c->value ? c->value : "";
    set(a, key,
        str_of(op == OP_APPEND ? appended(a->k, str_of(base), value)
                               : subtracted(a->k, str_of(base), value)));
}

static void apply_op(struct alter *a, struct str key, int8_t op, struct str value)
{
    if (op != OP_DELETE && !value.p)
        refuse(a, KF_ERR_INVALID_REQUEST,
               core_text(a->k, "Null value not supported for config %.*s", STR_ARG(key)));
    else if (op == OP_SET)
        set(a, key, value);
    else if (op == OP_DELETE)
        set(a, key, (struct str){ 0 });
    else if (op == OP_APPEND || op == OP_SUBTRACT)
        change_list(a, key, op, value);
    else
        refuse(a, KF_ERR_INVALID_REQUEST,
               core_text(a->k, "Config operation %d is not one of 0..3", op));
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
        records_put(k->out, RECORD_PARTITION_CHANGE, record_version_partition(core_level(k->c)), &r);
    }
}

/* KIP-966: who was eligible under another min.insync.replicas is so no longer. `topic` "": all. */
static void clear_elr(struct call *k, struct str topic)
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

/* This node's own configs and the cluster's count, those of other nodes when they are the leader. */
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

    if (a->error || validate_only)
        records_cut(k->out, before);
    if (k->out->n == before)
        return;
    if (a->min_isr && core_level(k->c) >= METADATA_VERSION_ELR && core_elr(k->c))
        clear_elr(k, topic);
    if (a->unclean_on && counts_here(a))
        elect_unclean_now(k, topic);
}

void decide_incremental_alter_configs(struct call *k, const void *request, void *response)
{
    const struct kf_incremental_alter_configs_request *r = request;
    struct kf_incremental_alter_configs_response *res = response;

    res->responses = arena_array(k->a, (size_t)r->resources_n + 1, sizeof(*res->responses));
    for (int32_t n = 0; n < r->resources_n; n++) {
        __typeof__(&r->resources[0]) x = &r->resources[n];
        struct alter a = { k, x->resource_type, x->resource_name, 0, NULL, false, false };
        int before = k->out->n;

        check_resource(&a);
        for (int32_t i = 0; i < x->configs_n && !a.error; i++)
            apply_op(&a, x->configs[i].name, x->configs[i].config_operation, x->configs[i].value);
        settle(&a, before, r->validate_only);
        res->responses[res->responses_n++] =
            (__typeof__(*res->responses)){ a.error, str_of(a.message), x->resource_type,
                                           x->resource_name };
    }
}

/* The request is the whole set: what it does not name goes. */
static void replace_all(struct alter *a,
                        const struct kf_alter_configs_request_alter_configs_resource *x)
{
    const char *key, *value;
    size_t at = 0;

    while (!a->error && image_config_next(a->k->c->image, a->type, a->name, &at, &key, &value)) {
        bool kept = false;

        for (int32_t i = 0; i < x->configs_n; i++)
            kept |= str_is(x->configs[i].name, key);
        if (!kept)
            set(a, str_of(key), (struct str){ 0 });
    }
    for (int32_t i = 0; i < x->configs_n && !a->error; i++)
        apply_op(a, x->configs[i].name, OP_SET, x->configs[i].value);
}

void decide_alter_configs(struct call *k, const void *request, void *response)
{
    const struct kf_alter_configs_request *r = request;
    struct kf_alter_configs_response *res = response;

    res->responses = arena_array(k->a, (size_t)r->resources_n + 1, sizeof(*res->responses));
    for (int32_t n = 0; n < r->resources_n; n++) {
        struct alter a = {
            k, r->resources[n].resource_type, r->resources[n].resource_name, 0, NULL, false, false
        };
        int before = k->out->n;

        check_resource(&a);
        if (!a.error)
            replace_all(&a, &r->resources[n]);
        settle(&a, before, r->validate_only);
        res->responses[res->responses_n++] = (__typeof__(*res->responses)){
            a.error,
            str_of(a.message),
            r->resources[n].resource_type,
            r->resources[n].resource_name,
        };
    }
}
