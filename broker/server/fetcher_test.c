#include "broker/server/fetcher.h"

#include "api/kafka/msg/api_versions.h"
#include "api/kafka/msg/fetch.h"
#include "api/kafka/msg/list_offsets.h"
#include "api/kafka/msg/partition_change_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/log/flusher.h"
#include "broker/metadata/record.h"
#include "broker/server/broker.h"
#include "broker/server/controller_link.h"
#include "broker/server/directories.h"
#include "broker/server/housekeeping.h"
#include "broker/server/leading.h"
#include "broker/server/throttling.h"
#include "common/clock.h"
#include "tests/lib/batches.h"
#include "tests/lib/test.h"

/* A real broker 1 that follows partitions of topic "t", and their leader, broker 2, played by
 * the test: its requests are looked at one by one and answered as the test likes. */
enum { TOPIC = 7, EPOCH = 5, PARTITIONS = 3, WAIT_MS = 5000, SEEN_MAX = 4 };

struct node {
    struct loop *loop;
    struct broker b;
    struct broker_dir dir;
    char *path;
    struct listener *leader;
    int64_t next_offset;
    struct request *seen[SEEN_MAX]; /* Fetch requests that are not answered, oldest first */
    struct kf_fetch_request *asked[SEEN_MAX];
    int seen_n;
    int64_t latest, earliest; /* what ListOffsets is answered with */
    int listed;
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

static void register_leader(struct node *n)
{
    struct kf_register_broker_record_broker_endpoint at = { .name = STR_LIT("PLAINTEXT"),
                                                            .host = STR_LIT("127.0.0.1"),
                                                            .port = listener_port(n->leader) };
    struct kf_register_broker_record_broker_feature f = { STR_LIT("metadata.version"), 7, 30 };
    struct uuid dir = { { 2 } };
    struct kf_register_broker_record r;

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = 2;
    r.broker_epoch = 20;
    r.fenced = false;
    r.end_points = &at, r.end_points_n = 1;
    r.features = &f, r.features_n = 1;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    apply(n, RECORD_REGISTER_BROKER, 3, &r);
}

static void add_partition(struct node *n, int32_t index)
{
    int32_t replicas[] = { 2, 1 };
    struct uuid dirs[] = { { { 2 } }, { { 1 } } };
    struct kf_partition_record r;

    kf_init(&kf_partition_record_schema, &r);
    r.partition_id = index;
    r.topic_id = topic_id();
    r.replicas = replicas, r.replicas_n = 2;
    r.isr = replicas, r.isr_n = 2;
    r.directories = dirs, r.directories_n = 2;
    r.leader = 2;
    r.leader_epoch = EPOCH;
    r.partition_epoch = 0;
    apply(n, RECORD_PARTITION, 1, &r);
}

/* The controller elects `leader`; the epoch rises. */
static void elect(struct node *n, int32_t index, int32_t leader)
{
    struct kf_partition_change_record r;

    kf_init(&kf_partition_change_record_schema, &r);
    r.partition_id = index;
    r.topic_id = topic_id();
    r.leader = leader;
    apply(n, RECORD_PARTITION_CHANGE, 0, &r);
    broker_publish(&n->b);
}

static void tell_versions(struct request *r)
{
    struct kf_api_versions_response_api_version keys[] = { { KF_API_FETCH, 4, 18 },
                                                           { KF_API_LIST_OFFSETS, 1, 10 },
                                                           { KF_API_API_VERSIONS, 0, 4 } };
    struct kf_api_versions_response m;

    kf_init(&kf_api_versions_response_schema, &m);
    m.api_keys = keys;
    m.api_keys_n = 3;
    request_reply(r, &kf_api_versions_response_schema, &m);
}

static void tell_offset(struct node *n, struct request *r)
{
    struct kf_list_offsets_response_list_offsets_partition_response p;
    struct kf_list_offsets_response_list_offsets_topic_response t = { .name = STR_LIT("t"), .partitions = &p,
                                                                      .partitions_n = 1 };
    struct kf_list_offsets_response m = { .topics = &t, .topics_n = 1 };
    struct kf_list_offsets_request q;

    assert_ok(kf_decode(&kf_list_offsets_request_schema, r->api_version, &r->body, r->arena, &q));
    assert_int_equal(q.replica_id, 1);
    assert_int_equal(q.topics[0].partitions[0].current_leader_epoch, EPOCH);
    kf_init(&kf_list_offsets_response_list_offsets_partition_response_schema, &p);
    p.partition_index = q.topics[0].partitions[0].partition_index;
    p.offset = q.topics[0].partitions[0].timestamp == -1 ? n->latest : n->earliest;
    n->listed++;
    request_reply(r, &kf_list_offsets_response_schema, &m);
}

static void take_out(struct node *n, int at)
{
    n->seen_n--;
    memmove(&n->seen[at], &n->seen[at + 1], (size_t)(n->seen_n - at) * sizeof(n->seen[0]));
    memmove(&n->asked[at], &n->asked[at + 1], (size_t)(n->seen_n - at) * sizeof(n->asked[0]));
}

static void cancelled(struct request *r)
{
    struct node *n = r->ctx;

    for (int i = 0; i < n->seen_n; i++)
        if (n->seen[i] == r)
            take_out(n, i);
}

static void lead(struct request *r)
{
    struct node *n = r->ctx;

    if (r->api_key == KF_API_API_VERSIONS) {
        tell_versions(r);
        return;
    }
    if (r->api_key == KF_API_LIST_OFFSETS) {
        tell_offset(n, r);
        return;
    }
    assert_int_equal(r->api_key, KF_API_FETCH);
    assert_true(n->seen_n < SEEN_MAX);
    n->asked[n->seen_n] = REQUEST_DECODE(r, kf_fetch_request);
    assert_non_null(n->asked[n->seen_n]);
    n->seen[n->seen_n++] = r;
    r->cancelled = cancelled;
}

static const struct config *config_of(const char *path)
{
    OWNED_MEM char *text = mem_printf("process.roles=broker\nnode.id=1\nlog.dirs=%s\n"
                                      "controller.quorum.bootstrap.servers=127.0.0.1:1\n"
                                      "controller.listener.names=CONTROLLER\nreplica.fetch.backoff.ms=40\n"
                                      "listeners=PLAINTEXT://127.0.0.1:9092\n", path);
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

static void open_node(struct node *n)
{
    struct log_dir_options o = { .fs = fs_posix(), .path = n->path };
    struct listener_options l = { .loop = n->loop, .name = "PLAINTEXT", .host = "127.0.0.1",
                                  .request_bytes_max = 1 << 20, .connections_max = 10, .handle = lead,
                                  .ctx = n };
    struct why why = { "" };

    n->dir.meta.directory_id = (struct uuid){ { 1 } };
    assert_ok(log_dir_new(&o, &n->dir.dir, &why));
    n->b.dirs = &n->dir;
    n->b.dirs_n = 1;
    assert_ok(listener_new(&l, &n->leader, &why));
}

static struct node *start(void)
{
    struct node *n = mem_new(struct node);
    struct broker *b = &n->b;

    assert_ok(loop_new(&n->loop));
    n->path = test_dir();
    n->next_offset = 100;
    b->loop = n->loop;
    b->config = config_of(n->path);
    b->image = image_new();
    b->link = link_new(n->loop, "broker-1");
    b->house = house_new(b);
    b->leading = leading_new(b);
    b->directories = directories_new(b);
    b->fetchers = fetchers_new(b);
    throttling_init(b);
    b->life.epoch = 10;
    assert_ok(flusher_new(n->loop, flushed, n, &b->flusher));
    open_node(n);
    register_leader(n);
    apply(n, RECORD_TOPIC, 0, &(struct kf_topic_record){ STR_LIT("t"), topic_id() });
    for (int32_t i = 0; i < PARTITIONS; i++)
        add_partition(n, i);
    broker_publish(b);
    return n;
}

static void stop(struct node *n)
{
    struct broker *b = &n->b;

    listener_free(n->leader);
    flusher_free(b->flusher);
    house_free(b->house);
    assert_true(broker_close_logs(b));
    fetchers_free(b->fetchers);
    directories_free(b->directories);
    leading_free(b->leading);
    link_free(b->link);
    replicas_done(&b->replicas);
    map_done(&b->changed_topics);
    image_free(b->image);
    assert_ok(log_dir_free(n->dir.dir, true, 10));
    config_free((struct config *)(uintptr_t)b->config);
    loop_free(n->loop);
    mem_free(n->path);
    mem_free(n);
}

static struct partition *partition(struct node *n, int32_t index)
{
    return topic_partition(replicas_topic(&n->b.replicas, str_of("t")), index);
}

/* Until so many requests wait here; the newest. */
static const struct kf_fetch_request *next_request(struct node *n, int wanted)
{
    int64_t until = clock_mono_ms() + WAIT_MS;

    while (n->seen_n < wanted && clock_mono_ms() < until)
        assert_ok(loop_turn(n->loop, 5));
    assert_int_equal(n->seen_n, wanted);
    return n->asked[wanted - 1];
}

/* What the request says of a partition; NULL: it does not name it. */
static const struct kf_fetch_request_fetch_partition *named(const struct kf_fetch_request *q, int32_t index)
{
    for (int32_t i = 0; i < q->topics_n; i++) {
        assert_true(uuid_eq(&q->topics[i].topic_id, &(struct uuid){ { TOPIC } }));
        for (int32_t k = 0; k < q->topics[i].partitions_n; k++)
            if (q->topics[i].partitions[k].partition == index)
                return &q->topics[i].partitions[k];
    }
    return NULL;
}

static int named_n(const struct kf_fetch_request *q)
{
    int n = 0;

    for (int32_t i = 0; i < q->topics_n; i++)
        n += q->topics[i].partitions_n;
    return n;
}

static bool forgotten(const struct kf_fetch_request *q, int32_t index)
{
    for (int32_t i = 0; i < q->forgotten_topics_data_n; i++)
        for (int32_t k = 0; k < q->forgotten_topics_data[i].partitions_n; k++)
            if (q->forgotten_topics_data[i].partitions[k] == index)
                return true;
    return false;
}

static struct kf_fetch_response_partition_data of(int32_t index)
{
    struct kf_fetch_response_partition_data p;

    kf_init(&kf_fetch_response_partition_data_schema, &p);
    p.partition_index = index;
    p.high_watermark = p.log_start_offset = 0;
    return p;
}

/* Answers the oldest request. */
static void answer(struct node *n, int16_t error, int32_t session,
                   const struct kf_fetch_response_partition_data *p, int32_t partitions_n)
{
    struct kf_fetch_response_fetchable_topic_response t = {
        .topic_id = topic_id(), .partitions_n = partitions_n,
        .partitions = (struct kf_fetch_response_partition_data *)(uintptr_t)p,
    };
    struct kf_fetch_response m;
    struct request *r = n->seen[0];

    kf_init(&kf_fetch_response_schema, &m);
    m.error_code = error;
    m.session_id = session;
    m.responses = &t, m.responses_n = partitions_n > 0;
    take_out(n, 0);
    request_reply(r, &kf_fetch_response_schema, &m);
}

static void answer_one(struct node *n, int32_t session, struct kf_fetch_response_partition_data p)
{
    answer(n, 0, session, &p, 1);
}

static void put(struct buf *b, int64_t base, int32_t count, int32_t epoch)
{
    test_batch_put(b, &(struct test_batch){ .base = base, .count = count, .epoch = epoch,
                                            .value_bytes = 10, .timestamp = 1000 });
}

/* `count` records of the leader's epoch arrive for partition `index`; the next request. */
static const struct kf_fetch_request *feed(struct node *n, int32_t index, int64_t base, int32_t count,
                                           int32_t epoch)
{
    struct kf_fetch_response_partition_data p = of(index);
    OWNED_BUF b = { 0 };

    put(&b, base, count, epoch);
    p.records = buf_slice(&b);
    answer_one(n, 77, p);
    return next_request(n, 1);
}

/* Requests that do not name the partition are answered with nothing. */
static const struct kf_fetch_request *request_naming(struct node *n, int32_t index)
{
    int64_t until = clock_mono_ms() + WAIT_MS;
    const struct kf_fetch_request *q;

    while (!named(q = next_request(n, 1), index)) {
        assert_true(clock_mono_ms() < until);
        answer(n, 0, 77, NULL, 0);
    }
    return q;
}

static void the_first_request_names_all_and_opens_a_session(void **state)
{
    struct node *n = start();
    const struct kf_fetch_request *q = next_request(n, 1);

    (void)state;
    assert_int_equal(q->session_id, 0);
    assert_int_equal(q->session_epoch, 0);
    assert_int_equal(q->replica_state.replica_id, 1);
    assert_int_equal(q->replica_state.replica_epoch, 10);
    assert_int_equal(named_n(q), PARTITIONS);
    assert_int_equal(named(q, 2)->fetch_offset, 0);
    assert_int_equal(named(q, 2)->current_leader_epoch, EPOCH);
    assert_int_equal(named(q, 2)->last_fetched_epoch, -1);
    stop(n);
}

static void what_came_is_in_the_log_and_only_that_is_named_next(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);
    const struct kf_fetch_request *q;
    OWNED_BUF b = { 0 };

    (void)state;
    next_request(n, 1);
    put(&b, 0, 2, EPOCH);
    put(&b, 2, 3, EPOCH);
    p.records = buf_slice(&b);
    p.high_watermark = 2;
    answer_one(n, 77, p);
    q = next_request(n, 1);
    assert_int_equal(q->session_id, 77);
    assert_int_equal(q->session_epoch, 1);
    assert_int_equal(named_n(q), 1);
    assert_int_equal(named(q, 1)->fetch_offset, 5);
    assert_int_equal(named(q, 1)->last_fetched_epoch, EPOCH);
    assert_int_equal(log_end_offset(partition(n, 1)->log), 5);
    assert_int_equal(partition_high_watermark(partition(n, 1)), 2);
    stop(n);
}

static void the_high_watermark_ends_with_the_log_and_names_nothing(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    p.high_watermark = 9;
    answer_one(n, 77, p);
    assert_int_equal(named_n(next_request(n, 1)), 0);
    assert_int_equal(partition_high_watermark(partition(n, 1)), 2);
    stop(n);
}

static void a_log_that_parted_is_cut_and_fetched_on(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, 3);
    feed(n, 1, 2, 2, 4);
    p.diverging_epoch.epoch = 3;
    p.diverging_epoch.end_offset = 2;
    p.high_watermark = 4; /* of an answer that diverges nothing else counts */
    answer_one(n, 77, p);
    q = next_request(n, 1);
    assert_int_equal(named(q, 1)->fetch_offset, 2);
    assert_int_equal(named(q, 1)->last_fetched_epoch, 3);
    assert_int_equal(log_end_offset(partition(n, 1)->log), 2);
    assert_int_equal(partition_high_watermark(partition(n, 1)), 0);
    stop(n);
}

static void a_lost_session_is_opened_anew(void **state)
{
    struct node *n = start();
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    answer(n, KF_ERR_FETCH_SESSION_ID_NOT_FOUND, 0, NULL, 0);
    q = next_request(n, 1);
    assert_int_equal(q->session_id, 0);
    assert_int_equal(q->session_epoch, 0);
    assert_int_equal(named_n(q), PARTITIONS);
    assert_int_equal(named(q, 1)->fetch_offset, 2);
    stop(n);
}

static void a_leader_without_sessions_is_asked_for_all_each_time(void **state)
{
    struct node *n = start();

    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct kf_fetch_request *q = next_request(n, 1);

        assert_int_equal(q->session_epoch, 0);
        assert_int_equal(named_n(q), PARTITIONS);
        answer_one(n, 0, of(i));
    }
    stop(n);
}

static void a_lost_connection_is_dialled_again(void **state)
{
    struct node *n = start();
    struct request *r;
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    r = n->seen[0];
    take_out(n, 0);
    request_close(r, "the test");
    q = next_request(n, 1);
    assert_int_equal(q->session_epoch, 0);
    assert_int_equal(named_n(q), PARTITIONS);
    stop(n);
}

/* Nothing has changed that a session would name, but the leader waits for the new epoch. */
static void a_new_broker_epoch_is_told_with_all_partitions(void **state)
{
    struct node *n = start();
    int64_t until = clock_mono_ms() + WAIT_MS;
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    next_request(n, 1);
    n->b.life.epoch = 11;
    fetcher_registered(&n->b);
    do /* the request on the old connection ends with it */
        assert_ok(loop_turn(n->loop, 5));
    while ((n->seen_n != 1 || n->asked[0]->session_epoch) && clock_mono_ms() < until);
    q = next_request(n, 1);
    assert_int_equal(q->session_epoch, 0);
    assert_int_equal(q->replica_state.replica_epoch, 11);
    assert_int_equal(named_n(q), PARTITIONS);
    assert_int_equal(named(q, 1)->fetch_offset, 2);
    stop(n);
}

static void a_partition_that_comes_does_not_wait_for_the_answer_of_the_others(void **state)
{
    struct node *n = start();
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    add_partition(n, PARTITIONS);
    broker_publish(&n->b);
    for (int i = 0; i < 5; i++)
        assert_ok(loop_turn(n->loop, 1));
    /* A connection hands on one request at a time here: the second is in the socket. */
    answer(n, 0, 77, NULL, 0);
    q = next_request(n, 1);
    assert_int_equal(q->session_epoch, 2);
    assert_int_equal(named_n(q), 1);
    assert_int_equal(named(q, PARTITIONS)->fetch_offset, 0);
    stop(n);
}

static void a_partition_that_goes_is_forgotten_and_its_answer_is_not_heard(void **state)
{
    struct node *n = start();
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    elect(n, 2, -1);
    q = feed(n, 2, 0, 2, EPOCH);
    assert_true(forgotten(q, 2));
    assert_false(forgotten(q, 1));
    assert_int_equal(log_end_offset(partition(n, 2)->log), 0);
    stop(n);
}

static void an_answer_to_an_older_epoch_is_not_heard(void **state)
{
    struct node *n = start();
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    elect(n, 1, 2);
    assert_int_equal(partition(n, 1)->leader_epoch, EPOCH + 1);
    q = feed(n, 1, 0, 2, EPOCH);
    assert_int_equal(log_end_offset(partition(n, 1)->log), 0);
    assert_int_equal(named(q, 1)->current_leader_epoch, EPOCH + 1);
    stop(n);
}

static void batches_of_an_epoch_not_heard_of_are_not_taken(void **state)
{
    struct node *n = start();

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH + 1);
    assert_int_equal(log_end_offset(partition(n, 1)->log), 0);
    stop(n);
}

static void damaged_records_are_fetched_again_after_a_pause(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);
    const struct kf_fetch_request *q;
    OWNED_BUF b = { 0 };

    (void)state;
    next_request(n, 1);
    put(&b, 0, 2, EPOCH);
    b.p[b.n - 1] ^= 1;
    p.records = buf_slice(&b);
    answer_one(n, 77, p);
    q = next_request(n, 1);
    assert_true(forgotten(q, 1)); /* meanwhile the others go on */
    assert_int_equal(log_end_offset(partition(n, 1)->log), 0);
    q = request_naming(n, 1);
    assert_int_equal(named(q, 1)->fetch_offset, 0);
    assert_int_equal(log_end_offset(partition(n, 1)->log), 0);
    stop(n);
}

/* The leader's log begins at 102, inside a batch that begins at 100. */
static void out_of_range_begins_anew_where_the_leader_does(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);
    const struct kf_fetch_request *q;
    OWNED_BUF b = { 0 };

    (void)state;
    n->latest = 110;
    n->earliest = 102;
    next_request(n, 1);
    p.error_code = KF_ERR_OFFSET_OUT_OF_RANGE;
    answer_one(n, 77, p);
    q = request_naming(n, 1);
    assert_int_equal(n->listed, 2);
    assert_int_equal(named(q, 1)->fetch_offset, 102);
    put(&b, 100, 5, EPOCH);
    put(&b, 105, 5, EPOCH);
    p = of(1);
    p.records = buf_slice(&b);
    p.high_watermark = 110;
    p.log_start_offset = 102;
    answer_one(n, 77, p);
    q = next_request(n, 1);
    assert_int_equal(named(q, 1)->fetch_offset, 110);
    assert_int_equal(named(q, 1)->log_start_offset, 102);
    assert_int_equal(log_start_offset(partition(n, 1)->log), 102);
    stop(n);
}

static void a_log_longer_than_the_leaders_is_cut_to_it(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);
    const struct kf_fetch_request *q;

    (void)state;
    n->latest = 2;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    feed(n, 1, 2, 2, EPOCH);
    p.error_code = KF_ERR_OFFSET_OUT_OF_RANGE;
    answer_one(n, 77, p);
    q = request_naming(n, 1);
    assert_int_equal(n->listed, 1);
    assert_int_equal(named(q, 1)->fetch_offset, 2);
    assert_int_equal(log_end_offset(partition(n, 1)->log), 2);
    stop(n);
}

static void a_partition_that_comes_back_at_once_never_left(void **state)
{
    struct node *n = start();
    const struct kf_fetch_request *q;

    (void)state;
    next_request(n, 1);
    feed(n, 1, 0, 2, EPOCH);
    fetcher_stop(&n->b, partition(n, 1));
    fetcher_follow(&n->b, partition(n, 1));
    answer(n, 0, 77, NULL, 0);
    q = request_naming(n, 1);
    assert_false(forgotten(q, 1)); /* Kafka's leaders would forget it after adding it */
    assert_int_equal(named(q, 1)->fetch_offset, 2);
    stop(n);
}

/* To ask for what follows is to say what is flushed. */
static void a_durable_topics_replica_asks_for_more_when_it_is_flushed(void **state)
{
    struct node *n = start();
    struct partition *p = partition(n, 1);
    const struct kf_fetch_request *q;

    (void)state;
    p->topic->durable = true;
    next_request(n, 1);
    q = feed(n, 1, 0, 2, EPOCH);
    assert_true(forgotten(q, 1));
    for (int i = 0; i < 10; i++) {
        assert_null(named(q, 1));
        answer(n, 0, 77, NULL, 0);
        q = next_request(n, 1);
    }
    assert_int_equal(log_recovery_point(p->log), 0);
    assert_ok(log_sync(p->log));
    fetcher_flushed(p);
    q = request_naming(n, 1);
    assert_int_equal(named(q, 1)->fetch_offset, 2);
    stop(n);
}

static void a_peer_whose_replicas_are_all_being_flushed_is_not_asked(void **state)
{
    struct node *n = start();
    struct kf_fetch_response_partition_data p = of(1);
    OWNED_BUF b = { 0 };

    (void)state;
    next_request(n, 1);
    elect(n, 0, -1);
    elect(n, 2, -1);
    partition(n, 1)->topic->durable = true;
    put(&b, 0, 2, EPOCH);
    p.records = buf_slice(&b);
    answer_one(n, 77, p);
    for (int i = 0; i < 20; i++)
        assert_ok(loop_turn(n->loop, 1));
    assert_int_equal(n->seen_n, 0);
    assert_ok(log_sync(partition(n, 1)->log));
    fetcher_flushed(partition(n, 1));
    assert_int_equal(named(next_request(n, 1), 1)->fetch_offset, 2);
    stop(n);
}

TEST_MAIN(TEST(the_first_request_names_all_and_opens_a_session),
          TEST(what_came_is_in_the_log_and_only_that_is_named_next),
          TEST(the_high_watermark_ends_with_the_log_and_names_nothing),
          TEST(a_log_that_parted_is_cut_and_fetched_on), TEST(a_lost_session_is_opened_anew),
          TEST(a_leader_without_sessions_is_asked_for_all_each_time),
          TEST(a_lost_connection_is_dialled_again),
          TEST(a_new_broker_epoch_is_told_with_all_partitions),
          TEST(a_partition_that_comes_does_not_wait_for_the_answer_of_the_others),
          TEST(a_partition_that_goes_is_forgotten_and_its_answer_is_not_heard),
          TEST(an_answer_to_an_older_epoch_is_not_heard),
          TEST(batches_of_an_epoch_not_heard_of_are_not_taken),
          TEST(damaged_records_are_fetched_again_after_a_pause),
          TEST(out_of_range_begins_anew_where_the_leader_does),
          TEST(a_log_longer_than_the_leaders_is_cut_to_it),
          TEST(a_partition_that_comes_back_at_once_never_left),
          TEST(a_durable_topics_replica_asks_for_more_when_it_is_flushed),
          TEST(a_peer_whose_replicas_are_all_being_flushed_is_not_asked))
