#include "broker/group/regex.h"

#include "common/mem.h"
#include "tests/lib/test.h"

static const char *const names[] = {
    "t1", "t2", "a", "b", "c", "ab", "aa", "aab", "abab", "A", "B", "AB", "aB", "t1x", "a.b",
    "a-b", "1", "12", "-", ".", "_", "k", "K", "z", "C", "aaaa", "bb", "orders", "x", "xx"
};

/* What RE2/J 1.8 says of them: the names above that match, or why it is none. */
static const struct {
    const char *pattern, *matches, *fault;
} known[] = {
    { "t1", "t1", NULL },
    { "t[12]", "t1 t2", NULL },
    { "(t", NULL, "missing closing )" },
    { "t)", NULL, "regexp/syntax: internal error" },
    { "((", NULL, "missing closing )" },
    { "*", NULL, "missing argument to repetition operator" },
    { "a**", NULL, "invalid nested repetition operator" },
    { "a*+", NULL, "invalid nested repetition operator" },
    { "a{2}{3}", NULL, "invalid nested repetition operator" },
    { "a*?", "a aa aaaa", NULL },
    { "(a|b)*", "a b ab aa aab abab aaaa bb", NULL },
    { "a|b|c", "a b c", NULL },
    { "|a", "a", NULL },
    { "()", "", NULL },
    { "(|a)*", "a aa aaaa", NULL },
    { "t.*", "t1 t2 t1x", NULL },
    { "^t1$", "t1", NULL },
    { "\\Aab\\z", "ab", NULL },
    { "\\bab\\b", "ab", NULL },
    { "a\\Bb", "ab", NULL },
    { "[^a]*", "t1 t2 b c A B AB t1x 1 12 - . _ k K z C bb orders x xx", NULL },
    { "[a-", NULL, "missing closing ]" },
    { "[", NULL, "missing closing ]" },
    { "[]a]", "a", NULL },
    { "[^]a]", "b c A B 1 - . _ k K z C x", NULL },
    { "[z-a]", NULL, "invalid character class range" },
    { "[a\\]b]", "a b", NULL },
    { "[[:alpha:]]+", "a b c ab aa aab abab A B AB aB k K z C aaaa bb orders x xx", NULL },
    { "[[:^alpha:]]+", "1 12 - . _", NULL },
    { "[[:foo:]]", NULL, "invalid character class range" },
    { "[[:alpha]]", "", NULL },
    { "\\d+", "1 12", NULL },
    { "\\D+", "a b c ab aa aab abab A B AB aB a.b a-b - . _ k K z C aaaa bb orders x xx", NULL },
    { "\\w+", "t1 t2 a b c ab aa aab abab A B AB aB t1x 1 12 _ k K z C aaaa bb orders x xx", NULL },
    { "\\W+", "- .", NULL },
    { "[\\w.-]+",
      "t1 t2 a b c ab aa aab abab A B AB aB t1x a.b a-b 1 12 - . _ k K z C aaaa bb orders x xx", NULL },
    { "\\pL+", "a b c ab aa aab abab A B AB aB k K z C aaaa bb orders x xx", NULL },
    { "\\PL+", "1 12 - . _", NULL },
    { "\\p{Greek}", "", NULL },
    { "\\p{^Latin}+", "1 12 - . _", NULL },
    { "\\p{Foo}", NULL, "invalid character class range" },
    { "\\p{L", NULL, "invalid character class range" },
    { "(?i)AB", "ab AB aB", NULL },
    { "(?i:A)b", "ab", NULL },
    { "(?i-s:A)B", "AB aB", NULL },
    { "(?)a", "a", NULL },
    { "(?i", NULL, "invalid or unsupported Perl syntax" },
    { "(?P<n>a)b", "ab", NULL },
    { "(?P<n>a)(?P<n>b)", NULL, "duplicate capture group name" },
    { "(?<n>a", NULL, "missing closing )" },
    { "(?P<>a)", NULL, "invalid named capture" },
    { "(?!a)", NULL, "invalid or unsupported Perl syntax" },
    { "\\1", NULL, "invalid escape sequence" },
    { "\\141b", "ab", NULL },
    { "\\x61b", "ab", NULL },
    { "\\x{61}b", "ab", NULL },
    { "\\x{110000}", NULL, "invalid escape sequence" },
    { "\\", NULL, "trailing backslash at end of expression" },
    { "\\q", NULL, "invalid escape sequence" },
    { "\\Qa.b\\E", "a.b", NULL },
    { "\\Qab\\E+", "ab", NULL },
    { "a{1000}", "", NULL },
    { "a{1001}", NULL, "invalid repeat count" },
    { "a{2,1}", NULL, "invalid repeat count" },
    { "a{", "", NULL },
    { "a{01}", "", NULL },
    { "a{2,}", "aa aaaa", NULL },
    { "a{0}", "", NULL },
    { "a{0,1}b", "b ab", NULL },
    { "(?i)\\x{212a}", "k K", NULL },
    { "(?*a)", NULL, "invalid or unsupported Perl syntax" },
    { "(a|*)", NULL, "missing argument to repetition operator" },
    { "{{1}", NULL, "invalid nested repetition operator" },
    { "A(?i)*", "A", NULL },
    { "\\Q\\E*", NULL, "missing argument to repetition operator" },
    { "x**", NULL, "invalid nested repetition operator" },
    { "[\\x41-\\x43]+", "A B AB C", NULL },
    { "(a*)*", "a aa aaaa", NULL },
    { "(a+)+b", "ab aab", NULL },
    { "(a|b|)+c", "c", NULL },
    { "[^\\x00-\\x{10FFFF}]", "", NULL },
    { ".{2,4}", "t1 t2 ab aa aab abab AB aB t1x a.b a-b 12 aaaa bb xx", NULL },
};

static bool listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

static void expressions_mean_what_they_mean_to_re2j(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        struct why why = { "" };
        struct regex *r = NULL;

        if (known[i].fault) {
            assert_true(regex_fault(str_of(known[i].pattern), &why));
            assert_string_equal(why.text, known[i].fault);
            continue;
        }
        assert_ok(regex_new(str_of(known[i].pattern), &r, &why));
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            if (regex_matches(r, str_of(names[k])) != listed(known[i].matches, names[k]))
                fail_msg("%s and %s", known[i].pattern, names[k]);
        regex_free(r);
    }
}

static void evil_expressions_take_no_longer(void **state)
{
    char name[250];
    struct why why;
    struct regex *r;

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_ok(regex_new(str_of("(a*)*(a*)*(a*)*(a|aa)*b"), &r, &why));
    assert_false(regex_matches(r, str_of(name)));
    r = regex_free(r);
    assert_true(regex_fault(str_of("((((.{1000}){1000}){1000}){1000}){1000}"), &why));
}

static void depth_is_bounded(void **state)
{
    char *deep = mem_zero(100001);
    struct why why;

    (void)state;
    memset(deep, '(', 100000);
    assert_true(regex_fault(str_of(deep), &why));
    mem_free(deep);
}

TEST_MAIN(TEST(expressions_mean_what_they_mean_to_re2j), TEST(evil_expressions_take_no_longer),
          TEST(depth_is_bounded))
