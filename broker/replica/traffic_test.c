#include "broker/replica/traffic.h"

#include <math.h>

#include "tests/lib/test.h"

static double one(const struct traffic *t)
{
    return t->rates[TRAFFIC_BYTES_IN].a_second[TRAFFIC_ONE_MINUTE];
}

static void a_steady_flow_has_its_rate_at_once_and_keeps_it(void **state)
{
    struct traffic t = { .count = { [TRAFFIC_BYTES_IN] = 12345 } };

    (void)state;
    traffic_watch(&t);
    assert_true(one(&t) == 0);
    for (int i = 0; i < 100; i++) {
        t.count[TRAFFIC_BYTES_IN] += 500;
        traffic_tick(&t);
        for (int w = 0; w < TRAFFIC_WINDOWS; w++)
            assert_true(fabs(t.rates[TRAFFIC_BYTES_IN].a_second[w] - 100) < 1e-9);
    }
}

/* A meter's mean life is its window: a minute of silence leaves 1/e. */
static void a_flow_that_ends_fades(void **state)
{
    struct traffic t = { 0 };

    (void)state;
    traffic_watch(&t);
    t.count[TRAFFIC_BYTES_IN] += 500;
    traffic_tick(&t);
    for (int i = 0; i < 60000 / TRAFFIC_TICK_MS; i++)
        traffic_tick(&t);
    assert_true(fabs(one(&t) - 100 * exp(-1)) < 1e-9);
    assert_true(fabs(t.rates[TRAFFIC_BYTES_IN].a_second[TRAFFIC_FIVE_MINUTES] - 100 * exp(-0.2)) < 1e-9);
}

static void both_are_counted(void **state)
{
    struct traffic topic = { 0 }, broker = { 0 };

    (void)state;
    traffic_add(&topic, &broker, TRAFFIC_BYTES_IN, 7);
    traffic_add(&topic, &broker, TRAFFIC_BYTES_IN, 5);
    assert_int_equal(topic.count[TRAFFIC_BYTES_IN], 12);
    assert_int_equal(broker.count[TRAFFIC_BYTES_IN], 12);
    assert_int_equal(broker.count[TRAFFIC_MESSAGES_IN], 0);
}

TEST_MAIN(TEST(a_steady_flow_has_its_rate_at_once_and_keeps_it), TEST(a_flow_that_ends_fades),
          TEST(both_are_counted))
