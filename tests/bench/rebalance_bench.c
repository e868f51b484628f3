/* rebalance_bench - C5: what a plan costs.
 *
 *   rebalance_bench [REPLICAS [BROKERS]]
 * plans for a cluster in three zones whose last third of brokers is new, and for one of whose brokers
 * three drain; prints CPU milliseconds of the better of three runs, moves and bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/rebalance/plan.h"
#include "common/rng.h"

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Three replicas each, in three zones, on the first `used` brokers. */
static struct rebalance_input build(struct arena *a, unsigned replicas, unsigned brokers, unsigned used,
                                    unsigned drain)
{
    static const char *const zones[] = { "a", "b", "c" };
    unsigned n = replicas / 3;
    struct rebalance_broker *b = arena_array(a, brokers, sizeof(*b));
    struct rebalance_partition *p = arena_array(a, n, sizeof(*p));
    struct rng r;

    rng_seed(&r, 7);
    for (unsigned i = 0; i < brokers; i++)
        b[i] = (struct rebalance_broker){ (int32_t)i + 1, str_of(zones[i % 3]), (int64_t)1 << 40, 0,
                                          i < drain ? REBALANCE_DRAINS : REBALANCE_STAYS };
    for (unsigned i = 0; i < n; i++) {
        int32_t *at = arena_array(a, 3, sizeof(*at));

        for (unsigned z = 0; z < 3; z++)
            at[(z + i) % 3] = (int32_t)(rng_below(&r, (used - z + 2) / 3) * 3 + z) + 1;
        p[i] = (struct rebalance_partition){ str_of("t"), (int32_t)i, at, 3, at[0],
                                             (int64_t)rng_below(&r, (uint64_t)4 << 30),
                                             (int64_t)rng_below(&r, 1 << 20) };
    }
    return (struct rebalance_input){ b, brokers, p, n };
}

static void measure(const char *what, unsigned replicas, unsigned brokers, unsigned used, unsigned drain)
{
    double best = 1e9;
    struct rebalance_plan plan = { 0 };

    for (int i = 0; i < 3; i++) {
        OWNED_ARENA a = { 0 };
        struct rebalance_input in = build(&a, replicas, brokers, used, drain);
        double from = cpu_ms(), took;

        if (rebalance_plan(&in, &a, &plan, NULL))
            exit(1);
        took = cpu_ms() - from;
        best = took < best ? took : best;
    }
    printf("%-22s %u replicas, %u brokers: %.1f ms CPU, %u moves, %.1f GiB, %u stuck\n", what, replicas,
           brokers, best, plan.moves_n, (double)plan.bytes / (1 << 30), plan.stuck_n);
}

int main(int argc, char **argv)
{
    unsigned replicas = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    unsigned brokers = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 50;

    measure("a third is new", replicas, brokers, brokers * 2 / 3, 0);
    measure("three drain", replicas, brokers, brokers, 3);
    measure("by chance", replicas, brokers, brokers, 0);
    return 0;
}
