#include "tests/lib/test.h"

#include <string.h>

#include "agent/topics/topics_internal.h"
#include "common/buf.h"

typedef struct kf_metadata_response_metadata_response_topic topic;
typedef struct kf_metadata_response_metadata_response_partition partition;

static int32_t three[] = { 1, 2, 3 };
static partition parts[] = {
    { .partition_index = 1,
      .leader_id = 2,
      .replica_nodes = three,
      .replica_nodes_n = 3,
      .isr_nodes = three,
      .isr_nodes_n = 2 },
    { .partition_index = 0,
      .leader_id = 1,
      .replica_nodes = three,
      .replica_nodes_n = 3,
      .isr_nodes = three,
      .isr_nodes_n = 3 },
    { .partition_index = 2, .leader_id = -1, .replica_nodes = three, .replica_nodes_n = 3 },
};

static topic named(const char *name)
{
    return (topic){ .name = str_of(name), .partitions = parts, .partitions_n = 3 };
}

/* The names on a page, with a '+' behind them when there is more. */
static const char *page(struct kf_metadata_response *m, const char *prefix, const char *after, int32_t max)
{
    struct ask a = { .prefix = (char *)(uintptr_t)prefix, .after = (char *)(uintptr_t)after, .max = max };
    json_t *o = topics_page(m, &a), *item;
    static struct buf text;
    size_t i;

    buf_clear(&text);
    json_array_foreach (json_object_get(o, "topics"), i, item)
        buf_printf(&text, "%s ", json_string_value(json_object_get(item, "name")));
    buf_put_text(&text, json_is_true(json_object_get(o, "more")) ? "+" : "");
    json_decref(o);
    return buf_text(&text);
}

static void topics_come_in_order_page_by_page(void **state)
{
    topic all[] = { named("b"),         named("ab"),   named("a"),
                    named("__offsets"), named("gone"), named("c") };
    struct kf_metadata_response m = { .topics = all, .topics_n = ARRAY_LEN(all) };

    (void)state;
    all[3].is_internal = true;
    all[4].error_code = 3;
    assert_string_equal(page(&m, NULL, NULL, 100), "a ab b c ");
    assert_string_equal(page(&m, NULL, NULL, 2), "a ab +");
    assert_string_equal(page(&m, NULL, "ab", 2), "b c ");
    assert_string_equal(page(&m, "a", NULL, 2), "a ab ");
    assert_string_equal(page(&m, "a", "a", 2), "ab ");
    assert_string_equal(page(&m, NULL, "c", 2), "");
}

static void what_is_out_of_sync_is_counted(void **state)
{
    topic one = named("t");
    struct kf_metadata_response m = { .topics = &one, .topics_n = 1 };
    json_t *o = topics_page(&m, &(struct ask){ .max = 1 });
    const json_t *item = json_array_get(json_object_get(o, "topics"), 0);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(item, "outOfSync")), 4);
    assert_int_equal(json_integer_value(json_object_get(item, "replicas")), 3);
    json_decref(o);
}

static void partitions_come_in_order_page_by_page(void **state)
{
    topic one = named("t");
    struct kf_metadata_response m = { .topics = &one, .topics_n = 1 };
    json_t *o = topic_partitions_page(&m, &(struct ask){ .max = 2 });
    const json_t *items = json_object_get(o, "items");

    (void)state;
    assert_int_equal(json_array_size(items), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(items, 0), "leader")), 1);
    assert_int_equal(json_array_size(json_object_get(json_array_get(items, 1), "isr")), 2);
    assert_true(json_is_true(json_object_get(o, "more")));
    json_decref(o);
    o = topic_partitions_page(&m, &(struct ask){ .from = 2, .max = 2 });
    items = json_object_get(o, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(items, 0), "leader")), -1);
    assert_true(json_is_false(json_object_get(o, "more")));
    json_decref(o);
    o = topic_partitions_page(&m, &(struct ask){ .from = INT32_MAX, .max = 100 });
    assert_int_equal(json_array_size(json_object_get(o, "items")), 0);
    json_decref(o);
}

/* What would be lost with broker 3, when a partition has its replicas on 1, 2 and 3. */
static long long lost_with_3(int32_t leader, int32_t *isr, int32_t isr_n)
{
    partition p = { .leader_id = leader, .replica_nodes = three, .replica_nodes_n = 3, .isr_nodes = isr,
                    .isr_nodes_n = isr_n };
    topic t = { .name = str_of("t"), .partitions = &p, .partitions_n = 1 };
    struct kf_metadata_response_metadata_response_broker brokers[] = { { .node_id = 1 }, { .node_id = 2 } };
    struct kf_metadata_response m = { .topics = &t, .topics_n = 1, .brokers = brokers, .brokers_n = 2 };
    json_t *o = topics_losses(&m, 3);
    long long lost = json_integer_value(json_object_get(o, "lost"));

    assert_true(json_is_false(json_object_get(o, "alive")));
    assert_int_equal(lost != 0, json_object_get(o, "such") != NULL);
    json_decref(o);
    return lost;
}

static void what_only_one_broker_has_is_counted(void **state)
{
    (void)state;
    assert_int_equal(lost_with_3(1, (int32_t[]){ 1, 2 }, 2), 0);
    assert_int_equal(lost_with_3(1, (int32_t[]){ 1, 3 }, 2), 0);
    assert_int_equal(lost_with_3(3, (int32_t[]){ 3 }, 1), 1);
    assert_int_equal(lost_with_3(-1, (int32_t[]){ 3 }, 1), 1);
    assert_int_equal(lost_with_3(-1, NULL, 0), 1); /* its last replica in sync is not known */
    assert_int_equal(lost_with_3(3, (int32_t[]){ 3, 1 }, 2), 1); /* it has not been fenced yet */
}

TEST_MAIN(TEST(topics_come_in_order_page_by_page), TEST(what_is_out_of_sync_is_counted),
          TEST(partitions_come_in_order_page_by_page), TEST(what_only_one_broker_has_is_counted))
