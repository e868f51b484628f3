#include "broker/controller/core.h"

#include "api/kafka/fields.h"
#include "api/kafka/msg/alter_configs.h"
#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/allocate_producer_ids.h"
#include "api/kafka/msg/broker_heartbeat.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/create_partitions.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/delete_topics.h"
#include "api/kafka/msg/elect_leaders.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/topic_record.h"
#include "api/kafka/msg/unregister_broker.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static void replicas_go_to_distinct_brokers_and_leaders_to_all(void **state)
{
    struct world w;
    int leads[4] = { 0 };

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 3);
    assert_int_equal(world_create(&w, "wide", 30, 4, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(world_create(&w, "wide", 30, 3, NULL, NULL), 0);
    for (int32_t p = 0; p < 30; p++) {
        const struct partition_state *x = image_partition(w.image, str_of("wide"), p);

        assert_int_equal(x->replicas_n, 3);
        assert_int_equal(x->isr_n, 3);
        assert_int_equal(x->leader, x->replicas[0]);
        assert_int_equal(x->replicas[0] + x->replicas[1] + x->replicas[2], 6);
        assert_true(x->replicas[0] != x->replicas[1] && x->replicas[1] != x->replicas[2]);
        leads[x->leader]++;
    }
    for (int id = 1; id <= 3; id++)
        assert_int_equal(leads[id], 10);
    world_close(&w);
}

static void what_a_topic_may_not_be_is_refused(void **state)
{
    char longest[251] = { 0 };
    struct world w;

    (void)state;
    memset(longest, 'x', 250);
    world_open(&w, true);
    assert_int_equal(world_create(&w, "t", 1, 1, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    world_brokers(&w, 1);
    assert_int_equal(world_create(&w, "", 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(world_create(&w, "..", 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(world_create(&w, "a/b", 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(world_create(&w, longest, 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(world_create(&w, "t", 0, 1, NULL, NULL), KF_ERR_INVALID_PARTITIONS);
    assert_int_equal(world_create(&w, "t", 1, 0, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(world_create(&w, "t", 1, 2, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(world_create(&w, "t", 10001, 1, NULL, NULL), KF_ERR_POLICY_VIOLATION);
    assert_int_equal(world_create(&w, "t", 1, 1, "no.such", "1"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_create(&w, "t", 1, 1, "segment.bytes", "5"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(image_topics_n(w.image), 0);
    assert_int_equal(world_create(&w, "t", -1, -1, "segment.bytes", "2000000"), 0);
    assert_string_equal(image_config(w.image, 2, str_of("t"), "segment.bytes"), "2000000");
    assert_int_equal(world_create(&w, "t", 1, 1, NULL, NULL), KF_ERR_TOPIC_ALREADY_EXISTS);
    world_close(&w);
}

static const char *rack_of(const struct world *w, int32_t partition)
{
    return image_broker(w->image, image_partition(w->image, str_of("t"), partition)->leader)->rack;
}

static void leaders_spread_over_the_racks(void **state)
{
    struct world w;
    int leads[7] = { 0 };

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 6);
    assert_int_equal(world_create(&w, "t", 60, 1, NULL, NULL), 0);
    for (int32_t p = 0; p < 60; p++) {
        leads[image_partition(w.image, str_of("t"), p)->leader]++;
        if (p) /* neighbours lie in different racks */
            assert_string_not_equal(rack_of(&w, p), rack_of(&w, p - 1));
    }
    for (int id = 1; id <= 6; id++)
        assert_int_equal(leads[id], 10);
    world_close(&w);
}

static void a_fenced_broker_loses_its_leaderships_and_gets_them_back(void **state)
{
    (void)state;
    for (int elr = 0; elr < 2; elr++) {
        const struct partition_state *p;
        struct world w;

        world_open(&w, elr);
        world_brokers(&w, 1);
        assert_int_equal(world_create(&w, "t", 1, 1, NULL, NULL), 0);
        assert_true(world_beat(&w, 1, true, false)->is_fenced);
        p = image_partition(w.image, str_of("t"), 0);
        assert_int_equal(p->leader, -1);
        assert_int_equal(p->isr_n, elr ? 0 : 1);
        assert_int_equal(p->elr_n, elr ? 1 : 0);
        assert_false(world_beat(&w, 1, false, false)->is_fenced);
        p = image_partition(w.image, str_of("t"), 0);
        assert_int_equal(p->leader, 1);
        assert_int_equal(p->isr_n, 1);
        assert_int_equal(p->elr_n, 0);
        assert_int_equal(p->last_known_elr_n, 0);
        assert_int_equal(p->leader_recovery, 0);
        world_close(&w);
    }
}

static void a_silent_broker_is_fenced_when_its_session_ends(void **state)
{
    struct world w;
    struct call k;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 2);
    w.now_ms += 8999;
    k = world_call(&w, 0);
    assert_int_equal(core_tick(&k), w.now_ms + 1);
    assert_int_equal(w.out.n, 0);
    world_beat(&w, 2, false, false);
    w.now_ms += 1;
    k = world_call(&w, 0);
    core_tick(&k);
    world_apply(&w);
    assert_true(image_broker(w.image, 1)->fenced);
    assert_false(image_broker(w.image, 2)->fenced);
    /* Its successor may come at once; a live broker's may not. */
    assert_int_equal(world_enlist(&w, 1, 2, "a"), 0);
    assert_int_equal(world_enlist(&w, 2, 200, "a"), KF_ERR_DUPLICATE_BROKER_REGISTRATION);
    /* Unless it stands in the very same place. */
    assert_int_equal(world_enlist(&w, 2, 2, "a"), 0);
    assert_true(image_broker(w.image, 2)->fenced);
    world_close(&w);
}

static void a_stale_epoch_changes_nothing(void **state)
{
    struct kf_broker_heartbeat_request r;
    const struct kf_broker_heartbeat_response *res;
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 1);
    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = 1;
    r.broker_epoch = image_broker(w.image, 1)->epoch - 1;
    r.want_fence = true;
    res = world_decide(&w, KF_API_BROKER_HEARTBEAT, &r);
    assert_int_equal(res->error_code, KF_ERR_STALE_BROKER_EPOCH);
    assert_int_equal(w.applied, 0);
    assert_false(image_broker(w.image, 1)->fenced);
    world_close(&w);
}

static void a_controlled_shutdown_moves_leaders_first(void **state)
{
    const struct kf_broker_heartbeat_response *res;
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 2);
    assert_int_equal(world_assign(&w, "r", (int32_t[]){ 1, 2 }, 2), 0);
    res = world_beat(&w, 1, false, true);
    assert_false(res->should_shut_down);
    assert_true(image_broker(w.image, 1)->in_controlled_shutdown);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->leader, 2);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->isr_n, 1);
    /* Not before the others have seen it. */
    assert_false(world_beat(&w, 1, false, true)->should_shut_down);
    world_beat(&w, 2, false, false);
    assert_true(world_beat(&w, 1, false, true)->should_shut_down);
    assert_true(image_broker(w.image, 1)->fenced);
    world_close(&w);
}

static void the_leader_alone_alters_the_isr(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 3);
    assert_int_equal(world_assign(&w, "r", (int32_t[]){ 1, 2 }, 2), 0);
    assert_int_equal(world_alter(&w, 2, 0, (int32_t[]){ 2 }, 1), KF_ERR_INVALID_REQUEST);
    assert_int_equal(world_alter(&w, 1, 0, (int32_t[]){ 2 }, 1), KF_ERR_INVALID_REQUEST);
    assert_int_equal(world_alter(&w, 1, 0, (int32_t[]){ 1, 1 }, 2), KF_ERR_INVALID_REQUEST);
    assert_int_equal(world_alter(&w, 1, 0, (int32_t[]){ 1, 3 }, 2), KF_ERR_INVALID_REQUEST);
    assert_int_equal(world_alter(&w, 1, 1, (int32_t[]){ 1 }, 1), KF_ERR_NOT_CONTROLLER);
    assert_int_equal(world_alter(&w, 1, 0, (int32_t[]){ 1 }, 1), 0);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->isr_n, 1);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->leader_epoch, 0);
    assert_int_equal(world_alter(&w, 1, 0, (int32_t[]){ 1, 2 }, 2), KF_ERR_INVALID_UPDATE_VERSION);
    world_beat(&w, 2, true, false);
    assert_int_equal(world_alter(&w, 1, 1, (int32_t[]){ 1, 2 }, 2), KF_ERR_INELIGIBLE_REPLICA);
    world_beat(&w, 2, false, false);
    assert_int_equal(world_alter(&w, 1, 1, (int32_t[]){ 1, 2 }, 2), 0);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->partition_epoch, 2);
    world_close(&w);
}

static void the_preferred_leader_is_elected_when_it_can_lead(void **state)
{
    int32_t zero[] = { 0 };
    struct kf_elect_leaders_request_topic_partitions t = { STR_LIT("r"), zero, 1 };
    struct kf_elect_leaders_request r = { 0, &t, 1, 1000 };
    const struct kf_elect_leaders_response *res;
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 2);
    assert_int_equal(world_assign(&w, "r", (int32_t[]){ 1, 2 }, 2), 0);
    res = world_decide(&w, KF_API_ELECT_LEADERS, &r);
    assert_int_equal(res->replica_election_results[0].partition_result[0].error_code,
                     KF_ERR_ELECTION_NOT_NEEDED);
    world_beat(&w, 1, true, false);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->leader, 2);
    res = world_decide(&w, KF_API_ELECT_LEADERS, &r);
    assert_int_equal(res->replica_election_results[0].partition_result[0].error_code,
                     KF_ERR_PREFERRED_LEADER_NOT_AVAILABLE);
    world_beat(&w, 1, false, false);
    assert_int_equal(world_alter(&w, 2, 1, (int32_t[]){ 2 }, 1), KF_ERR_FENCED_LEADER_EPOCH);
    world_close(&w);
}

static void configs_are_checked_and_lists_are_edited(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 1);
    assert_int_equal(world_create(&w, "t", 1, 1, NULL, NULL), 0);
    assert_int_equal(world_configure(&w, 2, "no", "retention.ms", 0, "1"),
        KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(world_configure(&w, 2, "t", "bogus", 0, "1"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 2, "t", "retention.ms", 0, "x"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 2, "t", "retention.ms", 0, "7"), 0);
    assert_int_equal(w.applied, 1);
    assert_int_equal(world_configure(&w, 2, "t", "retention.ms", 0, "7"), 0);
    assert_int_equal(w.applied, 0); /* nothing changes, nothing is written */
    assert_int_equal(world_configure(&w, 2, "t", "cleanup.policy", 2, "compact"), 0);
    assert_string_equal(image_config(w.image, 2, str_of("t"), "cleanup.policy"), "delete,compact");
    assert_int_equal(world_configure(&w, 2, "t", "cleanup.policy", 3, "delete"), 0);
    assert_string_equal(image_config(w.image, 2, str_of("t"), "cleanup.policy"), "compact");
    assert_int_equal(world_configure(&w, 2, "t", "retention.ms", 2, "1"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 2, "t", "retention.ms", 1, NULL), 0);
    assert_null(image_config(w.image, 2, str_of("t"), "retention.ms"));
    assert_int_equal(world_configure(&w, 4, "9", "log.retention.ms", 0, "5"),
        KF_ERR_BROKER_ID_NOT_REGISTERED);
    assert_int_equal(world_configure(&w, 4, "", "log.retention.ms", 0, "5000"), 0);
    assert_int_equal(world_configure(&w, 4, "1", "min.insync.replicas", 0, "2"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(world_configure(&w, 99, "x", "y", 0, "2"), KF_ERR_INVALID_REQUEST);
    world_close(&w);
}

static void legacy_alter_configs_replaces_the_whole_set(void **state)
{
    struct kf_alter_configs_request_alterable_config c = { STR_LIT("retention.bytes"), STR_LIT("5") };
    struct kf_alter_configs_request_alter_configs_resource x = { 2, STR_LIT("t"), &c, 1 };
    struct kf_alter_configs_request r = { &x, 1, false };
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 1);
    assert_int_equal(world_create(&w, "t", 1, 1, "retention.ms", "5"), 0);
    world_decide(&w, KF_API_ALTER_CONFIGS, &r);
    assert_null(image_config(w.image, 2, str_of("t"), "retention.ms"));
    assert_string_equal(image_config(w.image, 2, str_of("t"), "retention.bytes"), "5");
    world_close(&w);
}

static void partitions_only_grow(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 2);
    assert_int_equal(world_create(&w, "t", 3, 1, NULL, NULL), 0);
    assert_int_equal(world_grow(&w, "t", 3), KF_ERR_INVALID_PARTITIONS);
    assert_int_equal(world_grow(&w, "t", 2), KF_ERR_INVALID_PARTITIONS);
    assert_int_equal(world_grow(&w, "u", 2), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(world_grow(&w, "t", 8), 0);
    assert_int_equal(image_topic(w.image, str_of("t"))->partitions_n, 8);
    assert_true(image_partition(w.image, str_of("t"), 7)->leader > 0);
    world_close(&w);
}

static void a_topic_is_deleted_by_name_or_id(void **state)
{
    struct kf_delete_topics_request_delete_topic_state t[] = { { .name = STR_LIT("t") },
                                                               { .name = STR_LIT("t") },
                                                               { .name = { 0 } } };
    struct kf_delete_topics_request r = { .topics = t, .topics_n = 3 };
    const struct kf_delete_topics_response *res;
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 1);
    assert_int_equal(world_create(&w, "t", 3, 1, NULL, NULL), 0);
    assert_int_equal(world_create(&w, "u", 3, 1, NULL, NULL), 0);
    t[2].topic_id = image_topic(w.image, str_of("u"))->id;
    res = world_decide(&w, KF_API_DELETE_TOPICS, &r);
    assert_int_equal(res->responses[0].error_code, 0);
    assert_int_equal(res->responses[1].error_code, KF_ERR_INVALID_REQUEST);
    assert_int_equal(res->responses[2].error_code, 0);
    assert_int_equal(image_topics_n(w.image), 0);
    world_close(&w);
}

static void producer_ids_are_never_given_twice(void **state)
{
    struct world w;
    int64_t before = -1;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 1);
    for (int n = 0; n < 3; n++) {
        struct kf_allocate_producer_ids_request r = { 1, image_broker(w.image, 1)->epoch };
        const struct kf_allocate_producer_ids_response *res =
            world_decide(&w, KF_API_ALLOCATE_PRODUCER_IDS, &r);

        assert_int_equal(res->error_code, 0);
        assert_true(res->producer_id_start > before);
        before = res->producer_id_start + res->producer_id_len - 1;
    }
    world_close(&w);
}

static void an_unregistered_broker_is_gone(void **state)
{
    struct kf_unregister_broker_request r = { 1 };
    const struct kf_unregister_broker_response *res;
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 2);
    assert_int_equal(world_create(&w, "t", 2, 1, NULL, NULL), 0);
    res = world_decide(&w, KF_API_UNREGISTER_BROKER, &r);
    assert_int_equal(res->error_code, 0);
    assert_null(image_broker(w.image, 1));
    res = world_decide(&w, KF_API_UNREGISTER_BROKER, &r);
    assert_int_equal(res->error_code, KF_ERR_BROKER_ID_NOT_REGISTERED);
    world_close(&w);
}

TEST_MAIN(TEST(replicas_go_to_distinct_brokers_and_leaders_to_all),
          TEST(what_a_topic_may_not_be_is_refused), TEST(leaders_spread_over_the_racks),
          TEST(a_fenced_broker_loses_its_leaderships_and_gets_them_back),
          TEST(a_silent_broker_is_fenced_when_its_session_ends), TEST(a_stale_epoch_changes_nothing),
          TEST(a_controlled_shutdown_moves_leaders_first), TEST(the_leader_alone_alters_the_isr),
          TEST(the_preferred_leader_is_elected_when_it_can_lead),
          TEST(configs_are_checked_and_lists_are_edited),
          TEST(legacy_alter_configs_replaces_the_whole_set), TEST(partitions_only_grow),
          TEST(a_topic_is_deleted_by_name_or_id), TEST(producer_ids_are_never_given_twice),
          TEST(an_unregistered_broker_is_gone))
