#include "tests/lib/test.h"

#include "api/agent/messages.h"
#include "common/rng.h"
#include "controlplane/placement/placement.h"

enum { NODES = 4, PLACED_MAX = 16 };

static const int64_t gib = 1 << 30;

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

static struct placement_node node(const char *name, const char *zone, int64_t vcpus, int64_t memory_gib,
                                  int64_t storage_gib)
{
    return (struct placement_node){ .name = name, .zone = zone,
                                    .has = { vcpus, memory_gib * gib, storage_gib * gib } };
}

/* Brokers of m7g.large with 10 GiB each; node "b1" has three processes already. */
struct world {
    struct placement_node nodes[NODES];
    struct placement p;
    struct placed placed[PLACED_MAX];
    struct why reason;
};

static void init(struct world *w, const char *second_zone)
{
    static const char *const names[NODES] = { "a1", "x2", "b1", "c1" };
    const char *zones[NODES] = { "a", second_zone, "b", "c" };

    *w = (struct world){ 0 };
    for (int i = 0; i < NODES; i++)
        w->nodes[i] = node(names[i], zones[i], 64, 256, 1000);
    w->p = (struct placement){ .nodes = w->nodes, .nodes_n = NODES, .subnets = subnets, .subnets_n = 3,
                               .controllers = 1, .brokers = 3, .instance_type = "kafka.m7g.large",
                               .broker = { 2, 8 * gib, 10 * gib }, .controller = { 0, 0, gib },
                               .address_taken = low_taken };
}

static err_t place(struct world *w)
{
    return placement_new_cluster(&w->p, w->placed, &w->reason);
}

static void brokers_are_spread_over_zones_nodes_and_free_addresses(void **state)
{
    struct world w;

    (void)state;
    init(&w, "b");
    w.nodes[2].processes = 3;
    w.p.brokers = 6;
    assert_ok(place(&w));
    assert_true(w.placed[0].controller);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(w.placed[i].address, w.placed[j].address);
    for (int i = 1; i <= 6; i++) {
        assert_int_equal(w.placed[i].node_id, i);
        assert_string_equal(w.placed[i].zone, subnets[(i - 1) % 3].zone);
        assert_true((w.placed[i].address & 0xff) > 11);
    }
    assert_string_equal(w.placed[2].host, "x2"); /* the emptier one, then the one without a broker of it */
    assert_string_equal(w.placed[5].host, "b1");
}

static void each_zone_gets_a_controller_before_any_gets_a_second(void **state)
{
    struct world w;

    (void)state;
    init(&w, "a");
    w.p.controllers = 5;
    assert_ok(place(&w));
    for (int i = 0; i < 8; i++) {
        assert_int_equal(w.placed[i].controller, i < 5);
        assert_int_equal(w.placed[i].node_id, i < 5 ? PLACEMENT_CONTROLLER_ID + i : i - 4);
    }
    assert_string_equal(w.placed[0].host, "a1");
    assert_string_equal(w.placed[1].zone, "b");
    assert_string_equal(w.placed[2].zone, "c");
    assert_string_equal(w.placed[3].host, "x2");
}

static void the_node_that_is_the_least_full_is_taken(void **state)
{
    struct world w;
    struct placement_node *n;

    (void)state;
    init(&w, "a");
    w.nodes[0].taken = (struct placement_amount){ 2, 8 * gib, 900 * gib }; /* nearly no storage left */
    w.nodes[1].taken = (struct placement_amount){ 32, 128 * gib, 20 * gib };
    assert_ok(placement_choose(&w.p, "a", false, 1, &n, &w.reason));
    assert_string_equal(n->name, "x2");
    assert_int_equal(n->taken.vcpus, 34);
    assert_int_equal(n->taken.storage_bytes, 30 * gib);
}

static void a_zone_without_a_node_is_waited_for_and_a_full_subnet_refused(void **state)
{
    struct world w;

    (void)state;
    init(&w, "a");
    w.p.nodes_n = 3;
    assert_int_equal(place(&w), ERR_AGAIN);
    assert_string_equal(w.reason.text, "zone c has no node: start an agent there");
    init(&w, "a");
    w.p.address_taken = all_taken;
    assert_int_equal(place(&w), ERR_BUSY);
    assert_string_equal(w.reason.text, "subnet s-a has no free address left");
}

static void expect_refusal(struct world *w, const char *text)
{
    assert_int_equal(place(w), ERR_BUSY);
    assert_string_equal(w->reason.text, text);
}

static void what_does_not_fit_is_refused_with_node_value_and_rule(void **state)
{
    struct world w;

    (void)state;
    init(&w, "c");
    w.nodes[2] = node("b1", "b", 2, 8, 1000);
    w.nodes[2].taken.vcpus = 1;
    expect_refusal(&w, "no node of zone b has room for broker 2 (kafka.m7g.large: 2 vCPUs, 8 GiB memory, "
                       "10 GiB storage): b1 has 1 of 2 vCPUs free");
    init(&w, "b");
    w.nodes[1].taken.memory_bytes = 252 * gib + gib / 2;
    w.nodes[2].taken.storage_bytes = 991 * gib;
    expect_refusal(&w, "no node of zone b has room for broker 2 (kafka.m7g.large: 2 vCPUs, 8 GiB memory, "
                       "10 GiB storage): x2 has 3.5 of 256 GiB memory free; b1 has 9 of 1000 GiB storage "
                       "free");
    init(&w, "a");
    w.nodes[0].processes = w.nodes[1].processes = AGENT_PROCESSES_MAX;
    expect_refusal(&w, "no node of zone a has room for controller 10001 (1 GiB storage): a1 runs 1000 "
                       "processes, at most 1000; x2 runs 1000 processes, at most 1000");
}

static void many_nodes_without_room_are_counted_not_listed(void **state)
{
    struct world w;

    (void)state;
    init(&w, "a");
    for (int i = 0; i < NODES; i++)
        w.nodes[i] = node("small", "a", 1, 1, 100);
    expect_refusal(&w, "no node of zone a has room for broker 1 (kafka.m7g.large: 2 vCPUs, 8 GiB memory, "
                       "10 GiB storage): small has 1 of 1 vCPUs free; small has 1 of 1 vCPUs free; "
                       "small has 1 of 1 vCPUs free; and 1 more nodes");
}

/* P1: whatever is asked for in whatever order. */
static void no_node_ever_gives_more_than_it_has(void **state)
{
    struct rng r;

    (void)state;
    rng_seed(&r, 1);
    for (int round = 0; round < 200; round++) {
        struct world w;
        bool placed = true;

        init(&w, "a");
        for (int i = 0; i < NODES; i++)
            w.nodes[i] = node(w.nodes[i].name, "a", 1 + (int64_t)rng_below(&r, 16),
                              (int64_t)rng_below(&r, 64), (int64_t)rng_below(&r, 200));
        while (placed) {
            struct placement_node *n;

            w.p.broker = (struct placement_amount){ 1 + (int64_t)rng_below(&r, 4),
                                                    (int64_t)rng_below(&r, 16) * gib,
                                                    (1 + (int64_t)rng_below(&r, 30)) * gib };
            placed = !placement_choose(&w.p, "a", rng_below(&r, 4) == 0, 1, &n, &w.reason);
        }
        for (int i = 0; i < NODES; i++) {
            assert_true(w.nodes[i].taken.vcpus <= w.nodes[i].has.vcpus);
            assert_true(w.nodes[i].taken.memory_bytes <= w.nodes[i].has.memory_bytes);
            assert_true(w.nodes[i].taken.storage_bytes <= w.nodes[i].has.storage_bytes);
        }
    }
}

TEST_MAIN(TEST(brokers_are_spread_over_zones_nodes_and_free_addresses),
          TEST(each_zone_gets_a_controller_before_any_gets_a_second),
          TEST(the_node_that_is_the_least_full_is_taken),
          TEST(a_zone_without_a_node_is_waited_for_and_a_full_subnet_refused),
          TEST(what_does_not_fit_is_refused_with_node_value_and_rule),
          TEST(many_nodes_without_room_are_counted_not_listed), TEST(no_node_ever_gives_more_than_it_has))
