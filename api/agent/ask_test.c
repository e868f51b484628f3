#include "api/agent/ask.h"

#include <string.h>

#include "common/mem.h"
#include "tests/lib/test.h"

static json_t *good(void)
{
    return json_loads(
        "{\"id\": 7, \"process\": \"u/broker-1\", \"action\": \"create\", \"topic\": \"t\", "
        "\"from\": 0,"
        " \"max\": 10, \"partitions\": 3, \"replicas\": 2, \"configs\": {\"a\": \"b\"}}",
        0, NULL);
}

static void an_ask_survives_the_way(void **state)
{
    json_t *o = good(), *again;
    struct why reason;
    struct ask a;

    (void)state;
    assert_ok(ask_decode(o, &a, &reason));
    again = ask_encode(&a);
    assert_true(json_equal(o, again));
    ask_done(&a);
    json_decref(o);
    json_decref(again);
}

static void what_breaks_a_rule_is_refused_by_its_member(void **state)
{
    static const char *const wrong[][2] = {
        { "id", "0" },
        { "process", "\"\"" },
        { "action", "\"format\"" },
        { "topic", "7" },
        { "partitions", "-1" },
        { "replicas", "40000" },
        { "max", "101" },
        { "from", "\"1\"" },
        { "configs", "[]" },
        { "configs", "{\"a\": 1}" },
        { "prefix", "\"\"" },
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        json_t *o = good();
        struct why reason = { "" };
        struct ask a;

        json_object_set_new(o, wrong[i][0], json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        if (ask_decode(o, &a, &reason) != ERR_INVALID)
            fail_msg("%s %s was taken", wrong[i][0], wrong[i][1]);
        assert_int_equal(strncmp(reason.text, wrong[i][0], strlen(wrong[i][0])), 0);
        json_decref(o);
    }
}

static void only_a_list_is_of_no_topic(void **state)
{
    json_t *o = good();
    struct why reason;
    struct ask a;

    (void)state;
    json_object_del(o, "topic");
    assert_int_equal(ask_decode(o, &a, &reason), ERR_INVALID);
    json_object_set_new(o, "action", json_string("list"));
    assert_ok(ask_decode(o, &a, &reason));
    assert_null(a.topic);
    ask_done(&a);
    json_decref(o);
}

TEST_MAIN(TEST(an_ask_survives_the_way), TEST(what_breaks_a_rule_is_refused_by_its_member),
          TEST(only_a_list_is_of_no_topic))
