/* clean_fuzz - any bytes as batches that are compacted: an error, or batches that parse, with the
 * newest record of every key, and that stay as they are when they are compacted once more. The first
 * byte says what is known of them from outside. */
#include <stdint.h>

#include "broker/log/clean_batch.h"
#include "common/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
    UNPACKED_MAX = 1 << 20,
    MAP_BYTES = 1 << 16,
    BARE = 1,
    KEEP_EMPTY = 2,
    DROP = 4,
    OVER = 8, /* tombstones are old */
};

static const struct clean_seeds seeds = { 1, 2 };

/* Every key's newest offset; false when a batch does not parse. */
static bool fill(struct clean_map *m, const struct kf_batch *b)
{
    OWNED_BUF scratch = { 0 };
    struct clean_records records;
    struct clean_record r;
    err_t e = clean_records_open(b, &scratch, UNPACKED_MAX, &records);

    while (!e && !(e = clean_records_next(&records, &r))) {
        if (r.offset < m->base || (r.key.p && !clean_map_put(m, clean_hash(&seeds, r.key), r.offset)))
            return false;
        if (r.offset > m->latest)
            m->latest = r.offset;
    }
    return e == ERR_OUT_OF_RANGE;
}

static void check_records(const struct clean_rules *r, const struct kf_batch *b, int32_t n)
{
    OWNED_BUF scratch = { 0 };
    struct clean_records records;
    struct clean_record rec;
    err_t e = clean_records_open(b, &scratch, UNPACKED_MAX, &records);
    int32_t found = 0;

    INVARIANT(!e);
    for (; !(e = clean_records_next(&records, &rec)); found++)
        INVARIANT((b->attributes & KF_ATTR_CONTROL) || rec.offset > r->map->latest ||
                  (rec.key.p && rec.offset >= clean_map_get(r->map, clean_hash(&seeds, rec.key))));
    INVARIANT(e == ERR_OUT_OF_RANGE && found == n);
}

static void check_left(const struct clean_rules *r, const struct clean_fate *f, const struct kf_batch *was,
                       struct slice bytes, struct clean_left left)
{
    struct clean_left again;
    OWNED_BUF out = { 0 };
    OWNED_BUF scratch = { 0 };
    struct kf_batch b;

    if (!bytes.n)
        return;
    INVARIANT(!kf_batch_parse(bytes, &b) && b.bytes.n == bytes.n);
    INVARIANT(b.base_offset == was->base_offset && b.last_offset == was->last_offset);
    INVARIANT(b.count == left.records);
    INVARIANT(b.producer_id == was->producer_id && b.base_sequence == was->base_sequence);
    INVARIANT(left.whole || kf_batch_crc_ok(&b));
    if (!left.records)
        return;
    check_records(r, &b, left.records);
    INVARIANT(!clean_batch(r, &b, f, &out, &scratch, &again));
    INVARIANT(again.whole || (b.attributes & KF_ATTR_DELETE_HORIZON));
}

static void clean_all(const struct clean_rules *r, const struct clean_fate *f, struct slice s)
{
    OWNED_BUF scratch = { 0 };
    struct kf_batch b;

    for (; !kf_batch_parse(s, &b); s = slice_make(s.p + b.bytes.n, s.n - b.bytes.n)) {
        OWNED_BUF out = { 0 };
        struct clean_left left;

        if (!clean_batch(r, &b, f, &out, &scratch, &left))
            check_left(r, f, &b, buf_slice(&out), left);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice all = slice_make(data + 1, n ? n - 1 : 0), s = all;
    struct clean_map map = { 0 };
    struct clean_rules rules = { .map = &map, .seeds = &seeds, .now_ms = 1700000000000,
                                 .delete_retention_ms = 86400000, .unpacked_bytes_max = UNPACKED_MAX };
    struct clean_fate fate;
    struct kf_batch b;

    if (!n || kf_batch_parse(s, &b))
        return 0;
    if (data[0] & OVER)
        rules.now_ms = INT64_MAX / 2;
    fate = (struct clean_fate){ data[0] & DROP, data[0] & KEEP_EMPTY, data[0] & BARE };
    clean_map_init(&map, 1000, MAP_BYTES, b.base_offset);
    while (!kf_batch_parse(s, &b) && fill(&map, &b))
        s = slice_make(s.p + b.bytes.n, s.n - b.bytes.n);
    clean_all(&rules, &fate, all);
    clean_map_done(&map);
    return 0;
}
