#include "broker/replica/rack_aware.h"

#include "api/kafka/msg/register_broker_record.h"
#include "broker/metadata/record.h"
#include "tests/lib/test.h"

static void register_broker(struct image *i, int32_t id, const char *rack, const char *listener)
{
    struct kf_register_broker_record_broker_endpoint ep = { str_of(listener), STR_LIT("h"), 9092, 0 };
    struct kf_register_broker_record_broker_feature f = { STR_LIT("metadata.version"), 7, 30 };
    struct kf_register_broker_record r;
    OWNED_BUF b = { 0 };
    struct why why;

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = id;
    r.rack = str_of(rack);
    r.end_points = &ep, r.end_points_n = 1;
    r.features = &f, r.features_n = 1;
    record_put(&b, RECORD_REGISTER_BROKER, 1, &r);
    assert_ok(image_apply(i, id, buf_slice(&b), NULL, NULL, &why));
}

/* Leader 1 in rack a, 2 and 3 in b, 4 in c; offsets 10 to 100. */
static struct image *image(void)
{
    struct image *i = image_new();

    register_broker(i, 1, "a", "PLAINTEXT");
    register_broker(i, 2, "b", "PLAINTEXT");
    register_broker(i, 3, "b", "PLAINTEXT");
    register_broker(i, 4, "c", "OTHER");
    return i;
}

static struct leader_replica replica(int32_t id, int64_t end, int64_t caught_up_ms)
{
    return (struct leader_replica){ .id = id, .end = end, .log_start = 10, .committed = true,
                                    .maximal = true, .caught_up_ms = caught_up_ms };
}

static int32_t choose(struct leader_replica *r, const char *rack, int64_t offset)
{
    struct leader l = { .self = 1, .replicas = r, .replicas_n = 4 };
    struct image *i = image();
    int32_t id = rack_aware_replica(&l, i, str_of(rack), "PLAINTEXT", offset);

    image_free(i);
    return id;
}

static void a_consumer_reads_in_its_own_rack(void **state)
{
    struct leader_replica r[] = { replica(1, 100, 0), replica(2, 90, 5), replica(3, 80, 5),
                                  replica(4, 100, 5) };

    (void)state;
    assert_int_equal(choose(r, "b", 50), 2);
    r[2].end = 95;
    assert_int_equal(choose(r, "b", 50), 3); /* the longer log */
    r[1].end = 95;
    assert_int_equal(choose(r, "b", 50), 3); /* the higher id */
    r[1].caught_up_ms = 6;
    assert_int_equal(choose(r, "b", 50), 2); /* who was at the end later */
}

static void the_leader_serves_its_own_rack_strangers_and_who_says_none(void **state)
{
    struct leader_replica r[] = { replica(1, 10, 0), replica(2, 90, 5), replica(3, 80, 5),
                                  replica(4, 100, 5) };

    (void)state;
    assert_int_equal(choose(r, "a", 50), -1);
    assert_int_equal(choose(r, "", 50), -1);
    assert_int_equal(choose(r, "z", 50), -1);
}

static void a_replica_without_the_offset_the_isr_or_the_listener_is_passed_over(void **state)
{
    struct leader_replica r[] = { replica(1, 100, 0), replica(2, 90, 5), replica(3, 80, 5),
                                  replica(4, 100, 5) };

    (void)state;
    assert_int_equal(choose(r, "b", 91), -1);
    assert_int_equal(choose(r, "b", 9), -1);
    assert_int_equal(choose(r, "c", 50), -1);
    r[1].committed = false;
    assert_int_equal(choose(r, "b", 50), 3);
}

TEST_MAIN(TEST(a_consumer_reads_in_its_own_rack),
          TEST(the_leader_serves_its_own_rack_strangers_and_who_says_none),
          TEST(a_replica_without_the_offset_the_isr_or_the_listener_is_passed_over))
