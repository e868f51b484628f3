/* Brokers that go for good: nothing new is placed on them while they are drained, and the cluster forgets
 * them when they are stopped. */
#include "agent/rebalance/run_internal.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/describe_cluster.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/unregister_broker.h"
#include "common/buf.h"

enum { BROKER = 4, SET = 0, DELETE = 1, CORDONS_SINCE = 30 /* metadata.version 4.3-IV0, KIP-1066 */ };

typedef const struct kf_describe_log_dirs_response log_dirs;

static err_t ask_log_dirs(struct run *r, int32_t broker, struct arena *a, log_dirs **ret, struct why *reterr)
{
    struct kf_describe_log_dirs_request q;
    err_t e;

    kf_init(&kf_describe_log_dirs_request_schema, &q);
    q.topics_n = -1;
    e = run_call(r, broker, KF_API_DESCRIBE_LOG_DIRS, &q, a, (const void **)ret, reterr);
    if (!e && (*ret)->error_code)
        e = why(reterr, ERR_IO, "broker %d: DescribeLogDirs: %s", broker, kf_error_name((*ret)->error_code));
    return e;
}

static bool all_are(log_dirs *dirs, bool cordoned)
{
    for (int32_t i = 0; i < dirs->results_n; i++)
        if (dirs->results[i].is_cordoned != cordoned)
            return false;
    return true;
}

static err_t set_cordoned(struct run *r, int32_t broker, log_dirs *dirs, bool cordoned, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    OWNED_BUF list = { 0 };
    struct kf_incremental_alter_configs_request q;
    struct kf_incremental_alter_configs_request_alter_configs_resource resource = { .resource_type = BROKER };
    struct kf_incremental_alter_configs_request_alterable_config config = { .config_operation = DELETE };
    const struct kf_incremental_alter_configs_response *got;
    err_t e;

    for (int32_t i = 0; i < dirs->results_n; i++)
        buf_printf(&list, "%s%.*s", i ? "," : "", STR_ARG(dirs->results[i].log_dir));
    config.name = str_of("cordoned.log.dirs");
    if (cordoned) {
        config.config_operation = SET;
        config.value = str_of(buf_text(&list));
    }
    resource.resource_name = str_of(arena_printf(&a, "%d", broker));
    resource.configs = &config;
    resource.configs_n = 1;
    kf_init(&kf_incremental_alter_configs_request_schema, &q);
    q.resources = &resource;
    q.resources_n = 1;
    e = run_call(r, broker, KF_API_INCREMENTAL_ALTER_CONFIGS, &q, &a, (const void **)&got, reterr);
    if (!e && got->responses_n && got->responses[0].error_code)
        e = why(reterr, ERR_INVALID, "cordoned.log.dirs of broker %d: %s: %.*s", broker,
                kf_error_name(got->responses[0].error_code), STR_ARG(got->responses[0].error_message));
    return e ? e : why(reterr, ERR_AGAIN, "broker %d has not heard yet that its directories are %s", broker,
                       cordoned ? "cordoned" : "not cordoned any more");
}

/* ERR_AGAIN: it has been asked for, and is looked for at the next call. */
static err_t cordon(struct run *r, int32_t broker, bool cordoned, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    log_dirs *dirs;
    err_t e = ask_log_dirs(r, broker, &a, &dirs, reterr);

    if (e || all_are(dirs, cordoned))
        return e;
    return set_cordoned(r, broker, dirs, cordoned, reterr);
}

/* Nothing is placed on a broker that is away; it may never have been there. When it comes, confirm sees it.
 * A cluster of an older version has no cordon: what is placed on those that go meanwhile is seen by the next
 * look, and moved as well. */
static err_t cordon_all(struct run *r, bool cordoned, struct why *reterr)
{
    int16_t level = 0;
    err_t e = run_look(r, reterr);

    if (!e)
        e = run_feature(r, "metadata.version", &level, reterr);
    if (e || level < CORDONS_SINCE)
        return e;
    for (unsigned d = 0; d < r->o->drain_n; d++) {
        bool there = survey_find_broker(&r->survey, r->o->drain[d])->host;
        err_t one = there      ? cordon(r, r->o->drain[d], cordoned, reterr)
                    : cordoned ? ERR_OK
                               : why(reterr, ERR_AGAIN, "broker %d is away", r->o->drain[d]);

        e = one ? one : e;
    }
    return e;
}

err_t run_cordon(struct run *r, struct why *reterr)
{
    return cordon_all(r, true, reterr);
}

err_t run_uncordon(struct run *r, struct why *reterr)
{
    return cordon_all(r, false, reterr);
}

err_t run_confirm_empty(struct run *r, int32_t broker, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    log_dirs *dirs;
    err_t e = ask_log_dirs(r, broker, &a, &dirs, reterr);

    for (int32_t i = 0; !e && i < dirs->results_n; i++)
        for (int32_t t = 0; t < dirs->results[i].topics_n && !e; t++)
            if (dirs->results[i].topics[t].partitions_n)
                e = why(reterr, ERR_AGAIN, "broker %d says that it still holds %.*s-%d", broker,
                        STR_ARG(dirs->results[i].topics[t].name),
                        dirs->results[i].topics[t].partitions[0].partition_index);
    return e;
}

enum registration { FORGOTTEN, FENCED, ALIVE };

/* What the cluster has of `broker`, as `witness` knows it. */
static err_t look_at_registration(struct run *r, int32_t witness, int32_t broker, enum registration *ret,
                                  struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_describe_cluster_request q;
    const struct kf_describe_cluster_response *got;
    err_t e;

    kf_init(&kf_describe_cluster_request_schema, &q);
    q.include_fenced_brokers = true;
    e = run_call(r, witness, KF_API_DESCRIBE_CLUSTER, &q, &a, (const void **)&got, reterr);
    if (!e && got->error_code)
        e = why(reterr, ERR_IO, "DescribeCluster: %s", kf_error_name(got->error_code));
    *ret = FORGOTTEN;
    for (int32_t i = 0; !e && i < got->brokers_n; i++)
        if (got->brokers[i].broker_id == broker)
            *ret = got->brokers[i].is_fenced ? FENCED : ALIVE;
    return e;
}

/* ERR_INVALID: something was placed on it after its drain. */
static err_t look_for_replicas(struct run *r, int32_t witness, int32_t broker, struct why *reterr)
{
    struct survey s = { 0 };
    err_t e = run_metadata(r, witness, &s, reterr);

    for (unsigned p = 0; p < s.partitions_n && !e; p++)
        if (survey_holds(s.partitions[p].replicas, s.partitions[p].replicas_n, broker))
            e = why(reterr, ERR_INVALID, "%.*s-%d was placed on broker %d after that one was drained",
                    STR_ARG(s.partitions[p].topic), s.partitions[p].partition, broker);
    survey_done(&s);
    return e;
}

static err_t unregister(struct run *r, int32_t broker, struct why *reterr)
{
    OWNED_ARENA a = { 0 };
    struct kf_unregister_broker_request q = { .broker_id = broker };
    const struct kf_unregister_broker_response *got;
    err_t e = run_call(r, -1, KF_API_UNREGISTER_BROKER, &q, &a, (const void **)&got, reterr);

    if (!e && got->error_code && got->error_code != KF_ERR_BROKER_ID_NOT_REGISTERED)
        e = why(reterr, ERR_IO, "UnregisterBroker of %d: %s: %.*s", broker, kf_error_name(got->error_code),
                STR_ARG(got->error_message));
    return e;
}

/* Records have an order. A witness that knows the broker as fenced knows all that it took before that, and
 * from then on it joins no ISR, so nothing is on it alone. One that knows it as forgotten knows all that was
 * ever placed on it: to a broker that is not registered the controller assigns nothing. So this looks
 * before, that no partition loses a replica, and after. A broker that serves would register again. */
static err_t forget(struct run *r, int32_t witness, int32_t broker, struct why *reterr)
{
    enum registration known;
    err_t e = look_at_registration(r, witness, broker, &known, reterr);

    if (!e && known == ALIVE)
        e = why(reterr, ERR_AGAIN, "broker %d still counts as alive", broker);
    if (!e)
        e = look_for_replicas(r, witness, broker, reterr);
    if (e || known == FORGOTTEN)
        return e;
    e = unregister(r, broker, reterr);
    return e ? e : why(reterr, ERR_AGAIN, "broker %d has not heard yet that broker %d is forgotten", witness,
                       broker);
}

static err_t forget_all(struct run *r, int32_t witness, struct why *reterr)
{
    err_t e = ERR_OK;

    for (unsigned d = 0; d < r->o->drain_n && !e; d++)
        e = forget(r, witness, r->o->drain[d], reterr);
    return e;
}

err_t run_unregister(struct run *r, struct why *reterr)
{
    err_t e = run_look(r, reterr);

    if (e)
        return e;
    e = why(reterr, ERR_AGAIN, "no broker that stays is there");
    for (unsigned i = 0; i < r->survey.brokers_n && e && e != ERR_INVALID; i++)
        if (r->survey.brokers[i].host && !r->survey.brokers[i].drains)
            e = forget_all(r, r->survey.brokers[i].id, reterr);
    return e;
}
