#include "broker/server/internal_topics.h"

#include <stdio.h>

#include "api/kafka/msg/create_topics.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "common/log.h"
#include "common/utf8.h"

enum { CREATE_MS_MAX = 30000, CONFIGS_MAX = 5, NUMBER_MAX = 24 };

typedef struct kf_create_topics_request_creatable_topic topic_in;
typedef struct kf_create_topics_request_creatable_topic_config config_in;

/* A creation under way; kept by b->wished_topics. */
struct creation {
    struct broker *b;
    const char *name;
    struct kf_create_topics_request message;
    topic_in topic;
    config_in configs[CONFIGS_MAX];
    char numbers[2][NUMBER_MAX];
};

static void put_config(struct creation *c, const char *name, const char *value)
{
    config_in *out = &c->configs[c->topic.configs_n++];

    out->name = str_of(name);
    out->value = str_of(value);
}

static void put_number(struct creation *c, unsigned at, const char *name, const char *key)
{
    snprintf(c->numbers[at], NUMBER_MAX, "%lld", (long long)config_int(c->b->config, key));
    put_config(c, name, c->numbers[at]);
}

/* offsets.topic.compression.codec: Kafka's numbers of codecs. */
static const char *codec_name(int64_t codec)
{
    static const char *const names[] = { "producer", "gzip", "snappy", "lz4", "zstd" };

    return codec > 0 && codec < (int64_t)ARRAY_LEN(names) ? names[codec] : names[0];
}

static void describe_groups_topic(struct creation *c)
{
    const struct config *cf = c->b->config;

    c->topic.num_partitions = (int32_t)config_int(cf, "offsets.topic.num.partitions");
    c->topic.replication_factor = (int16_t)config_int(cf, "offsets.topic.replication.factor");
    put_config(c, "cleanup.policy", "compact");
    put_config(c, "compression.type",
               codec_name(config_int(cf, "offsets.topic.compression.codec")));
    put_number(c, 0, "segment.bytes", "offsets.topic.segment.bytes");
}

static void describe_transactions_topic(struct creation *c)
{
    const struct config *cf = c->b->config;

    c->topic.num_partitions = (int32_t)config_int(cf, "transaction.state.log.num.partitions");
    c->topic.replication_factor =
        (int16_t)config_int(cf, "transaction.state.log.replication.factor");
    put_config(c, "cleanup.policy", "compact");
    put_config(c, "compression.type", "uncompressed");
    put_config(c, "unclean.leader.election.enable", "false");
    put_number(c, 0, "min.insync.replicas", "transaction.state.log.min.isr");
    put_number(c, 1, "segment.bytes", "transaction.state.log.segment.bytes");
}

static void describe_share_topic(struct creation *c)
{
    const struct config *cf = c->b->config;

    c->topic.num_partitions = (int32_t)config_int(cf, "share.coordinator.state.topic.num.partitions");
    c->topic.replication_factor =
        (int16_t)config_int(cf, "share.coordinator.state.topic.replication.factor");
    put_config(c, "cleanup.policy", "delete");
    put_config(c, "compression.type", "producer");
    put_config(c, "retention.ms", "-1");
    put_number(c, 0, "min.insync.replicas", "share.coordinator.state.topic.min.isr");
    put_number(c, 1, "segment.bytes", "share.coordinator.state.topic.segment.bytes");
}

static const struct {
    const char *name;
    void (*describe)(struct creation *c);
} topics[] = {
    { GROUPS_TOPIC, describe_groups_topic },
    { TRANSACTIONS_TOPIC, describe_transactions_topic },
    { SHARE_STATE_TOPIC, describe_share_topic },
};

static bool elsewhere(const void *answer)
{
    const struct kf_create_topics_response *m = answer;

    return m->topics_n && m->topics[0].error_code == KF_ERR_NOT_CONTROLLER;
}

static void created(void *ctx, err_t e, const void *answer)
{
    const struct kf_create_topics_response *m = answer;
    struct creation *c = ctx;
    int16_t error = !e && m->topics_n ? m->topics[0].error_code : KF_ERR_NONE;

    if (error == KF_ERR_TOPIC_ALREADY_EXISTS)
        error = KF_ERR_NONE;
    /* Clients ask for their coordinator again and again. */
    if (e || (error && error != c->b->topic_refused))
        log_event(LOG_WARN, "topic_not_created", "topic=%s error=%s reason=\"%.*s\"", c->name,
                  e ? err_name(e) : kf_error_name(error),
                  STR_ARG(!e && m->topics_n ? m->topics[0].error_message : str_of(NULL)));
    c->b->topic_refused = error;
    (void)map_remove(&c->b->wished_topics, c->name, strlen(c->name));
    mem_free(c);
}

static struct creation *creation_new(struct broker *b, const char *topic)
{
    struct creation *c = mem_new(struct creation);

    c->b = b;
    c->name = topic;
    kf_init(&kf_create_topics_request_schema, &c->message);
    kf_init(&kf_create_topics_request_creatable_topic_schema, &c->topic);
    c->topic.name = str_of(topic);
    c->topic.configs = c->configs;
    c->message.topics = &c->topic;
    c->message.topics_n = 1;
    c->message.timeout_ms = CREATE_MS_MAX;
    return c;
}

void internal_topic_create(struct broker *b, const char *topic)
{
    struct creation *c;
    size_t at = 0;

    while (at < ARRAY_LEN(topics) && strcmp(topics[at].name, topic))
        at++;
    if (at == ARRAY_LEN(topics) || map_get(&b->wished_topics, topic, strlen(topic)))
        return;
    c = creation_new(b, topics[at].name);
    topics[at].describe(c);
    (void)map_set(&b->wished_topics, topic, strlen(topic), c);
    (void)link_send(b->link, &(struct link_call){
                                 .api_key = KF_API_CREATE_TOPICS,
                                 .message = &c->message,
                                 .timeout_ms = CREATE_MS_MAX,
                                 .elsewhere = elsewhere,
                                 .done = created,
                                 .ctx = c,
                             });
}

int32_t coordinator_partition(struct str key, int32_t partitions_n)
{
    uint32_t hash = 0;
    uint16_t unit[2];
    int64_t h;

    for (size_t at = 0; at < key.n;)
        for (int n = utf16_units(utf8_next(key, &at), unit), i = 0; i < n; i++)
            hash = 31 * hash + unit[i];
    h = (int32_t)hash;
    if (h == INT32_MIN)
        h = 0;
    return (int32_t)((h < 0 ? -h : h) % partitions_n);
}
