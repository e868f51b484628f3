#include "common/properties.h"

#include "tests/lib/test.h"

static struct properties *parse(const char *text)
{
    struct properties *p = NULL;
    struct why reason;

    assert_int_equal(properties_parse(str_of(text), &p, &reason), ERR_OK);
    return p;
}

static void separators_may_be_equals_colon_or_blanks(void **state)
{
    OWNED(properties) p = parse("a=1\nb:2\nc 3\n d \t=  4 \ne\nf=\ng==x\nh = = y");

    (void)state;
    assert_string_equal(properties_get(p, "a"), "1");
    assert_string_equal(properties_get(p, "b"), "2");
    assert_string_equal(properties_get(p, "c"), "3");
    assert_string_equal(properties_get(p, "d"), "4 ");
    assert_string_equal(properties_get(p, "e"), "");
    assert_string_equal(properties_get(p, "f"), "");
    assert_string_equal(properties_get(p, "g"), "=x");
    assert_string_equal(properties_get(p, "h"), "= y");
    assert_null(properties_get(p, "i"));
    assert_int_equal(properties_n(p), 8);
}

static void comments_and_blank_lines_are_nothing(void **state)
{
    OWNED(properties) p = parse("# x=1\r\n\r\n  ! y=2\n\n\ra=1#2\r");

    (void)state;
    assert_int_equal(properties_n(p), 1);
    assert_string_equal(properties_get(p, "a"), "1#2");
}

static void a_backslash_joins_lines_and_escapes(void **state)
{
    OWNED(properties) p = parse("a=1,\\\n   2,\\\r\n\t3\nb\\=\\ c=\\u0041\\t\\q\\\\\nd=\\u00e9\\u20AC");

    (void)state;
    assert_string_equal(properties_get(p, "a"), "1,2,3");
    assert_string_equal(properties_get(p, "b= c"), "A\tq\\");
    assert_string_equal(properties_get(p, "d"), "\xc3\xa9\xe2\x82\xac");
}

static void the_last_value_of_a_key_wins(void **state)
{
    OWNED(properties) p = parse("a=1\nb=2\na=3");

    (void)state;
    assert_string_equal(properties_get(p, "a"), "3");
    assert_string_equal(properties_key(p, 0), "a");
    assert_int_equal(properties_n(p), 2);
}

static void a_bad_escape_is_refused_with_its_line(void **state)
{
    struct properties *p = NULL;
    struct why reason;

    (void)state;
    assert_int_equal(properties_parse(str_of("a=1\nb=\\u00g1"), &p, &reason), ERR_MALFORMED);
    assert_non_null(strstr(reason.text, "line 2"));
    assert_int_equal(properties_parse(str_make("a=\0", 3), &p, &reason), ERR_MALFORMED);
    assert_int_equal(properties_parse(str_of("a=\\u12"), &p, &reason), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separators_may_be_equals_colon_or_blanks),
        cmocka_unit_test(comments_and_blank_lines_are_nothing),
        cmocka_unit_test(a_backslash_joins_lines_and_escapes),
        cmocka_unit_test(the_last_value_of_a_key_wins),
        cmocka_unit_test(a_bad_escape_is_refused_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
