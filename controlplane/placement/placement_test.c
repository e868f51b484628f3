#include "tests/lib/test.h"

#include "controlplane/placement/placement.h"

static const struct placement_subnet subnets[] = { { "s-a", "a", 0x7f100100, 0xffffff00 },
                                                   { "s-b", "b", 0x7f100200, 0xffffff00 },
                                                   { "s-c", "c", 0x7f100300, 0xfffffff0 } };

static bool low_taken(void *ctx, uint32_t address)
{
    (void)ctx;
    return (address & 0xff) <= 11;
}

static bool all_taken(void *ctx, uint32_t address)
{
    (void)ctx;
    (void)address;
    return true;
}

static void brokers_are_spread_over_zones_nodes_and_free_addresses(void **state)
{
    struct placement_node nodes[] = {
        { "a1", "a", 0 }, { "b1", "b", 3 }, { "b2", "b", 0 }, { "c1", "c", 0 }
    };
    struct placement p = { nodes, 4, subnets, 3, 1, 6, low_taken, NULL };
    struct placed placed[7];
    struct why reason;

    (void)state;
    if (placement_new_cluster(&p, placed, &reason))
        fail_msg("%s", reason.text);
    assert_true(placed[0].controller);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(placed[i].address, placed[j].address);
    for (int i = 1; i <= 6; i++) {
        assert_int_equal(placed[i].node_id, i);
        assert_string_equal(placed[i].zone, subnets[(i - 1) % 3].zone);
        assert_true((placed[i].address & 0xff) > 11);
    }
    assert_string_equal(placed[2].host, "b2");
    assert_string_equal(placed[5].host, "b2");
}

static void each_zone_gets_a_controller_before_any_gets_a_second(void **state)
{
    struct placement_node nodes[] = {
        { "a1", "a", 0 }, { "a2", "a", 0 }, { "b1", "b", 0 }, { "c1", "c", 0 }
    };
    struct placement p = { nodes, 4, subnets, 3, 5, 3, low_taken, NULL };
    struct placed placed[8];
    struct why reason;

    (void)state;
    if (placement_new_cluster(&p, placed, &reason))
        fail_msg("%s", reason.text);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(placed[i].controller, i < 5);
        assert_int_equal(placed[i].node_id, i < 5 ? PLACEMENT_CONTROLLER_ID + i : i - 4);
    }
    assert_string_equal(placed[0].zone, "a");
    assert_string_equal(placed[1].zone, "b");
    assert_string_equal(placed[2].zone, "c");
    assert_string_equal(placed[0].host, "a1");
    assert_string_equal(placed[3].host, "a2");
}

static void a_zone_without_a_node_is_waited_for_and_a_full_subnet_refused(void **state)
{
    struct placement_node nodes[] = { { "a1", "a", 0 }, { "b1", "b", 0 }, { "c1", "c", 0 } };
    struct placement p = { nodes, 2, subnets, 3, 1, 3, low_taken, NULL };
    struct placed placed[4];
    struct why reason;

    (void)state;
    assert_int_equal(placement_new_cluster(&p, placed, &reason), ERR_AGAIN);
    assert_string_equal(reason.text, "zone c (subnet s-c) has no node: start an agent there");
    p.nodes_n = 3;
    p.address_taken = all_taken;
    assert_int_equal(placement_new_cluster(&p, placed, &reason), ERR_BUSY);
}

TEST_MAIN(TEST(brokers_are_spread_over_zones_nodes_and_free_addresses),
          TEST(each_zone_gets_a_controller_before_any_gets_a_second),
          TEST(a_zone_without_a_node_is_waited_for_and_a_full_subnet_refused))
