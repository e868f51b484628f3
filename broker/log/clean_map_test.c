#include "broker/log/clean_map.h"

#include "common/mem.h"
#include "common/rng.h"
#include "tests/lib/test.h"

static const struct clean_seeds seeds = { 0x1234567890abcdef, 0xfedcba0987654321 };

static struct clean_hash key(uint64_t i)
{
    return clean_hash(&seeds, slice_make(&i, sizeof(i)));
}

static void a_full_map_knows_every_key_and_no_other(void **state)
{
    enum { KEYS = 200000 };
    struct clean_map m;

    (void)state;
    clean_map_init(&m, KEYS, UINT64_MAX, 1000);
    for (uint64_t i = 0; i < KEYS; i++)
        assert_true(clean_map_put(&m, key(i), 1000 + (int64_t)i));
    assert_int_equal(m.n, KEYS);
    assert_true(m.slots_n * CLEAN_SLOT <= 12 * KEYS);
    for (uint64_t i = 0; i < KEYS; i += 3)
        assert_true(clean_map_put(&m, key(i), 5000000 + (int64_t)i));
    for (uint64_t i = 0; i < KEYS; i++)
        assert_int_equal(clean_map_get(&m, key(i)), i % 3 ? 1000 + i : 5000000 + i);
    for (uint64_t i = KEYS; i < 2 * KEYS; i++)
        assert_int_equal(clean_map_get(&m, key(i)), -1);
    clean_map_done(&m);
}

static void a_map_that_is_full_says_so(void **state)
{
    struct clean_map m;
    uint64_t n = 0;

    (void)state;
    clean_map_init(&m, 1000000, 11000, 0);
    while (clean_map_put(&m, key(n), (int64_t)n))
        n++;
    assert_int_equal(n, 940);
    assert_int_equal(clean_map_get(&m, key(n)), -1);
    assert_true(clean_map_put(&m, key(5), 7)); /* one that is in it */
    assert_int_equal(clean_map_get(&m, key(5)), 7);
    assert_false(clean_map_put(&m, key(5), UINT32_MAX));
    clean_map_done(&m);
}

static void keys_are_counted_within_a_few_percent(void **state)
{
    static const uint64_t counts[] = { 10, 1000, 30000, 100000, 1000000 };

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct clean_count *c = mem_new(struct clean_count);
        uint64_t n;

        for (uint64_t k = 0; k < counts[i]; k++) {
            clean_count_put(c, key(k));
            clean_count_put(c, key(k / 2));
        }
        n = clean_count_keys(c);
        assert_true(n >= counts[i] * 96 / 100 && n <= counts[i] * 104 / 100);
        mem_free(c);
    }
}

TEST_MAIN(TEST(a_full_map_knows_every_key_and_no_other), TEST(a_map_that_is_full_says_so),
          TEST(keys_are_counted_within_a_few_percent))
