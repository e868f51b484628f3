#include "broker/replica/client_quota.h"
#include "tests/lib/test.h"

#define NAMED(text) (&(const struct quota_part){ true, { text, sizeof(text) - 1 } })
#define DEFAULT (&(const struct quota_part){ false, { 0 } })

static int64_t record(struct client_quotas *q, const char *user, const char *client, int64_t bytes,
                      int64_t now_ms)
{
    return client_quotas_record(q, QUOTA_PRODUCE, str_of(user), str_of(client), bytes, now_ms);
}

static int64_t most(const struct client_quotas *q, const char *user, const char *client)
{
    return client_quotas_most(q, QUOTA_PRODUCE, str_of(user), str_of(client)) / 10; /* per second */
}

static void the_closest_limit_counts(void **state)
{
    struct client_quotas q;

    (void)state;
    client_quotas_init(&q, 11, 1000);
    assert_false(client_quotas_any(&q));
    assert_true(most(&q, "u", "c") > INT64_MAX / 20);
    client_quotas_limit(&q, NULL, DEFAULT, QUOTA_PRODUCE, 8);
    assert_int_equal(most(&q, "u", "c"), 8);
    client_quotas_limit(&q, NULL, NAMED("c"), QUOTA_PRODUCE, 7);
    assert_int_equal(most(&q, "u", "c"), 7);
    assert_int_equal(most(&q, "u", "d"), 8);
    client_quotas_limit(&q, DEFAULT, NULL, QUOTA_PRODUCE, 6);
    assert_int_equal(most(&q, "u", "c"), 6);
    client_quotas_limit(&q, DEFAULT, DEFAULT, QUOTA_PRODUCE, 5);
    assert_int_equal(most(&q, "u", "c"), 5);
    client_quotas_limit(&q, DEFAULT, NAMED("c"), QUOTA_PRODUCE, 4);
    assert_int_equal(most(&q, "u", "c"), 4);
    client_quotas_limit(&q, NAMED("u"), NULL, QUOTA_PRODUCE, 3);
    assert_int_equal(most(&q, "u", "c"), 3);
    client_quotas_limit(&q, NAMED("u"), DEFAULT, QUOTA_PRODUCE, 2);
    assert_int_equal(most(&q, "u", "c"), 2);
    client_quotas_limit(&q, NAMED("u"), NAMED("c"), QUOTA_PRODUCE, 1);
    assert_int_equal(most(&q, "u", "c"), 1);
    assert_int_equal(most(&q, "v", "c"), 4);
    client_quotas_limit(&q, NAMED("u"), NAMED("c"), QUOTA_FETCH, 99); /* another kind, another order */
    assert_int_equal(most(&q, "u", "c"), 1);
    client_quotas_clear(&q);
    assert_false(client_quotas_any(&q));
    client_quotas_done(&q);
}

/* 1,000 B/s in 11 samples of a second: 10,000 bytes at once, then one waits. */
static void a_burst_is_let_through_and_then_paid_for(void **state)
{
    struct client_quotas q;
    int64_t now = 50000, wait;

    (void)state;
    client_quotas_init(&q, 11, 1000);
    client_quotas_limit(&q, NULL, DEFAULT, QUOTA_PRODUCE, 1000);
    assert_int_equal(record(&q, "u", "c", 10000, now), 0);
    wait = record(&q, "u", "c", 5000, now);
    assert_int_equal(wait, 5000); /* 15,000 bytes are within the rate in 15 s, 10 are counted already */
    assert_int_equal(record(&q, "u", "other", 10000, now), 0); /* the default is each client's own */
    assert_int_equal(record(&q, "u", "c", 0, now + 20000), 0); /* long ago */
    client_quotas_done(&q);
}

static void in_the_long_run_the_rate_is_kept(void **state)
{
    struct client_quotas q;
    int64_t now = 1000, bytes = 0, begin = now;

    (void)state;
    client_quotas_init(&q, 11, 1000);
    client_quotas_limit(&q, NAMED("u"), NULL, QUOTA_PRODUCE, 100000);
    while (now - begin < 120000) {
        now += 5 + record(&q, "u", "c", 7000, now);
        bytes += 7000;
    }
    assert_in_range(bytes / 120, 95000, 112000); /* with what the first window gives */
    client_quotas_done(&q);
}

static void clients_of_a_user_share_its_limit(void **state)
{
    struct client_quotas q;

    (void)state;
    client_quotas_init(&q, 11, 1000);
    client_quotas_limit(&q, NAMED("u"), NULL, QUOTA_PRODUCE, 1000);
    assert_int_equal(record(&q, "u", "a", 10000, 1), 0);
    assert_true(record(&q, "u", "b", 10000, 1) > 0);
    assert_int_equal(record(&q, "v", "a", 1 << 30, 1), 0); /* no limit of that user */
    client_quotas_limit(&q, NULL, NAMED("a"), QUOTA_PRODUCE, 0);
    assert_int_equal(record(&q, "v", "a", 1, 1), INT32_MAX); /* nothing may go */
    client_quotas_done(&q);
}

static void all_clients_together_are_held_to_the_whole_brokers_limit(void **state)
{
    struct client_quotas q;

    (void)state;
    client_quotas_init(&q, 11, 1000);
    client_quotas_whole(&q, QUOTA_PRODUCE, 1000);
    assert_true(client_quotas_any(&q));
    assert_int_equal(most(&q, "u", "c"), 1000);
    assert_int_equal(record(&q, "u", "a", 9000, 50000), 0);
    assert_int_equal(record(&q, "v", "b", 1000, 50000), 0);
    assert_int_equal(record(&q, "w", "c", 5000, 50000), 5000); /* 15,000 are within it in 15 s */
    assert_int_equal(client_quotas_record(&q, QUOTA_FETCH, str_of("u"), str_of("a"), 1 << 30, 50000), 0);
    client_quotas_whole(&q, QUOTA_PRODUCE, 0);
    assert_false(client_quotas_any(&q));
    assert_int_equal(record(&q, "u", "a", 1 << 30, 50000), 0);
    client_quotas_done(&q);
}

static void the_longer_wait_of_both_is_told(void **state)
{
    struct client_quotas q;

    (void)state;
    client_quotas_init(&q, 11, 1000);
    client_quotas_whole(&q, QUOTA_PRODUCE, 2000);
    client_quotas_limit(&q, NULL, NAMED("slow"), QUOTA_PRODUCE, 1000);
    client_quotas_limit(&q, NULL, NAMED("fast"), QUOTA_PRODUCE, 1e9);
    assert_int_equal(most(&q, "u", "slow"), 1000);
    assert_int_equal(most(&q, "u", "fast"), 2000);
    assert_int_equal(record(&q, "u", "slow", 15000, 50000), 5000); /* its own */
    assert_int_equal(record(&q, "u", "fast", 10000, 50000), 2500); /* 25,000 of all in 12.5 s */
    client_quotas_clear(&q);
    assert_int_equal(record(&q, "u", "slow", 5000, 50000), 5000); /* that of all stays */
    client_quotas_done(&q);
}

TEST_MAIN(TEST(all_clients_together_are_held_to_the_whole_brokers_limit),
          TEST(the_longer_wait_of_both_is_told),
          TEST(the_closest_limit_counts), TEST(a_burst_is_let_through_and_then_paid_for),
          TEST(in_the_long_run_the_rate_is_kept), TEST(clients_of_a_user_share_its_limit))
