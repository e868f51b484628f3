#include "common/log_json.h"

#include <stdio.h>

#include "common/mem.h"
#include "tests/lib/test.h"

#include <string.h>

static size_t put(char *line, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static size_t put(char *line, size_t size, const char *format, ...)
{
    va_list args;
    size_t n;

    va_start(args, format);
    n = log_json(line, size, "T", "INFO", "e", format, &args);
    va_end(args);
    assert_true(n <= size);
    assert_memory_equal(line + n - 2, "}\n", 2);
    return n;
}

#define HEAD "{\"time\":\"T\",\"severity\":\"INFO\",\"event\":\"e\""

#define EXPECT(want, ...)                                                                          \
    do {                                                                                           \
        char line[2049];                                                                           \
                                                                                                   \
        line[put(line, 2048, __VA_ARGS__)] = '\0';                                                 \
        assert_string_equal(line, HEAD want "}\n");                                                \
    } while (0)

static void fields_are_those_of_the_format(void **state)
{
    const char *volatile none = NULL;

    (void)state;
    EXPECT(",\"topic\":\"orders\",\"partition\":3,\"base\":-9000000000",
           "topic=%s partition=%d base=%lld", "orders", 3, -9000000000LL);
    EXPECT(",\"n\":18446744073709551615,\"m\":5", "n=%llu m=%zu", 18446744073709551615ULL,
           (size_t)5);
    EXPECT(",\"reason\":\"no room, a=b \\\"c\\\"\",\"x\":1", "reason=\"%s\" x=%d",
           "no room, a=b \"c\"", 1);
    EXPECT(",\"address\":\"127.0.0.1:92\"", "address=%s:%u", "127.0.0.1", 92u);
    EXPECT(",\"clean\":\"true\"", "clean=true");
    EXPECT(",\"reason\":\"free space of the volume\"", "reason=\"free space of the volume\"");
    EXPECT(",\"s\":\"ab\",\"t\":\"abc\",\"u\":\"a\"", "s=%.*s t=%.9s u=%.1s", 2, "abc", "abc",
           "abc");
    EXPECT(",\"p\":\"50%\",\"f\":\"1.5\",\"c\":\"\\\"\"", "p=%d%% f=%.1f c=%c", 50, 1.5, '"');
    EXPECT(",\"a.b\":\"(null)\",\"e\":\"\"", "a.b=%s e=", none);
    EXPECT(",\"message\":\"two 2 words\",\"k\":1", "two %d words k=%d", 2, 1);
    EXPECT("", " ");
}

static void values_are_escaped(void **state)
{
    (void)state;
    EXPECT(",\"s\":\"a\\nb\\u0001\\\\\xc3\xa9\xef\xbf\xbd\"", "s=%s", "a\nb\x01\\\xc3\xa9\xff");
}

/* Every length of a value, so every place where the room may end. */
static void what_does_not_fit_is_cut_and_stays_json(void **state)
{
    char value[400], line[256];

    (void)state;
    for (size_t n = 0; n < sizeof(value); n++) {
        size_t got;

        memset(value, n % 3 ? 'x' : '"', n);
        value[n] = '\0';
        got = put(line, sizeof(line), "first=%s second=%d third=\"%s\"", value, 12345, value);
        line[got - 1] = '\0';
        assert_int_equal(line[got - 3] == '"' || line[got - 3] == '5', 1);
        if (got < 100)
            assert_non_null(strstr(line, "\"second\":12345"));
    }
}

TEST_MAIN(TEST(fields_are_those_of_the_format), TEST(values_are_escaped),
          TEST(what_does_not_fit_is_cut_and_stays_json))
