#include "tests/lib/test.h"

#include <string.h>

#include "agent/report/identity.h"
#include "common/mem.h"

static void a_data_directory_belongs_to_one_node(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct why reason;

    (void)state;
    assert_ok(identity_claim(dir, "node-a", &reason));
    assert_ok(identity_claim(dir, "node-a", &reason));
    assert_int_equal(identity_claim(dir, "node-b", &reason), ERR_CONFLICT);
    assert_non_null(strstr(reason.text, "--name: 'node-b': "));
    assert_non_null(strstr(reason.text, "is the data directory of node 'node-a'"));
}

static void a_removed_node_says_so_at_every_start(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct why reason;

    (void)state;
    assert_ok(identity_claim(dir, "node-a", &reason));
    assert_ok(identity_removed(dir, "node node-a was removed", &reason));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(identity_claim(dir, "node-a", &reason), ERR_FORBIDDEN);
        assert_non_null(strstr(reason.text, "/removed: node node-a was removed"));
    }
}

static void a_disk_that_takes_no_name_stops_the_start(void **state)
{
    struct why reason;

    (void)state;
    assert_int_not_equal(identity_claim("/proc/no-such", "node-a", &reason), ERR_OK);
    assert_non_null(strstr(reason.text, "/proc/no-such/node-name: "));
}

TEST_MAIN(TEST(a_data_directory_belongs_to_one_node), TEST(a_removed_node_says_so_at_every_start),
          TEST(a_disk_that_takes_no_name_stops_the_start))
