#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/rebalance/plan.h"
#include "common/mem.h"
#include "common/rng.h"

enum { SEEDS = 400, GIB = 1 << 30, MIB = 1 << 20 };

static const char *const zone_names[] = { "a", "b", "c", "d", "e" };

/* A cluster that may be changed. */
struct cluster {
    struct arena a;
    struct rebalance_broker *brokers;
    struct rebalance_partition *partitions;
    struct rebalance_input in;
};

static struct cluster new_cluster(unsigned brokers_n, unsigned zones_n, unsigned partitions_n)
{
    struct cluster c = { .a = { 0 } };

    c.brokers = arena_array(&c.a, brokers_n, sizeof(*c.brokers));
    c.partitions = arena_array(&c.a, partitions_n, sizeof(*c.partitions));
    for (unsigned i = 0; i < brokers_n; i++)
        c.brokers[i] = (struct rebalance_broker){ .id = (int32_t)i + 1,
                                                  .zone = str_of(zone_names[i % zones_n]) };
    for (unsigned i = 0; i < partitions_n; i++)
        c.partitions[i] = (struct rebalance_partition){ .topic = str_of("t"), .partition = (int32_t)i,
                                                        .leader = -1 };
    c.in = (struct rebalance_input){ c.brokers, brokers_n, c.partitions, partitions_n };
    return c;
}

static void put(struct cluster *c, unsigned p, const int32_t *replicas, int32_t n)
{
    int32_t *copy = arena_array(&c->a, (size_t)n, sizeof(*copy));

    memcpy(copy, replicas, (size_t)n * sizeof(*copy));
    c->partitions[p].replicas = copy;
    c->partitions[p].replicas_n = n;
    c->partitions[p].leader = copy[0];
}

/* `n` brokers of the first `among`, in different zones where there are enough, by chance or in turn. */
static void spread(struct cluster *c, unsigned p, int32_t n, unsigned among, uint64_t from)
{
    int32_t replicas[REBALANCE_REPLICAS_MAX];

    for (int32_t i = 0; i < n; i++)
        replicas[i] = (int32_t)((from + (uint64_t)i) % among) + 1;
    put(c, p, replicas, n);
}

static void shuffle(struct rng *r, int32_t *v, unsigned n)
{
    for (unsigned i = n; i > 1; i--) {
        unsigned j = (unsigned)rng_below(r, i);
        int32_t x = v[i - 1];

        v[i - 1] = v[j];
        v[j] = x;
    }
}

/* Anything goes: brokers that drain, are new, are small, replicas anywhere. */
static struct cluster random_cluster(uint64_t seed)
{
    struct rng r;
    unsigned brokers_n, zones_n;
    struct cluster c;
    int32_t ids[REBALANCE_REPLICAS_MAX];

    rng_seed(&r, seed);
    brokers_n = 1 + (unsigned)rng_below(&r, 12);
    zones_n = 1 + (unsigned)rng_below(&r, 5);
    c = new_cluster(brokers_n, zones_n, 1 + (unsigned)rng_below(&r, 120));
    for (unsigned i = 0; i < brokers_n; i++) {
        c.brokers[i].state = rng_below(&r, 6) ? REBALANCE_STAYS : REBALANCE_DRAINS;
        if (seed % 3 == 0)
            c.brokers[i].capacity_bytes = (int64_t)(20 + rng_below(&r, 200)) * GIB;
        ids[i] = (int32_t)i + 1;
    }
    for (unsigned p = 0; p < c.in.partitions_n; p++) {
        unsigned used = seed % 4 ? brokers_n : (brokers_n + 1) / 2; /* the others are new */
        int32_t n = 1 + (int32_t)rng_below(&r, used < 4 ? used : 4);

        shuffle(&r, ids, used);
        put(&c, p, ids, n);
        if (seed % 7 == 0 && rng_below(&r, 9) == 0)
            ((int32_t *)(uintptr_t)c.partitions[p].replicas)[n - 1] = 77; /* not a broker any more */
        for (unsigned i = 0; i < brokers_n; i++) /* unshuffle */
            ids[i] = (int32_t)i + 1;
        c.partitions[p].bytes = rng_below(&r, 5) ? (int64_t)rng_below(&r, (uint64_t)GIB) : 0;
        c.partitions[p].traffic = (int64_t)rng_below(&r, 4 * MIB);
        c.partitions[p].leader = rng_below(&r, 4) ? c.partitions[p].replicas[0] : -1;
    }
    return c;
}

static const struct rebalance_broker *broker(const struct cluster *c, int32_t id)
{
    for (unsigned i = 0; i < c->in.brokers_n; i++)
        if (c->brokers[i].id == id)
            return &c->brokers[i];
    return NULL;
}

static int zones_of(const struct cluster *c, const int32_t *replicas, int32_t n)
{
    bool seen[5] = { 0 };
    int zones = 0;

    for (int32_t i = 0; i < n; i++) {
        const struct rebalance_broker *b = broker(c, replicas[i]);

        if (b && !seen[b->zone.p[0] - 'a'])
            zones += seen[b->zone.p[0] - 'a'] = true;
    }
    return zones;
}

static bool holds(const int32_t *replicas, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++)
        if (replicas[i] == id)
            return true;
    return false;
}

static int zones_that_stay(const struct cluster *c)
{
    int32_t ids[16], n = 0;

    for (unsigned i = 0; i < c->in.brokers_n; i++)
        if (c->brokers[i].state != REBALANCE_DRAINS)
            ids[n++] = c->brokers[i].id;
    return zones_of(c, ids, n);
}

/* P1 and P2 of one move. */
static void check_move(const struct cluster *c, const struct rebalance_move *m)
{
    const struct rebalance_partition *p = &c->partitions[m->partition];
    int added = 0;

    assert_int_equal(m->replicas_n, p->replicas_n);
    for (int32_t i = 0; i < m->replicas_n; i++) {
        const struct rebalance_broker *b = broker(c, m->replicas[i]);
        bool had = holds(p->replicas, p->replicas_n, m->replicas[i]);

        assert_false(holds(m->replicas, i, m->replicas[i]));
        assert_true(had || (b && b->state != REBALANCE_DRAINS));
        added += !had;
    }
    assert_int_equal(added, m->added_n);
    assert_int_equal(m->bytes, p->bytes * added);
    assert_true(m->why != REBALANCE_NO_REASON && m->text && *m->text);
    assert_true(zones_of(c, m->replicas, m->replicas_n) >= zones_of(c, p->replicas, p->replicas_n));
}

/* Does what the plan says. */
static void carry_out(struct cluster *c, const struct rebalance_plan *plan)
{
    for (unsigned i = 0; i < plan->moves_n; i++) {
        const struct rebalance_move *m = &plan->moves[i];

        put(c, m->partition, m->replicas, m->replicas_n);
    }
}

static struct rebalance_plan plan_of(struct cluster *c)
{
    struct rebalance_plan plan;

    assert_ok(rebalance_plan(&c->in, &c->a, &plan, NULL));
    return plan;
}

static bool is_stuck(const struct rebalance_plan *plan, unsigned p, int32_t id)
{
    for (unsigned i = 0; i < plan->stuck_n; i++)
        if (plan->stuck[i].partition == p && plan->stuck[i].broker == id)
            return *plan->stuck[i].text;
    return false;
}

/* After the plan: a replica is on a draining broker only with a reason; P3. */
static void check_end(const struct cluster *c, const struct rebalance_plan *plan)
{
    for (unsigned p = 0; p < c->in.partitions_n; p++)
        for (int32_t i = 0; i < c->partitions[p].replicas_n; i++) {
            const struct rebalance_broker *b = broker(c, c->partitions[p].replicas[i]);

            assert_true(!b || b->state != REBALANCE_DRAINS || is_stuck(plan, p, b->id));
        }
    for (unsigned i = 0; i < plan->brokers_n; i++) {
        const struct rebalance_broker *b = broker(c, plan->after[i].broker);

        assert_true(!b->capacity_bytes || plan->after[i].bytes <= plan->before[i].bytes ||
                    (double)plan->after[i].bytes <= (double)b->capacity_bytes * REBALANCE_FILL_MAX);
    }
}

static void any_cluster_gets_a_plan_that_keeps_every_rule_and_leaves_nothing_to_plan(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct cluster c = random_cluster(seed);
        struct rebalance_plan plan = plan_of(&c), again;
        int64_t bytes = 0, total = 0;

        for (unsigned i = 0; i < plan.moves_n; i++) {
            check_move(&c, &plan.moves[i]);
            bytes += plan.moves[i].bytes;
        }
        for (unsigned p = 0; p < c.in.partitions_n; p++)
            total += c.partitions[p].bytes * c.partitions[p].replicas_n;
        assert_int_equal(bytes, plan.bytes);
        assert_true(bytes <= total); /* no replica is copied twice */
        carry_out(&c, &plan);
        check_end(&c, &plan);
        again = plan_of(&c);
        if (again.moves_n)
            fail_msg("seed %llu: carried out, %u moves are left, such as: %s", (unsigned long long)seed,
                     again.moves_n, again.moves[0].text);
        arena_done(&c.a);
    }
}

static void a_partition_gets_as_many_zones_as_it_has_replicas(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct cluster c = random_cluster(seed);
        int zones;

        for (unsigned i = 0; i < c.in.brokers_n; i++) { /* room for all, nobody drains */
            c.brokers[i].state = REBALANCE_STAYS;
            c.brokers[i].capacity_bytes = 0;
        }
        carry_out(&c, &(struct rebalance_plan[]){ plan_of(&c) }[0]);
        zones = zones_that_stay(&c);
        for (unsigned p = 0; p < c.in.partitions_n; p++) {
            const struct rebalance_partition *of = &c.partitions[p];
            int n = of->replicas_n - holds(of->replicas, of->replicas_n, 77);

            assert_int_equal(zones_of(&c, of->replicas, of->replicas_n), n < zones ? n : zones);
        }
        arena_done(&c.a);
    }
}

static void the_same_input_gives_the_same_plan_in_any_order_of_brokers(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct cluster c = random_cluster(seed), d = random_cluster(seed);
        struct rebalance_plan x, y;

        for (unsigned i = 0; i < c.in.brokers_n; i++)
            d.brokers[i] = c.brokers[c.in.brokers_n - 1 - i];
        x = plan_of(&c);
        y = plan_of(&d);
        assert_int_equal(x.moves_n, y.moves_n);
        for (unsigned i = 0; i < x.moves_n; i++) {
            assert_int_equal(x.moves[i].partition, y.moves[i].partition);
            assert_string_equal(x.moves[i].text, y.moves[i].text);
            assert_memory_equal(x.moves[i].replicas, y.moves[i].replicas,
                                (size_t)x.moves[i].replicas_n * sizeof(int32_t));
        }
        arena_done(&c.a);
        arena_done(&d.a);
    }
}

/* 3 brokers with `partitions_n` partitions of 100 MiB, 3 replicas each, and so many more brokers. */
static struct cluster three_and(unsigned more, unsigned partitions_n)
{
    struct cluster c = new_cluster(3 + more, 3, partitions_n);

    for (unsigned p = 0; p < partitions_n; p++) {
        spread(&c, p, 3, 3, p);
        c.partitions[p].bytes = 100 * MIB;
        c.partitions[p].traffic = MIB;
    }
    for (unsigned i = 3; i < 3 + more; i++)
        c.brokers[i].state = REBALANCE_IS_NEW;
    return c;
}

static void a_balanced_cluster_gets_an_empty_plan(void **state)
{
    struct cluster c = three_and(0, 90);

    (void)state;
    assert_int_equal(plan_of(&c).moves_n, 0);
    arena_done(&c.a);
}

static void new_brokers_are_filled_to_the_mean_and_no_byte_moves_twice(void **state)
{
    struct cluster c = three_and(3, 60);
    struct rebalance_plan plan = plan_of(&c);
    int64_t mean = 30LL * 100 * MIB; /* 60 partitions of 3 replicas on 6 brokers */

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        assert_true(llabs(plan.after[i].bytes - mean) <= (int64_t)((double)mean * 2 * REBALANCE_TOLERANCE));
        assert_true(plan.after[i].leaders >= 9 && plan.after[i].leaders <= 11);
    }
    assert_true(plan.bytes <= 3 * mean);
    arena_done(&c.a);
}

static void a_draining_broker_is_emptied_and_the_others_share_what_it_had(void **state)
{
    struct cluster c = new_cluster(6, 3, 60);
    struct rebalance_plan plan;

    (void)state;
    for (unsigned p = 0; p < 60; p++) {
        spread(&c, p, 3, 6, p);
        c.partitions[p].bytes = 100 * MIB;
    }
    for (unsigned i = 3; i < 6; i++)
        c.brokers[i].state = REBALANCE_DRAINS;
    plan = plan_of(&c);
    assert_int_equal(plan.stuck_n, 0);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(plan.after[i].replicas, i < 3 ? 60 : 0);
    assert_int_equal(plan.bytes, 90LL * 100 * MIB);
    arena_done(&c.a);
}

static void what_cannot_leave_a_draining_broker_says_why(void **state)
{
    struct cluster c = three_and(0, 3);
    struct rebalance_plan plan;

    (void)state;
    c.brokers[2].state = REBALANCE_DRAINS; /* three replicas, two brokers */
    plan = plan_of(&c);
    assert_int_equal(plan.stuck_n, 3);
    assert_string_equal(plan.stuck[0].text, "3 replicas need as many brokers, and 2 stay");
    for (unsigned p = 0; p < 3; p++)
        spread(&c, p, 1, 1, 0); /* zone a, of a broker that has no room elsewhere */
    c.brokers[0].state = REBALANCE_DRAINS;
    c.brokers[2].state = REBALANCE_STAYS;
    c.brokers[1].capacity_bytes = c.brokers[2].capacity_bytes = 50 * MIB;
    plan = plan_of(&c);
    assert_string_equal(plan.stuck[0].text, "no volume has room for 100.0 MiB below 90 %");
    for (unsigned p = 0; p < 3; p++)
        put(&c, p, (int32_t[]){ 1, 2 }, 2); /* zones a and b: only b would be left */
    c.brokers[1].capacity_bytes = c.brokers[2].capacity_bytes = 0;
    c.brokers[2].zone = str_of("b");
    plan = plan_of(&c);
    assert_string_equal(plan.stuck[0].text, "its replicas would be in fewer zones than now: no broker that "
                                            "stays in zone 'a' can take it");
    arena_done(&c.a);
}

static void traffic_is_shared_by_trading_places_and_disk_stays_even(void **state)
{
    struct cluster c = new_cluster(2, 1, 20);
    struct rebalance_plan plan;

    (void)state;
    for (unsigned p = 0; p < 20; p++) { /* broker 1 has all that is written to */
        spread(&c, p, 1, 2, p);
        c.partitions[p].bytes = 10 * MIB;
        c.partitions[p].traffic = p % 2 ? 0 : MIB;
    }
    plan = plan_of(&c);
    assert_true(llabs(plan.after[0].traffic - plan.after[1].traffic) <= 2 * MIB);
    assert_int_equal(plan.after[0].bytes, plan.after[1].bytes);
    assert_int_equal(plan.moves[0].why, REBALANCE_TRAFFIC);
    arena_done(&c.a);
}

static void leaders_are_shared_without_copying(void **state)
{
    struct cluster c = new_cluster(3, 3, 30);
    struct rebalance_plan plan;

    (void)state;
    for (unsigned p = 0; p < 30; p++)
        spread(&c, p, 3, 3, 0);
    plan = plan_of(&c);
    assert_int_equal(plan.bytes, 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(plan.after[i].leaders, 10);
    arena_done(&c.a);
}

static void a_leader_that_is_not_the_preferred_one_is_worth_an_election(void **state)
{
    struct cluster c = three_and(0, 3);
    struct rebalance_plan plan;

    (void)state;
    c.partitions[1].leader = 3;
    plan = plan_of(&c);
    assert_int_equal(plan.moves_n, 1);
    assert_int_equal(plan.moves[0].why, REBALANCE_ELECT);
    assert_string_equal(plan.moves[0].text, "broker 3 leads it, broker 2 is first");
    arena_done(&c.a);
}

static void input_that_makes_no_sense_is_refused_by_name(void **state)
{
    struct cluster c = three_and(0, 2);
    struct rebalance_plan plan;
    struct why reason;

    (void)state;
    put(&c, 1, (int32_t[]){ 1, 2, 1 }, 3);
    assert_int_equal(rebalance_plan(&c.in, &c.a, &plan, &reason), ERR_INVALID);
    assert_string_equal(reason.text, "t-1: replicas: 1 stands twice");
    c.partitions[1].replicas_n = 0;
    assert_int_equal(rebalance_plan(&c.in, &c.a, &plan, &reason), ERR_INVALID);
    assert_string_equal(reason.text, "t-1: 0 replicas are not 1 to 32");
    c.brokers[0].id = 2;
    assert_int_equal(rebalance_plan(&c.in, &c.a, &plan, &reason), ERR_INVALID);
    assert_string_equal(reason.text, "brokers: 2 stands twice");
    arena_done(&c.a);
}

TEST_MAIN(TEST(any_cluster_gets_a_plan_that_keeps_every_rule_and_leaves_nothing_to_plan),
          TEST(a_partition_gets_as_many_zones_as_it_has_replicas),
          TEST(the_same_input_gives_the_same_plan_in_any_order_of_brokers),
          TEST(a_balanced_cluster_gets_an_empty_plan),
          TEST(new_brokers_are_filled_to_the_mean_and_no_byte_moves_twice),
          TEST(a_draining_broker_is_emptied_and_the_others_share_what_it_had),
          TEST(what_cannot_leave_a_draining_broker_says_why),
          TEST(traffic_is_shared_by_trading_places_and_disk_stays_even),
          TEST(leaders_are_shared_without_copying),
          TEST(a_leader_that_is_not_the_preferred_one_is_worth_an_election),
          TEST(input_that_makes_no_sense_is_refused_by_name))
