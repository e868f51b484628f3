#include "api/kafka/msg/unregister_broker.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define IDS(...)                                                                                   \
    (int32_t[]){ __VA_ARGS__ }, (int32_t)(sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t))

static const struct partition_state *r0(const struct world *w)
{
    return image_partition(w->image, str_of("r"), 0);
}

static int16_t unregister(struct world *w, int32_t id)
{
    struct kf_unregister_broker_request r;
    const struct kf_unregister_broker_response *res;

    kf_init(&kf_unregister_broker_request_schema, &r);
    r.broker_id = id;
    res = world_decide(w, KF_API_UNREGISTER_BROKER, &r);
    return res->error_code;
}

static void cordon(struct world *w, int32_t id, struct uuid *dirs, int32_t n)
{
    struct kf_broker_heartbeat_request r;

    kf_init(&kf_broker_heartbeat_request_schema, &r);
    r.broker_id = id;
    r.broker_epoch = image_broker(w->image, id)->epoch;
    r.current_metadata_offset = w->offset;
    r.cordoned_log_dirs = dirs, r.cordoned_log_dirs_n = n;
    world_decide(w, KF_API_BROKER_HEARTBEAT, &r);
}

static void an_unregistered_broker_that_returns_is_not_believed_to_have_its_data(void **state)
{
    struct world w;
    int64_t epoch;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 3);
    world_configure(&w, RESOURCE_BROKER, "", "min.insync.replicas", 0, "2");
    assert_int_equal(world_assign(&w, "r", IDS(1, 2)), 0);
    epoch = image_broker(w.image, 2)->epoch;
    world_beat(&w, 2, true, false);
    assert_int_equal(r0(&w)->elr_n, 1);
    assert_int_equal(unregister(&w, 2), 0);
    assert_null(image_broker(w.image, 2));
    assert_int_equal(world_enlist_after(&w, 2, 7, "a", epoch), 0);
    assert_int_equal(r0(&w)->elr_n, 0);
    assert_int_equal(unregister(&w, 9), KF_ERR_BROKER_ID_NOT_REGISTERED);
    world_close(&w);
}

static void a_broker_whose_directories_are_all_cordoned_gets_no_new_replica(void **state)
{
    struct uuid dir = { { 3, 1 } };
    struct world w;

    (void)state;
    world_open(&w, true);
    world_brokers(&w, 3);
    cordon(&w, 3, &dir, 1);
    assert_int_equal(w.applied, 1);
    cordon(&w, 3, &dir, 1);
    assert_int_equal(w.applied, 0); /* told again: nothing new */
    assert_int_equal(world_create(&w, "t", 1, 3, NULL, NULL), KF_ERR_INVALID_REPLICATION_FACTOR);
    assert_int_equal(world_create(&w, "t", 20, 2, NULL, NULL), 0);
    for (int32_t p = 0; p < 20; p++)
        assert_false(ids_has(image_partition(w.image, str_of("t"), p)->replicas, 2, 3));
    assert_int_equal(world_assign(&w, "r", IDS(3, 1)), 0); /* by hand it may */
    cordon(&w, 3, &dir, 0);
    assert_int_equal(world_create(&w, "u", 1, 3, NULL, NULL), 0);
    world_close(&w);
}

static void a_replica_in_a_lost_directory_neither_leads_nor_is_in_sync(void **state)
{
    struct uuid lost = { { [15] = 2 } }, own = world_dir(1, 1), unknown = { { 9, 9 } };
    struct world w;

    (void)state;
    for (int elr = 0; elr < 2; elr++) {
        world_open(&w, elr);
        world_brokers(&w, 3);
        assert_int_equal(world_assign(&w, "r", IDS(1, 2)), 0);
        assert_int_equal(world_place(&w, 3, "r", 0, own), KF_ERR_NOT_LEADER_OR_FOLLOWER);
        assert_int_equal(world_place(&w, 1, "r", 0, own), 0);
        assert_int_equal(w.applied, 0);
        assert_int_equal(world_place(&w, 1, "r", 0, lost), 0);
        assert_int_equal(r0(&w)->leader, 2);
        assert_int_equal(r0(&w)->isr_n, 1);
        assert_int_equal(world_isr(&w, "r", 0, IDS(2)), 0);
        /* The last one stays in sync, or eligible; it cannot lead. */
        assert_int_equal(world_place(&w, 2, "r", 0, unknown), 0);
        assert_int_equal(r0(&w)->leader, -1);
        assert_int_equal(r0(&w)->isr_n + r0(&w)->elr_n, 1);
        assert_int_equal(world_place(&w, 2, "r", 0, world_dir(2, 1)), 0);
        assert_int_equal(r0(&w)->leader, 2);
        world_close(&w);
    }
}

static void nobody_is_fenced_for_time_that_the_controller_slept(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, false);
    world_brokers(&w, 3);
    w.now_ms += w.core.session_timeout_ms;
    core_stood_still(&w.core, w.core.session_timeout_ms);
    world_tick(&w);
    assert_int_equal(w.applied, 0);
    w.now_ms += w.core.session_timeout_ms;
    world_tick(&w);
    assert_int_equal(w.applied, 1);
    world_close(&w);
}

static void brokers_have_time_to_find_a_new_controller(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, false);
    world_brokers(&w, 2);
    w.core.session_timeout_ms = 1500;
    core_activate(&w.core, w.now_ms);
    w.now_ms += FIRST_SESSION_MS_MIN - 1;
    world_tick(&w);
    assert_int_equal(w.applied, 0);
    world_beat(&w, 1, false, false);
    w.now_ms += 1;
    world_tick(&w);
    assert_true(image_broker(w.image, 2)->fenced);
    w.now_ms += 1500; /* who has been heard of has a session as all others */
    world_tick(&w);
    assert_true(image_broker(w.image, 1)->fenced);
    world_close(&w);
}

TEST_MAIN(TEST(brokers_have_time_to_find_a_new_controller),
          TEST(nobody_is_fenced_for_time_that_the_controller_slept),
          TEST(an_unregistered_broker_that_returns_is_not_believed_to_have_its_data),
          TEST(a_broker_whose_directories_are_all_cordoned_gets_no_new_replica),
          TEST(a_replica_in_a_lost_directory_neither_leads_nor_is_in_sync))
