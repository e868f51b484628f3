#include "tests/lib/test.h"

#include <stdio.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/crc32c.h"
#include "common/cursor.h"
#include "common/map.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/uuid.h"

static void crc32c_matches_the_published_vectors(void **state)
{
    uint8_t zeros[32] = { 0 };

    (void)state;
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283); /* RFC 3720 B.4 and kin */
    assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa);
}

static void crc32c_fast_and_portable_agree_at_every_length_and_cut(void **state)
{
    static uint8_t bytes[10000];
    struct rng r;

    (void)state;
    rng_seed(&r, 1);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)rng_next(&r);
    for (size_t n = 0; n < sizeof(bytes); n += 1 + n / 50) {
        size_t cut = n ? rng_below(&r, n) : 0;

        assert_int_equal(crc32c(0, bytes, n), crc32c_portable(0, bytes, n));
        assert_int_equal(crc32c(crc32c(0, bytes, cut), bytes + cut, n - cut), crc32c(0, bytes, n));
    }
}

static void varints_round_trip_and_refuse_overlong_ones(void **state)
{
    static const int64_t values[] = { 0, -1, 1, 63, -64, 64, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
    static const uint8_t overlong[] = { 0xff, 0xff, 0xff, 0xff, 0x1f };
    OWNED_BUF b = { 0 };
    struct cursor c;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        buf_clear(&b);
        buf_put_varlong(&b, values[i]);
        buf_put_varint(&b, (int32_t)values[i]);
        c = cursor_over(buf_slice(&b));
        assert_true(cursor_varlong(&c) == values[i]);
        assert_int_equal(cursor_varint(&c), (int32_t)values[i]);
        assert_false(cursor_bad(&c));
        assert_int_equal(cursor_left(&c), 0);
    }
    c = cursor_over(slice_make(overlong, sizeof(overlong)));
    assert_int_equal(cursor_uvarint(&c), 0);
    assert_true(cursor_bad(&c));
}

static void a_bad_cursor_stays_bad_and_reads_zero(void **state)
{
    struct cursor c = cursor_over(slice_make("\x01\x02\x03", 3));

    (void)state;
    assert_int_equal(cursor_be32(&c), 0);
    assert_true(cursor_bad(&c));
    assert_int_equal(cursor_u8(&c), 0);
}

static void a_map_agrees_with_a_plain_array_through_random_changes(void **state)
{
    struct map m = { 0 };
    void *truth[500] = { 0 };
    struct rng r;
    size_t n = 0, at = 0, seen = 0;

    (void)state;
    rng_seed(&r, 7);
    for (int i = 0; i < 20000; i++) {
        size_t k = rng_below(&r, ARRAY_LEN(truth));
        char key[64];
        int key_n = snprintf(key, sizeof(key), k % 3 ? "k%zu" : "a-long-key-that-is-not-inline-%zu", k);

        if (rng_below(&r, 2)) {
            assert_ptr_equal(map_set(&m, key, (size_t)key_n, &truth[k]), truth[k]);
            truth[k] = &truth[k];
        } else {
            assert_ptr_equal(map_remove(&m, key, (size_t)key_n), truth[k]);
            truth[k] = NULL;
        }
    }
    for (size_t k = 0; k < ARRAY_LEN(truth); k++)
        n += truth[k] != NULL;
    while (map_next(&m, &at, NULL, NULL))
        seen++;
    assert_int_equal(m.n, n);
    assert_int_equal(seen, n);
    map_done(&m);
}

static void uuids_print_and_parse_as_kafka_does(void **state)
{
    struct uuid u, v;

    (void)state;
    assert_string_equal(uuid_print(&uuid_metadata_topic).text, "AAAAAAAAAAAAAAAAAAAAAQ");
    for (int i = 0; i < 1000; i++) {
        struct uuid_text t;

        u = uuid_random();
        t = uuid_print(&u);
        assert_int_not_equal(t.text[0], '-');
        assert_true(uuid_parse(str_of(t.text), &v));
        assert_true(uuid_eq(&u, &v));
    }
    assert_false(uuid_parse(str_of("AAAAAAAAAAAAAAAAAAAAAR"), &v));
    assert_false(uuid_parse(str_of("short"), &v));
}

static void an_arena_hands_out_zeroed_memory_again_after_clear(void **state)
{
    OWNED_ARENA a = { 0 };

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 100000; n *= 3) {
            uint8_t *p = arena_alloc(&a, n);

            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xaa, n);
        }
        arena_clear(&a);
    }
}

TEST_MAIN(TEST(crc32c_matches_the_published_vectors),
          TEST(crc32c_fast_and_portable_agree_at_every_length_and_cut),
          TEST(varints_round_trip_and_refuse_overlong_ones), TEST(a_bad_cursor_stays_bad_and_reads_zero),
          TEST(a_map_agrees_with_a_plain_array_through_random_changes),
          TEST(uuids_print_and_parse_as_kafka_does),
          TEST(an_arena_hands_out_zeroed_memory_again_after_clear))
