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
#include "api/kafka/msg/update_features.h"
#include "tests/lib/test.h"

/* A core with its image, and a log that is only an offset. */
struct world {
    struct core core;
    struct image *image;
    struct voters voters;
    struct arena arena;
    struct records out;
    int64_t offset, now_ms;
    int applied; /* records of the last call */
};

static void apply(struct world *w)
{
    struct why why = { "" };

    w->applied = w->out.n;
    for (int n = 0; n < w->out.n; n++) {
        if (image_apply(w->image, w->offset++, records_at(&w->out, n), NULL, NULL, &why))
            fail_msg("%s", why.text);
    }
    records_clear(&w->out);
}

static struct call call_at(struct world *w, int16_t version)
{
    return (struct call){ &w->core, &w->arena, version, w->now_ms, w->offset, &w->out };
}

static void *decide(struct world *w, int16_t key, const void *msg)
{
    const struct kf_api *api = kf_api(key);
    struct call k = call_at(w, api->max);
    void *res = arena_alloc(&w->arena, api->response->size);

    kf_init(api->response, res);
    core_decide(key)(&k, msg, res);
    apply(w);
    return res;
}

static void feature(struct world *w, const char *name, int16_t level)
{
    records_put(&w->out, RECORD_FEATURE_LEVEL, 0,
                &(struct kf_feature_level_record){ str_of(name), level });
    apply(w);
}

static void open_world(struct world *w, bool elr)
{
    memset(w, 0, sizeof(*w));
    w->image = image_new();
    core_init(&w->core, w->image);
    w->core.cluster_id = "c";
    w->core.voters = &w->voters;
    w->now_ms = 1000;
    feature(w, "metadata.version", 30);
    if (elr)
        feature(w, "eligible.leader.replicas.version", 1);
}

static void close_world(struct world *w)
{
    core_done(&w->core);
    image_free(w->image);
    records_done(&w->out);
    arena_done(&w->arena);
}

static int16_t enlist(struct world *w, int32_t id, uint8_t incarnation, const char *rack)
{
    struct kf_broker_registration_request_feature f[] = {
        { STR_LIT("metadata.version"), 7, 30 },
        { STR_LIT("eligible.leader.replicas.version"), 0, 1 },
    };
    struct uuid dir = { { (uint8_t)id, 1 } };
    struct kf_broker_registration_request_listener l = { STR_LIT("PLAINTEXT"), STR_LIT("h"), 9092, 0 };
    struct kf_broker_registration_request r;
    const struct kf_broker_registration_response *res;

    kf_init(&kf_broker_registration_request_schema, &r);
    r.broker_id = id;
    r.cluster_id = str_of("c");
    r.incarnation_id.b[0] = incarnation;
    r.features = f, r.features_n = 2;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    r.rack = str_of(rack);
    l.port = (uint16_t)(9000 + incarnation / 100);
    r.listeners = &l, r.listeners_n = 1;
    res = decide(w, KF_API_BROKER_REGISTRATION, &r);
    return res->error_code;
}

static const struct kf_broker_heartbeat_response *beat(struct world *w, int32_t id, bool fence,
                                                       bool shut_down)
{
    struct kf_broker_heartbeat_request r;

    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = id;
    r.broker_epoch = image_broker(w->image, id)->epoch;
    r.current_metadata_offset = w->offset;
    r.want_fence = fence;
    r.want_shut_down = shut_down;
    return decide(w, KF_API_BROKER_HEARTBEAT, &r);
}

static void brokers(struct world *w, int n)
{
    static const char *const racks[] = { "a", "b", "c" };

    for (int32_t id = 1; id <= n; id++) {
        assert_int_equal(enlist(w, id, 1, racks[id % 3]), 0);
        assert_false(beat(w, id, false, false)->is_fenced);
    }
}

static int16_t create(struct world *w, const char *name, int32_t partitions, int16_t factor,
                      const char *key, const char *value)
{
    struct kf_create_topics_request_creatable_topic_config c = { str_of(key), str_of(value) };
    struct kf_create_topics_request_creatable_topic t = { .name = str_of(name) };
    const struct kf_create_topics_response *res;
    struct kf_create_topics_request r;

    kf_init(&kf_create_topics_request_schema, &r);
    t.num_partitions = partitions;
    t.replication_factor = factor;
    t.configs = &c, t.configs_n = key ? 1 : 0;
    r.topics = &t, r.topics_n = 1;
    res = decide(w, KF_API_CREATE_TOPICS, &r);
    assert_true(!res->topics[0].error_code || res->topics[0].error_message.n > 10);
    return res->topics[0].error_code;
}

/* What no request can make yet: a partition on brokers 1 and 2. */
static void replicated(struct world *w, const char *name)
{
    int32_t replicas[] = { 1, 2 };
    struct uuid dirs[] = { { { 1, 1 } }, { { 2, 1 } } };
    struct kf_partition_record r;

    kf_init(&kf_partition_record_schema, &r);
    records_put(&w->out, RECORD_TOPIC, 0, &(struct kf_topic_record){ str_of(name), { { 42 } } });
    r.partition_id = 0;
    r.topic_id.b[0] = 42;
    r.replicas = r.isr = replicas, r.replicas_n = r.isr_n = 2;
    r.directories = dirs, r.directories_n = 2;
    r.leader = 1;
    r.leader_epoch = r.partition_epoch = 0;
    records_put(&w->out, RECORD_PARTITION, 2, &r);
    apply(w);
}

static void replicas_go_to_distinct_brokers_and_leaders_to_all(void **state)
{
    struct world w;
    int leads[4] = { 0 };

    (void)state;
    open_world(&w, true);
    brokers(&w, 3);
    assert_int_equal(create(&w, "wide", 30, 4, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(create(&w, "wide", 30, 3, NULL, NULL), 0);
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
    close_world(&w);
}

static void what_a_topic_may_not_be_is_refused(void **state)
{
    char longest[251] = { 0 };
    struct world w;

    (void)state;
    memset(longest, 'x', 250);
    open_world(&w, true);
    assert_int_equal(create(&w, "t", 1, 1, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    brokers(&w, 1);
    assert_int_equal(create(&w, "", 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(create(&w, "..", 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(create(&w, "a/b", 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(create(&w, longest, 1, 1, NULL, NULL), KF_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(create(&w, "t", 0, 1, NULL, NULL), KF_ERR_INVALID_PARTITIONS);
    assert_int_equal(create(&w, "t", 1, 0, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(create(&w, "t", 1, 2, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(create(&w, "t", 10001, 1, NULL, NULL), KF_ERR_POLICY_VIOLATION);
    assert_int_equal(create(&w, "t", 1, 1, "no.such", "1"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(create(&w, "t", 1, 1, "segment.bytes", "5"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(image_topics_n(w.image), 0);
    assert_int_equal(create(&w, "t", -1, -1, "segment.bytes", "2000000"), 0);
    assert_string_equal(image_config(w.image, 2, str_of("t"), "segment.bytes"), "2000000");
    assert_int_equal(create(&w, "t", 1, 1, NULL, NULL), KF_ERR_TOPIC_ALREADY_EXISTS);
    close_world(&w);
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
    open_world(&w, true);
    brokers(&w, 6);
    assert_int_equal(create(&w, "t", 60, 1, NULL, NULL), 0);
    for (int32_t p = 0; p < 60; p++) {
        leads[image_partition(w.image, str_of("t"), p)->leader]++;
        if (p) /* neighbours lie in different racks */
            assert_string_not_equal(rack_of(&w, p), rack_of(&w, p - 1));
    }
    for (int id = 1; id <= 6; id++)
        assert_int_equal(leads[id], 10);
    close_world(&w);
}

static void a_fenced_broker_loses_its_leaderships_and_gets_them_back(void **state)
{
    (void)state;
    for (int elr = 0; elr < 2; elr++) {
        const struct partition_state *p;
        struct world w;

        open_world(&w, elr);
        brokers(&w, 1);
        assert_int_equal(create(&w, "t", 1, 1, NULL, NULL), 0);
        assert_true(beat(&w, 1, true, false)->is_fenced);
        p = image_partition(w.image, str_of("t"), 0);
        assert_int_equal(p->leader, -1);
        assert_int_equal(p->isr_n, elr ? 0 : 1);
        assert_int_equal(p->elr_n, elr ? 1 : 0);
        assert_false(beat(&w, 1, false, false)->is_fenced);
        p = image_partition(w.image, str_of("t"), 0);
        assert_int_equal(p->leader, 1);
        assert_int_equal(p->isr_n, 1);
        assert_int_equal(p->elr_n, 0);
        assert_int_equal(p->last_known_elr_n, 0);
        assert_int_equal(p->leader_recovery, 0);
        close_world(&w);
    }
}

static void a_silent_broker_is_fenced_when_its_session_ends(void **state)
{
    struct world w;
    struct call k;

    (void)state;
    open_world(&w, true);
    brokers(&w, 2);
    w.now_ms += 8999;
    k = call_at(&w, 0);
    assert_int_equal(core_tick(&k), w.now_ms + 1);
    assert_int_equal(w.out.n, 0);
    beat(&w, 2, false, false);
    w.now_ms += 1;
    k = call_at(&w, 0);
    core_tick(&k);
    apply(&w);
    assert_true(image_broker(w.image, 1)->fenced);
    assert_false(image_broker(w.image, 2)->fenced);
    /* Its successor may come at once; a live broker's may not. */
    assert_int_equal(enlist(&w, 1, 2, "a"), 0);
    assert_int_equal(enlist(&w, 2, 200, "a"), KF_ERR_DUPLICATE_BROKER_REGISTRATION);
    /* Unless it stands in the very same place. */
    assert_int_equal(enlist(&w, 2, 2, "a"), 0);
    assert_true(image_broker(w.image, 2)->fenced);
    close_world(&w);
}

static void a_stale_epoch_changes_nothing(void **state)
{
    struct kf_broker_heartbeat_request r;
    const struct kf_broker_heartbeat_response *res;
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 1);
    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = 1;
    r.broker_epoch = image_broker(w.image, 1)->epoch - 1;
    r.want_fence = true;
    res = decide(&w, KF_API_BROKER_HEARTBEAT, &r);
    assert_int_equal(res->error_code, KF_ERR_STALE_BROKER_EPOCH);
    assert_int_equal(w.applied, 0);
    assert_false(image_broker(w.image, 1)->fenced);
    close_world(&w);
}

static void a_controlled_shutdown_moves_leaders_first(void **state)
{
    const struct kf_broker_heartbeat_response *res;
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 2);
    replicated(&w, "r");
    res = beat(&w, 1, false, true);
    assert_false(res->should_shut_down);
    assert_true(image_broker(w.image, 1)->in_controlled_shutdown);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->leader, 2);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->isr_n, 1);
    /* Not before the others have seen it. */
    assert_false(beat(&w, 1, false, true)->should_shut_down);
    beat(&w, 2, false, false);
    assert_true(beat(&w, 1, false, true)->should_shut_down);
    assert_true(image_broker(w.image, 1)->fenced);
    close_world(&w);
}

static int16_t alter(struct world *w, int32_t sender, int32_t partition_epoch, const int32_t *isr, int32_t n)
{
    struct kf_alter_partition_request_broker_state states[4] = { 0 };
    struct kf_alter_partition_request_partition_data p = { .leader_epoch = 0 };
    struct kf_alter_partition_request_topic_data t = { { { 42 } }, &p, 1 };
    struct kf_alter_partition_request r = { sender, image_broker(w->image, sender)->epoch, &t, 1 };
    const struct kf_alter_partition_response *res;

    for (int32_t i = 0; i < n; i++)
        states[i] = (struct kf_alter_partition_request_broker_state){ isr[i], -1 };
    p.partition_epoch = partition_epoch;
    p.new_isr_with_epochs = states, p.new_isr_with_epochs_n = n;
    res = decide(w, KF_API_ALTER_PARTITION, &r);
    assert_int_equal(res->error_code, 0);
    return res->topics[0].partitions[0].error_code;
}

static void the_leader_alone_alters_the_isr(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 3);
    replicated(&w, "r");
    assert_int_equal(alter(&w, 2, 0, (int32_t[]){ 2 }, 1), KF_ERR_INVALID_REQUEST);
    assert_int_equal(alter(&w, 1, 0, (int32_t[]){ 2 }, 1), KF_ERR_INVALID_REQUEST);
    assert_int_equal(alter(&w, 1, 0, (int32_t[]){ 1, 1 }, 2), KF_ERR_INVALID_REQUEST);
    assert_int_equal(alter(&w, 1, 0, (int32_t[]){ 1, 3 }, 2), KF_ERR_INVALID_REQUEST);
    assert_int_equal(alter(&w, 1, 1, (int32_t[]){ 1 }, 1), KF_ERR_NOT_CONTROLLER);
    assert_int_equal(alter(&w, 1, 0, (int32_t[]){ 1 }, 1), 0);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->isr_n, 1);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->leader_epoch, 0);
    assert_int_equal(alter(&w, 1, 0, (int32_t[]){ 1, 2 }, 2), KF_ERR_INVALID_UPDATE_VERSION);
    beat(&w, 2, true, false);
    assert_int_equal(alter(&w, 1, 1, (int32_t[]){ 1, 2 }, 2), KF_ERR_INELIGIBLE_REPLICA);
    beat(&w, 2, false, false);
    assert_int_equal(alter(&w, 1, 1, (int32_t[]){ 1, 2 }, 2), 0);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->partition_epoch, 2);
    close_world(&w);
}

static void the_preferred_leader_is_elected_when_it_can_lead(void **state)
{
    int32_t zero[] = { 0 };
    struct kf_elect_leaders_request_topic_partitions t = { STR_LIT("r"), zero, 1 };
    struct kf_elect_leaders_request r = { 0, &t, 1, 1000 };
    const struct kf_elect_leaders_response *res;
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 2);
    replicated(&w, "r");
    res = decide(&w, KF_API_ELECT_LEADERS, &r);
    assert_int_equal(res->replica_election_results[0].partition_result[0].error_code,
                     KF_ERR_ELECTION_NOT_NEEDED);
    beat(&w, 1, true, false);
    assert_int_equal(image_partition(w.image, str_of("r"), 0)->leader, 2);
    res = decide(&w, KF_API_ELECT_LEADERS, &r);
    assert_int_equal(res->replica_election_results[0].partition_result[0].error_code,
                     KF_ERR_PREFERRED_LEADER_NOT_AVAILABLE);
    beat(&w, 1, false, false);
    assert_int_equal(alter(&w, 2, 1, (int32_t[]){ 2 }, 1), KF_ERR_FENCED_LEADER_EPOCH);
    close_world(&w);
}

static int16_t configure(struct world *w, int8_t type, const char *name, const char *key, int8_t op,
                         const char *value)
{
    struct kf_incremental_alter_configs_request_alterable_config c = { str_of(key), op, str_of(value) };
    struct kf_incremental_alter_configs_request_alter_configs_resource x = { type, str_of(name), &c, 1 };
    struct kf_incremental_alter_configs_request r = { &x, 1, false };
    const struct kf_incremental_alter_configs_response *res = decide(w, KF_API_INCREMENTAL_ALTER_CONFIGS, &r);

    return res->responses[0].error_code;
}

static void configs_are_checked_and_lists_are_edited(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 1);
    assert_int_equal(create(&w, "t", 1, 1, NULL, NULL), 0);
    assert_int_equal(configure(&w, 2, "no", "retention.ms", 0, "1"), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(configure(&w, 2, "t", "bogus", 0, "1"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(configure(&w, 2, "t", "retention.ms", 0, "x"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(configure(&w, 2, "t", "retention.ms", 0, "7"), 0);
    assert_int_equal(w.applied, 1);
    assert_int_equal(configure(&w, 2, "t", "retention.ms", 0, "7"), 0);
    assert_int_equal(w.applied, 0); /* nothing changes, nothing is written */
    assert_int_equal(configure(&w, 2, "t", "cleanup.policy", 2, "compact"), 0);
    assert_string_equal(image_config(w.image, 2, str_of("t"), "cleanup.policy"), "delete,compact");
    assert_int_equal(configure(&w, 2, "t", "cleanup.policy", 3, "delete"), 0);
    assert_string_equal(image_config(w.image, 2, str_of("t"), "cleanup.policy"), "compact");
    assert_int_equal(configure(&w, 2, "t", "retention.ms", 2, "1"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(configure(&w, 2, "t", "retention.ms", 1, NULL), 0);
    assert_null(image_config(w.image, 2, str_of("t"), "retention.ms"));
    assert_int_equal(configure(&w, 4, "9", "log.retention.ms", 0, "5"), KF_ERR_BROKER_ID_NOT_REGISTERED);
    assert_int_equal(configure(&w, 4, "", "log.retention.ms", 0, "5000"), 0);
    assert_int_equal(configure(&w, 4, "1", "min.insync.replicas", 0, "2"), KF_ERR_INVALID_CONFIG);
    assert_int_equal(configure(&w, 99, "x", "y", 0, "2"), KF_ERR_INVALID_REQUEST);
    close_world(&w);
}

static void legacy_alter_configs_replaces_the_whole_set(void **state)
{
    struct kf_alter_configs_request_alterable_config c = { STR_LIT("retention.bytes"), STR_LIT("5") };
    struct kf_alter_configs_request_alter_configs_resource x = { 2, STR_LIT("t"), &c, 1 };
    struct kf_alter_configs_request r = { &x, 1, false };
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 1);
    assert_int_equal(create(&w, "t", 1, 1, "retention.ms", "5"), 0);
    decide(&w, KF_API_ALTER_CONFIGS, &r);
    assert_null(image_config(w.image, 2, str_of("t"), "retention.ms"));
    assert_string_equal(image_config(w.image, 2, str_of("t"), "retention.bytes"), "5");
    close_world(&w);
}

static int16_t partitions(struct world *w, const char *name, int32_t count)
{
    struct kf_create_partitions_request_create_partitions_topic t = { str_of(name), count, NULL, -1 };
    struct kf_create_partitions_request r = { &t, 1, 1000, false };
    const struct kf_create_partitions_response *res = decide(w, KF_API_CREATE_PARTITIONS, &r);

    return res->results[0].error_code;
}

static void partitions_only_grow(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 2);
    assert_int_equal(create(&w, "t", 3, 1, NULL, NULL), 0);
    assert_int_equal(partitions(&w, "t", 3), KF_ERR_INVALID_PARTITIONS);
    assert_int_equal(partitions(&w, "t", 2), KF_ERR_INVALID_PARTITIONS);
    assert_int_equal(partitions(&w, "u", 2), KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(partitions(&w, "t", 8), 0);
    assert_int_equal(image_topic(w.image, str_of("t"))->partitions_n, 8);
    assert_true(image_partition(w.image, str_of("t"), 7)->leader > 0);
    close_world(&w);
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
    open_world(&w, true);
    brokers(&w, 1);
    assert_int_equal(create(&w, "t", 3, 1, NULL, NULL), 0);
    assert_int_equal(create(&w, "u", 3, 1, NULL, NULL), 0);
    t[2].topic_id = image_topic(w.image, str_of("u"))->id;
    res = decide(&w, KF_API_DELETE_TOPICS, &r);
    assert_int_equal(res->responses[0].error_code, 0);
    assert_int_equal(res->responses[1].error_code, KF_ERR_INVALID_REQUEST);
    assert_int_equal(res->responses[2].error_code, 0);
    assert_int_equal(image_topics_n(w.image), 0);
    close_world(&w);
}

static void producer_ids_are_never_given_twice(void **state)
{
    struct world w;
    int64_t before = -1;

    (void)state;
    open_world(&w, true);
    brokers(&w, 1);
    for (int n = 0; n < 3; n++) {
        struct kf_allocate_producer_ids_request r = { 1, image_broker(w.image, 1)->epoch };
        const struct kf_allocate_producer_ids_response *res = decide(&w, KF_API_ALLOCATE_PRODUCER_IDS, &r);

        assert_int_equal(res->error_code, 0);
        assert_true(res->producer_id_start > before);
        before = res->producer_id_start + res->producer_id_len - 1;
    }
    close_world(&w);
}

static int16_t upgrade(struct world *w, const char *name, int16_t level, int8_t type)
{
    struct kf_update_features_request_feature_update_key u = { str_of(name), level, false, type };
    struct kf_update_features_request r = { 1000, &u, 1, false };
    const struct kf_update_features_response *res = decide(w, KF_API_UPDATE_FEATURES, &r);

    return res->error_code;
}

static void a_feature_moves_only_where_all_nodes_can_follow(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, false);
    brokers(&w, 1);
    assert_int_equal(upgrade(&w, "group.version", 1, 1), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(upgrade(&w, "nonsense", 1, 1), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(upgrade(&w, "metadata.version", 29, 2), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(upgrade(&w, "eligible.leader.replicas.version", 2, 1), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(upgrade(&w, "eligible.leader.replicas.version", 1, 1), 0);
    assert_int_equal(image_feature(w.image, "eligible.leader.replicas.version"), 1);
    assert_int_equal(upgrade(&w, "eligible.leader.replicas.version", 0, 1), KF_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(upgrade(&w, "eligible.leader.replicas.version", 0, 2), 0);
    close_world(&w);
}

static void an_unregistered_broker_is_gone(void **state)
{
    struct kf_unregister_broker_request r = { 1 };
    const struct kf_unregister_broker_response *res;
    struct world w;

    (void)state;
    open_world(&w, true);
    brokers(&w, 2);
    assert_int_equal(create(&w, "t", 2, 1, NULL, NULL), 0);
    res = decide(&w, KF_API_UNREGISTER_BROKER, &r);
    assert_int_equal(res->error_code, 0);
    assert_null(image_broker(w.image, 1));
    res = decide(&w, KF_API_UNREGISTER_BROKER, &r);
    assert_int_equal(res->error_code, KF_ERR_BROKER_ID_NOT_REGISTERED);
    close_world(&w);
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
          TEST(a_feature_moves_only_where_all_nodes_can_follow), TEST(an_unregistered_broker_is_gone))
