#include "broker/metadata/image.h"

#include <stdio.h>

#include "api/kafka/msg/access_control_entry_record.h"
#include "api/kafka/msg/begin_transaction_record.h"
#include "api/kafka/msg/broker_registration_change_record.h"
#include "api/kafka/msg/config_record.h"
#include "api/kafka/msg/feature_level_record.h"
#include "api/kafka/msg/partition_change_record.h"
#include "api/kafka/msg/partition_record.h"
#include "api/kafka/msg/producer_ids_record.h"
#include "api/kafka/msg/register_broker_record.h"
#include "api/kafka/msg/remove_topic_record.h"
#include "api/kafka/msg/topic_record.h"
#include "broker/metadata/record.h"
#include "common/clock.h"
#include "tests/lib/test.h"

static int64_t next_offset;

static err_t apply(struct image *i, enum metadata_record type, int16_t version, const void *msg)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, type, version, msg);
    return image_apply(i, next_offset++, buf_slice(&b), NULL, NULL, &why);
}

static struct uuid id_of(uint32_t n)
{
    struct uuid u = { { 1 } };

    memcpy(u.b + 4, &n, 4);
    return u;
}

static void broker(struct image *i, int32_t id, int64_t epoch)
{
    struct uuid dir = id_of(1000);
    struct kf_register_broker_record_broker_endpoint ep = { STR_LIT("PLAINTEXT"), STR_LIT("h"),
                                                            9092, 0 };
    struct kf_register_broker_record_broker_feature f = { STR_LIT("metadata.version"), 7, 30 };
    struct kf_register_broker_record r;

    kf_init(&kf_register_broker_record_schema, &r);
    r.broker_id = id;
    r.broker_epoch = epoch;
    r.end_points = &ep, r.end_points_n = 1;
    r.features = &f, r.features_n = 1;
    r.log_dirs = &dir, r.log_dirs_n = 1;
    r.rack = str_of("a");
    assert_ok(apply(i, RECORD_REGISTER_BROKER, 4, &r));
}

static void topic(struct image *i, const char *name, uint32_t n, int32_t partitions)
{
    int32_t one[] = { 1 };
    struct uuid dir = id_of(1000);

    assert_ok(apply(i, RECORD_TOPIC, 0, &(struct kf_topic_record){ str_of(name), id_of(n) }));
    for (int32_t p = 0; p < partitions; p++) {
        struct kf_partition_record r;

        kf_init(&kf_partition_record_schema, &r);
        r.partition_id = p;
        r.topic_id = id_of(n);
        r.replicas = r.isr = one, r.replicas_n = r.isr_n = 1;
        r.directories = &dir, r.directories_n = 1;
        r.leader = 1;
        r.leader_epoch = r.partition_epoch = 0;
        assert_ok(apply(i, RECORD_PARTITION, 2, &r));
    }
}

static void feature(struct image *i, const char *name, int16_t level)
{
    assert_ok(apply(i, RECORD_FEATURE_LEVEL, 0,
                    &(struct kf_feature_level_record){ str_of(name), level }));
}

static void config(struct image *i, const char *name, const char *key, const char *value)
{
    assert_ok(apply(i, RECORD_CONFIG, 0,
                    &(struct kf_config_record){ 2, str_of(name), str_of(key), str_of(value) }));
}

static void topics_are_found_by_name_and_id_and_walked_in_order(void **state)
{
    struct image *i = image_new();
    size_t at = 0;

    (void)state;
    topic(i, "b", 2, 3);
    topic(i, "a", 1, 1);
    assert_string_equal(image_topic_next(i, &at)->name, "a");
    assert_string_equal(image_topic_next(i, &at)->name, "b");
    assert_null(image_topic_next(i, &at));
    assert_int_equal(image_topic(i, str_of("b"))->partitions_n, 3);
    assert_ptr_equal(image_topic_by_id(i, &image_topic(i, str_of("a"))->id),
                     image_topic(i, str_of("a")));
    assert_int_equal(image_partition(i, str_of("b"), 2)->leader, 1);
    assert_null(image_partition(i, str_of("b"), 3));
    assert_int_equal(image_partitions_n(i), 4);
    image_free(i);
}

static void a_partition_change_merges_and_raises_the_epochs(void **state)
{
    struct image *i = image_new();
    struct kf_partition_change_record r;
    const struct partition_state *p;
    int32_t two[] = { 1, 2 };

    (void)state;
    topic(i, "t", 1, 1);
    kf_init(&kf_partition_change_record_schema, &r);
    r.partition_id = 0;
    r.topic_id = id_of(1);
    r.replicas = two, r.replicas_n = 2;
    assert_ok(apply(i, RECORD_PARTITION_CHANGE, 2, &r));
    p = image_partition(i, str_of("t"), 0);
    assert_int_equal(p->replicas_n, 2);
    assert_int_equal(p->isr_n, 1);
    assert_int_equal(p->partition_epoch, 1);
    assert_int_equal(p->leader_epoch, 0);
    assert_int_equal(p->directories[1].b[15], 1); /* the new replica has none assigned */
    r.replicas_n = -1;
    r.leader = -1;
    assert_ok(apply(i, RECORD_PARTITION_CHANGE, 2, &r));
    p = image_partition(i, str_of("t"), 0);
    assert_int_equal(p->leader, -1);
    assert_int_equal(p->leader_epoch, 1);
    r.partition_id = 7;
    assert_int_equal(apply(i, RECORD_PARTITION_CHANGE, 2, &r), ERR_CORRUPT);
    image_free(i);
}

static void a_removed_topic_takes_its_configs_with_it(void **state)
{
    struct image *i = image_new();

    (void)state;
    topic(i, "t", 1, 2);
    config(i, "t", "retention.ms", "5");
    assert_string_equal(image_config(i, 2, str_of("t"), "retention.ms"), "5");
    assert_ok(apply(i, RECORD_REMOVE_TOPIC, 0, &(struct kf_remove_topic_record){ id_of(1) }));
    assert_null(image_topic(i, str_of("t")));
    assert_null(image_config(i, 2, str_of("t"), "retention.ms"));
    assert_int_equal(image_partitions_n(i), 0);
    assert_int_equal(apply(i, RECORD_REMOVE_TOPIC, 0, &(struct kf_remove_topic_record){ id_of(1) }),
                     ERR_CORRUPT);
    image_free(i);
}

static void a_wrong_broker_epoch_is_corruption(void **state)
{
    struct image *i = image_new();
    struct kf_broker_registration_change_record r;

    (void)state;
    broker(i, 1, 5);
    kf_init(&kf_broker_registration_change_record_schema, &r);
    r.broker_id = 1;
    r.broker_epoch = 4;
    r.fenced = -1;
    assert_int_equal(apply(i, RECORD_BROKER_REGISTRATION_CHANGE, 3, &r), ERR_CORRUPT);
    assert_true(image_broker(i, 1)->fenced);
    r.broker_epoch = 5;
    assert_ok(apply(i, RECORD_BROKER_REGISTRATION_CHANGE, 3, &r));
    assert_false(image_broker(i, 1)->fenced);
    image_free(i);
}

static void a_transaction_takes_effect_at_its_end_only(void **state)
{
    struct image *i = image_new();
    struct kf_begin_transaction_record begin;

    (void)state;
    kf_init(&kf_begin_transaction_record_schema, &begin);
    assert_ok(apply(i, RECORD_BEGIN_TRANSACTION, 0, &begin));
    feature(i, "metadata.version", 30);
    assert_int_equal(image_feature(i, "metadata.version"), 0);
    assert_true(image_in_transaction(i));
    assert_ok(apply(i, RECORD_END_TRANSACTION, 0, &begin));
    assert_int_equal(image_feature(i, "metadata.version"), 30);
    assert_int_equal(apply(i, RECORD_ABORT_TRANSACTION, 0, &begin), ERR_CORRUPT);
    image_free(i);
}

static err_t into(void *ctx, struct slice record)
{
    struct image *i = ctx;

    return image_apply(i, next_offset, record, NULL, NULL, NULL);
}

static void a_snapshot_makes_the_same_image(void **state)
{
    struct image *i = image_new(), *copy = image_new();
    struct kf_access_control_entry_record acl;
    OWNED_BUF one = { 0 };
    OWNED_BUF two = { 0 };

    (void)state;
    feature(i, "metadata.version", 30);
    feature(i, "group.version", 1);
    broker(i, 2, 7);
    broker(i, 1, 8);
    topic(i, "zoo", 1, 2);
    topic(i, "ant", 2, 1);
    config(i, "zoo", "retention.ms", "9");
    kf_init(&kf_access_control_entry_record_schema, &acl);
    acl.id = id_of(77);
    assert_ok(apply(i, RECORD_ACCESS_CONTROL_ENTRY, 0, &acl));
    assert_ok(apply(i, RECORD_PRODUCER_IDS, 0, &(struct kf_producer_ids_record){ 1, 8, 3000 }));
    next_offset = image_offset(i);
    assert_ok(image_snapshot(i, into, copy));
    image_dump(i, &one);
    image_dump(copy, &two);
    assert_string_equal(buf_text(&one), buf_text(&two));
    assert_int_equal(image_next_producer_id(copy), 3000);
    assert_int_equal(image_broker(copy, 1)->log_dirs_n, 1);
    image_free(i);
    image_free(copy);
}

static void bytes_that_are_no_record_are_corruption(void **state)
{
    static const uint8_t bad[][4] = {
        { 2, 2, 0, 0 }, { 1, 29, 0, 0 }, { 1, 2, 9, 0 }, { 1, 2, 0, 9 }
    };
    struct image *i = image_new();

    (void)state;
    for (size_t n = 0; n < 4; n++)
        assert_int_equal(image_apply(i, 1, slice_make(bad[n], 4), NULL, NULL, NULL), ERR_CORRUPT);
    assert_int_equal(image_apply(i, 1, slice_make("", 0), NULL, NULL, NULL), ERR_CORRUPT);
    assert_int_equal(image_offset(i), -1);
    image_free(i);
}

static void fifty_thousand_partitions_load_quickly(void **state)
{
    struct image *i = image_new();
    int64_t began = clock_mono_ms();

    (void)state;
    for (uint32_t n = 0; n < 5000; n++) {
        char name[16];

        snprintf(name, sizeof(name), "t%05u", n * 7919 % 5000);
        topic(i, name, n, 10);
    }
    assert_int_equal(image_partitions_n(i), 50000);
    assert_true(clock_mono_ms() - began < 2000);
    image_free(i);
}

TEST_MAIN(TEST(topics_are_found_by_name_and_id_and_walked_in_order),
          TEST(a_partition_change_merges_and_raises_the_epochs),
          TEST(a_removed_topic_takes_its_configs_with_it), TEST(a_wrong_broker_epoch_is_corruption),
          TEST(a_transaction_takes_effect_at_its_end_only), TEST(a_snapshot_makes_the_same_image),
          TEST(bytes_that_are_no_record_are_corruption),
          TEST(fifty_thousand_partitions_load_quickly))
