#include "agent/topics/topics_internal.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/create_partitions.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/delete_topics.h"
#include "api/kafka/msg/describe_configs.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "common/arena.h"

enum { RESOURCE_TOPIC = 2, SOURCE_TOPIC = 1, OPERATION_SET = 0 };

/* The controller's time; the job's own is over a little later. */
enum { TIMEOUT_MS = ASK_MS - 2000 };

static void call(struct topic_job *j, int16_t api_key, const void *msg, kf_done_fn done)
{
    struct kf_call c = { api_key, -1, msg, 0, done, j };
    struct why reason = { "" };

    if (kf_channel_call(j->channel, &c, &reason))
        topic_job_end(j, ASK_UNREACHABLE, reason.text);
}

/* What one result says: true when it is no error, else the job has ended. */
static bool is_fine(struct topic_job *j, int16_t error, struct str message)
{
    OWNED_ARENA a = { 0 };

    if (!error)
        return true;
    topic_job_end(j, kf_error_name(error),
                  message.n ? arena_text(&a, message) : kf_error_name(error));
    return false;
}

/* An answer must have exactly the one result that was asked for. */
static bool is_one(struct topic_job *j, int32_t n)
{
    if (n != 1)
        topic_job_end(j, "UNKNOWN_SERVER_ERROR", "the broker's answer has not one result");
    return n == 1;
}

/* --- configs of a topic --- */

static json_t *json_of(struct str s)
{
    json_t *o = json_stringn(s.p ? s.p : "", s.n);

    return o ? o : json_string("");
}

static void on_configs(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_describe_configs_response *m = msg;
    struct topic_job *j = ctx;
    json_t *configs;

    (void)version;
    if (e || !is_one(j, m->results_n) ||
        !is_fine(j, m->results[0].error_code, m->results[0].error_message))
        return; /* the channel goes down, or the job has ended */
    configs = json_object();
    for (int32_t i = 0; i < m->results[0].configs_n; i++) {
        const struct kf_describe_configs_response_describe_configs_resource_result *r =
            &m->results[0].configs[i];
        OWNED_ARENA a = { 0 };

        if (r->config_source == SOURCE_TOPIC)
            json_object_set_new(configs, arena_text(&a, r->name), json_of(r->value));
    }
    json_object_set_new(j->found, "configs", configs);
    topic_job_end(j, NULL, NULL);
}

static void ask_configs(struct topic_job *j)
{
    struct kf_describe_configs_request_describe_configs_resource r;
    struct kf_describe_configs_request m;

    kf_init(&kf_describe_configs_request_schema, &m);
    kf_init(&kf_describe_configs_request_describe_configs_resource_schema, &r);
    r.resource_type = RESOURCE_TOPIC;
    r.resource_name = str_of(j->ask.topic);
    r.configuration_keys_n = -1; /* all */
    m.resources = &r;
    m.resources_n = 1;
    call(j, KF_API_DESCRIBE_CONFIGS, &m, on_configs);
}

/* --- metadata --- */

static void on_metadata(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_metadata_response *m = msg;
    struct topic_job *j = ctx;
    bool one = j->ask.topic != NULL;

    (void)version;
    if (e || (one && (!is_one(j, m->topics_n) || !is_fine(j, m->topics[0].error_code, str_of("")))))
        return;
    if (j->ask.action == ASK_DESCRIBE) {
        j->found = topic_description(m);
        ask_configs(j);
        return;
    }
    if (j->ask.action == ASK_LOSSES)
        j->found = topics_losses(m, j->ask.from);
    else
        j->found = one ? topic_partitions_page(m, &j->ask) : topics_page(m, &j->ask);
    topic_job_end(j, NULL, NULL);
}

static void ask_metadata(struct topic_job *j)
{
    struct kf_metadata_request_metadata_request_topic t;
    struct kf_metadata_request m;

    kf_init(&kf_metadata_request_schema, &m);
    kf_init(&kf_metadata_request_metadata_request_topic_schema, &t);
    m.allow_auto_topic_creation = false;
    m.topics_n = -1; /* all */
    if (j->ask.topic) {
        t.name = str_of(j->ask.topic);
        m.topics = &t;
        m.topics_n = 1;
    }
    call(j, KF_API_METADATA, &m, on_metadata);
}

/* --- what changes something --- */

/* Kafka's validateOnly: what it would say, and nothing more. */
static bool only_tries(const struct topic_job *j)
{
    return j->ask.action == ASK_TRY_CREATE || j->ask.action == ASK_TRY_UPDATE;
}

static void on_created(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_create_topics_response *m = msg;
    struct topic_job *j = ctx;

    (void)version;
    if (!e && is_one(j, m->topics_n) &&
        is_fine(j, m->topics[0].error_code, m->topics[0].error_message))
        topic_job_end(j, NULL, NULL);
}

static void create(struct topic_job *j)
{
    struct kf_create_topics_request_creatable_topic_config configs[ASK_CONFIGS_MAX];
    struct kf_create_topics_request_creatable_topic t;
    struct kf_create_topics_request m;
    const char *key;
    json_t *value;

    kf_init(&kf_create_topics_request_schema, &m);
    kf_init(&kf_create_topics_request_creatable_topic_schema, &t);
    t.name = str_of(j->ask.topic);
    t.num_partitions = j->ask.partitions;
    t.replication_factor = (int16_t)j->ask.replicas;
    t.configs = configs;
    json_object_foreach (j->ask.configs, key, value) {
        kf_init(&kf_create_topics_request_creatable_topic_config_schema, &configs[t.configs_n]);
        configs[t.configs_n].name = str_of(key);
        configs[t.configs_n++].value = str_of(json_string_value(value));
    }
    m.topics = &t;
    m.topics_n = 1;
    m.timeout_ms = TIMEOUT_MS;
    m.validate_only = only_tries(j);
    call(j, KF_API_CREATE_TOPICS, &m, on_created);
}

static void on_altered(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_incremental_alter_configs_response *m = msg;
    struct topic_job *j = ctx;

    (void)version;
    if (!e && is_one(j, m->responses_n) &&
        is_fine(j, m->responses[0].error_code, m->responses[0].error_message))
        topic_job_end(j, NULL, NULL);
}

static void alter(struct topic_job *j)
{
    struct kf_incremental_alter_configs_request_alterable_config configs[ASK_CONFIGS_MAX];
    struct kf_incremental_alter_configs_request_alter_configs_resource r;
    struct kf_incremental_alter_configs_request m;
    const char *key;
    json_t *value;

    kf_init(&kf_incremental_alter_configs_request_schema, &m);
    kf_init(&kf_incremental_alter_configs_request_alter_configs_resource_schema, &r);
    r.resource_type = RESOURCE_TOPIC;
    r.resource_name = str_of(j->ask.topic);
    r.configs = configs;
    json_object_foreach (j->ask.configs, key, value) {
        kf_init(&kf_incremental_alter_configs_request_alterable_config_schema,
                &configs[r.configs_n]);
        configs[r.configs_n].name = str_of(key);
        configs[r.configs_n].config_operation = OPERATION_SET;
        configs[r.configs_n++].value = str_of(json_string_value(value));
    }
    m.resources = &r;
    m.resources_n = 1;
    m.validate_only = only_tries(j);
    call(j, KF_API_INCREMENTAL_ALTER_CONFIGS, &m, on_altered);
}

static void on_more_partitions(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_create_partitions_response *m = msg;
    struct topic_job *j = ctx;

    (void)version;
    if (e || !is_one(j, m->results_n) ||
        !is_fine(j, m->results[0].error_code, m->results[0].error_message))
        return;
    if (j->ask.configs)
        alter(j);
    else
        topic_job_end(j, NULL, NULL);
}

static void add_partitions(struct topic_job *j)
{
    struct kf_create_partitions_request_create_partitions_topic t;
    struct kf_create_partitions_request m;

    kf_init(&kf_create_partitions_request_schema, &m);
    kf_init(&kf_create_partitions_request_create_partitions_topic_schema, &t);
    t.name = str_of(j->ask.topic);
    t.count = j->ask.partitions;
    t.assignments_n = -1; /* wherever the controller places them */
    m.topics = &t;
    m.topics_n = 1;
    m.timeout_ms = TIMEOUT_MS;
    m.validate_only = only_tries(j);
    call(j, KF_API_CREATE_PARTITIONS, &m, on_more_partitions);
}

static void on_deleted(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_delete_topics_response *m = msg;
    struct topic_job *j = ctx;

    (void)version;
    if (!e && is_one(j, m->responses_n) &&
        is_fine(j, m->responses[0].error_code, m->responses[0].error_message))
        topic_job_end(j, NULL, NULL);
}

static void remove_topic(struct topic_job *j)
{
    struct kf_delete_topics_request_delete_topic_state t;
    struct kf_delete_topics_request m;

    kf_init(&kf_delete_topics_request_schema, &m);
    kf_init(&kf_delete_topics_request_delete_topic_state_schema, &t);
    t.name = str_of(j->ask.topic);
    m.topics = &t;
    m.topics_n = 1;
    m.timeout_ms = TIMEOUT_MS;
    call(j, KF_API_DELETE_TOPICS, &m, on_deleted);
}

void topic_job_begin(struct topic_job *j)
{
    switch (j->ask.action) {
    case ASK_LIST:
    case ASK_DESCRIBE:
    case ASK_PARTITIONS:
    case ASK_LOSSES:
    case ASK_ACTIONS:
        ask_metadata(j);
        break;
    case ASK_CREATE:
    case ASK_TRY_CREATE:
        create(j);
        break;
    case ASK_UPDATE:
    case ASK_TRY_UPDATE:
        if (j->ask.partitions)
            add_partitions(j);
        else
            alter(j);
        break;
    case ASK_DELETE:
        remove_topic(j);
        break;
    }
}
