#include "broker/server/config_dynamic.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/config_record.h"
#include "broker/metadata/record.h"
#include "broker/server/config_describe.h"
#include "tests/lib/test.h"

struct node {
    struct config *c;
    struct image *image;
    struct config_levels l;
    struct arena a;
    int64_t offset;
};

static void open_node(struct node *n, const char *more)
{
    OWNED_MEM char *all =
        mem_printf("process.roles=broker\nnode.id=1\ncontroller.quorum.voters=9@localhost:9093\n"
                   "listeners=PLAINTEXT://:9092\ncontroller.listener.names=CONTROLLER\n"
                   "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n"
                   "log.dirs=/a,/b\n%s",
                   more);
    struct properties *p = NULL;
    struct why why;

    memset(n, 0, sizeof(*n));
    assert_ok(properties_parse(str_of(all), &p, &why));
    assert_ok(config_new(p, NULL, &n->c, &why));
    n->image = image_new();
    n->l = config_levels(n->c, n->image);
}

static void close_node(struct node *n)
{
    arena_done(&n->a);
    image_free(n->image);
    config_free(n->c);
}

static void record(struct node *n, int8_t type, const char *name, const char *key,
                   const char *value)
{
    OWNED_BUF b = { 0 };
    struct why why;

    record_put(&b, RECORD_CONFIG, 0,
               &(struct kf_config_record){ type, str_of(name), str_of(key), str_of(value) });
    assert_ok(image_apply(n->image, n->offset++, buf_slice(&b), NULL, NULL, &why));
}

static struct config_fault try(struct node *n, bool per_broker, int8_t op, const char *key,
                               const char *value)
{
    struct config_op o = { op, str_of(key), str_of(value) };
    struct config_set after;
    struct config_fault f = config_dynamic_apply(&n->l, per_broker, &o, 1, &n->a, &after);

    return f.error ? f : config_dynamic_check(&n->l, per_broker, &after, &n->a);
}

static void refused(struct node *n, bool per_broker, const char *key, const char *value,
                    const char *rule)
{
    struct config_fault f = try(n, per_broker, 0, key, value);

    assert_int_equal(f.error, KF_ERR_INVALID_REQUEST);
    if (!strstr(f.message, rule))
        fail_msg("\"%s\" does not say %s", f.message, rule);
}

static void only_what_can_change_at_run_time_may(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, "");
    assert_int_equal(try(&n, true, 0, "log.retention.ms", "5").error, 0);
    assert_int_equal(try(&n, false, 0, "log.retention.ms", "5").error, 0);
    assert_int_equal(try(&n, false, 0, "a.plug.ins.own", "5").error, 0);
    refused(&n, true, "log.retention.ms", "x", "Not a number");
    refused(&n, true, "node.id", "2", "Cannot update these configs dynamically: [node.id]");
    refused(&n, true, "ssl.keystore.location", "/k", "listener prefix");
    assert_int_equal(try(&n, true, 0, "listener.name.plaintext.ssl.keystore.location", "/k").error,
                     0);
    refused(&n, false, "listener.name.plaintext.ssl.keystore.location", "/k",
            "broker id must be specified");
    assert_int_equal(try(&n, false, 0, "listener.name.plaintext.max.connections", "7").error, 0);
    refused(&n, false, "cordoned.log.dirs", "/a", "broker id must be specified");
    assert_int_equal(try(&n, true, 0, "cordoned.log.dirs", "/a").error, 0);
    refused(&n, true, "cordoned.log.dirs", "/c", "Missing entries : /c");
    refused(&n, true, "listeners", "PLAINTEXT://:9094", "while the broker runs");
    assert_int_equal(try(&n, true, 0, "listeners", "PLAINTEXT://:9092").error, 0);
    close_node(&n);
}

static void pools_of_threads_double_or_halve_at_most(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, "num.io.threads=4\nlog.retention.hours=1\n");
    refused(&n, true, "num.io.threads", "9", "double the current value 4");
    refused(&n, true, "num.io.threads", "1", "half the current value 4");
    assert_int_equal(try(&n, true, 0, "num.io.threads", "8").error, 0);
    record(&n, 4, "1", "num.io.threads", "8");
    assert_int_equal(try(&n, true, 0, "num.io.threads", "16").error, 0);
    refused(&n, true, "log.cleaner.threads", "3", "more than double");
    refused(&n, true, "log.local.retention.ms", "3600001",
            "must not be more than log.retention.ms");
    refused(&n, true, "log.local.retention.ms", "-1", "must not be -1");
    close_node(&n);
}

static void lists_are_edited_from_what_is_there(void **state)
{
    struct config_op append = { 2, STR_LIT("log.cleanup.policy"), STR_LIT("compact") };
    struct config_set after;
    struct node n;

    (void)state;
    open_node(&n, "");
    assert_int_equal(config_dynamic_apply(&n.l, false, &append, 1, &n.a, &after).error, 0);
    assert_string_equal(config_set_get(&after, "log.cleanup.policy"), "delete,compact");
    assert_int_equal(try(&n, true, 2, "log.retention.ms", "5").error, KF_ERR_INVALID_CONFIG);
    assert_int_equal(try(&n, true, 3, "no.such.key", "5").error, KF_ERR_INVALID_CONFIG);
    assert_int_equal(try(&n, true, 7, "log.retention.ms", "5").error, KF_ERR_INVALID_REQUEST);
    close_node(&n);
}

static void the_strongest_record_is_in_force_and_a_bad_one_is_none(void **state)
{
    struct node n;

    (void)state;
    open_node(&n, "log.retention.hours=2\nlog.roll.hours=3\n");
    assert_string_equal(broker_config_value(&n.l, "log.retention.hours"), "2");
    assert_int_equal(topic_config_int(&n.l, str_of("t"), "retention.ms"), 7200000);
    record(&n, 4, "", "log.retention.ms", "50");
    assert_int_equal(topic_config_int(&n.l, str_of("t"), "retention.ms"), 50);
    /* A record about one of the family takes the place of the others below it. */
    assert_string_equal(broker_config_value(&n.l, "log.retention.hours"), "168");
    record(&n, 4, "1", "log.retention.ms", "40");
    record(&n, 4, "2", "log.retention.ms", "30");
    assert_int_equal(broker_config_int(&n.l, "log.retention.ms"), 40);
    record(&n, 4, "1", "log.retention.ms", "never");
    assert_int_equal(broker_config_int(&n.l, "log.retention.ms"), 50);
    record(&n, 4, "1", "node.id", "7");
    assert_string_equal(broker_config_value(&n.l, "node.id"), "1");
    assert_string_equal(broker_config_value(&n.l, "broker.id"), "1");
    record(&n, 4, "", "cordoned.log.dirs", "/a");
    assert_string_equal(broker_config_value(&n.l, "cordoned.log.dirs"), "");
    record(&n, 32, "g", "consumer.session.timeout.ms", "50000");
    assert_int_equal(group_config_int(&n.l, str_of("g"), "consumer.session.timeout.ms"), 50000);
    assert_int_equal(group_config_int(&n.l, str_of("h"), "consumer.session.timeout.ms"), 45000);
    close_node(&n);
}

static void values_are_shown_as_kafka_prints_them(void **state)
{
    static const char *const doubles[][2] = {
        { "0.5", "0.5" },
        { "1", "1.0" },
        { "0.00001", "1.0E-5" },
        { "0.001", "0.001" },
        { "1e7", "1.0E7" },
        { "9999999", "9999999.0" },
        { "-2.5", "-2.5" },
        { "0", "0.0" },
        { "123456.75", "123456.75" },
        { "2147483647", "2.147483647E9" },
        { "0.0125", "0.0125" },
        { "1.7976931348623157e308", "1.7976931348623157E308" },
    };
    struct arena a = { 0 };

    (void)state;
    for (size_t n = 0; n < ARRAY_LEN(doubles); n++)
        assert_string_equal(config_key_text(config_broker_key("log.cleaner.min.cleanable.ratio"),
                                            doubles[n][0], &a),
                            doubles[n][1]);
    assert_string_equal(config_key_text(config_topic_key("retention.ms"), " +05 ", &a), "5");
    assert_string_equal(config_key_text(config_topic_key("preallocate"), "TRUE", &a), "true");
    assert_string_equal(
        config_key_text(config_topic_key("cleanup.policy"), " compact , delete", &a),
        "compact,delete");
    arena_done(&a);
}

TEST_MAIN(TEST(only_what_can_change_at_run_time_may),
          TEST(pools_of_threads_double_or_halve_at_most), TEST(lists_are_edited_from_what_is_there),
          TEST(the_strongest_record_is_in_force_and_a_bad_one_is_none),
          TEST(values_are_shown_as_kafka_prints_them))
