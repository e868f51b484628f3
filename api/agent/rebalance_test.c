#include "tests/lib/test.h"

#include <string.h>

#include "api/agent/rebalance.h"

static const char good[] = "{\"clusterId\": \"AAAAAAAAAAAAAAAAAAAAAA\", \"id\": 3,"
                           " \"bootstrap\": \"127.0.0.1:9092\","
                           " \"drain\": [4, 5], \"dryRun\": true, \"cancel\": false, \"rate\": 1000,"
                           " \"release\": \"4.3.0\","
                           " \"state\": \"moving\", \"reason\": \"\"}";

static void a_wish_survives_the_way(void **state)
{
    json_t *o = json_loads(good, 0, NULL), *again;
    struct rebalance_wish w, x;

    (void)state;
    assert_ok(rebalance_wish_decode(o, &w, NULL));
    again = rebalance_wish_encode(&w);
    assert_ok(rebalance_wish_decode(again, &x, NULL));
    assert_string_equal(x.bootstrap, "127.0.0.1:9092");
    assert_int_equal(x.id, 3);
    assert_int_equal(x.rate_bytes, 1000);
    assert_string_equal(x.release, "4.3.0");
    assert_int_equal(x.drain_n, 2);
    assert_int_equal(x.drain[1], 5);
    assert_true(x.dry_run && !x.cancel);
    rebalance_wish_done(&w);
    rebalance_wish_done(&x);
    json_decref(o);
    json_decref(again);
}

/* With one member replaced, the refusal names it. */
static void refused(const char *key, json_t *value, bool seen)
{
    json_t *o = json_loads(good, 0, NULL);
    struct rebalance_wish w;
    struct rebalance_seen s;
    struct why reason = { "" };

    json_object_set_new(o, key, value);
    assert_int_equal(seen ? rebalance_seen_decode(o, &s, &reason) : rebalance_wish_decode(o, &w, &reason),
                     ERR_INVALID);
    assert_memory_equal(reason.text, key, strlen(key));
    json_decref(o);
}

static void what_is_wrong_is_refused_by_name(void **state)
{
    (void)state;
    refused("clusterId", json_integer(1), false);
    refused("bootstrap", json_null(), false);
    refused("id", json_integer(0), false);
    refused("release", json_integer(4), false);
    refused("rate", json_integer(-1), false);
    refused("drain", json_string("4"), false);
    refused("drain", json_pack("[s]", "4"), false);
    refused("drain", json_pack("[I]", (json_int_t)1 << 40), false);
    refused("state", json_string("asleep"), true);
    refused("reason", json_null(), true);
}

static void what_is_seen_says_whether_it_is_over(void **state)
{
    json_t *o = json_loads(good, 0, NULL);
    struct rebalance_seen s;

    (void)state;
    assert_ok(rebalance_seen_decode(o, &s, NULL));
    assert_false(s.over);
    json_object_set_new(o, "state", json_string("cancelled"));
    assert_ok(rebalance_seen_decode(o, &s, NULL));
    assert_true(s.over);
    json_decref(o);
}

TEST_MAIN(TEST(a_wish_survives_the_way), TEST(what_is_wrong_is_refused_by_name),
          TEST(what_is_seen_says_whether_it_is_over))
