#include "api/cli/args.h"

#include <string.h>

#include "tests/lib/test.h"

static const struct cli_option options[] = {
    { "tag", "KEY=VALUE", "" }, { "wait", NULL, "" }, { "count", "N", "" },
    { "output", "FORM", "" },   { NULL, NULL, NULL },
};
static const struct cli_option *const tables[] = { options, NULL };

static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void options_stand_anywhere(void **state)
{
    char *argv[] = { word("a"),      word("--tag"), word("x=1"),  word("b"),  word("--tag=y=2"),
                     word("--wait"), word("-o"),    word("json"), word("--"), word("--c") };
    struct args a;

    (void)state;
    assert_ok(args_parse(10, argv, tables, &a, NULL));
    assert_int_equal(a.positional_n, 3);
    assert_string_equal(a.positional[2], "--c");
    assert_string_equal(args_nth(&a, "tag", 0), "x=1");
    assert_string_equal(args_nth(&a, "tag", 1), "y=2");
    assert_null(args_nth(&a, "tag", 2));
    assert_string_equal(args_get(&a, "wait"), "");
    assert_string_equal(args_get(&a, "output"), "json");
}

static void what_does_not_belong_is_named(void **state)
{
    char *unknown[] = { word("--nope") }, *bare[] = { word("--tag") },
         *flag[] = { word("--wait=1") };
    struct args a;
    struct why reason;

    (void)state;
    assert_int_equal(args_parse(1, unknown, tables, &a, &reason), ERR_INVALID);
    assert_string_equal(reason.text, "unknown option --nope");
    assert_int_equal(args_parse(1, bare, tables, &a, &reason), ERR_INVALID);
    assert_int_equal(args_parse(1, flag, tables, &a, &reason), ERR_INVALID);
}

static void numbers_are_whole_and_bounded(void **state)
{
    static const char *const bad[] = { "", "x", "5x", "0", "11", "99999999999999999999" };
    struct args a;
    int64_t n = 7;

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char *argv[] = { word("--count"), word(bad[i]) };

        assert_ok(args_parse(2, argv, tables, &a, NULL));
        assert_int_equal(args_number(&a, "count", 1, 10, &n, NULL), ERR_INVALID);
        assert_int_equal(n, 7);
    }
    char *argv[] = { word("--count=10") };
    assert_ok(args_parse(1, argv, tables, &a, NULL));
    assert_ok(args_number(&a, "count", 1, 10, &n, NULL));
    assert_int_equal(n, 10);
}

TEST_MAIN(TEST(options_stand_anywhere), TEST(what_does_not_belong_is_named),
          TEST(numbers_are_whole_and_bounded))
