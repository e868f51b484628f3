/* Topics come and go: CreateTopics, DeleteTopics, CreatePartitions. */
#include "broker/controller/core.h"

#include <stdlib.h>

#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/create_partitions.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/delete_topics.h"
#include "api/kafka/msg/remove_topic_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/controller/config_checks.h"
#include "broker/controller/placement.h"
#include "broker/server/topic_config.h"
#include "common/limits.h"
#include "common/mem.h"

typedef struct kf_create_topics_request_creatable_topic creatable;
typedef struct kf_create_topics_response_creatable_topic_result created;
typedef struct kf_create_topics_response_creatable_topic_configs one_config;
typedef struct kf_create_topics_request_creatable_topic_config one_given;

/* One request's work: names already taken in it, and where partitions go. */
struct creating {
    struct call *k;
    struct placement placement;
    struct map taken, folded; /* names of this request; '.' as '_' */
};

static const struct refusal fine;

static const char *bad_name(const struct call *k, struct str name)
{
    if (!name.n)
        return "Topic name is invalid: the empty string is not allowed";
    if (str_is(name, ".") || str_is(name, ".."))
        return core_text(k, "Topic name is invalid: '%.*s' is not allowed", STR_ARG(name));
    if (name.n > TOPIC_NAME_MAX)
        return core_text(
            k,
            "Topic name is invalid: the length of '%.*s' is longer than the max allowed length %d",
            STR_ARG(name), TOPIC_NAME_MAX);
    for (size_t n = 0; n < name.n; n++) {
        char c = name.p[n];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return core_text(
                k,
                "Topic name is invalid: '%.*s' contains one or more characters other than ASCII "
                "alphanumerics, '.', '_' and '-'",
                STR_ARG(name));
    }
    return NULL;
}

/* '.' and '_' are the same in metric names: topics may not differ in them alone. */
static struct str fold(struct arena *a, struct str name)
{
    char *text = arena_text(a, name);

    for (char *p = text; *p; p++) {
        if (*p == '.')
            *p = '_';
    }
    return str_of(text);
}

static bool has_special(struct str name)
{
    return memchr(name.p, '.', name.n) || memchr(name.p, '_', name.n);
}

static const char *collision(struct creating *x, struct str name)
{
    const struct topic_state *t;
    struct str folded;
    const char *other;
    size_t at = 0;

    if (!has_special(name))
        return NULL;
    folded = fold(x->k->a, name);
    other = map_get_str(&x->folded, folded);
    if (other)
        return other;
    while ((t = image_topic_next(x->k->c->image, &at))) {
        struct str s = str_of(t->name);
        size_t n = 0;

        if (s.n != name.n)
            continue;
        while (n < s.n && (s.p[n] == name.p[n] || (s.p[n] == '.' && name.p[n] == '_') ||
                           (s.p[n] == '_' && name.p[n] == '.')))
            n++;
        if (n == s.n)
            return t->name;
    }
    return NULL;
}

static struct refusal check_name(struct creating *x, const creatable *t)
{
    const char *message = bad_name(x->k, t->name);

    if (message)
        return (struct refusal){ KF_ERR_INVALID_TOPIC_EXCEPTION, message };
    if (image_topic(x->k->c->image, t->name))
        return (
            struct refusal){ KF_ERR_TOPIC_ALREADY_EXISTS,
                             core_text(x->k, "Topic '%.*s' already exists.", STR_ARG(t->name)) };
    if (map_get_str(&x->taken, t->name))
        return (struct refusal){ KF_ERR_INVALID_REQUEST, "Duplicate topic name." };
    message = collision(x, t->name);
    if (message)
        return (struct refusal){ KF_ERR_INVALID_TOPIC_EXCEPTION,
                                 core_text(x->k, "Topic '%.*s' collides with existing topic: %s",
                                           STR_ARG(t->name), message) };
    return fine;
}

static struct refusal check_configs(const struct call *k, const creatable *t)
{
    struct config_set s = config_set_of(k->c->image, k->a, RESOURCE_TOPIC, str_of(""), t->configs_n);

    if (t->configs_n > CONFIG_KEYS_MAX)
        return (struct refusal){ KF_ERR_INVALID_REQUEST, "A topic has too many configs" };

    for (int32_t n = 0; n < t->configs_n; n++) {
        if (!t->configs[n].value.p)
            return (struct refusal){ KF_ERR_INVALID_CONFIG,
                                     core_text(k,
                                               "Null value not supported for topic configs: %.*s",
                                               STR_ARG(t->configs[n].name)) };
        config_set_put(&s, t->configs[n].name, t->configs[n].value);
    }
    return config_set_refusal(k, RESOURCE_TOPIC, &s);
}

/* `factor` is what the partitions before have, 0 when this is the first. */
static struct refusal check_assignment(const struct call *k, int32_t partition, const int32_t *ids,
                                       int32_t n, int32_t factor)
{
    struct refusal f = assignment_refusal(k, partition, ids, n);
    bool active = false;

    if (f.error)
        return f;
    for (int32_t i = 0; i < n; i++)
        active |= partition_replica_active(k, ids[i]);
    if (factor && n != factor)
        return (struct refusal){
            KF_ERR_INVALID_REPLICA_ASSIGNMENT,
            core_text(k,
                      "The manual partition assignment includes a partition with %d replica(s), but "
                      "this is not consistent with previous partitions, which have %d replica(s).",
                      n, factor)
        };
    if (!active)
        return (struct refusal){
            KF_ERR_INVALID_REPLICA_ASSIGNMENT,
            core_text(k,
                      "All brokers specified in the manual partition assignment for partition "
                      "%d are fenced or in controlled shutdown.",
                      partition)
        };
    return fine;
}

/* Whether `factor` replicas can be placed. */
static struct refusal check_factor(const struct creating *x, int32_t factor)
{
    if (factor > x->placement.n)
        return (struct refusal){
            KF_ERR_INVALID_REPLICATION_FACTOR,
            core_text(x->k,
                      "Unable to replicate the partition %d time(s): The target replication factor "
                      "of %d cannot be reached because only %d broker(s) are registered or some "
                      "brokers have all their log directories cordoned.",
                      factor, factor, x->placement.n)
        };
    if (!x->placement.unfenced_n)
        return (struct refusal){
            KF_ERR_INVALID_REPLICATION_FACTOR,
            core_text(x->k,
                      "Unable to replicate the partition %d time(s): All brokers are currently fenced.",
                      factor)
        };
    return fine;
}

static struct refusal check_assignments(const struct call *k, const creatable *t)
{
    bool *seen = arena_array(k->a, (size_t)t->assignments_n + 1, sizeof(*seen));

    if (t->num_partitions != -1 || t->replication_factor != -1)
        return (struct refusal){ KF_ERR_INVALID_REQUEST,
                                 "A manual partition assignment was specified, but numPartitions "
                                 "or replicationFactor was not set to -1." };
    for (int32_t n = 0; n < t->assignments_n; n++) {
        int32_t p = t->assignments[n].partition_index;
        struct refusal f =
            check_assignment(k, p, t->assignments[n].broker_ids, t->assignments[n].broker_ids_n,
                             n ? t->assignments[0].broker_ids_n : 0);

        if (f.error)
            return f;
        if (p < 0 || p >= t->assignments_n || seen[p])
            return (
                struct refusal){ KF_ERR_INVALID_REPLICA_ASSIGNMENT,
                                 "partitions should be a consecutive 0-based integer sequence." };
        seen[p] = true;
    }
    return fine;
}

static struct refusal check_counts(struct creating *x, const creatable *t, int32_t *ret_partitions,
                                   int32_t *ret_factor)
{
    const struct call *k = x->k;
    int32_t partitions = t->num_partitions, factor = t->replication_factor;

    if (partitions == -1)
        partitions = (int32_t)core_config_int(k->c, "num.partitions", 1);
    if (factor == -1)
        factor = (int32_t)core_config_int(k->c, "default.replication.factor", 1);
    *ret_partitions = partitions;
    *ret_factor = factor;
    if (partitions <= 0)
        return (struct refusal){
            KF_ERR_INVALID_PARTITIONS,
            core_text(k, "Number of partitions was set to an invalid non-positive value %d.",
                      partitions)
        };
    if (factor <= 0 || factor > INT16_MAX)
        return (struct refusal){
            KF_ERR_INVALID_REPLICATION_FACTOR,
            core_text(k,
                      "Replication factor must be larger than 0, or -1 to use the default "
                      "value; it is %d.",
                      factor)
        };
    return check_factor(x, factor);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const one_config *)a)->name, ((const one_config *)b)->name);
}

static const one_given *given(const creatable *t, const char *key)
{
    for (int32_t i = 0; i < t->configs_n; i++) {
        if (str_is(t->configs[i].name, key))
            return &t->configs[i];
    }
    return NULL;
}

/* A key's value where the topic has none of its own: the node's by its synonyms, else the default. */
static void put_inherited(struct call *k, const struct config_key *c, one_config *ret)
{
    struct config_entry chain[CONFIG_CHAIN_MAX];

    chain[0] = (struct config_entry){ .value = c->value, .source = SOURCE_DEFAULT, .factor = 1 };
    if (k->c->node) {
        struct config_levels l = config_levels(k->c->node, k->c->image);

        topic_config_chain(&l, str_of(""), c, k->a, chain, ARRAY_LEN(chain));
    }
    ret->value = str_of(config_key_text(c, config_entry_text(&chain[0], k->a), k->a));
    ret->config_source = (int8_t)chain[0].source;
}

/* The configs in force, by name. */
static void put_configs(struct call *k, const creatable *t, created *ret)
{
    ret->configs = arena_array(k->a, config_topic_keys_n + 1, sizeof(*ret->configs));
    ret->configs_n = 0;
    for (size_t n = 0; n < config_topic_keys_n; n++) {
        const struct config_key *c = &config_topic_keys[n];
        const one_given *own = given(t, c->name);
        one_config *out = &ret->configs[ret->configs_n];

        if (c->flags & CONFIG_INTERNAL && !own)
            continue;
        ret->configs_n++;
        if (own)
            *out = (one_config){ .value = own->value, .config_source = SOURCE_TOPIC };
        else
            put_inherited(k, c, out);
        out->name = str_of(c->name);
    }
    qsort(ret->configs, (size_t)ret->configs_n, sizeof(*ret->configs), by_name);
}

/* The manual assignment of a partition, else where the next one goes. */
static void put_partition(struct creating *x, const struct uuid *topic, int32_t partition,
                          const int32_t *manual, int32_t factor)
{
    int32_t *replicas = arena_array(x->k->a, (size_t)factor, sizeof(*replicas));

    if (manual)
        memcpy(replicas, manual, (size_t)factor * sizeof(*replicas));
    else
        placement_next(x->k, &x->placement, factor, replicas);
    partition_put(x->k, topic, partition, replicas, factor);
}

static const int32_t *manual_of(const creatable *t, int32_t partition)
{
    for (int32_t n = 0; n < t->assignments_n; n++) {
        if (t->assignments[n].partition_index == partition)
            return t->assignments[n].broker_ids;
    }
    return NULL;
}

static void put_topic(struct creating *x, const creatable *t, int32_t partitions, int32_t factor,
                      created *ret)
{
    struct call *k = x->k;

    ret->topic_id = core_new_id(k->c);
    records_put(k->out, RECORD_TOPIC, 0, &(struct kf_topic_record){ t->name, ret->topic_id });
    for (int32_t n = 0; n < t->configs_n; n++)
        records_put(k->out, RECORD_CONFIG, 0,
                    &(struct kf_config_record){ RESOURCE_TOPIC, t->name, t->configs[n].name,
                                                t->configs[n].value });
    for (int32_t p = 0; p < partitions; p++)
        put_partition(x, &ret->topic_id, p, manual_of(t, p), factor);
}

static struct refusal check_topic(struct creating *x, const creatable *t, int32_t *ret_partitions,
                                  int32_t *ret_factor)
{
    struct refusal f = check_name(x, t);

    if (!f.error)
        f = check_configs(x->k, t);
    if (!f.error && t->assignments_n) {
        *ret_partitions = t->assignments_n;
        *ret_factor = t->assignments[0].broker_ids_n;
        f = check_assignments(x->k, t);
    } else if (!f.error) {
        f = check_counts(x, t, ret_partitions, ret_factor);
    }
    if (!f.error &&
        x->k->out->n + 1 + t->configs_n + (int64_t)*ret_partitions > RECORDS_PER_CALL_MAX)
        f = (struct refusal){
            KF_ERR_POLICY_VIOLATION,
            core_text(x->k,
                      "Excessively large number of partitions per request: at most %d records "
                      "can be written at once.",
                      RECORDS_PER_CALL_MAX)
        };
    return f;
}

static void create(struct creating *x, const creatable *t, bool validate_only, created *ret)
{
    int32_t partitions = 0, factor = 0;
    struct refusal f = check_topic(x, t, &partitions, &factor);
    int before = x->k->out->n;

    ret->name = t->name;
    ret->num_partitions = ret->replication_factor = -1;
    ret->configs_n = -1;
    ret->error_code = f.error;
    ret->error_message = str_of(f.message);
    if (f.error)
        return;
    map_set(&x->taken, t->name.p, t->name.n, x);
    if (has_special(t->name)) {
        struct str folded = fold(x->k->a, t->name);

        map_set(&x->folded, folded.p, folded.n, arena_text(x->k->a, t->name));
    }
    put_topic(x, t, partitions, factor, ret);
    if (validate_only) {
        records_cut(x->k->out, before);
        ret->topic_id = (struct uuid){ { 0 } };
    }
    ret->num_partitions = partitions;
    ret->replication_factor = (int16_t)factor;
    put_configs(x->k, t, ret);
}

void decide_create_topics(struct call *k, const void *request, void *response)
{
    const struct kf_create_topics_request *r = request;
    struct kf_create_topics_response *res = response;
    struct creating x = { .k = k };

    placement_init(k, &x.placement);
    res->topics = arena_array(k->a, (size_t)r->topics_n + 1, sizeof(*res->topics));
    for (int32_t n = 0; n < r->topics_n; n++)
        create(&x, &r->topics[n], r->validate_only, &res->topics[res->topics_n++]);
    map_done(&x.taken);
    map_done(&x.folded);
}

static bool deletable(const struct core *c)
{
    const char *text = c->config ? c->config(c->config_ctx, "delete.topic.enable") : NULL;

    return !text || strcmp(text, "false") != 0;
}

static void delete_one(struct call *k, struct str name, const struct uuid *id, struct map *seen,
                       struct kf_delete_topics_response_deletable_topic_result *ret)
{
    const struct topic_state *t =
        name.p ? image_topic(k->c->image, name) : image_topic_by_id(k->c->image, id);

    ret->name = name;
    ret->topic_id = *id;
    if (name.p && !uuid_is_zero(id)) {
        ret->error_code = KF_ERR_INVALID_REQUEST;
        ret->error_message = str_of("You may not specify both topic name and topic id.");
    } else if (!deletable(k->c)) {
        ret->error_code = k->version < 3 ? KF_ERR_INVALID_REQUEST : KF_ERR_TOPIC_DELETION_DISABLED;
        ret->error_message = str_of("delete.topic.enable is false on this controller.");
    } else if (!t) {
        ret->error_code = name.p ? KF_ERR_UNKNOWN_TOPIC_OR_PARTITION : KF_ERR_UNKNOWN_TOPIC_ID;
        ret->error_message = str_of(name.p ? "This server does not host this topic-partition."
                                           : "This server does not host this topic ID.");
    } else if (map_set(seen, t->id.b, sizeof(t->id.b), k)) {
        ret->error_code = KF_ERR_INVALID_REQUEST;
        ret->error_message = str_of("Duplicate topic.");
    } else {
        ret->name = str_of(arena_text(k->a, str_of(t->name)));
        ret->topic_id = t->id;
        records_put(k->out, RECORD_REMOVE_TOPIC, 0, &(struct kf_remove_topic_record){ t->id });
    }
}

void decide_delete_topics(struct call *k, const void *request, void *response)
{
    static const struct uuid none;
    const struct kf_delete_topics_request *r = request;
    struct kf_delete_topics_response *res = response;
    struct map seen = { 0 };

    res->responses = arena_array(k->a, (size_t)r->topics_n + (size_t)r->topic_names_n + 1,
                                 sizeof(*res->responses));
    for (int32_t n = 0; n < r->topics_n; n++)
        delete_one(k, r->topics[n].name, &r->topics[n].topic_id, &seen,
                   &res->responses[res->responses_n++]);
    for (int32_t n = 0; n < r->topic_names_n; n++)
        delete_one(k, r->topic_names[n], &none, &seen, &res->responses[res->responses_n++]);
    map_done(&seen);
}

static bool moving(const struct topic_state *t)
{
    for (int32_t id = 0; id < t->partitions_n; id++) {
        const struct partition_state *p = core_partition(t, id);

        if (p && (p->adding_n || p->removing_n))
            return true;
    }
    return false;
}

static struct refusal check_more(
    struct creating *x, const struct kf_create_partitions_request_create_partitions_topic *q)
{
    const struct topic_state *t = image_topic(x->k->c->image, q->name);

    if (!t)
        return (struct refusal){ KF_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                                 "This server does not host this topic-partition." };
    if (map_get_str(&x->taken, q->name))
        return (struct refusal){ KF_ERR_INVALID_REQUEST, "Duplicate topic name." };
    if (moving(t))
        return (struct refusal){ KF_ERR_REASSIGNMENT_IN_PROGRESS,
                                 core_text(x->k, "A partition reassignment is in progress for the topic %s.",
                                           t->name) };
    if (q->count == t->partitions_n)
        return (struct refusal){ KF_ERR_INVALID_PARTITIONS,
                                 core_text(x->k, "Topic already has %d partition(s).",
                                           t->partitions_n) };
    if (q->count < t->partitions_n)
        return (struct refusal){
            KF_ERR_INVALID_PARTITIONS,
            core_text(x->k,
                      "The topic %s currently has %d partition(s); %d would not be an "
                      "increase.",
                      t->name, t->partitions_n, q->count)
        };
    if (x->k->out->n + (int64_t)q->count - t->partitions_n > RECORDS_PER_CALL_MAX)
        return (struct refusal){ KF_ERR_POLICY_VIOLATION,
                                 core_text(x->k, "At most %d partitions can be created at once.",
                                           RECORDS_PER_CALL_MAX) };
    if (q->assignments_n >= 0 && q->assignments_n != q->count - t->partitions_n)
        return (struct refusal){
            KF_ERR_INVALID_REPLICA_ASSIGNMENT,
            core_text(x->k,
                      "Attempted to add %d additional partition(s), but only %d assignment(s) "
                      "were specified.",
                      q->count - t->partitions_n, q->assignments_n)
        };
    for (int32_t n = 0; n < q->assignments_n; n++) {
        struct refusal f = check_assignment(x->k, t->partitions_n + n, q->assignments[n].broker_ids,
                                            q->assignments[n].broker_ids_n,
                                            t->partitions[0].replicas_n);

        if (f.error)
            return f;
    }
    return q->assignments_n < 0 ? check_factor(x, t->partitions[0].replicas_n) : fine;
}

void decide_create_partitions(struct call *k, const void *request, void *response)
{
    const struct kf_create_partitions_request *r = request;
    struct kf_create_partitions_response *res = response;
    struct creating x = { .k = k };

    placement_init(k, &x.placement);
    res->results = arena_array(k->a, (size_t)r->topics_n + 1, sizeof(*res->results));
    for (int32_t n = 0; n < r->topics_n; n++) {
        __typeof__(&r->topics[0]) q = &r->topics[n];
        struct refusal f = check_more(&x, q);
        const struct topic_state *t = image_topic(k->c->image, q->name);

        res->results[res->results_n++] =
            (__typeof__(*res->results)){ q->name, f.error, str_of(f.message) };
        if (f.error)
            continue;
        map_set(&x.taken, q->name.p, q->name.n, &x);
        for (int32_t p = t->partitions_n; p < q->count && !r->validate_only; p++)
            put_partition(&x, &t->id, p,
                          q->assignments_n >= 0 ? q->assignments[p - t->partitions_n].broker_ids : NULL,
                          t->partitions[0].replicas_n);
    }
    map_done(&x.taken);
}
