#include "tests/lib/test.h"

#include "api/rest/configuration.h"
#include "common/mem.h"

static json_t *parse(const char *text, struct refusal *r)
{
    *r = (struct refusal){ 0 };
    return configuration_properties(str_of(text), r);
}

static void properties_that_msk_allows_are_taken_as_they_are(void **state)
{
    struct refusal r;
    json_t *o = parse("# mine\nauto.create.topics.enable = true\nlog.retention.hours=24\n"
                      "log.cleanup.policy=compact,delete\nlog.cleaner.min.cleanable.ratio=0.25\n", &r);

    (void)state;
    assert_non_null(o);
    assert_int_equal(json_object_size(o), 4);
    assert_string_equal(json_string_value(json_object_get(o, "log.retention.hours")), "24");
    assert_string_equal(json_string_value(json_object_get(o, "log.cleanup.policy")), "compact,delete");
    json_decref(o);
}

static void anything_else_is_refused_by_its_name_and_rule(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        { "listeners=PLAINTEXT://0.0.0.0:1", "'listeners'" },
        { "log.dirs=/etc", "'log.dirs'" },
        { "num.partitions=0", "num.partitions: '0'" },
        { "num.partitions=", "num.partitions: ''" },
        { "num.partitions=99999999999", "99999999999" },
        { "num.partitions=9x", "9x" },
        { "auto.create.topics.enable=maybe", "true or false" },
        { "log.cleanup.policy=compact;delete", "must be one of" },
        { "log.cleanup.policy=c", "must be one of" },
        { "log.cleaner.min.cleanable.ratio=1.5", "0 to 1" },
        { "replica.lag.time.max.ms=9999", "10000 to 30000" },
        { "a=\\u00zz", "serverProperties:" },
    };
    struct refusal r;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_null(parse(cases[i].text, &r));
        assert_string_equal(r.parameter, "serverProperties");
        if (!strstr(r.why.text, cases[i].said))
            fail_msg("%s: %s", cases[i].text, r.why.text);
    }
}

static void text_survives_base64_and_what_is_none_is_refused(void **state)
{
    static const char *const texts[] = { "", "a", "ab", "abc", "num.partitions=3\n" };
    static const char *const bad[] = { "x", "!!!!", "YQ", "YQBi" /* a NUL inside */ };
    struct refusal r = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        OWNED_MEM char *base64 = configuration_base64(texts[i]);
        OWNED_MEM char *text = configuration_text(base64, &r);

        assert_non_null(text);
        assert_string_equal(text, texts[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_null(configuration_text(bad[i], &r));
}

TEST_MAIN(TEST(properties_that_msk_allows_are_taken_as_they_are),
          TEST(anything_else_is_refused_by_its_name_and_rule),
          TEST(text_survives_base64_and_what_is_none_is_refused))
