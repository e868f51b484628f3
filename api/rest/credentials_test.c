#include "api/rest/credentials.h"

#include <stdlib.h>

#include "common/fs.h"
#include "tests/lib/test.h"

static const char text[] =
    "# comment\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key=abc/def=+\r\n\n"
    "[ other ]\naws_access_key_id=AKIA2\naws_secret_access_key=s2\naws_session_token = t\n"
    "[half]\naws_access_key_id=AKIA3\n";

static void a_section_gives_its_keys(void **state)
{
    OWNED(credentials) c = NULL;
    OWNED(credentials) other = NULL;

    (void)state;
    assert_ok(credentials_parse(str_of(text), "default", &c, NULL));
    assert_string_equal(c->access_key, "AKIA1");
    assert_string_equal(c->secret, "abc/def=+");
    assert_null(c->session_token);
    assert_ok(credentials_parse(str_of(text), "other", &other, NULL));
    assert_string_equal(other->session_token, "t");
}

static void half_a_key_is_none(void **state)
{
    OWNED(credentials) c = NULL;
    struct why reason;

    (void)state;
    assert_int_equal(credentials_parse(str_of(text), "half", &c, &reason), ERR_NOT_FOUND);
    assert_int_equal(credentials_parse(str_of(text), "missing", &c, &reason), ERR_NOT_FOUND);
    assert_int_equal(credentials_parse(str_of("[default]\nnonsense\n"), "default", &c, &reason),
                     ERR_MALFORMED);
    assert_string_equal(reason.text, "line 2 is neither [section] nor key = value");
}

static void a_file_asked_for_wins_over_the_environment(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = mem_printf("%s/credentials", dir);
    OWNED(credentials) from_env = NULL;
    OWNED(credentials) from_file = NULL;
    OWNED(credentials) none = NULL;

    (void)state;
    assert_ok(fs_replace(fs_posix(), path, slice_make(text, sizeof(text) - 1), 0600));
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    assert_ok(credentials_find(NULL, NULL, &from_env, NULL));
    assert_string_equal(from_env->access_key, "AKIAENV");
    assert_ok(credentials_find(path, "other", &from_file, NULL));
    assert_string_equal(from_file->access_key, "AKIA2");
    unsetenv("AWS_ACCESS_KEY_ID");
    setenv("HOME", dir, 1);
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    assert_int_equal(credentials_find(NULL, NULL, &none, NULL), ERR_NOT_FOUND);
}

TEST_MAIN(TEST(a_section_gives_its_keys), TEST(half_a_key_is_none),
          TEST(a_file_asked_for_wins_over_the_environment))
