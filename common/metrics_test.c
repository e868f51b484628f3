#include "common/metrics.h"

#include <math.h>

#include "tests/lib/test.h"

static void expect(struct buf *b, const char *want)
{
    assert_string_equal(buf_text(b), want);
    buf_clear(b);
}

static void a_family_stands_above_its_samples(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b };
    struct metric_label labels[] = { { "name", STR_LIT("Size") }, { "topic", STR_LIT("orders") } };

    (void)state;
    metrics_family(&m, "kafka_log_Log_Value", "untyped", "of partitions");
    metrics_sample(&m, labels, 2, 12);
    metrics_sample(&m, labels, 1, 0.5);
    expect(&b, "# HELP kafka_log_Log_Value of partitions\n# TYPE kafka_log_Log_Value untyped\n"
               "kafka_log_Log_Value{name=\"Size\",topic=\"orders\"} 12\n"
               "kafka_log_Log_Value{name=\"Size\"} 0.5\n");
    metrics_single(&m, "up", "gauge", "it runs", 1);
    expect(&b, "# HELP up it runs\n# TYPE up gauge\nup 1\n");
}

static void value(double v, const char *want)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b, .family = "x" };

    metrics_sample(&m, NULL, 0, v);
    expect(&b, want);
}

static void values_are_exact_or_as_near_as_a_double_is(void **state)
{
    (void)state;
    value(0, "x 0\n");
    value(-3, "x -3\n");
    value(9007199254740991.0, "x 9007199254740991\n");
    value(9007199254740992.0, "x 9007199254740992\n");
    value(1e21, "x 1e+21\n");
    value(0.1, "x 0.1\n");
    value(0.1 + 0.2, "x 0.30000000000000004\n");
    value(NAN, "x NaN\n");
    value(INFINITY, "x +Inf\n");
    value(-INFINITY, "x -Inf\n");
}

static void label(struct str text, const char *want)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b, .family = "x" };
    struct metric_label l = { "l", text };

    metrics_sample(&m, &l, 1, 1);
    expect(&b, want);
}

static void labels_are_escaped_and_always_utf8(void **state)
{
    (void)state;
    label((struct str)STR_LIT("a\"b\\c\nd"), "x{l=\"a\\\"b\\\\c\\nd\"} 1\n");
    label((struct str)STR_LIT(""), "x{l=\"\"} 1\n");
    label((struct str)STR_LIT("\xc3\xa9"), "x{l=\"\xc3\xa9\"} 1\n");
    label((struct str)STR_LIT("a\xff"
                              "b"),
          "x{l=\"a\xef\xbf\xbd"
          "b\"} 1\n");
    label((struct str)STR_LIT("\xc3"), "x{l=\"\xef\xbf\xbd\"} 1\n");
}

static void past_the_bound_nothing_is_put(void **state)
{
    OWNED_BUF b = { 0 };
    struct metrics m = { .out = &b, .bytes_max = 60 };

    (void)state;
    metrics_family(&m, "a", "gauge", "h"); /* 26 bytes */
    metrics_sample(&m, NULL, 0, 1);
    assert_false(m.full);
    metrics_family(&m, "bbbbbbbbbb", "gauge", "h");
    assert_true(m.full);
    metrics_sample(&m, NULL, 0, 2);
    expect(&b, "# HELP a h\n# TYPE a gauge\na 1\n");
}

TEST_MAIN(TEST(a_family_stands_above_its_samples), TEST(values_are_exact_or_as_near_as_a_double_is),
          TEST(labels_are_escaped_and_always_utf8), TEST(past_the_bound_nothing_is_put))
