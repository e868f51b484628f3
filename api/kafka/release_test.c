#include "api/kafka/release.h"

#include "tests/lib/test.h"

static void a_release_names_its_latest_level(void **state)
{
    (void)state;
    assert_int_equal(release_metadata_version("4.3"), 30);
    assert_int_equal(release_metadata_version("4.3-IV0"), 30);
    assert_int_equal(release_metadata_version("3.7"), 19);
    assert_int_equal(release_metadata_version("3.2"), 0);
    assert_int_equal(release_metadata_version("4.1.0"), 27);
    assert_int_equal(release_metadata_version("4.1.x"), 0);
    assert_int_equal(release_metadata_version("4"), 0);
    assert_int_equal(release_feature_default("transaction.version", 30), 2);
    assert_int_equal(release_feature_default("share.version", 27), 0);
}

TEST_MAIN(TEST(a_release_names_its_latest_level))
