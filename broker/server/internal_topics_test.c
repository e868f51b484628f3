#include "broker/server/internal_topics.h"

#include "tests/lib/test.h"

/* Java: Utils.abs("...".hashCode()) % 50 */
static void a_key_hashes_as_in_java(void **state)
{
    static const struct {
        const char *key;
        int32_t partition;
    } known[] = {
        { "", 0 },
        { "g", 3 },                  /* 103 */
        { "test-group", 12 },        /* 627841412 */
        { "polygenelubricants", 0 }, /* -2147483648: 0, as Java's has no absolute value */
        { "\xc3\xa9", 33 },          /* U+00E9: 233 */
        { "\xf0\x9f\x98\x80", 49 },  /* U+1F600 as d83d de00: 1772899 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_int_equal(coordinator_partition(str_of(known[i].key), 50), known[i].partition);
}

static void bytes_that_are_no_text_still_have_a_place(void **state)
{
    (void)state;
    assert_in_range(coordinator_partition(str_make("\xff\xfe\xc3", 3), 50), 0, 49);
    assert_in_range(coordinator_partition(str_make("\xf0\x9f", 2), 50), 0, 49);
    assert_in_range(coordinator_partition(str_make("\xed\xa0\x80", 3), 50), 0, 49);
}

TEST_MAIN(TEST(a_key_hashes_as_in_java), TEST(bytes_that_are_no_text_still_have_a_place))
