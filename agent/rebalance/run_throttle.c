/* Throttles (KIP-73): rates of brokers, and the replicas of topics that they hold for. */
#include <stdio.h>

#include "agent/rebalance/run_internal.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/describe_configs.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "common/buf.h"
#include "common/mem.h"

enum { TOPIC = 2, BROKER = 4, SET = 0, DELETE = 1, SOURCE_TOPIC = 1, SOURCE_BROKER = 2 };

static const char *const broker_keys[] = { "leader.replication.throttled.rate",
                                           "follower.replication.throttled.rate" };
static const char *const topic_keys[] = { "leader.replication.throttled.replicas",
                                          "follower.replication.throttled.replicas" };

typedef struct kf_incremental_alter_configs_request_alter_configs_resource resource;
typedef struct kf_incremental_alter_configs_request_alterable_config config;

/* Both keys of one broker or topic; values NULL: removed. */
static void put_resource(struct kf_incremental_alter_configs_request *q, struct arena *a, int8_t type,
                         struct str name, const char *const *keys, const char *first, const char *second)
{
    resource *r = &q->resources[q->resources_n++];
    const char *values[] = { first, second };

    r->resource_type = type;
    r->resource_name = name;
    r->configs_n = 2;
    r->configs = arena_array(a, 2, sizeof(config));
    for (int i = 0; i < 2; i++)
        r->configs[i] = (config){ str_of(keys[i]), values[i] ? SET : DELETE, str_of(values[i]) };
}

/* ERR_NOT_FOUND is no matter: the topic was deleted meanwhile. */
static err_t alter(struct run *r, int32_t broker, struct kf_incremental_alter_configs_request *q,
                   struct arena *a, struct why *reterr)
{
    const struct kf_incremental_alter_configs_response *got;
    err_t e = run_call(r, broker, KF_API_INCREMENTAL_ALTER_CONFIGS, q, a, (const void **)&got, reterr);

    for (int32_t i = 0; !e && i < got->responses_n; i++) {
        int16_t code = got->responses[i].error_code;

        if (code && code != KF_ERR_UNKNOWN_TOPIC_OR_PARTITION)
            e = why(reterr, ERR_INVALID, "IncrementalAlterConfigs of %.*s: %s: %.*s",
                    STR_ARG(got->responses[i].resource_name), kf_error_name(code),
                    STR_ARG(got->responses[i].error_message));
    }
    return e;
}

static struct kf_incremental_alter_configs_request request(struct arena *a, size_t n)
{
    struct kf_incremental_alter_configs_request q;

    kf_init(&kf_incremental_alter_configs_request_schema, &q);
    q.resources = arena_array(a, n + 1, sizeof(resource));
    return q;
}

static err_t set_rate(struct run *r, const struct survey_broker *b, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_incremental_alter_configs_request q = request(&a, 1);
    const char *rate = arena_printf(&a, "%lld", (long long)execute_rate(r->x, b->id));

    put_resource(&q, &a, BROKER, str_of(arena_printf(&a, "%d", b->id)), broker_keys, rate, rate);
    return alter(r, b->id, &q, &a, reterr);
}

/* "<partition>:<broker>,...": who sends, and who receives. */
static void list_replicas(const struct execute_target *t, const struct survey_partition *p,
                          struct buf *leaders, struct buf *followers)
{
    for (int32_t i = 0; i < p->replicas_n; i++)
        buf_printf(leaders, "%s%d:%d", leaders->n ? "," : "", t->partition, p->replicas[i]);
    for (int32_t i = 0; i < t->replicas_n; i++)
        if (!survey_holds(p->replicas, p->replicas_n, t->replicas[i]))
            buf_printf(followers, "%s%d:%d", followers->n ? "," : "", t->partition, t->replicas[i]);
}

/* The partitions of one topic of the batch, which begins at `i`. */
static void put_topic(struct run *r, struct kf_incremental_alter_configs_request *q, struct arena *a,
                      unsigned i)
{
    struct str topic = r->x->batch[i].topic;
    OWNED_BUF leaders = { 0 };
    OWNED_BUF followers = { 0 };

    for (; i < r->x->batch_n; i++) {
        const struct execute_target *t = &r->x->batch[i];
        const struct survey_partition *p = survey_find(&r->survey, t->topic, t->partition);

        if (t->copies && p && str_eq(t->topic, topic))
            list_replicas(t, p, &leaders, &followers);
    }
    if (!followers.n)
        return;
    put_resource(q, a, TOPIC, topic, topic_keys, arena_text(a, str_make((char *)leaders.p, leaders.n)),
                 arena_text(a, str_make((char *)followers.p, followers.n)));
}

static bool is_first_of_topic(const struct execute *x, unsigned i)
{
    for (unsigned j = 0; j < i; j++)
        if (str_eq(x->batch[j].topic, x->batch[i].topic))
            return false;
    return true;
}

err_t run_throttle(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_incremental_alter_configs_request q = request(&a, r->x->batch_n);
    err_t e = ERR_OK;

    for (unsigned i = 0; i < r->x->batch_n; i++)
        if (is_first_of_topic(r->x, i))
            put_topic(r, &q, &a, i);
    if (!q.resources_n)
        return ERR_OK;
    for (unsigned i = 0; i < r->survey.brokers_n && !e; i++)
        if (r->survey.brokers[i].host)
            e = set_rate(r, &r->survey.brokers[i], reterr);
    return e ? e : alter(r, -1, &q, &a, reterr);
}

static struct kf_describe_configs_request describe(struct arena *a, size_t n)
{
    struct kf_describe_configs_request q;

    kf_init(&kf_describe_configs_request_schema, &q);
    q.resources = arena_array(a, n + 1, sizeof(*q.resources));
    return q;
}

static void ask_of(struct kf_describe_configs_request *q, struct arena *a, int8_t type, struct str name,
                   const char *const *keys)
{
    struct kf_describe_configs_request_describe_configs_resource *r = &q->resources[q->resources_n++];

    r->resource_type = type;
    r->resource_name = name;
    r->configuration_keys_n = 2;
    r->configuration_keys = arena_array(a, 2, sizeof(struct str));
    for (int i = 0; i < 2; i++)
        r->configuration_keys[i] = str_of(keys[i]);
}

/* Of what is described, that which has a throttle of its own. */
static void put_throttled(const struct kf_describe_configs_response *got, int8_t source,
                          const char *const *keys, struct kf_incremental_alter_configs_request *q,
                          struct arena *a)
{
    for (int32_t i = 0; i < got->results_n; i++) {
        bool own = false;

        for (int32_t c = 0; c < got->results[i].configs_n; c++)
            own |= got->results[i].configs[c].config_source == source;
        if (own)
            put_resource(q, a, got->results[i].resource_type, got->results[i].resource_name, keys, NULL,
                         NULL);
    }
}

static err_t untie(struct run *r, int32_t broker, struct kf_describe_configs_request *q, int8_t source,
                   const char *const *keys, struct arena *a, struct why *reterr)
{
    const struct kf_describe_configs_response *got;
    struct kf_incremental_alter_configs_request change;
    err_t e = run_call(r, broker, KF_API_DESCRIBE_CONFIGS, q, a, (const void **)&got, reterr);

    if (e)
        return e;
    change = request(a, (size_t)got->results_n);
    put_throttled(got, source, keys, &change, a);
    return change.resources_n ? alter(r, broker, &change, a, reterr) : ERR_OK;
}

err_t run_untie(struct run *r, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_describe_configs_request topics = describe(&a, r->survey.partitions_n);
    err_t e;

    for (unsigned i = 0; i < r->survey.partitions_n; i++)
        if (!i || !str_eq(r->survey.partitions[i].topic, r->survey.partitions[i - 1].topic))
            ask_of(&topics, &a, TOPIC, r->survey.partitions[i].topic, topic_keys);
    e = topics.resources_n ? untie(r, -1, &topics, SOURCE_TOPIC, topic_keys, &a, reterr) : ERR_OK;
    for (unsigned i = 0; i < r->survey.brokers_n && !e; i++) {
        struct kf_describe_configs_request q = describe(&a, 1);

        if (!r->survey.brokers[i].host)
            continue;
        ask_of(&q, &a, BROKER, str_of(arena_printf(&a, "%d", r->survey.brokers[i].id)), broker_keys);
        e = untie(r, r->survey.brokers[i].id, &q, SOURCE_BROKER, broker_keys, &a, reterr);
    }
    return e;
}
