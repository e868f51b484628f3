#include "tests/lib/world.h"

#include "api/kafka/fields.h"
#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/alter_partition_reassignments.h"
#include "api/kafka/msg/assign_replicas_to_dirs.h"
#include "api/kafka/msg/broker_registration.h"
#include "api/kafka/msg/create_partitions.h"
#include "api/kafka/msg/create_topics.h"
#include "api/kafka/msg/elect_leaders.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/incremental_alter_configs.h"
#include "api/kafka/msg/update_features.h"
#include "tests/lib/test.h"

void world_apply(struct world *w)
{
    struct why why = { "" };

    w->applied = w->out.n;
    for (int n = 0; n < w->out.n; n++) {
        if (image_apply(w->image, w->offset++, records_at(&w->out, n), NULL, NULL, &why))
            fail_msg("%s", why.text);
    }
    records_clear(&w->out);
    if (!w->unchecked)
        image_check(w->image);
}

struct call world_call(struct world *w, int16_t version)
{
    return (struct call){ &w->core, &w->arena, version, w->now_ms, w->offset, &w->out };
}

void *world_decide(struct world *w, int16_t key, const void *msg)
{
    const struct kf_api *api = kf_api(key);
    struct call k = world_call(w, api->max);
    void *res = arena_alloc(&w->arena, api->response->size);

    kf_init(api->response, res);
    core_decide(key)(&k, msg, res);
    world_apply(w);
    return res;
}

static void feature(struct world *w, const char *name, int16_t level)
{
    records_put(&w->out, RECORD_FEATURE_LEVEL, 0,
                &(struct kf_feature_level_record){ str_of(name), level });
    world_apply(w);
}

void world_open(struct world *w, bool elr)
{
    world_open_at(w, 30);
    if (elr)
        feature(w, "eligible.leader.replicas.version", 1);
}

void world_open_at(struct world *w, int16_t level)
{
    memset(w, 0, sizeof(*w));
    w->image = image_new();
    core_init(&w->core, w->image);
    w->core.cluster_id = "c";
    w->core.voters = &w->voters;
    w->now_ms = 1000;
    w->dirs = 1;
    core_activate(&w->core, w->now_ms);
    feature(w, "metadata.version", level);
}

int64_t world_tick(struct world *w)
{
    struct call k = world_call(w, 0);
    int64_t next = core_tick(&k);

    world_apply(w);
    return next;
}

void world_close(struct world *w)
{
    core_done(&w->core);
    image_free(w->image);
    records_done(&w->out);
    arena_done(&w->arena);
}

int16_t world_enlist_after(struct world *w, int32_t id, uint8_t incarnation, const char *rack,
                           int64_t previous_epoch)
{
    struct kf_broker_registration_request_feature f[] = {
        { STR_LIT("metadata.version"), 7, 30 },
        { STR_LIT("eligible.leader.replicas.version"), 0, 1 },
    };
    struct uuid dirs[] = { world_dir(id, 1), world_dir(id, 2) };
    struct kf_broker_registration_request_listener l = { STR_LIT("PLAINTEXT"), STR_LIT("h"), 9092,
                                                         0 };
    struct kf_broker_registration_request r;
    const struct kf_broker_registration_response *res;

    kf_init(&kf_broker_registration_request_schema, &r);
    r.broker_id = id;
    r.cluster_id = str_of("c");
    r.incarnation_id.b[0] = incarnation;
    r.features = f, r.features_n = 2;
    r.log_dirs = dirs, r.log_dirs_n = w->dirs;
    r.rack = str_of(rack);
    l.port = (uint16_t)(9000 + incarnation / 100);
    r.listeners = &l, r.listeners_n = 1;
    r.previous_broker_epoch = previous_epoch;
    res = world_decide(w, KF_API_BROKER_REGISTRATION, &r);
    return res->error_code;
}

struct uuid world_dir(int32_t broker, int n)
{
    return (struct uuid){ { (uint8_t)broker, (uint8_t)n } };
}

int16_t world_feature(struct world *w, const char *name, int16_t level)
{
    struct kf_update_features_request_feature_update_key u = {
        .feature = str_of(name),
        .max_version_level = level,
        .upgrade_type = level < image_feature(w->image, name) ? 2 : 1,
    };
    struct kf_update_features_request r = { .feature_updates = &u, .feature_updates_n = 1 };
    const struct kf_update_features_response *res = world_decide(w, KF_API_UPDATE_FEATURES, &r);

    return res->error_code;
}

int16_t world_place(struct world *w, int32_t broker, const char *topic, int32_t partition,
                    struct uuid dir)
{
    struct kf_assign_replicas_to_dirs_request_partition_data p = { partition };
    struct kf_assign_replicas_to_dirs_request_topic_data t = {
        image_topic(w->image, str_of(topic))->id, &p, 1
    };
    struct kf_assign_replicas_to_dirs_request_directory_data d = { dir, &t, 1 };
    struct kf_assign_replicas_to_dirs_request r = { broker, image_broker(w->image, broker)->epoch,
                                                    &d, 1 };
    const struct kf_assign_replicas_to_dirs_response *res =
        world_decide(w, KF_API_ASSIGN_REPLICAS_TO_DIRS, &r);

    return res->error_code ? res->error_code
                           : res->directories[0].topics[0].partitions[0].error_code;
}

int16_t world_enlist(struct world *w, int32_t id, uint8_t incarnation, const char *rack)
{
    const struct broker_registration *b = image_broker(w->image, id);

    return world_enlist_after(w, id, incarnation, rack, b ? b->epoch : -1);
}

const struct kf_broker_heartbeat_response *world_beat(struct world *w, int32_t id, bool fence,
                                                      bool shut_down)
{
    struct kf_broker_heartbeat_request r;

    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = id;
    r.broker_epoch = image_broker(w->image, id)->epoch;
    r.current_metadata_offset = w->offset;
    r.want_fence = fence;
    r.want_shut_down = shut_down;
    return world_decide(w, KF_API_BROKER_HEARTBEAT, &r);
}

void world_brokers(struct world *w, int n)
{
    static const char *const racks[] = { "a", "b", "c" };

    for (int32_t id = 1; id <= n; id++) {
        assert_int_equal(world_enlist(w, id, 1, racks[id % 3]), 0);
        assert_false(world_beat(w, id, false, false)->is_fenced);
    }
}

int16_t world_create(struct world *w, const char *name, int32_t partitions, int16_t factor,
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
    res = world_decide(w, KF_API_CREATE_TOPICS, &r);
    assert_true(!res->topics[0].error_code || res->topics[0].error_message.n > 10);
    return res->topics[0].error_code;
}

int16_t world_alter(struct world *w, int32_t sender, int32_t partition_epoch, const int32_t *isr,
                    int32_t n)
{
    struct kf_alter_partition_request_broker_state states[8] = { 0 };
    struct kf_alter_partition_request_partition_data p = { .leader_epoch = 0 };
    struct kf_alter_partition_request_topic_data t = { image_topic(w->image, str_of("r"))->id, &p,
                                                       1 };
    struct kf_alter_partition_request r = { sender, image_broker(w->image, sender)->epoch, &t, 1 };
    const struct kf_alter_partition_response *res;

    for (int32_t i = 0; i < n; i++)
        states[i] = (struct kf_alter_partition_request_broker_state){ isr[i], -1 };
    p.partition_epoch = partition_epoch;
    p.new_isr_with_epochs = states, p.new_isr_with_epochs_n = n;
    res = world_decide(w, KF_API_ALTER_PARTITION, &r);
    assert_int_equal(res->error_code, 0);
    return res->topics[0].partitions[0].error_code;
}

int16_t world_isr(struct world *w, const char *topic, int32_t partition, const int32_t *isr,
                  int32_t n)
{
    const struct partition_state *p = image_partition(w->image, str_of(topic), partition);
    struct kf_alter_partition_request_broker_state states[8] = { 0 };
    struct kf_alter_partition_request_partition_data q = { .partition_index = partition,
                                                           .leader_epoch = p->leader_epoch,
                                                           .partition_epoch = p->partition_epoch };
    struct kf_alter_partition_request_topic_data t = { image_topic(w->image, str_of(topic))->id, &q,
                                                       1 };
    struct kf_alter_partition_request r = { p->leader, image_broker(w->image, p->leader)->epoch, &t,
                                            1 };
    const struct kf_alter_partition_response *res;

    for (int32_t i = 0; i < n; i++)
        states[i] = (struct kf_alter_partition_request_broker_state){
            isr[i], image_broker(w->image, isr[i]) ? image_broker(w->image, isr[i])->epoch : -1
        };
    q.new_isr_with_epochs = states, q.new_isr_with_epochs_n = n;
    res = world_decide(w, KF_API_ALTER_PARTITION, &r);
    return res->error_code ? res->error_code : res->topics[0].partitions[0].error_code;
}

int16_t world_assign(struct world *w, const char *name, const int32_t *replicas, int32_t n)
{
    struct kf_create_topics_request_creatable_replica_assignment a = {
        0, (int32_t *)(uintptr_t)replicas, n
    };
    struct kf_create_topics_request_creatable_topic t = { .name = str_of(name),
                                                          .num_partitions = -1,
                                                          .replication_factor = -1,
                                                          .assignments = &a,
                                                          .assignments_n = 1 };
    const struct kf_create_topics_response *res;
    struct kf_create_topics_request r;

    kf_init(&kf_create_topics_request_schema, &r);
    r.topics = &t, r.topics_n = 1;
    res = world_decide(w, KF_API_CREATE_TOPICS, &r);
    return res->topics[0].error_code;
}

int16_t world_move(struct world *w, const char *topic, int32_t partition, const int32_t *to,
                   int32_t n)
{
    struct kf_alter_partition_reassignments_request_reassignable_partition p = {
        partition, (int32_t *)(uintptr_t)to, n
    };
    struct kf_alter_partition_reassignments_request_reassignable_topic t = { str_of(topic), &p, 1 };
    struct kf_alter_partition_reassignments_request r = { 1000, !w->factor_fixed, &t, 1 };
    const struct kf_alter_partition_reassignments_response *res =
        world_decide(w, KF_API_ALTER_PARTITION_REASSIGNMENTS, &r);

    assert_int_equal(res->error_code, 0);
    assert_true(!res->responses[0].partitions[0].error_code ||
                res->responses[0].partitions[0].error_message.n > 10);
    return res->responses[0].partitions[0].error_code;
}

int16_t world_elect(struct world *w, int8_t type, const char *topic, int32_t partition)
{
    struct kf_elect_leaders_request_topic_partitions t = { str_of(topic), &partition, 1 };
    struct kf_elect_leaders_request r = { type, &t, 1, 1000 };
    const struct kf_elect_leaders_response *res = world_decide(w, KF_API_ELECT_LEADERS, &r);

    return res->replica_election_results[0].partition_result[0].error_code;
}

int16_t world_configure(struct world *w, int8_t type, const char *name, const char *key, int8_t op,
                        const char *value)
{
    struct kf_incremental_alter_configs_request_alterable_config c = { str_of(key), op,
                                                                       str_of(value) };
    struct kf_incremental_alter_configs_request_alter_configs_resource x = { type, str_of(name), &c,
                                                                             1 };
    struct kf_incremental_alter_configs_request r = { &x, 1, false };
    const struct kf_incremental_alter_configs_response *res =
        world_decide(w, KF_API_INCREMENTAL_ALTER_CONFIGS, &r);

    return res->responses[0].error_code;
}

int16_t world_grow(struct world *w, const char *name, int32_t count)
{
    struct kf_create_partitions_request_create_partitions_topic t = { str_of(name), count, NULL,
                                                                      -1 };
    struct kf_create_partitions_request r = { &t, 1, 1000, false };
    const struct kf_create_partitions_response *res = world_decide(w, KF_API_CREATE_PARTITIONS, &r);

    return res->results[0].error_code;
}
