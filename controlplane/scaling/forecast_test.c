#include "controlplane/scaling/forecast.h"

#include "tests/lib/test.h"

static const int64_t day_ms = 86400000;

static void a_volume_that_fills_steadily_is_full_on_the_day(void **state)
{
    struct forecast f = { 0 };

    (void)state;
    for (int64_t ms = 0; ms <= day_ms; ms += 5000)
        forecast_note(&f, ms, ms / 1000);
    assert_true(f.n <= FORECAST_SAMPLES);
    assert_float_equal(forecast_days(&f, day_ms, 86400, 10 * 86400), 9.0, 0.001);
    assert_float_equal(forecast_days(&f, day_ms, 86400, 86400), 0.0, 0.0);
}

static void nothing_is_said_of_what_is_not_known(void **state)
{
    struct forecast f = { 0 };

    (void)state;
    assert_true(forecast_days(&f, day_ms, 1, 2) < 0);
    forecast_note(&f, 1000, 5);
    assert_true(forecast_days(&f, 1000 + FORECAST_SPAN_MS - 1, 6, 10) < 0);
    assert_true(forecast_days(&f, 1000 + FORECAST_SPAN_MS, 6, 10) > 0);
    assert_true(forecast_days(&f, 1000 + FORECAST_SPAN_MS, 5, 10) < 0); /* as it was */
    assert_true(forecast_days(&f, 1000 + FORECAST_SPAN_MS, 4, 10) <
                0);                               /* retention took more than came */
    assert_true(forecast_days(&f, 0, 6, 10) < 0); /* the clock was set back */
}

static void a_clock_that_goes_back_leaves_the_samples_in_order(void **state)
{
    struct forecast f = { 0 };

    (void)state;
    forecast_note(&f, day_ms, 5);
    forecast_note(&f, 0, 9);
    assert_int_equal(f.n, 1);
    assert_int_equal(f.samples[0].used_bytes, 5);
}

TEST_MAIN(TEST(a_volume_that_fills_steadily_is_full_on_the_day),
          TEST(nothing_is_said_of_what_is_not_known),
          TEST(a_clock_that_goes_back_leaves_the_samples_in_order))
