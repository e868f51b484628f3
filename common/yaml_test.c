#include "tests/lib/test.h"

#include "common/yaml.h"

static err_t parse(const char *text, json_t **ret, struct why *reason)
{
    return yaml_parse(slice_make(text, strlen(text)), ret, reason);
}

static void mappings_and_sequences_become_json(void **state)
{
    json_t *v, *b;
    struct why reason;

    (void)state;
    assert_ok(parse("a: 1\nb:\n  - {c: x y}\n  - z\n", &v, &reason));
    assert_string_equal(json_string_value(json_object_get(v, "a")), "1");
    b = json_object_get(v, "b");
    assert_int_equal(json_array_size(b), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(b, 0), "c")), "x y");
    json_decref(v);
    assert_ok(parse("", &v, &reason));
    assert_int_equal(json_object_size(v), 0);
    json_decref(v);
}

static void a_broken_file_names_line_and_column(void **state)
{
    json_t *v;
    struct why reason;

    (void)state;
    assert_int_equal(parse("a: 1\na: 2\n", &v, &reason), ERR_INVALID);
    assert_string_equal(reason.text, "line 2, column 1: this key stands here twice");
    assert_int_equal(parse("a: [1\n", &v, &reason), ERR_INVALID);
    assert_int_equal(parse("? [x]\n: 1\n", &v, &reason), ERR_INVALID);
}

TEST_MAIN(TEST(mappings_and_sequences_become_json), TEST(a_broken_file_names_line_and_column))
