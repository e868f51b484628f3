#include "broker/server/leading.h"

#include "api/kafka/channel.h"
#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/partition_change_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/produce.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/log/flusher.h"
#include "broker/metadata/record.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/fetcher.h"
#include "broker/server/housekeeping.h"
#include "common/clock.h"
#include "tests/lib/batches.h"
#include "tests/lib/test.h"

/* A real broker 1 with a log directory and a listener, an image with brokers 1, 2, 3, a topic
 * "t" of one partition that it leads, and a controller that takes every AlterPartition. Who
 * produces and who follows are channels on the same loop. */
enum { TOPIC = 7, LEADER_EPOCH = 5, WAIT_MS = 5000, ANSWERS_MAX = 8, LAG_MS = 10000 };

struct node {
    struct loop *loop;
    struct broker b;
    struct broker_dir dir;
    char *path;
    struct listener *clients, *controller;
    struct kf_channel *producer, *follower;
    int64_t next_offset;
    int up;
    int altered; /* requests, and the last one: */
    int32_t altered_n, altered_isr[4];
    int64_t altered_epoch[4];
    bool refuse_next, hold_next;
    struct request *held;
};

static struct uuid topic_id(void)
{
    return (struct uuid){ { TOPIC } };
}

static void apply(struct node *n, enum metadata_record type, int16_t version, const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why = { "" };

    record_put(&b, type, version, msg);
    if (image_apply(n->b.image, n->next_offset++, buf_slice(&b), broker_note_change, &n->b, &why))
        fail_msg("%s", why.text);
}

static void register_broker(struct node *n, int32_t id)
{
    struct kf_register_broker_record_broker_feature f = { STR_LIT("metadata.version"), 7, 30 };
    struct uuid dir = { { (uint8_t)id } };
    struct kf_register_broker_record r;

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = 10 * id;
    r.fenced = false;
    r.features = &f, r.features_n = 1;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    apply(n, RECORD_REGISTER_BROKER, 3, &r);
}

static void create_topic(struct node *n, int32_t isr_n, int32_t *isr)
{
    int32_t replicas[] = { 1, 2, 3 };
    struct uuid dirs[] = { { { 1 } }, { { 2 } }, { { 3 } } };
    struct kf_partition_record r;

    apply(n, RECORD_TOPIC, 0, &(struct kf_topic_record){ STR_LIT("t"), topic_id() });
    kf_init(&kf_partition_record_schema, &r);
    r.partition_id = 0;
    r.topic_id = topic_id();
    r.replicas = replicas, r.replicas_n = 3;
    r.isr = isr, r.isr_n = isr_n;
    r.directories = dirs, r.directories_n = 3;
    r.leader = 1;
    r.leader_epoch = LEADER_EPOCH;
    r.partition_epoch = 0;
    apply(n, RECORD_PARTITION, 1, &r);
    broker_publish(&n->b);
}

static void move_leadership(struct node *n, int32_t to)
{
    struct kf_partition_change_record r;

    kf_init(&kf_partition_change_record_schema, &r);
    r.partition_id = 0;
    r.topic_id = topic_id();
    r.leader = to;
    apply(n, RECORD_PARTITION_CHANGE, 0, &r);
    broker_publish(&n->b);
}

static void tell_versions(struct request *r)
{
    struct kf_api_versions_response_api_version keys[] = { { KF_API_ALTER_PARTITION, 2, 3 },
                                                           { KF_API_API_VERSIONS, 0, 4 } };
    struct kf_api_versions_response m;

    kf_init(&kf_api_versions_response_schema, &m);
    m.api_keys = keys;
    m.api_keys_n = 2;
    request_reply(r, &kf_api_versions_response_schema, &m);
}

static void note_request(struct node *n, const struct kf_alter_partition_request_partition_data *p)
{
    n->altered++;
    n->altered_n = p->new_isr_with_epochs_n;
    assert_true(n->altered_n <= 4);
    for (int32_t i = 0; i < n->altered_n; i++) {
        n->altered_isr[i] = p->new_isr_with_epochs[i].broker_id;
        n->altered_epoch[i] = p->new_isr_with_epochs[i].broker_epoch;
    }
}

static void answer_alter(struct node *n, struct request *r, int16_t error, int32_t leader_epoch,
                         int32_t partition_epoch)
{
    struct kf_alter_partition_response_partition_data p;
    struct kf_alter_partition_response_topic_data t = { .topic_id = topic_id(), .partitions = &p,
                                                        .partitions_n = 1 };
    struct kf_alter_partition_response m = { .topics = &t, .topics_n = 1 };

    kf_init(&kf_alter_partition_response_partition_data_schema, &p);
    p.error_code = error;
    p.leader_id = 1;
    p.leader_epoch = leader_epoch;
    p.partition_epoch = partition_epoch;
    p.isr = n->altered_isr, p.isr_n = n->altered_n;
    request_reply(r, &kf_alter_partition_response_schema, &m);
}

static void forget_held(struct request *r)
{
    ((struct node *)r->ctx)->held = NULL;
}

static void control(struct request *r)
{
    struct node *n = r->ctx;
    struct kf_alter_partition_request q;
    const struct kf_alter_partition_request_partition_data *p;

    if (r->api_key == KF_API_API_VERSIONS) {
        tell_versions(r);
        return;
    }
    assert_int_equal(r->api_key, KF_API_ALTER_PARTITION);
    assert_ok(kf_decode(&kf_alter_partition_request_schema, r->api_version, &r->body, r->arena, &q));
    assert_int_equal(q.broker_epoch, 10);
    p = &q.topics[0].partitions[0];
    note_request(n, p);
    if (n->hold_next) {
        n->hold_next = false;
        n->held = r;
        r->cancelled = forget_held;
        return;
    }
    answer_alter(n, r, n->refuse_next ? KF_ERR_INELIGIBLE_REPLICA : KF_ERR_NONE, p->leader_epoch,
                 p->partition_epoch + 1);
    n->refuse_next = false;
}

static const struct config *config_of(const char *path)
{
    OWNED_MEM char *text = mem_printf("process.roles=broker\nnode.id=1\nlog.dirs=%s\n"
                                      "controller.quorum.bootstrap.servers=127.0.0.1:1\n"
                                      "controller.listener.names=CONTROLLER\n"
                                      "replica.lag.time.max.ms=%d\n"
                                      "listeners=PLAINTEXT://127.0.0.1:9092\n", path, LAG_MS);
    struct properties *p = NULL;
    struct config *c = NULL;
    struct why why = { "" };

    assert_ok(properties_parse(str_of(text), &p, &why));
    if (config_new(p, NULL, &c, &why))
        fail_msg("%s", why.text);
    return c;
}

static void flushed(void *ctx, struct log *l, err_t e)
{
    (void)ctx;
    (void)l;
    assert_ok(e);
}

static void open_directory(struct node *n)
{
    struct log_dir_options o = { .fs = fs_posix(), .path = n->path };
    struct why why = { "" };

    n->dir.meta.directory_id = (struct uuid){ { 1 } };
    assert_ok(log_dir_new(&o, &n->dir.dir, &why));
    n->b.dirs = &n->dir;
    n->b.dirs_n = 1;
}

static void listen_on(struct node *n, bool controller, request_fn handle, void *ctx, struct listener **ret)
{
    struct why why = { "" };
    struct listener_options o = {
        .loop = n->loop, .name = controller ? "CONTROLLER" : "PLAINTEXT", .host = "127.0.0.1",
        .controller = controller, .request_bytes_max = 1 << 20, .connections_max = 10,
        .handle = handle, .ctx = ctx,
    };

    assert_ok(listener_new(&o, ret, &why));
}

static void came_up(void *ctx)
{
    struct node *n = ctx;

    n->up++;
}

static void turn_until(struct node *n, const int *count, int wanted)
{
    int64_t until = clock_mono_ms() + WAIT_MS;

    while (*count < wanted && clock_mono_ms() < until)
        assert_ok(loop_turn(n->loop, 5));
    assert_int_equal(*count, wanted);
}

static void a_few_turns(struct node *n)
{
    for (int i = 0; i < 10; i++)
        assert_ok(loop_turn(n->loop, 1));
}

static struct kf_channel *dial(struct node *n)
{
    struct kf_channel_options o = { .loop = n->loop, .host = "127.0.0.1",
                                    .port = listener_port(n->clients), .client_id = "test",
                                    .up = came_up, .ctx = n };
    struct kf_channel *c;
    struct why why = { "" };
    int before = n->up;

    assert_ok(kf_channel_new(&o, &c, &why));
    turn_until(n, &n->up, before + 1);
    return c;
}

static struct node *start(int32_t isr_n, int32_t *isr)
{
    struct node *n = mem_new(struct node);
    struct broker *b = &n->b;

    assert_ok(loop_new(&n->loop));
    n->path = test_dir();
    n->next_offset = 100;
    b->loop = n->loop;
    b->config = config_of(n->path);
    b->cluster_id = "cluster";
    b->image = image_new();
    b->link = link_new(n->loop, "broker-1");
    b->house = house_new(b);
    b->leading = leading_new(b);
    b->fetchers = fetchers_new(b);
    b->life.epoch = 10;
    b->fetch_bytes_max = 1 << 20;
    list_init(&b->producer_ids.waiting);
    fetch_sessions_init(&b->sessions, 10, 1);
    assert_ok(flusher_new(n->loop, flushed, n, &b->flusher));
    open_directory(n);
    listen_on(n, false, broker_handle, b, &n->clients);
    listen_on(n, true, control, n, &n->controller);
    link_leader(b->link, "127.0.0.1", listener_port(n->controller));
    for (int32_t id = 1; id <= 3; id++)
        register_broker(n, id);
    create_topic(n, isr_n, isr);
    n->producer = dial(n);
    n->follower = dial(n);
    return n;
}

#define ISR(...) (int32_t)(sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t)), (int32_t[]){ __VA_ARGS__ }

static void stop(struct node *n)
{
    struct broker *b = &n->b;

    kf_channel_free(n->producer);
    kf_channel_free(n->follower);
    listener_free(n->clients);
    listener_free(n->controller);
    flusher_free(b->flusher);
    house_free(b->house);
    fetch_sessions_done(&b->sessions);
    assert_true(broker_close_logs(b));
    fetchers_free(b->fetchers);
    leading_free(b->leading);
    link_free(b->link);
    replicas_done(&b->replicas);
    map_done(&b->changed_topics);
    map_done(&b->wished_topics);
    map_done(&b->warned_configs);
    image_free(b->image);
    assert_ok(log_dir_free(n->dir.dir, true, 10));
    config_free((struct config *)(uintptr_t)b->config);
    loop_free(n->loop);
    mem_free(n->path);
    mem_free(n);
}

static struct partition *partition(struct node *n)
{
    return topic_partition(replicas_topic(&n->b.replicas, str_of("t")), 0);
}

/* What a call was answered with. */
struct answer {
    int done;
    int16_t error;
    int64_t offset;         /* Produce: base offset */
    int64_t high_watermark; /* Fetch */
    size_t bytes;
    int32_t diverging;
    int order;              /* among all answers */
};
static int answers;

static void produced(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_produce_response *m = msg;
    struct answer *a = ctx;

    (void)version;
    assert_ok(e);
    a->done++;
    a->order = answers++;
    a->error = m->responses[0].partition_responses[0].error_code;
    a->offset = m->responses[0].partition_responses[0].base_offset;
}

/* One record. */
static void produce(struct node *n, int16_t acks, int32_t timeout_ms, struct answer *ret)
{
    struct kf_produce_request_partition_produce_data p = { .index = 0 };
    struct kf_produce_request_topic_produce_data t = { .topic_id = topic_id(), .partition_data = &p,
                                                       .partition_data_n = 1 };
    struct test_batch batch = { .count = 1, .timestamp = clock_wall_ms(), .value_bytes = 10 };
    struct kf_call call = { .api_key = KF_API_PRODUCE, .version_max = -1, .done = produced, .ctx = ret };
    struct kf_produce_request q;
    OWNED_BUF bytes = { 0 };
    struct why why = { "" };

    *ret = (struct answer){ .error = -1 };
    test_batch_put(&bytes, &batch);
    p.records = buf_slice(&bytes);
    kf_init(&kf_produce_request_schema, &q);
    q.acks = acks;
    q.timeout_ms = timeout_ms;
    q.topic_data = &t, q.topic_data_n = 1;
    call.msg = &q;
    assert_ok(kf_channel_call(n->producer, &call, &why));
}

static void fetched(void *ctx, err_t e, const void *msg, int16_t version)
{
    const struct kf_fetch_response *m = msg;
    const struct kf_fetch_response_partition_data *p;
    struct answer *a = ctx;

    (void)version;
    assert_ok(e);
    a->done++;
    a->order = answers++;
    if (!m->responses_n)
        return;
    p = &m->responses[0].partitions[0];
    a->error = p->error_code;
    a->high_watermark = p->high_watermark;
    a->bytes = p->records.n;
    a->diverging = p->diverging_epoch.epoch;
}

struct reader {
    int32_t replica; /* -1: a consumer */
    int64_t epoch, offset;
    int32_t leader_epoch, last_epoch;
    int32_t wait_ms;
};

static struct reader follower(int32_t id, int64_t offset)
{
    return (struct reader){ .replica = id, .epoch = 10 * id, .offset = offset,
                            .leader_epoch = LEADER_EPOCH, .last_epoch = -1, .wait_ms = 20 };
}

static void fetch(struct node *n, struct reader r, struct answer *ret)
{
    struct kf_fetch_request_fetch_partition p;
    struct kf_fetch_request_fetch_topic t = { .topic_id = topic_id(), .partitions = &p,
                                              .partitions_n = 1 };
    struct kf_call call = { .api_key = KF_API_FETCH, .version_max = -1, .done = fetched, .ctx = ret };
    struct kf_fetch_request q;
    struct why why = { "" };

    *ret = (struct answer){ .error = -1 };
    kf_init(&kf_fetch_request_fetch_partition_schema, &p);
    p.fetch_offset = r.offset;
    p.current_leader_epoch = r.leader_epoch;
    p.last_fetched_epoch = r.last_epoch;
    p.log_start_offset = 0;
    p.partition_max_bytes = 1 << 20;
    kf_init(&kf_fetch_request_schema, &q);
    q.replica_state.replica_id = r.replica;
    q.replica_state.replica_epoch = r.epoch;
    q.max_wait_ms = r.wait_ms;
    q.min_bytes = 1;
    q.max_bytes = 1 << 20;
    q.topics = &t, q.topics_n = 1;
    call.msg = &q;
    assert_ok(kf_channel_call(n->follower, &call, &why));
}

static struct answer fetch_now(struct node *n, struct reader r)
{
    struct answer a;

    fetch(n, r, &a);
    turn_until(n, &a.done, 1);
    return a;
}

static void acks_all_is_answered_when_every_in_sync_replica_has_it(void **state)
{
    struct node *n = start(ISR(1, 2, 3));
    struct answer a;

    (void)state;
    produce(n, -1, WAIT_MS, &a);
    a_few_turns(n);
    (void)fetch_now(n, follower(2, 1));
    a_few_turns(n);
    assert_false(a.done);
    (void)fetch_now(n, follower(3, 1));
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_NONE);
    assert_int_equal(a.offset, 0);
    assert_int_equal(partition_high_watermark(partition(n)), 1);
    stop(n);
}

static void acks_one_waits_for_nobody(void **state)
{
    struct node *n = start(ISR(1, 2, 3));
    struct answer a;

    (void)state;
    produce(n, 1, WAIT_MS, &a);
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_NONE);
    assert_int_equal(partition_high_watermark(partition(n)), 0);
    stop(n);
}

static void a_wait_that_takes_too_long_says_so_and_keeps_the_offset(void **state)
{
    struct node *n = start(ISR(1, 2));
    struct answer a, b;

    (void)state;
    produce(n, -1, 10, &a);
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_REQUEST_TIMED_OUT);
    produce(n, -1, 10, &b);
    turn_until(n, &b.done, 1);
    assert_int_equal(b.offset, 1);
    stop(n);
}

static void produces_of_one_connection_wait_together_and_are_answered_in_order(void **state)
{
    struct node *n = start(ISR(1, 2));
    struct answer a[ANSWERS_MAX];

    (void)state;
    for (int i = 0; i < ANSWERS_MAX; i++)
        produce(n, i == 4 ? 1 : -1, WAIT_MS, &a[i]); /* one waits for its turn only */
    a_few_turns(n);
    assert_int_equal(log_end_offset(partition(n)->log), ANSWERS_MAX);
    assert_false(a[0].done);
    (void)fetch_now(n, follower(2, 3));
    turn_until(n, &a[2].done, 1);
    assert_false(a[3].done);
    assert_false(a[4].done);
    (void)fetch_now(n, follower(2, ANSWERS_MAX));
    turn_until(n, &a[ANSWERS_MAX - 1].done, 1);
    for (int i = 1; i < ANSWERS_MAX; i++) {
        assert_int_equal(a[i].error, KF_ERR_NONE);
        assert_true(a[i].order > a[i - 1].order);
    }
    stop(n);
}

static void too_few_in_sync_replicas_refuse_before_the_append(void **state)
{
    struct node *n = start(ISR(1));
    struct answer a;

    (void)state;
    partition(n)->topic->min_isr = 2;
    leading_grew(&n->b, partition(n));
    produce(n, -1, WAIT_MS, &a);
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_NOT_ENOUGH_REPLICAS);
    assert_int_equal(log_end_offset(partition(n)->log), 0);
    produce(n, 1, WAIT_MS, &a);
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_NONE);
    stop(n);
}

static void who_waits_hears_when_another_leads(void **state)
{
    struct node *n = start(ISR(1, 2));
    struct answer a, b;

    (void)state;
    produce(n, -1, WAIT_MS, &a);
    a_few_turns(n);
    move_leadership(n, 2);
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    produce(n, -1, WAIT_MS, &b);
    turn_until(n, &b.done, 1);
    assert_int_equal(b.error, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    stop(n);
}

static void followers_read_the_whole_log_and_consumers_what_all_have(void **state)
{
    struct reader consumer = { .replica = -1, .epoch = -1, .leader_epoch = -1, .last_epoch = -1 };
    struct node *n = start(ISR(1, 2));
    struct answer a, f;

    (void)state;
    produce(n, 1, WAIT_MS, &a);
    turn_until(n, &a.done, 1);
    f = fetch_now(n, consumer);
    assert_int_equal(f.bytes, 0);
    assert_int_equal(f.high_watermark, 0);
    f = fetch_now(n, follower(2, 0));
    assert_true(f.bytes > 0);
    (void)fetch_now(n, follower(2, 1));
    f = fetch_now(n, consumer);
    assert_true(f.bytes > 0);
    assert_int_equal(f.high_watermark, 1);
    stop(n);
}

static void a_waiting_follower_is_woken_by_an_append(void **state)
{
    struct node *n = start(ISR(1, 2));
    struct reader r = follower(2, 0);
    struct answer a, f;

    (void)state;
    r.wait_ms = 10 * WAIT_MS;
    fetch(n, r, &f);
    a_few_turns(n);
    assert_false(f.done);
    produce(n, -1, WAIT_MS, &a);
    turn_until(n, &f.done, 1);
    assert_true(f.bytes > 0);
    stop(n);
}

static void a_replica_that_has_caught_up_is_proposed_with_its_epoch(void **state)
{
    struct node *n = start(ISR(1));

    (void)state;
    (void)fetch_now(n, follower(2, 0));
    turn_until(n, &n->altered, 1);
    assert_int_equal(n->altered_n, 2);
    assert_int_equal(n->altered_isr[1], 2);
    assert_int_equal(n->altered_epoch[0], 10);
    assert_int_equal(n->altered_epoch[1], 20);
    a_few_turns(n);
    assert_int_equal(partition(n)->leader->committed_n, 2);
    stop(n);
}

static void a_refused_replica_is_proposed_again_after_a_pause(void **state)
{
    struct node *n = start(ISR(1));

    (void)state;
    n->refuse_next = true;
    (void)fetch_now(n, follower(2, 0));
    turn_until(n, &n->altered, 1);
    a_few_turns(n);
    assert_int_equal(partition(n)->leader->maximal_n, 1);
    turn_until(n, &n->altered, 2);
    a_few_turns(n);
    assert_int_equal(partition(n)->leader->committed_n, 2);
    stop(n);
}

static void change_isr(struct node *n, int32_t isr_n, int32_t *isr)
{
    struct kf_partition_change_record r;

    kf_init(&kf_partition_change_record_schema, &r);
    r.partition_id = 0;
    r.topic_id = topic_id();
    r.isr = isr, r.isr_n = isr_n;
    apply(n, RECORD_PARTITION_CHANGE, 0, &r);
    broker_publish(&n->b);
}

/* The controller changed the ISR by itself while the proposal was under way. */
static void a_late_refusal_does_not_swallow_the_proposal_made_since(void **state)
{
    struct node *n = start(ISR(1, 2));

    (void)state;
    n->hold_next = true;
    (void)fetch_now(n, follower(3, 0));
    turn_until(n, &n->altered, 1);
    change_isr(n, ISR(1)); /* 2 and 3 are out, and 3 has caught up */
    answer_alter(n, n->held, KF_ERR_INVALID_UPDATE_VERSION, 0, 0);
    turn_until(n, &n->altered, 2);
    a_few_turns(n);
    assert_int_equal(n->altered_n, 2);
    assert_int_equal(n->altered_isr[1], 3);
    assert_int_equal(partition(n)->leader->committed_n, 2);
    stop(n);
}

static void fetches_of_strangers_and_of_other_epochs_are_refused(void **state)
{
    struct node *n = start(ISR(1, 2));
    struct reader r = follower(9, 0);

    (void)state;
    assert_int_equal(fetch_now(n, r).error, KF_ERR_UNKNOWN_LEADER_EPOCH);
    r.leader_epoch = -1;
    assert_int_equal(fetch_now(n, r).error, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    r = follower(2, 0);
    r.leader_epoch = LEADER_EPOCH - 1;
    assert_int_equal(fetch_now(n, r).error, KF_ERR_FENCED_LEADER_EPOCH);
    r.leader_epoch = LEADER_EPOCH + 1;
    assert_int_equal(fetch_now(n, r).error, KF_ERR_UNKNOWN_LEADER_EPOCH);
    r = follower(2, 0);
    r.epoch = 19; /* an older incarnation */
    assert_int_equal(fetch_now(n, r).error, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_int_equal(fetch_now(n, follower(2, 1)).error, KF_ERR_OFFSET_OUT_OF_RANGE);
    assert_int_equal(leader_replica(partition(n)->leader, 2)->end, LEADER_END_UNKNOWN);
    stop(n);
}

static void a_leader_that_may_be_deposed_resets_no_consumer(void **state)
{
    struct node *n = start(ISR(1));
    struct reader consumer = { .replica = -1, .epoch = -1, .leader_epoch = LEADER_EPOCH, .last_epoch = -1,
                               .offset = 5 };
    struct reader ahead = consumer;

    (void)state;
    ahead.last_epoch = LEADER_EPOCH + 1; /* of a leader of which this one has not heard */
    assert_int_equal(fetch_now(n, consumer).error, KF_ERR_OFFSET_NOT_AVAILABLE);
    assert_int_equal(fetch_now(n, ahead).error, KF_ERR_OFFSET_NOT_AVAILABLE);
    consumer.offset = -3;
    assert_int_equal(fetch_now(n, consumer).error, KF_ERR_OFFSET_OUT_OF_RANGE);
    n->b.life.session_ms = INT64_MAX; /* it is heard */
    consumer.offset = 5;
    assert_int_equal(fetch_now(n, consumer).error, KF_ERR_OFFSET_OUT_OF_RANGE);
    assert_int_equal(fetch_now(n, ahead).error, KF_ERR_OFFSET_OUT_OF_RANGE);
    stop(n);
}

static void who_has_what_this_log_has_not_is_told_where_to_cut(void **state)
{
    struct node *n = start(ISR(1, 2));
    struct answer a, f;
    struct reader r;

    (void)state;
    produce(n, 1, WAIT_MS, &a);
    turn_until(n, &a.done, 1);
    r = follower(2, 4);
    r.last_epoch = LEADER_EPOCH;
    f = fetch_now(n, r);
    assert_int_equal(f.error, KF_ERR_NONE);
    assert_int_equal(f.diverging, LEADER_EPOCH);
    assert_int_equal(leader_replica(partition(n)->leader, 2)->end, LEADER_END_UNKNOWN);
    stop(n);
}

static void a_durable_topic_is_acknowledged_when_it_is_flushed(void **state)
{
    struct node *n = start(ISR(1));
    struct answer a;

    (void)state;
    partition(n)->topic->durable = true;
    produce(n, -1, WAIT_MS, &a);
    a_few_turns(n);
    assert_false(a.done);
    assert_int_equal(log_end_offset(partition(n)->log), 1);
    assert_int_equal(partition_high_watermark(partition(n)), 0);
    assert_ok(log_sync(partition(n)->log));
    leading_flushed(&n->b, partition(n));
    turn_until(n, &a.done, 1);
    assert_int_equal(a.error, KF_ERR_NONE);
    assert_int_equal(partition_high_watermark(partition(n)), 1);
    stop(n);
}

TEST_MAIN(TEST(acks_all_is_answered_when_every_in_sync_replica_has_it), TEST(acks_one_waits_for_nobody),
          TEST(a_wait_that_takes_too_long_says_so_and_keeps_the_offset),
          TEST(produces_of_one_connection_wait_together_and_are_answered_in_order),
          TEST(too_few_in_sync_replicas_refuse_before_the_append),
          TEST(a_durable_topic_is_acknowledged_when_it_is_flushed),
          TEST(who_waits_hears_when_another_leads),
          TEST(followers_read_the_whole_log_and_consumers_what_all_have),
          TEST(a_waiting_follower_is_woken_by_an_append),
          TEST(a_replica_that_has_caught_up_is_proposed_with_its_epoch),
          TEST(a_refused_replica_is_proposed_again_after_a_pause),
          TEST(a_late_refusal_does_not_swallow_the_proposal_made_since),
          TEST(fetches_of_strangers_and_of_other_epochs_are_refused),
          TEST(a_leader_that_may_be_deposed_resets_no_consumer),
          TEST(who_has_what_this_log_has_not_is_told_where_to_cut))
