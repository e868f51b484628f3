#include "broker/controller/controller_shell.h"

#include "api/kafka/client.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/describe_quorum.h"
#include "api/kafka/msg/delete_topics.h"
#include "broker/metadata/image.h"
#include "api/kafka/release.h"
#include "broker/raft/format.h"
#include "broker/raft/observer.h"
#include "common/clock.h"
#include "common/log.h"
#include "tests/lib/test.h"

#include <stdio.h>

static const char cluster_id[] = "9gVjPrCWQ2Ow5uLUe9Qm1A";

static struct controller *start(const char *dir, bool dynamic, int64_t snapshot_bytes)
{
    struct controller_voter voter = { 1, "127.0.0.1", 9093 };
    struct controller_options o = {
        .fs = fs_posix(),
        .node_id = 1,
        .cluster_id = cluster_id,
        .metadata_log_dir = dir,
        .directory_id = { { 7 } },
        .listener_name = "CONTROLLER",
        .host = "127.0.0.1",
        .voters = &voter,
        .voters_n = dynamic ? 0 : 1,
        .snapshot_bytes = snapshot_bytes,
    };
    struct controller *c;
    struct why why = { "" };

    if (controller_start(&o, &c, &why))
        fail_msg("%s", why.text);
    return c;
}

static void format(const char *dir, bool dynamic)
{
    struct format_bootstrap b = { fs_posix(), dir, METADATA_VERSION_LATEST, NULL, 0 };
    struct format_voter v = { 1, { { 7 } }, "CONTROLLER", "127.0.0.1", 1 };
    struct why why;

    assert_ok(format_bootstrap(&b, &why));
    if (dynamic)
        assert_ok(format_voters(fs_posix(), dir, 1, &v, 1, &why));
}

struct session {
    struct controller *controller;
    struct kf_client *client;
    struct arena arena;
    int64_t epoch;
};

static void begin(struct session *s, struct controller *c)
{
    struct why why = { "" };

    memset(s, 0, sizeof(*s));
    s->controller = c;
    if (kf_client_new("127.0.0.1", controller_port(c), 5000, &s->client, &why))
        fail_msg("%s", why.text);
}

static void end(struct session *s)
{
    kf_client_free(s->client);
    arena_done(&s->arena);
    controller_stop(s->controller);
}

static const void *call_version(struct session *s, int16_t key, int16_t version, const void *msg)
{
    const void *res = NULL;
    struct why why = { "" };

    if (kf_client_call(s->client, key, version, msg, &s->arena, &res, &why))
        fail_msg("%s: %s", kf_api(key)->name, why.text);
    return res;
}

static const void *call(struct session *s, int16_t key, const void *msg)
{
    return call_version(s, key, -1, msg);
}

static int16_t register_broker(struct session *s, uint8_t incarnation)
{
    struct kf_broker_registration_request_listener l = { STR_LIT("PLAINTEXT"), STR_LIT("127.0.0.1"),
                                                         9092, 0 };
    struct kf_broker_registration_request_feature f[] = {
        { STR_LIT("metadata.version"), 7, 30 },
        { STR_LIT("group.version"), 0, 1 },
        { STR_LIT("transaction.version"), 0, 2 },
        { STR_LIT("share.version"), 0, 1 },
        { STR_LIT("streams.version"), 0, 1 },
        { STR_LIT("eligible.leader.replicas.version"), 0, 1 },
    };
    struct uuid dir = { { 9, [15] = 200 } };
    struct kf_broker_registration_request r;
    const struct kf_broker_registration_response *res;

    kf_init(&kf_broker_registration_request_schema, &r);
    r.broker_id = 5;
    r.cluster_id = str_of(cluster_id);
    r.incarnation_id.b[0] = incarnation;
    l.port = (uint16_t)(9092 + incarnation / 100);
    r.listeners = &l, r.listeners_n = 1;
    r.features = f, r.features_n = 6;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    res = call(s, KF_API_BROKER_REGISTRATION, &r);
    s->epoch = res->broker_epoch;
    return res->error_code;
}

static const struct kf_broker_heartbeat_response *beat(struct session *s, bool want_fence,
                                                       bool want_shut_down)
{
    struct kf_broker_heartbeat_request r;

    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = 5;
    r.broker_epoch = s->epoch;
    r.current_metadata_offset = INT64_MAX;
    r.want_fence = want_fence;
    r.want_shut_down = want_shut_down;
    return call(s, KF_API_BROKER_HEARTBEAT, &r);
}

static const struct kf_create_topics_response *create(struct session *s, const char *name, int n,
                                                      int16_t factor)
{
    struct kf_create_topics_request_creatable_topic *t = mem_zero((size_t)n * sizeof(*t));
    const struct kf_create_topics_response *res;
    struct kf_create_topics_request r;

    kf_init(&kf_create_topics_request_schema, &r);
    for (int i = 0; i < n; i++) {
        t[i].name = str_of(n == 1 ? name : arena_printf(&s->arena, "%s%d", name, i));
        t[i].num_partitions = 1;
        t[i].replication_factor = factor;
    }
    r.topics = t, r.topics_n = n;
    res = call(s, KF_API_CREATE_TOPICS, &r);
    mem_free(t);
    return res;
}

static void a_topic_is_there_after_a_restart(void **state)
{
    (void)state;
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        OWNED_MEM char *dir = test_dir();
        struct session s;

        format(dir, dynamic);
        begin(&s, start(dir, dynamic, 0));
        assert_int_equal(register_broker(&s, 1), 0);
        assert_int_equal(beat(&s, true, false)->is_fenced, true);
        assert_int_equal(create(&s, "early", 1, 1)->topics[0].error_code,
                         KF_ERR_INVALID_REPLICATION_FACTOR);
        assert_int_equal(beat(&s, false, false)->is_fenced, false);
        assert_int_equal(create(&s, "orders", 1, 1)->topics[0].error_code, 0);
        assert_int_equal(create(&s, "orders", 1, 1)->topics[0].error_code,
                         KF_ERR_TOPIC_ALREADY_EXISTS);
        assert_int_equal(create(&s, "three", 1, 3)->topics[0].error_code,
                         KF_ERR_INVALID_REPLICATION_FACTOR);
        assert_int_equal(create(&s, "a.b", 1, 1)->topics[0].error_code, 0);
        assert_int_equal(create(&s, "a_b", 1, 1)->topics[0].error_code,
                         KF_ERR_INVALID_TOPIC_EXCEPTION);
        assert_int_equal(register_broker(&s, 200), KF_ERR_DUPLICATE_BROKER_REGISTRATION);
        end(&s);
        begin(&s, start(dir, dynamic, 0));
        assert_int_equal(create(&s, "orders", 1, 1)->topics[0].error_code,
                         KF_ERR_TOPIC_ALREADY_EXISTS);
        end(&s);
    }
}

static void the_quorum_is_described(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct kf_describe_quorum_request_partition_data p = { 0 };
    struct kf_describe_quorum_request_topic_data t = { STR_LIT("__cluster_metadata"), &p, 1 };
    struct kf_describe_quorum_request r = { &t, 1 };
    const struct kf_describe_quorum_response *res;
    struct session s;

    (void)state;
    format(dir, true);
    begin(&s, start(dir, true, 0));
    res = call(&s, KF_API_DESCRIBE_QUORUM, &r);
    assert_int_equal(res->topics[0].partitions[0].leader_id, 1);
    assert_int_equal(res->topics[0].partitions[0].leader_epoch, 1);
    assert_true(res->topics[0].partitions[0].high_watermark > 0);
    assert_int_equal(res->topics[0].partitions[0].current_voters[0].replica_directory_id.b[0], 7);
    for (int16_t version = 0; version < 2; version++) {
        res = call_version(&s, KF_API_DESCRIBE_QUORUM, version, &r);
        assert_int_equal(res->topics[0].partitions[0].current_voters_n, 1);
        assert_int_equal(res->nodes_n, 0);
    }
    end(&s);
}

struct follower {
    struct loop *loop;
    struct image *image;
    struct observer *observer;
    int64_t high_watermark;
    int snapshots;
    bool failed, leader;
};

static void on_begin(void *ctx, int64_t offset, int32_t epoch)
{
    struct follower *f = ctx;

    (void)offset, (void)epoch;
    f->snapshots++;
    image_free(f->image);
    f->image = image_new();
}

static void on_end(void *ctx)
{
    (void)ctx;
}

static err_t on_record(void *ctx, int64_t offset, struct slice record, struct why *reterr)
{
    return image_apply(((struct follower *)ctx)->image, offset, record, NULL, NULL, reterr);
}

static void on_advanced(void *ctx, int64_t high_watermark)
{
    ((struct follower *)ctx)->high_watermark = high_watermark;
}

static void on_leader(void *ctx, int32_t id, int32_t epoch, const char *host, uint16_t port)
{
    (void)epoch, (void)host, (void)port;
    ((struct follower *)ctx)->leader = id == 1;
}

static err_t on_snapshot(void *ctx, err_t (*emit)(void *, struct slice), void *emit_ctx)
{
    return image_snapshot(((struct follower *)ctx)->image, emit, emit_ctx);
}

static void on_failed(void *ctx, err_t e, const char *reason)
{
    (void)e;
    print_message("observer failed: %s\n", reason);
    ((struct follower *)ctx)->failed = true;
}

static void follow(struct follower *f, struct controller *c, const char *dir)
{
    struct observer_server server = { "127.0.0.1", controller_port(c) };
    struct observer_options o = {
        .fs = fs_posix(),
        .metadata_log_dir = dir,
        .cluster_id = cluster_id,
        .node_id = 5,
        .directory_id = { { 8 } },
        .servers = &server,
        .servers_n = 1,
        .callbacks = { on_begin, on_end, on_record, on_advanced, on_leader, on_snapshot,
                       on_failed },
        .ctx = f,
    };
    struct why why = { "" };

    memset(f, 0, sizeof(*f));
    f->image = image_new();
    assert_ok(loop_new(&f->loop));
    o.loop = f->loop;
    if (observer_new(&o, &f->observer, &why))
        fail_msg("%s", why.text);
}

static void unfollow(struct follower *f)
{
    observer_free(f->observer);
    loop_free(f->loop);
    image_free(f->image);
}

static void until_topic(struct follower *f, const char *name)
{
    int64_t deadline = clock_mono_ms() + 5000;

    while (!image_topic(f->image, str_of(name)) && !f->failed && clock_mono_ms() < deadline)
        loop_turn(f->loop, 10);
    assert_false(f->failed);
    assert_non_null(image_topic(f->image, str_of(name)));
    assert_true(f->leader);
}

static void an_observer_sees_what_is_committed(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *mine = test_dir();
    struct session s;
    struct follower f;

    (void)state;
    format(dir, false);
    begin(&s, start(dir, false, 0));
    assert_int_equal(register_broker(&s, 1), 0);
    assert_int_equal(beat(&s, false, false)->is_fenced, false);
    assert_int_equal(create(&s, "one", 1, 1)->topics[0].error_code, 0);
    follow(&f, s.controller, mine);
    until_topic(&f, "one");
    assert_int_equal(create(&s, "two", 1, 1)->topics[0].error_code, 0);
    until_topic(&f, "two");
    assert_int_equal(image_feature(f.image, "metadata.version"), METADATA_VERSION_LATEST);
    unfollow(&f);
    /* With its own copy on disk it goes on from there. */
    assert_int_equal(create(&s, "three", 1, 1)->topics[0].error_code, 0);
    follow(&f, s.controller, mine);
    until_topic(&f, "three");
    assert_non_null(image_topic(f.image, str_of("one")));
    unfollow(&f);
    follow(&f, s.controller, NULL);
    until_topic(&f, "three");
    unfollow(&f);
    end(&s);
}

static void a_late_observer_takes_a_snapshot(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *mine = test_dir();
    struct session s;
    struct follower f;

    (void)state;
    format(dir, true);
    begin(&s, start(dir, true, 5000));
    assert_int_equal(register_broker(&s, 1), 0);
    assert_int_equal(beat(&s, false, false)->is_fenced, false);
    create(&s, "many", 200, 1);
    assert_int_equal(create(&s, "last", 1, 1)->topics[0].error_code, 0);
    follow(&f, s.controller, mine);
    until_topic(&f, "last");
    assert_int_equal(f.snapshots, 1);
    assert_int_equal(image_topics_n(f.image), 201);
    unfollow(&f);
    end(&s);
    begin(&s, start(dir, true, 5000));
    assert_int_equal(create(&s, "many7", 1, 1)->topics[0].error_code, KF_ERR_TOPIC_ALREADY_EXISTS);
    follow(&f, s.controller, mine);
    until_topic(&f, "last");
    unfollow(&f);
    end(&s);
}

static void a_broker_that_shuts_down_leaves_its_partitions(void **state)
{
    OWNED_MEM char *dir = test_dir();
    const struct kf_broker_heartbeat_response *res;
    struct session s;

    (void)state;
    format(dir, false);
    begin(&s, start(dir, false, 0));
    assert_int_equal(register_broker(&s, 1), 0);
    assert_int_equal(beat(&s, false, false)->is_fenced, false);
    assert_int_equal(create(&s, "t", 1, 1)->topics[0].error_code, 0);
    assert_false(beat(&s, false, true)->should_shut_down);
    res = beat(&s, false, true);
    assert_true(res->should_shut_down);
    assert_int_equal(register_broker(&s, 2), 0); /* its successor need not wait */
    assert_int_equal(beat(&s, false, false)->is_fenced, false);
    end(&s);
}

static void a_thousand_topics_are_made_quickly(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct session s;
    int64_t began, each = 0;

    (void)state;
    format(dir, false);
    begin(&s, start(dir, false, 0));
    assert_int_equal(register_broker(&s, 1), 0);
    assert_int_equal(beat(&s, false, false)->is_fenced, false);
    began = clock_mono_ms();
    assert_int_equal(create(&s, "bulk", 1000, 1)->topics_n, 1000);
    print_message("1,000 topics in one request: %lld ms\n", (long long)(clock_mono_ms() - began));
    for (int n = 0; n < 200; n++) {
        int64_t t = clock_mono_ns();

        create(&s, arena_printf(&s.arena, "single%d", n), 1, 1);
        t = clock_mono_ns() - t;
        each = t > each ? t : each;
        arena_clear(&s.arena);
    }
    print_message("200 creates in a row: worst %lld us\n", (long long)(each / 1000));
    end(&s);
}

TEST_MAIN(TEST(a_topic_is_there_after_a_restart), TEST(the_quorum_is_described),
          TEST(an_observer_sees_what_is_committed), TEST(a_late_observer_takes_a_snapshot),
          TEST(a_broker_that_shuts_down_leaves_its_partitions),
          TEST(a_thousand_topics_are_made_quickly))
