#include "broker/group/assignment.h"

#include "common/rng.h"
#include "tests/lib/test.h"

enum { TOPICS = 4, PARTITIONS = 12 };

static struct uuid id_of(unsigned n)
{
    struct uuid u = { { (uint8_t)(17 * n) } };

    return u;
}

/* A random set, also as a table of bits. */
static struct assignment random_set(struct rng *r, uint16_t bits[TOPICS])
{
    struct assignment a = { 0 };

    memset(bits, 0, TOPICS * sizeof(*bits));
    for (uint64_t n = rng_below(r, 30); n; n--) {
        unsigned topic = (unsigned)rng_below(r, TOPICS);
        int32_t partition = (int32_t)rng_below(r, PARTITIONS);
        struct uuid id = id_of(topic);

        bits[topic] |= (uint16_t)(1 << partition);
        assignment_add(&a, &id, partition, (int32_t)(topic * 100) + partition);
    }
    return a;
}

static void assert_bits(struct assignment *a, const uint16_t bits[TOPICS])
{
    int32_t n = 0, topics = 0;

    for (unsigned t = 0; t < TOPICS; t++) {
        struct uuid id = id_of(t);

        topics += bits[t] != 0;
        for (int32_t p = 0; p < PARTITIONS; p++) {
            bool has = bits[t] >> p & 1;

            n += has;
            assert_int_equal(assignment_has(a, &id, p), has);
            assert_int_equal(assignment_epoch(a, &id, p), has ? (int32_t)(t * 100) + p : -1);
        }
    }
    assert_int_equal(a->n, topics);
    assert_int_equal(assignment_size(a), n);
    assignment_done(a);
}

static void sets_do_what_bits_do(void **state)
{
    struct rng r;

    (void)state;
    rng_seed(&r, 5);
    for (int i = 0; i < 2000; i++) {
        uint16_t x[TOPICS], y[TOPICS], both[TOPICS], minus[TOPICS], either[TOPICS];
        struct assignment a = random_set(&r, x), b = random_set(&r, y);
        struct assignment and = assignment_and(&a, &b), less = assignment_minus(&a, &b);
        struct assignment or = assignment_or(&a, &b), copy = assignment_copy(&a);
        bool within = true, equal = true;

        for (int t = 0; t < TOPICS; t++) {
            both[t] = x[t] & y[t], minus[t] = x[t] & ~y[t], either[t] = x[t] | y[t];
            within &= !minus[t];
            equal &= x[t] == y[t];
        }
        assert_int_equal(assignment_within(&a, &b), within);
        assert_int_equal(assignment_eq(&a, &b), equal);
        assert_true(assignment_same(&a, &copy));
        assignment_set_epochs(&copy, 7);
        assert_true(assignment_eq(&a, &copy));
        assert_int_equal(assignment_same(&a, &copy), !a.n);
        assignment_done(&copy);
        assert_bits(&and, both);
        assert_bits(&less, minus);
        assert_bits(&or, either);
        assert_bits(&a, x);
        assignment_done(&b);
    }
}

TEST_MAIN(TEST(sets_do_what_bits_do))
