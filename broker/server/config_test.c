#include "broker/server/config.h"

#include "tests/lib/test.h"

static const char base[] = "process.roles=broker,controller\nnode.id=1\n"
                           "controller.quorum.voters=1@localhost:9093\n"
                           "listeners=PLAINTEXT://:9092,CONTROLLER://[::1]:9093\n"
                           "controller.listener.names=CONTROLLER\nlog.dirs=/a, /b\n";

static err_t load(const char *text, const char *more, struct config **ret, struct why *reason)
{
    OWNED_MEM char *all = mem_printf("%s%s", text, more);
    struct properties *p = NULL;
    err_t e;

    assert_ok(properties_parse(str_of(all), &p, reason));
    e = config_new(p, NULL, ret, reason);
    if (e)
        properties_free(p);
    return e;
}

static void a_combined_node_is_understood(void **state)
{
    OWNED(config) c = NULL;
    struct why reason;

    (void)state;
    assert_ok(load(base, "log.retention.hours=1\n", &c, &reason));
    assert_true(c->broker && c->controller);
    assert_int_equal(c->node_id, 1);
    assert_int_equal(c->log_dirs_n, 2);
    assert_string_equal(c->log_dirs[1], "/b");
    assert_string_equal(c->metadata_log_dir, "/a");
    assert_string_equal(c->inter_broker_listener, "PLAINTEXT");
    assert_string_equal(config_listener(c, "plaintext")->advertised_host, "localhost");
    assert_string_equal(config_listener(c, "CONTROLLER")->host, "::1");
    assert_true(config_listener(c, "CONTROLLER")->controller);
    assert_int_equal(c->voters[0].port, 9093);
    assert_int_equal(config_int(c, "num.partitions"), 1);
    assert_true(config_bool(c, "auto.create.topics.enable"));
}

/* The refusal names the property. */
static void refused(const char *text, const char *more, const char *named)
{
    OWNED(config) c = NULL;
    struct why reason = { "" };

    assert_int_not_equal(load(text, more, &c, &reason), ERR_OK);
    if (!strstr(reason.text, named))
        fail_msg("\"%s\" does not name %s", reason.text, named);
}

static void bad_values_are_refused_by_name(void **state)
{
    (void)state;
    refused(base, "num.partitions=0\n", "num.partitions");
    refused(base, "num.partitions=many\n", "num.partitions");
    refused(base, "log.segment.bytes=99999999999\n", "log.segment.bytes");
    refused(base, "auto.create.topics.enable=yes\n", "auto.create.topics.enable");
    refused(base, "log.cleanup.policy=shrink\n", "log.cleanup.policy");
    refused(base, "compression.type=brotli\n", "compression.type");
    refused(base, "log.roll.ms=0\n", "log.roll.ms");
    refused(base, "broker.id=2\n", "broker.id");
    refused(base, "process.roles=observer\n", "process.roles");
    refused(base, "listeners=PLAINTEXT:9092\n", "listeners");
    refused(base, "listeners=A://:1,A://:2\n", "listeners");
    refused(base, "advertised.listeners=PLAINTEXT://0.0.0.0:9092\n", "advertised.listeners");
    refused(base, "listener.security.protocol.map=PLAINTEXT:TELNET\n",
            "listener.security.protocol.map");
    refused(base, "controller.quorum.voters=1@localhost\n", "controller.quorum.voters");
    refused(base, "controller.quorum.voters=2@localhost:1\n", "controller.quorum.voters");
    refused(base, "log.dirs=\n", "log.dirs");
}

static void roles_and_listeners_must_fit(void **state)
{
    (void)state;
    refused(base, "process.roles=broker\n", "controller.listener.names");
    refused(base, "process.roles=controller\n", "PLAINTEXT");
    refused(base, "controller.listener.names=QUORUM\nlistener.security.protocol.map="
                  "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n", "controller.listener.names");
    refused(base, "inter.broker.listener.name=INTERNAL\n", "inter.broker.listener.name");
    refused("node.id=1\n", "", "process.roles");
}

static void names_are_found_in_sorted_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_broker_keys_n; i++)
        assert_ptr_equal(config_broker_key(config_broker_keys[i].name), &config_broker_keys[i]);
    for (size_t i = 0; i < config_topic_keys_n; i++)
        assert_ptr_equal(config_topic_key(config_topic_keys[i].name), &config_topic_keys[i]);
    assert_null(config_broker_key("no.such.key"));
}

/* A default that breaks its own rule would refuse every start that spells it out. */
static void every_default_keeps_its_rule(void **state)
{
    struct why reason = { "" };

    (void)state;
    for (size_t i = 0; i < config_broker_keys_n; i++)
        if (config_broker_keys[i].value &&
            config_key_check(&config_broker_keys[i], config_broker_keys[i].value, &reason))
            fail_msg("%s", reason.text);
    for (size_t i = 0; i < config_topic_keys_n; i++)
        assert_ok(config_key_check(&config_topic_keys[i], config_topic_keys[i].value, &reason));
}

TEST_MAIN(TEST(a_combined_node_is_understood), TEST(bad_values_are_refused_by_name),
          TEST(roles_and_listeners_must_fit), TEST(names_are_found_in_sorted_tables),
          TEST(every_default_keeps_its_rule))
