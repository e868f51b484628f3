#include "tests/lib/test.h"

#include <string.h>

#include "api/agent/messages.h"
#include "common/mem.h"

static json_t *good_wanted(void)
{
    static const char text[] =
        "{\"id\": \"0a-1/broker-1\", \"clusterId\": \"AAAAAAAAAAAAAAAAAAAAAA\", \"clusterName\": \"demo\","
        " \"kind\": \"broker\", \"zone\": \"a\", \"address\": \"127.0.0.1\", \"port\": 9092, \"nodeId\": 1,"
        " \"voters\": \"10001@127.0.0.2:9093\", \"revision\": 7,"
        " \"restart\": 5, \"volumeBytes\": 9, \"cpus\": 2, \"memoryBytes\": 8,"
        " \"gone\": false, \"stopped\": true, \"release\": \"4.3.0\","
        " \"monitoring\": {\"jmx\": true, \"node\": false, \"level\": \"PER_BROKER\"},"
        " \"properties\": {\"log.retention.ms\": \"1000\"}}";

    return json_loads(text, 0, NULL);
}

static json_t *good_seen(void)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i}", "id", "0a-1/broker-1", "state", "failed",
                     "reason", "why", "revision", 7, "usedBytes", 12, "totalBytes", 10, "replicas", 301);
}

static void a_wanted_process_survives_the_way(void **state)
{
    json_t *o = good_wanted(), *again;
    struct wanted_process w;
    struct why reason;

    (void)state;
    if (wanted_decode(o, &w, &reason))
        fail_msg("%s", reason.text);
    again = wanted_encode(&w);
    assert_true(json_equal(o, again));
    wanted_done(&w);
    json_decref(o);
    json_decref(again);
}

static void a_report_survives_the_way(void **state)
{
    json_t *o = good_seen(), *again;
    struct seen_process s;
    struct why reason;

    (void)state;
    if (seen_decode(o, &s, &reason))
        fail_msg("%s", reason.text);
    again = seen_encode(&s);
    assert_true(json_equal(o, again));
    seen_done(&s);
    json_decref(o);
    json_decref(again);
}

static void what_breaks_a_rule_is_refused_by_its_member(void **state)
{
    static const struct {
        const char *member, *json; /* json: NULL leaves the member out */
    } cases[] = {
        { "id", "\"../../etc\"" },   { "id", "\"a/b/c\"" },       { "id", "\"a/\"" },
        { "id", "\"/b\"" },          { "id", "\"a/b.c\"" },       { "kind", "\"shell\"" },
        { "kind", NULL },            { "address", "\"host\"" },   { "address", "\"127.0.0.1\\nx=1\"" },
        { "zone", "\"a\\nlog.dirs=/\"" }, { "zone", "\"a\\\\\"" }, { "zone", "\"\"" },
        { "nodeId", "-1" },          { "port", "0" },             { "port", "65536" },
        { "revision", "0" },         { "revision", "\"7\"" },     { "properties", "[]" },
        { "properties", "{\"a\\nb\": \"c\"}" }, { "properties", "{\"a\": \"c\\\\\"}" },
        { "release", "\"4.3;x\"" }, { "release", "1" },
        { "properties", "{\"a\": 1}" }, { "properties", "{\"#a\": \"b\"}" },
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *o = good_wanted();
        struct wanted_process w;
        struct why reason = { "" };

        if (cases[i].json)
            json_object_set_new(o, cases[i].member, json_loads(cases[i].json, JSON_DECODE_ANY, NULL));
        else
            json_object_del(o, cases[i].member);
        if (wanted_decode(o, &w, &reason) != ERR_INVALID)
            fail_msg("%s %s was taken", cases[i].member, cases[i].json);
        assert_int_equal(strncmp(reason.text, cases[i].member, strlen(cases[i].member)), 0);
        json_decref(o);
    }
}

static void a_report_of_an_unknown_state_is_refused(void **state)
{
    json_t *o = good_seen();
    struct seen_process s;
    struct why reason;

    (void)state;
    json_object_set_new(o, "state", json_string("flying"));
    assert_int_equal(seen_decode(o, &s, &reason), ERR_INVALID);
    assert_string_equal(reason.text,
                        "state: 'flying' is none of starting, running, stopped, failed, gone");
    json_decref(o);
}

static void a_volume_of_no_size_is_refused(void **state)
{
    static const char *const wrong[][2] = { { "totalBytes", "0" },
                                            { "usedBytes", "-1" },
                                            { "usedBytes", "\"1\"" },
                                            { "totalBytes", "9007199254740993" },
                                            { "replicas", "-1" },
                                            { "replicas", "10000001" } };

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        json_t *o = good_seen();
        struct seen_process s;
        struct why reason = { "" };

        json_object_set_new(o, wrong[i][0], json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        assert_int_equal(seen_decode(o, &s, &reason), ERR_INVALID);
        assert_int_equal(strncmp(reason.text, wrong[i][0], strlen(wrong[i][0])), 0);
        json_decref(o);
    }
}

static void an_agent_that_counts_no_replicas_is_understood(void **state)
{
    json_t *o = good_seen();
    struct seen_process s;

    (void)state;
    json_object_del(o, "replicas");
    assert_ok(seen_decode(o, &s, NULL));
    assert_int_equal(s.replicas, 0);
    assert_int_equal(s.total_bytes, 10);
    seen_done(&s);
    json_decref(o);
}

static void a_reason_of_any_bytes_and_length_is_told(void **state)
{
    char text[1500];
    struct seen_process s = { .id = (char[]){ "a/b" }, .state = (char[]){ "failed" },
                              .reason = (char[]){ "bad \xff byte" }, .revision = 7 };
    struct seen_process got;
    json_t *o = seen_encode(&s);
    struct why reason;

    (void)state;
    assert_ok(seen_decode(o, &got, &reason));
    assert_string_equal(got.reason, "bad ? byte");
    seen_done(&got);
    json_decref(o);
    memset(text, 'x', sizeof(text));
    for (size_t i = 1; i + 2 < sizeof(text); i += 2) {
        text[i] = '\xc3';
        text[i + 1] = '\xa4';
    }
    text[sizeof(text) - 1] = '\0';
    s.reason = text;
    o = seen_encode(&s);
    assert_ok(seen_decode(o, &got, &reason));
    assert_int_equal(strlen(got.reason), 1023); /* not within a character */
    seen_done(&got);
    json_decref(o);
}

static void facts_survive_the_way_and_are_bounded(void **state)
{
    struct node_facts f = { 8, (int64_t)32 << 30, AGENT_BYTES_MAX, "cgroup version 2", "loop" }, got;
    json_t *o = json_object();
    struct why reason;

    (void)state;
    facts_encode(&f, o);
    assert_ok(facts_decode(o, &got, &reason));
    assert_memory_equal(&f, &got, sizeof(f));
    json_object_set_new(o, "memory_bytes", json_integer(-1));
    assert_int_equal(facts_decode(o, &got, &reason), ERR_INVALID);
    assert_string_equal(reason.text, "memory_bytes: must be a number of 0 to 9007199254740992");
    json_object_del(o, "cpus");
    assert_int_equal(facts_decode(o, &got, &reason), ERR_INVALID);
    json_decref(o);
}

TEST_MAIN(TEST(facts_survive_the_way_and_are_bounded),
          TEST(a_reason_of_any_bytes_and_length_is_told),
          TEST(a_wanted_process_survives_the_way), TEST(a_report_survives_the_way),
          TEST(what_breaks_a_rule_is_refused_by_its_member), TEST(a_report_of_an_unknown_state_is_refused),
          TEST(a_volume_of_no_size_is_refused),
          TEST(an_agent_that_counts_no_replicas_is_understood))
