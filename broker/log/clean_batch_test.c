#include "broker/log/clean_batch.h"

#include "tests/lib/test.h"

enum { NOW = 1000000, RETENTION = 5000, BASE = 100 };

static const struct clean_seeds seeds = { 11, 12 };

/* A batch of records k0, k1, ... at BASE; `values[i]` NULL is a tombstone, `keys` too short ends
 * it. */
static struct kf_batch make(struct buf *b, const char *keys, const char *values,
                            enum kf_codec codec)
{
    struct kf_batch_builder builder;
    struct kf_batch ret;

    kf_batch_begin(&builder, b, BASE, 3, (int16_t)codec);
    kf_batch_producer(&builder, 77, 1, 40);
    for (size_t i = 0; i < strlen(keys); i++)
        kf_batch_put(&builder, 500 + (int64_t)i,
                     slice_make(keys[i] == '-' ? NULL : keys + i, keys[i] != '-'),
                     slice_make(values[i] == '-' ? NULL : values + i, values[i] != '-'), NULL, 0);
    assert_ok(kf_batch_end(&builder));
    assert_ok(kf_batch_parse(buf_slice(b), &ret));
    return ret;
}

/* The map: keys and their newest offsets. */
static void know(struct clean_map *m, const char *keys, const int64_t *offsets, int64_t latest)
{
    clean_map_init(m, 100, UINT64_MAX, 0);
    for (size_t i = 0; i < strlen(keys); i++)
        assert_true(clean_map_put(m, clean_hash(&seeds, slice_make(keys + i, 1)), offsets[i]));
    m->latest = latest;
}

static struct clean_rules rules(const struct clean_map *m, int64_t now_ms)
{
    return (struct clean_rules){ .map = m, .seeds = &seeds, .now_ms = now_ms,
                                 .delete_retention_ms = RETENTION, .unpacked_bytes_max = 1 << 20 };
}

/* What is left, as "key@offset " of each record. */
static struct kf_batch left_of(struct buf *out, const char *want)
{
    OWNED_BUF text = { 0 };
    OWNED_BUF scratch = { 0 };
    struct kf_records records;
    struct kf_record r;
    struct kf_batch b;

    assert_ok(kf_batch_parse(buf_slice(out), &b));
    assert_true(kf_batch_crc_ok(&b));
    assert_int_equal(b.bytes.n, out->n);
    assert_int_equal(b.base_offset, BASE);
    assert_int_equal(b.producer_id, 77);
    assert_int_equal(b.base_sequence, 40);
    assert_int_equal(b.leader_epoch, 3);
    assert_ok(kf_records_open(&b, &scratch, 1 << 20, &records));
    while (!kf_records_next(&records, &r)) {
        buf_printf(&text, "%.*s@%d ", (int)r.key.n, (const char *)r.key.p, (int)(r.offset - BASE));
        assert_int_equal(r.timestamp, 500 + r.offset - BASE);
    }
    assert_string_equal(buf_text(&text), want);
    return b;
}

static void older_values_of_a_key_go(void **state)
{
    (void)state;
    for (int codec = 0; codec < KF_CODECS; codec++) {
        OWNED_BUF in = { 0 };
        OWNED_BUF out = { 0 };
        OWNED_BUF scratch = { 0 };
        struct kf_batch b = make(&in, "abcd", "1234", (enum kf_codec)codec), left;
        struct clean_left what;
        struct clean_map m;
        struct clean_rules r = rules(&m, NOW);

        know(&m, "abc", (int64_t[]){ 100, 150, 102 },
             150); /* d is behind nothing: not in the map */
        assert_true(clean_map_put(&m, clean_hash(&seeds, slice_make("d", 1)), 151));
        assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &out, &scratch, &what));
        left = left_of(&out, "a@0 c@2 ");
        assert_int_equal(left.last_offset, BASE + 3);
        assert_int_equal(left.max_timestamp, 502);
        assert_int_equal(left.attributes, codec);
        assert_int_equal(what.records, 2);
        clean_map_done(&m);
    }
}

static void a_batch_that_loses_nothing_is_the_same_bytes(void **state)
{
    OWNED_BUF in = { 0 };
    OWNED_BUF out = { 0 };
    OWNED_BUF scratch = { 0 };
    struct kf_batch b = make(&in, "abc", "123", KF_CODEC_ZSTD);
    struct clean_left what;
    struct clean_map m;
    struct clean_rules r = rules(&m, NOW);

    (void)state;
    know(&m, "abc", (int64_t[]){ 100, 101, 102 }, 102);
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &out, &scratch, &what));
    assert_true(what.whole);
    assert_true(slice_eq(buf_slice(&in), buf_slice(&out)));
    m.latest = 50; /* what the map has not looked at stays, with a newer value or without */
    assert_true(clean_map_put(&m, clean_hash(&seeds, slice_make("a", 1)), 500));
    buf_clear(&out);
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &out, &scratch, &what));
    assert_true(what.whole);
    clean_map_done(&m);
}

static void a_batch_of_a_living_producer_stays_empty(void **state)
{
    OWNED_BUF in = { 0 };
    OWNED_BUF out = { 0 };
    OWNED_BUF scratch = { 0 };
    struct kf_batch b = make(&in, "ab-", "123", KF_CODEC_GZIP), left;
    struct clean_left what;
    struct clean_map m;
    struct clean_rules r = rules(&m, NOW);

    (void)state;
    know(&m, "ab", (int64_t[]){ 200, 201 }, 300); /* and one without a key */
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &out, &scratch, &what));
    assert_int_equal(out.n, 0);
    assert_ok(
        clean_batch(&r, &b, &(struct clean_fate){ .keep_empty = true }, &out, &scratch, &what));
    left = left_of(&out, "");
    assert_int_equal(left.count, 0);
    assert_int_equal(left.last_offset, BASE + 2);
    assert_int_equal(left.base_timestamp, -1);
    assert_int_equal(left.max_timestamp, 502);
    buf_clear(&out);
    m.latest = 50;
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ .drop_records = true, .keep_empty = true },
                          &out, &scratch, &what));
    (void)left_of(&out, "");
    clean_map_done(&m);
}

static void a_tombstone_gets_its_time_and_goes_after_it(void **state)
{
    OWNED_BUF in = { 0 };
    OWNED_BUF once = { 0 };
    OWNED_BUF twice = { 0 };
    OWNED_BUF scratch = { 0 };
    struct kf_batch b = make(&in, "abc", "1-3", KF_CODEC_NONE);
    struct clean_left what;
    struct clean_map m;
    struct clean_rules r = rules(&m, NOW);

    (void)state;
    know(&m, "abc", (int64_t[]){ 100, 101, 102 }, 102);
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &once, &scratch, &what));
    b = left_of(&once, "a@0 b@1 c@2 ");
    assert_true(b.attributes & KF_ATTR_DELETE_HORIZON);
    assert_int_equal(b.base_timestamp, NOW + RETENTION);
    assert_int_equal(b.max_timestamp, 502);
    r.now_ms = NOW + RETENTION - 1;
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &twice, &scratch, &what));
    assert_true(what.whole);
    buf_clear(&twice);
    r.now_ms = NOW + RETENTION;
    assert_ok(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &twice, &scratch, &what));
    b = left_of(&twice, "a@0 c@2 ");
    assert_int_equal(b.base_timestamp, NOW + RETENTION);
    clean_map_done(&m);
}

static void records_that_do_not_parse_are_damage(void **state)
{
    OWNED_BUF in = { 0 };
    OWNED_BUF out = { 0 };
    OWNED_BUF scratch = { 0 };
    struct clean_left what;
    struct clean_map m;
    struct clean_rules r = rules(&m, NOW);
    struct kf_batch b = make(&in, "abc", "123", KF_CODEC_NONE);

    (void)state;
    know(&m, "", NULL, 500);
    b.count = 2;
    assert_int_equal(clean_batch(&r, &b, &(struct clean_fate){ 0 }, &out, &scratch, &what),
                     ERR_CORRUPT);
    b.count = 3;
    for (size_t i = KF_BATCH_HEADER; i < in.n; i++) { /* any byte: an answer, never a wild read */
        in.p[i] ^= 0x80;
        (void)clean_batch(&r, &b, &(struct clean_fate){ 0 }, &out, &scratch, &what);
        in.p[i] ^= 0x80;
    }
    clean_map_done(&m);
}

TEST_MAIN(TEST(older_values_of_a_key_go), TEST(a_batch_that_loses_nothing_is_the_same_bytes),
          TEST(a_batch_of_a_living_producer_stays_empty),
          TEST(a_tombstone_gets_its_time_and_goes_after_it),
          TEST(records_that_do_not_parse_are_damage))
