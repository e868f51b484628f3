#include "api/kafka/client.h"

#include "api/kafka/batch.h"
#include "api/kafka/channel.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/metadata.h"
#include "api/kafka/msg/produce.h"

struct kf_client {
    struct loop *loop;
    struct kf_channel *channel;
    int64_t timeout_ms;
    bool up;
    err_t down; /* ERR_OK as long as the connection stands */
    char reason[160];
    /* the call that is waited for */
    bool done;
    err_t error;
    int16_t version;
    const struct kf_schema *schema;
    struct buf answer;
};

static void on_up(void *ctx)
{
    struct kf_client *c = ctx;

    c->up = true;
}

static void on_down(void *ctx, err_t e, const char *reason)
{
    struct kf_client *c = ctx;
    struct why w;

    c->down = e;
    (void)why(&w, e, "%s", reason);
    memcpy(c->reason, w.text, sizeof(c->reason) - 1);
}

/* The response is borrowed for this call alone: keep its bytes. */
static void on_done(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct kf_client *c = ctx;

    c->done = true;
    c->error = e;
    c->version = version;
    buf_clear(&c->answer);
    if (!e)
        c->error = kf_encode(c->schema, version, msg, &c->answer, NULL);
}

err_t kf_client_new(const char *host, uint16_t port, int64_t timeout_ms, struct kf_client **ret,
                    struct why *reterr)
{
    OWNED(kf_client) c = mem_new(struct kf_client);
    struct kf_channel_options o = {
        .host = host, .port = port, .client_id = "klamm", .connect_timeout_ms = timeout_ms,
        .up = on_up, .down = on_down, .ctx = c,
    };
    err_t e;

    c->timeout_ms = timeout_ms;
    e = loop_new(&c->loop);
    if (e)
        return why(reterr, e, "no event loop");
    o.loop = c->loop;
    e = kf_channel_new(&o, &c->channel, reterr);
    while (!e && !c->up && !c->down)
        e = loop_turn(c->loop, -1);
    if (!e && c->down)
        e = why(reterr, c->down, "%s:%u: %s", host, port, c->reason);
    if (e)
        return e;
    *ret = c;
    c = NULL;
    return ERR_OK;
}

struct kf_client *kf_client_free(struct kf_client *c)
{
    if (!c)
        return NULL;
    kf_channel_free(c->channel);
    loop_free(c->loop);
    buf_done(&c->answer);
    mem_free(c);
    return NULL;
}

err_t kf_client_call(struct kf_client *c, int16_t api_key, int16_t version_max, const void *msg,
                     struct arena *a, const void **ret, struct why *reterr)
{
    struct kf_call call = { api_key, version_max, msg, c->timeout_ms, on_done, c };
    struct cursor body;
    void *answer;
    err_t e;

    c->done = false;
    c->schema = kf_api(api_key)->response;
    /* The loop's clock stands still between calls. */
    e = loop_turn(c->loop, 0);
    if (!e)
        e = kf_channel_call(c->channel, &call, reterr);
    while (!e && !c->done && !c->down)
        e = loop_turn(c->loop, -1);
    if (!e && c->down)
        return why(reterr, c->down, "%s: %s", kf_api(api_key)->name, c->reason);
    if (e || c->error)
        return e ? e : c->error;
    body = cursor_over(slice_make(arena_text(a, str_make((char *)c->answer.p, c->answer.n)), c->answer.n));
    answer = arena_alloc(a, kf_schema_size(c->schema));
    *ret = answer;
    return kf_decode(c->schema, c->version, &body, a, answer);
}

err_t kf_client_create_topic(struct kf_client *c, const char *topic, int32_t partitions,
                             int16_t replication_factor, struct why *reterr)
{
    struct kf_create_topics_request_creatable_topic t;
    struct kf_create_topics_request r;
    const struct kf_create_topics_response *got;
    OWNED_ARENA a = { 0 };
    err_t e;

    kf_init(&kf_create_topics_request_creatable_topic_schema, &t);
    kf_init(&kf_create_topics_request_schema, &r);
    t.name = str_of(topic);
    t.num_partitions = partitions;
    t.replication_factor = replication_factor;
    r.topics = &t;
    r.topics_n = 1;
    r.timeout_ms = (int32_t)c->timeout_ms;
    e = kf_client_call(c, KF_API_CREATE_TOPICS, -1, &r, &a, (const void **)&got, reterr);
    if (e)
        return e;
    if (got->topics_n != 1)
        return why(reterr, ERR_MALFORMED, "CreateTopics was answered without the topic");
    if (got->topics[0].error_code == KF_ERR_TOPIC_ALREADY_EXISTS)
        return why(reterr, ERR_EXISTS, "topic %s exists", topic);
    if (got->topics[0].error_code)
        return why(reterr, ERR_INVALID, "topic %s: %s %.*s", topic, kf_error_name(got->topics[0].error_code),
                   STR_ARG(got->topics[0].error_message));
    return ERR_OK;
}

static const struct kf_metadata_response_metadata_response_broker *
find_broker(const struct kf_metadata_response *m, int32_t id)
{
    for (int32_t i = 0; i < m->brokers_n; i++)
        if (m->brokers[i].node_id == id)
            return &m->brokers[i];
    return NULL;
}

err_t kf_client_leader(struct kf_client *c, const char *topic, int32_t partition, struct arena *a,
                       const char **ret_host, uint16_t *ret_port, struct why *reterr)
{
    struct kf_metadata_request_metadata_request_topic t;
    struct kf_metadata_request r;
    const struct kf_metadata_response *got;
    const struct kf_metadata_response_metadata_response_topic *found;
    err_t e;

    kf_init(&kf_metadata_request_metadata_request_topic_schema, &t);
    kf_init(&kf_metadata_request_schema, &r);
    t.name = str_of(topic);
    r.topics = &t;
    r.topics_n = 1;
    r.allow_auto_topic_creation = false;
    e = kf_client_call(c, KF_API_METADATA, -1, &r, a, (const void **)&got, reterr);
    if (e)
        return e;
    found = got->topics_n == 1 ? &got->topics[0] : NULL;
    for (int32_t i = 0; found && i < found->partitions_n; i++) {
        const struct kf_metadata_response_metadata_response_broker *b;

        b = find_broker(got, found->partitions[i].leader_id);
        if (found->partitions[i].partition_index != partition || !b)
            continue;
        *ret_host = arena_text(a, b->host);
        *ret_port = (uint16_t)b->port;
        return ERR_OK;
    }
    return why(reterr, ERR_NOT_FOUND, "partition %s-%d has no leader yet", topic, partition);
}

err_t kf_client_produce(struct kf_client *c, const char *topic, int32_t partition, struct slice key,
                        struct slice value, int64_t timestamp_ms, int64_t *ret_offset, struct why *reterr)
{
    struct kf_produce_request_partition_produce_data p;
    struct kf_produce_request_topic_produce_data t;
    struct kf_produce_request r;
    const struct kf_produce_response *got;
    struct kf_batch_builder b;
    OWNED_ARENA a = { 0 };
    OWNED_BUF batch = { 0 };
    int16_t code;
    err_t e;

    kf_batch_begin(&b, &batch, 0, -1, 0);
    kf_batch_put(&b, timestamp_ms, key, value, NULL, 0);
    e = kf_batch_end(&b);
    if (e)
        return e;
    kf_init(&kf_produce_request_partition_produce_data_schema, &p);
    kf_init(&kf_produce_request_topic_produce_data_schema, &t);
    kf_init(&kf_produce_request_schema, &r);
    p.index = partition;
    p.records = buf_slice(&batch);
    t.name = str_of(topic);
    t.partition_data = &p;
    t.partition_data_n = 1;
    r.acks = -1;
    r.timeout_ms = (int32_t)c->timeout_ms;
    r.topic_data = &t;
    r.topic_data_n = 1;
    /* Version 12 is the last that names topics; later ones want ids. */
    e = kf_client_call(c, KF_API_PRODUCE, 12, &r, &a, (const void **)&got, reterr);
    if (e)
        return e;
    if (got->responses_n != 1 || got->responses[0].partition_responses_n != 1)
        return why(reterr, ERR_MALFORMED, "Produce was answered without the partition");
    code = got->responses[0].partition_responses[0].error_code;
    if (code)
        return why(reterr, ERR_INVALID, "produce to %s-%d: %s", topic, partition, kf_error_name(code));
    *ret_offset = got->responses[0].partition_responses[0].base_offset;
    return ERR_OK;
}

err_t kf_client_fetch(struct kf_client *c, const char *topic, int32_t partition, int64_t offset,
                      struct arena *a, struct slice *ret_batches, struct why *reterr)
{
    struct kf_fetch_request_fetch_partition p;
    struct kf_fetch_request_fetch_topic t;
    struct kf_fetch_request r;
    const struct kf_fetch_response *got;
    int16_t code;
    err_t e;

    kf_init(&kf_fetch_request_fetch_partition_schema, &p);
    kf_init(&kf_fetch_request_fetch_topic_schema, &t);
    kf_init(&kf_fetch_request_schema, &r);
    p.partition = partition;
    p.fetch_offset = offset;
    p.partition_max_bytes = 1 << 20;
    t.topic = str_of(topic);
    t.partitions = &p;
    t.partitions_n = 1;
    r.max_wait_ms = (int32_t)(c->timeout_ms / 2);
    r.min_bytes = 1;
    r.max_bytes = 1 << 20;
    r.topics = &t;
    r.topics_n = 1;
    e = kf_client_call(c, KF_API_FETCH, 12, &r, a, (const void **)&got, reterr);
    if (e)
        return e;
    if (got->error_code || got->responses_n != 1 || got->responses[0].partitions_n != 1)
        return why(reterr, ERR_MALFORMED, "Fetch was answered without the partition");
    code = got->responses[0].partitions[0].error_code;
    if (code)
        return why(reterr, ERR_INVALID, "fetch from %s-%d: %s", topic, partition, kf_error_name(code));
    *ret_batches = got->responses[0].partitions[0].records;
    return ERR_OK;
}
