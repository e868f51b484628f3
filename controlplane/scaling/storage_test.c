#include "controlplane/scaling/storage.h"

#include "common/rng.h"
#include "tests/lib/test.h"

static const int64_t gib = 1 << 30;

static int64_t grows_to(struct storage_policy p, int64_t size, int64_t used_bytes)
{
    int64_t to;

    assert_int_equal(storage_decide(&p, size, used_bytes, &to), STORAGE_GROW);
    return to;
}

static void stays(struct storage_policy p, int64_t size, int64_t used_bytes,
                  enum storage_verdict verdict)
{
    int64_t to;

    assert_int_equal(storage_decide(&p, size, used_bytes, &to), verdict);
}

static void a_volume_grows_above_its_target_alone(void **state)
{
    struct storage_policy p = { 60, 1, 1000 };

    (void)state;
    stays(p, 100, 0, STORAGE_FITS);
    stays(p, 100, 60 * gib, STORAGE_FITS);
    assert_int_equal(grows_to(p, 100, 60 * gib + 1), 110);
}

static void it_grows_by_ten_gib_or_a_tenth_or_to_the_target(void **state)
{
    struct storage_policy p = { 50, 1, 16384 };

    (void)state;
    assert_int_equal(grows_to(p, 1, gib), 11);
    assert_int_equal(grows_to(p, 100, 51 * gib), 110);
    assert_int_equal(grows_to(p, 205, 103 * gib), 226); /* a tenth, not less */
    assert_int_equal(grows_to(p, 100, 99 * gib), 198);  /* it fills fast */
    assert_int_equal(grows_to(p, 100, 99 * gib + 1), 199);
}

static void it_never_grows_above_the_maximum(void **state)
{
    struct storage_policy p = { 50, 1, 120 };

    (void)state;
    assert_int_equal(grows_to(p, 100, 90 * gib), 120);
    assert_int_equal(grows_to(p, 110, 90 * gib), 120);
    stays(p, 111, 90 * gib, STORAGE_AT_MAXIMUM);
    stays(p, 120, 90 * gib, STORAGE_AT_MAXIMUM);
    stays(p, 200, 150 * gib, STORAGE_AT_MAXIMUM); /* it was grown by hand above it */
    p.max_gib = INT64_MAX;
    assert_int_equal(grows_to(p, 16000, 16000 * gib), 16384);
    stays(p, 16384, 16384 * gib, STORAGE_AT_MAXIMUM);
}

static void a_minimum_above_the_size_is_reached_at_once(void **state)
{
    struct storage_policy p = { 50, 150, 200 };

    (void)state;
    assert_int_equal(grows_to(p, 100, 0), 150);
    assert_int_equal(grows_to(p, 145, 0), 155);
    stays(p, 150, 0, STORAGE_FITS);
    p.max_gib = 150;
    stays(p, 145, 0, STORAGE_AT_MAXIMUM);
}

/* Whatever the numbers: a step is a step, within bounds, and after it the volume fits or is at its
 * maximum. */
static void any_numbers_keep_the_rules(void **state)
{
    struct rng rng;

    (void)state;
    rng_seed(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        struct storage_policy p = { 10 + (double)rng_below(&rng, 71), 1,
                                    1 + (int64_t)rng_below(&rng, 17000) };
        int64_t size = 1 + (int64_t)rng_below(&rng, 16384),
                used = (int64_t)rng_below(&rng, (uint64_t)(size * gib));
        int64_t to, again;

        if (storage_decide(&p, size, used, &to) != STORAGE_GROW)
            continue;
        assert_true(to >= size + STORAGE_STEP_GIB && to <= p.max_gib && to <= STORAGE_GIB_MAX);
        if (storage_decide(&p, to, used, &again) != STORAGE_FITS)
            assert_true(to == p.max_gib || to == STORAGE_GIB_MAX);
    }
}

TEST_MAIN(TEST(a_volume_grows_above_its_target_alone),
          TEST(it_grows_by_ten_gib_or_a_tenth_or_to_the_target),
          TEST(it_never_grows_above_the_maximum), TEST(a_minimum_above_the_size_is_reached_at_once),
          TEST(any_numbers_keep_the_rules))
