#include "tests/lib/test.h"

#include "api/kafka/batch.h"
#include "common/mem.h"
#include "common/rng.h"

enum { RECORDS = 300 };

static void build(struct buf *out, enum kf_codec codec)
{
    static const struct kf_record_header headers[] = { { STR_LIT("h"), { (const uint8_t *)"v", 1 } },
                                                       { STR_LIT("null"), { NULL, 0 } } };
    struct kf_batch_builder b;

    kf_batch_begin(&b, out, 1000, 5, (int16_t)codec);
    for (int i = 0; i < RECORDS; i++)
        kf_batch_put(&b, 1700000000000 + i % 7, slice_make("key", i % 3), slice_make(NULL, 0),
                     headers, i % 3);
    assert_ok(kf_batch_end(&b));
}

static int count_records(const struct kf_batch *b, err_t *ret_error)
{
    OWNED_BUF scratch = { 0 };
    struct kf_records r;
    struct kf_record record;
    int n = 0;

    *ret_error = kf_records_open(b, &scratch, 1 << 20, &r);
    while (!*ret_error && !(*ret_error = kf_records_next(&r, &record))) {
        assert_int_equal(record.offset, b->base_offset + n);
        n++;
    }
    return n;
}

static void a_batch_of_every_codec_reads_back(void **state)
{
    (void)state;
    for (int codec = 0; codec < KF_CODECS; codec++) {
        OWNED_BUF out = { 0 };
        struct kf_batch b;
        err_t e;

        build(&out, (enum kf_codec)codec);
        assert_ok(kf_batch_parse(buf_slice(&out), &b));
        assert_true(kf_batch_crc_ok(&b));
        assert_int_equal(b.last_offset, 1000 + RECORDS - 1);
        assert_int_equal(b.max_timestamp, 1700000000006);
        assert_int_equal(count_records(&b, &e), RECORDS);
        assert_int_equal(e, ERR_OUT_OF_RANGE);
    }
}

static void a_part_of_a_batch_asks_for_more_and_a_flipped_byte_breaks_the_crc(void **state)
{
    OWNED_BUF out = { 0 };
    struct kf_batch b;

    (void)state;
    build(&out, KF_CODEC_NONE);
    for (size_t n = 0; n < out.n; n++)
        assert_int_equal(kf_batch_parse(slice_make(out.p, n), &b), ERR_AGAIN);
    for (size_t i = KF_BATCH_CRC_FROM; i < out.n; i++) {
        out.p[i] ^= 0x10;
        if (!kf_batch_parse(buf_slice(&out), &b))
            assert_false(kf_batch_crc_ok(&b));
        out.p[i] ^= 0x10;
    }
}

static void stamps_keep_the_crc_right(void **state)
{
    OWNED_BUF out = { 0 };
    struct kf_batch b;

    (void)state;
    build(&out, KF_CODEC_LZ4);
    kf_batch_set_base_offset(out.p, 77);
    kf_batch_set_leader_epoch(out.p, 9);
    assert_ok(kf_batch_parse(buf_slice(&out), &b));
    assert_true(kf_batch_crc_ok(&b));
    assert_int_equal(b.base_offset, 77);
    kf_batch_set_append_time(out.p, out.n, 42);
    assert_ok(kf_batch_parse(buf_slice(&out), &b));
    assert_true(kf_batch_crc_ok(&b));
    assert_int_equal(b.max_timestamp, 42);
}

static void damaged_records_are_corrupt_and_never_read_beyond(void **state)
{
    struct rng r;

    (void)state;
    rng_seed(&r, 3);
    for (int i = 0; i < 20000; i++) {
        OWNED_BUF out = { 0 };
        struct kf_batch b;
        err_t e;

        build(&out, (enum kf_codec)rng_below(&r, KF_CODECS));
        for (int flips = 0; flips < 3; flips++)
            out.p[KF_BATCH_CRC_FROM + rng_below(&r, out.n - KF_BATCH_CRC_FROM)] = (uint8_t)rng_next(&r);
        if (!kf_batch_parse(buf_slice(&out), &b)) {
            OWNED_BUF scratch = { 0 };
            struct kf_records records;
            struct kf_record record;

            e = kf_records_open(&b, &scratch, 1 << 20, &records);
            while (!e)
                e = kf_records_next(&records, &record);
            assert_true(e == ERR_CORRUPT || e == ERR_OUT_OF_RANGE || e == ERR_TOO_LARGE);
        }
    }
}

static void more_than_the_limit_is_refused_by_every_codec(void **state)
{
    static uint8_t zeros[100000];

    (void)state;
    for (int codec = 0; codec < KF_CODECS; codec++) {
        OWNED_BUF packed = { 0 }, plain = { 0 };

        assert_ok(kf_compress((enum kf_codec)codec, slice_make(zeros, sizeof(zeros)), &packed));
        assert_int_equal(kf_decompress((enum kf_codec)codec, buf_slice(&packed), sizeof(zeros) - 1, &plain),
                         ERR_TOO_LARGE);
        assert_int_equal(plain.n, 0);
        assert_ok(kf_decompress((enum kf_codec)codec, buf_slice(&packed), sizeof(zeros) + 1, &plain));
        assert_int_equal(plain.n, sizeof(zeros));
    }
}

TEST_MAIN(TEST(a_batch_of_every_codec_reads_back),
          TEST(a_part_of_a_batch_asks_for_more_and_a_flipped_byte_breaks_the_crc),
          TEST(stamps_keep_the_crc_right), TEST(damaged_records_are_corrupt_and_never_read_beyond),
          TEST(more_than_the_limit_is_refused_by_every_codec))
