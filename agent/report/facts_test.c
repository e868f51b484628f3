#include "tests/lib/test.h"

#include "agent/report/facts.h"

static void what_is_not_declared_is_measured(void **state)
{
    struct node_facts none = { 0 }, some = { .memory_bytes = 5, .disk_bytes = 7 };
    struct node_facts f = facts_of_node("/", &none);

    (void)state;
    assert_true(f.cpus >= 1);
    assert_true(f.memory_bytes >= 1 << 30 && f.memory_bytes % (1 << 30) == 0);
    assert_true(f.disk_bytes > 0);
    f = facts_of_node("/", &some);
    assert_true(f.cpus >= 1);
    assert_int_equal(f.memory_bytes, 5);
    assert_int_equal(f.disk_bytes, 7);
}

static void a_disk_that_is_not_there_has_no_room(void **state)
{
    struct node_facts none = { 0 };

    (void)state;
    assert_int_equal(facts_of_node("/no/such/directory", &none).disk_bytes, 0);
}

TEST_MAIN(TEST(what_is_not_declared_is_measured), TEST(a_disk_that_is_not_there_has_no_room))
