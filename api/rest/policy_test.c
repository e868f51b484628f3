#include "tests/lib/test.h"

#include <string.h>

#include "api/rest/policy.h"
#include "common/mem.h"

#define WHO "\"Principal\":{\"AWS\":[\"123456789012\"]}"
#define WHAT "\"Action\":[\"kafka:CreateVpcConnection\"],\"Resource\":\"arn:aws:kafka:x\""
#define GOOD "{\"Effect\":\"Allow\"," WHO "," WHAT "}"
#define POLICY(statement) "{\"Version\":\"2012-10-17\",\"Statement\":" statement "}"

static void policies_of_iams_grammar_are_taken(void **state)
{
    static const char *const texts[] = {
        POLICY(GOOD),
        POLICY("[" GOOD "," GOOD "]"),
        "{\"Version\":\"2008-10-17\",\"Id\":\"x\",\"Statement\":[" GOOD "]}",
        POLICY("[{\"Sid\":\"a\",\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":\"1\"},"
               "\"NotAction\":\"kafka:*\",\"NotResource\":[\"a\",\"b\"],\"Condition\":{}}]"),
        POLICY("[{\"Effect\":\"Allow\",\"Principal\":\"*\"," WHAT "}]"),
    };
    struct refusal r = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!policy_check(texts[i], &r))
            fail_msg("%s: %s", texts[i], r.why.text);
}

static void all_else_is_refused_with_member_and_rule(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        { "", "not JSON" },
        { "{", "line 1" },
        { "[]", "must be a JSON object" },
        { "{}", "Version ''" },
        { "{\"Version\":1}", "Version ''" },
        { "{\"Version\":\"2012-10-18\",\"Statement\":" GOOD "}", "2012-10-18" },
        { "{\"Version\":\"2012-10-17\",\"Version\":\"2012-10-17\"}", "duplicate" },
        { "{\"Version\":\"2012-10-17\"}", "0 statements" },
        { POLICY("[]"), "0 statements" },
        { POLICY("[" GOOD ",1]"), "statement 1 must be an object" },
        { POLICY("[{}]"), "Effect ''" },
        { POLICY("[{\"Effect\":\"allow\"," WHO "," WHAT "}]"), "'allow'" },
        { POLICY("[{\"Effect\":\"Allow\"," WHAT "}]"), "Principal and NotPrincipal" },
        { POLICY("[{\"Effect\":\"Allow\",\"NotPrincipal\":\"*\"," WHO "," WHAT "}]"), "one of" },
        { POLICY("[{\"Effect\":\"Allow\",\"Principal\":\"me\"," WHAT "}]"), "Principal of" },
        { POLICY("[{\"Effect\":\"Allow\",\"Principal\":{}," WHAT "}]"), "Principal of" },
        { POLICY("[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[]}," WHAT "}]"), "Principal of" },
        { POLICY("[{\"Effect\":\"Allow\"," WHO ",\"Action\":[1],\"Resource\":\"*\"}]"), "Action of" },
        { POLICY("[{\"Effect\":\"Allow\"," WHO ",\"Action\":\"kafka:*\"}]"), "Resource and" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct refusal r = { 0 };

        assert_false(policy_check(cases[i].text, &r));
        assert_string_equal(r.parameter, "policy");
        if (!strstr(r.why.text, cases[i].said))
            fail_msg("%s: %s", cases[i].text, r.why.text);
    }
}

static void a_policy_has_a_bound(void **state)
{
    OWNED_MEM char *text = mem_printf("%*s", POLICY_BYTES_MAX, POLICY(GOOD));
    OWNED_MEM char *long_text = mem_printf(" %s", text);
    struct refusal r = { 0 };

    (void)state;
    assert_true(policy_check(text, &r));
    assert_false(policy_check(long_text, &r));
    assert_non_null(strstr(r.why.text, "20480"));
}

TEST_MAIN(TEST(policies_of_iams_grammar_are_taken), TEST(all_else_is_refused_with_member_and_rule),
          TEST(a_policy_has_a_bound))
