#include "api/kafka/msg/describe_configs.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

enum { METRICS = 16, GROUP = 32 };

static void refused(struct world *w, int8_t type, const char *key, const char *value, int16_t error)
{
    int16_t got = world_configure(w, type, "g", key, 0, value);

    if (got != error)
        fail_msg("%s=%s: %d, want %d", key, value, got, error);
    assert_int_equal(w->applied, error ? 0 : 1);
}

static const char *bounds_of_70000(void *ctx, const char *name)
{
    (void)ctx;
    if (strcmp(name, "group.consumer.max.session.timeout.ms") == 0)
        return "70000";
    return strcmp(name, "group.share.min.session.timeout.ms") == 0 ? "1" : NULL;
}

static void what_a_group_may_choose_lies_between_the_nodes_bounds(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    refused(&w, GROUP, "consumer.session.timeout.ms", "50000", 0);
    refused(&w, GROUP, "consumer.session.timeout.ms", "44999", KF_ERR_INVALID_CONFIG);
    refused(&w, GROUP, "consumer.session.timeout.ms", "60001", KF_ERR_INVALID_CONFIG);
    refused(&w, GROUP, "consumer.heartbeat.interval.ms", "x", KF_ERR_INVALID_CONFIG);
    refused(&w, GROUP, "streams.num.standby.replicas", "3", KF_ERR_INVALID_CONFIG);
    refused(&w, GROUP, "no.such.key", "1", KF_ERR_INVALID_CONFIG);
    /* The bounds are those of the node's file: no record moves them. */
    assert_int_equal(world_configure(&w, RESOURCE_BROKER, "",
                                     "group.consumer.max.session.timeout.ms", 0, "70000"),
                     0);
    refused(&w, GROUP, "consumer.session.timeout.ms", "60001", KF_ERR_INVALID_CONFIG);
    w.core.config = bounds_of_70000;
    refused(&w, GROUP, "consumer.session.timeout.ms", "60001", 0);
    world_close(&w);
}

static void a_session_outlives_its_heartbeats(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    w.core.config = bounds_of_70000;
    refused(&w, GROUP, "share.session.timeout.ms", "5001", 0);
    refused(&w, GROUP, "share.session.timeout.ms", "5000", KF_ERR_INVALID_CONFIG);
    refused(&w, GROUP, "share.heartbeat.interval.ms", "5001", KF_ERR_INVALID_CONFIG);
    world_close(&w);
}

static void an_offset_reset_is_earliest_latest_or_a_duration(void **state)
{
    static const char *const good[] = { "latest",
                                        "earliest",
                                        "by_duration:P1D",
                                        "by_duration:PT1H30M",
                                        "by_duration:P2DT3.5S",
                                        "by_duration:pt5m" };
    static const char *const bad[] = { "",
                                       "maybe",
                                       "by_duration:",
                                       "by_duration:P",
                                       "by_duration:PT",
                                       "by_duration:-PT1H",
                                       "by_duration:PT1M1H",
                                       "by_duration:PT1",
                                       "by_duration:P1DT" };
    struct world w;

    (void)state;
    world_open(&w, true);
    for (size_t n = 0; n < sizeof(good) / sizeof(good[0]); n++)
        assert_int_equal(world_configure(&w, GROUP, "g", "share.auto.offset.reset", 0, good[n]), 0);
    for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
        refused(&w, GROUP, "share.auto.offset.reset", bad[n], KF_ERR_INVALID_CONFIG);
    world_close(&w);
}

static void subscriptions_have_an_interval_and_patterns(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    refused(&w, METRICS, "interval.ms", "100", 0);
    refused(&w, METRICS, "interval.ms", "99", KF_ERR_INVALID_REQUEST);
    refused(&w, METRICS, "interval.ms", "3600001", KF_ERR_INVALID_REQUEST);
    refused(&w, METRICS, "interval.ms", "soon", KF_ERR_INVALID_CONFIG);
    refused(&w, METRICS, "metrics", "org.a,org.b", 0);
    refused(&w, METRICS, "match", "client_id=a.*,client_software_name=b", 0);
    refused(&w, METRICS, "match", "client_id=a=b", KF_ERR_INVALID_CONFIG);
    refused(&w, METRICS, "match", "client_id=", KF_ERR_INVALID_CONFIG);
    refused(&w, METRICS, "match", "client_id", KF_ERR_INVALID_CONFIG);
    refused(&w, METRICS, "match", "weather=fine", KF_ERR_INVALID_CONFIG);
    refused(&w, METRICS, "match", "client_id=(", KF_ERR_INVALID_CONFIG);
    refused(&w, METRICS, "nonsense", "1", KF_ERR_INVALID_REQUEST);
    assert_int_equal(world_configure(&w, METRICS, "", "metrics", 0, "a"), KF_ERR_INVALID_REQUEST);
    world_close(&w);
}

static void a_topics_configs_must_go_together(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 1);
    assert_int_equal(world_create(&w, "t", 1, 1, "remote.storage.enable", "true"),
                     KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_create(&w, "t", 1, 1, "max.compaction.lag.ms", "5"), 0);
    assert_int_equal(world_configure(&w, 2, "t", "min.compaction.lag.ms", 0, "5"), 0);
    assert_int_equal(world_configure(&w, 2, "t", "min.compaction.lag.ms", 0, "6"),
                     KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 2, "t", "max.compaction.lag.ms", 0, "4"),
                     KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 2, "t", "remote.storage.enable", 0, "true"),
                     KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 2, "t", "remote.storage.enable", 0, "false"), 0);
    world_close(&w);
}

TEST_MAIN(TEST(what_a_group_may_choose_lies_between_the_nodes_bounds),
          TEST(a_session_outlives_its_heartbeats),
          TEST(an_offset_reset_is_earliest_latest_or_a_duration),
          TEST(subscriptions_have_an_interval_and_patterns),
          TEST(a_topics_configs_must_go_together))
