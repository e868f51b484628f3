#include "tests/lib/test.h"

#include <unistd.h>

#include "broker/log/head.h"
#include "broker/log/log.h"
#include "broker/log/names.h"
#include "broker/log/segment.h"
#include "common/endian.h"
#include "common/mem.h"
#include "tests/lib/batches.h"

static struct log_open options(const char *dir)
{
    return (struct log_open){ .fs = fs_posix(), .dir = dir, .config = log_config_default(), .log_start = -1 };
}

static struct log *reopen(const struct log_open *o)
{
    struct log *l = NULL;
    struct why because = { "" };
    err_t e = log_new(o, &l, &because);

    if (e)
        fail_msg("%s: %s", err_name(e), because.text);
    return l;
}

static int64_t append(struct log *l, int32_t count, size_t value_bytes, int64_t timestamp, int32_t epoch)
{
    OWNED_BUF b = { 0 };
    struct log_appended ret;

    test_batch_put(&b, &(struct test_batch){ 0, count, -1, timestamp, value_bytes, (uint64_t)timestamp });
    assert_ok(log_append_leader(l, b.p, b.n, epoch, timestamp, &ret));
    assert_int_equal(ret.last_offset - ret.base_offset, count - 1);
    log_check(l);
    return ret.base_offset;
}

/* The bytes of a span; the caller frees. */
static uint8_t *span_bytes(const struct log_span *s)
{
    uint8_t *p = mem_zero(s->n + 1);

    assert_int_equal(pread(s->fd, p, s->n, s->position), s->n);
    return p;
}

static int64_t read_base(struct log *l, int64_t offset, size_t max, size_t *ret_n)
{
    struct log_span s;
    int64_t base = -1;

    assert_ok(log_read(l, offset, max, INT64_MAX, true, &s));
    *ret_n = s.n;
    if (s.n) {
        OWNED_MEM uint8_t *p = span_bytes(&s);

        base = (int64_t)be64_get(p);
    }
    log_span_done(&s);
    return base;
}

static void what_was_appended_is_read_back_after_a_clean_reopen(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log *l = reopen(&o);
    size_t n, one;

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(append(l, 3, 100, 1000 + i, 0), 3 * i);
    assert_int_equal(read_base(l, 0, 1, &one), 0);
    assert_int_equal(read_base(l, 151, one, &n), 150);
    assert_int_equal(n, one);
    assert_int_equal(read_base(l, 0, 1 << 20, &n), 0);
    assert_int_equal(n, one * 100);
    assert_ok(log_close(l, true));

    o.clean = true;
    l = reopen(&o);
    assert_int_equal(log_end_offset(l), 300);
    assert_int_equal(log_recovery_point(l), 300);
    assert_int_equal(log_recovered(l)->cut_bytes, 0);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(read_base(l, i, one * 2, &n), i / 3 * 3);
        assert_int_equal(n, i >= 297 ? one : one * 2);
    }
    assert_int_equal(read_base(l, 300, one, &n), -1);
    assert_int_equal(append(l, 1, 10, 2000, 1), 300);
    assert_int_equal(log_epoch_of(l, 299), 0);
    assert_int_equal(log_epoch_of(l, 300), 1);
    assert_ok(log_close(l, true));
}

static void reads_respect_limit_and_range(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log *l = reopen(&o);
    struct log_span s;

    (void)state;
    for (int i = 0; i < 200; i++)
        append(l, 2, 50, i, 0);
    for (int64_t limit = 0; limit <= 400; limit += 2) {
        assert_ok(log_read(l, 0, 1 << 20, limit, true, &s));
        assert_int_equal(s.n, (size_t)(log_size_bytes(l) / 200 * (limit / 2)));
        log_span_done(&s);
    }
    assert_ok(log_read(l, 10, 1, 400, false, &s));
    assert_int_equal(s.n, 0);
    assert_int_equal(log_read(l, 401, 1, 400, true, &s), ERR_OUT_OF_RANGE);
    assert_int_equal(log_read(l, -1, 1, 400, true, &s), ERR_OUT_OF_RANGE);
    assert_ok(log_close(l, false));
}

static void segments_roll_and_reads_go_across_them(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log *l;
    size_t n;

    (void)state;
    o.config.segment_bytes = 20000;
    o.config.index_interval_bytes = 1000;
    l = reopen(&o);
    for (int i = 0; i < 1000; i++)
        append(l, 1, 200, i, i / 100);
    assert_ok(log_close(l, true));
    o.clean = true;
    l = reopen(&o);
    assert_int_equal(log_end_offset(l), 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(read_base(l, i, 1, &n), i);
    for (int i = 0; i < 10; i++)
        assert_int_equal(log_epoch_of(l, i * 100 + 99), i);
    assert_ok(log_close(l, false));
}

static void a_torn_tail_is_cut_wherever_it_tore(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct path file = path_of(dir, 0, FILE_LOG, FILE_LIVE);
    struct log *l = reopen(&o);
    int64_t whole;

    (void)state;
    for (int i = 0; i < 10; i++)
        append(l, 1, 30, i, 0);
    assert_ok(log_close(l, false));
    whole = fs_size(file.text);
    for (int64_t size = whole - 1; size > whole / 10 * 9; size--) {
        assert_int_equal(truncate(file.text, size), 0);
        l = reopen(&o);
        assert_int_equal(log_end_offset(l), 9);
        assert_int_equal(log_recovered(l)->cut_bytes, size - whole / 10 * 9);
        append(l, 1, 30, 9, 0);
        assert_ok(log_close(l, false));
        assert_int_equal(fs_size(file.text), whole);
    }
}

static void flip(const char *path, int64_t at)
{
    int fd = -1;
    uint8_t b;

    assert_ok(fs_open(fs_posix(), path, 02, 0, &fd));
    assert_int_equal(pread(fd, &b, 1, at), 1);
    b ^= 0x20;
    assert_int_equal(pwrite(fd, &b, 1, at), 1);
    assert_int_equal(close(fd), 0);
}

static void a_flipped_byte_in_the_middle_is_refused_and_kept(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct path file = path_of(dir, 0, FILE_LOG, FILE_LIVE);
    struct log *l = reopen(&o);
    int64_t whole, batch;

    (void)state;
    for (int i = 0; i < 5; i++)
        append(l, 1, 30, i, 0);
    assert_ok(log_close(l, false));
    whole = fs_size(file.text);
    batch = whole / 5;
    for (int64_t at = batch; at < 2 * batch; at++) {
        struct why because = { "" };

        if (at >= batch + 12 && at < batch + 16)
            continue; /* the leader epoch is not covered by the checksum */
        flip(file.text, at);
        assert_int_equal(log_new(&o, &l, &because), ERR_CORRUPT);
        assert_non_null(strstr(because.text, "good"));
        assert_int_equal(fs_size(file.text), whole);
        flip(file.text, at);
    }
    flip(file.text, whole - 1); /* the last batch may be torn, unless it was promised */
    o.recovery_point = 5;
    assert_int_equal(log_new(&o, &l, NULL), ERR_CORRUPT);
    o.recovery_point = 4;
    l = reopen(&o);
    assert_int_equal(log_end_offset(l), 4);
    assert_ok(log_close(l, false));
}

static int64_t allocated(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_blocks * 512;
}

/* Blocks ahead of the end are there while a segment grows, and only then. */
static void room_is_made_ahead_of_a_growing_segment_and_given_back(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct path first = path_of(dir, 0, FILE_LOG, FILE_LIVE), file = first;
    struct log_open o = options(dir);
    struct log *l;
    int64_t size;

    (void)state;
    o.config.segment_bytes = 40 << 20;
    l = reopen(&o);
    while (log_size_bytes(l) < SEGMENT_ROOM_FROM)
        append(l, 1, 500000, 1, 0);
    assert_true(allocated(first.text) < log_size_bytes(l) + 65536);
    append(l, 1, 500000, 1, 0);
    size = log_size_bytes(l);
    assert_int_equal(fs_size(first.text), size);
    if (allocated(first.text) < size + SEGMENT_ROOM_BYTES / 2)
        skip(); /* the file system has no such thing */
    for (int i = 0; i < 2; i++) { /* killed; stopped cleanly */
        assert_ok(log_close(l, i));
        assert_true((allocated(first.text) < size + 65536) == i);
        l = reopen(&o);
        assert_int_equal(log_size_bytes(l), size);
    }
    while (log_size_bytes(l) < 60 << 20)
        append(l, 1, 500000, 1, 0);
    file = path_of(dir, 80, FILE_LOG, FILE_LIVE);
    for (int64_t base = 1; !fs_exists(file.text); base++)
        file = path_of(dir, base, FILE_LOG, FILE_LIVE);
    assert_true(allocated(first.text) < fs_size(first.text) + 65536);
    assert_true(allocated(file.text) > fs_size(file.text) + SEGMENT_ROOM_BYTES / 8);
    assert_ok(log_close(l, true));
    assert_true(allocated(file.text) < fs_size(file.text) + 65536);
}

static err_t lower(void *arg, struct log *l, int64_t recovery_point)
{
    (void)l;
    *(int64_t *)arg = recovery_point;
    return ERR_OK;
}

/* Whatever was flipped, and whatever was promised: what comes before it stays. */
static void a_repair_cuts_at_the_damage_and_takes_the_promise_back(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    int64_t whole, batch, lowered, end;
    struct log_open o = options(dir);
    struct path file = path_of(dir, 0, FILE_LOG, FILE_LIVE);
    struct log *l;

    (void)state;
    o.lowered = lower;
    o.arg = &lowered;
    for (int round = 0; round < 150; round++) {
        l = reopen(&(struct log_open){ .fs = o.fs, .dir = dir, .config = o.config, .log_start = -1 });
        while (log_end_offset(l) < 5)
            append(l, 1, 30, log_end_offset(l), 0);
        o.clean = round % 2;
        assert_ok(log_close(l, o.clean));
        whole = fs_size(file.text);
        batch = whole / 5;
        o.recovery_point = round % 6;
        flip(file.text, batch * 2 + round % batch);
        o.repair = false;
        if (log_new(&o, &l, NULL)) {
            lowered = -1;
            o.repair = true;
            l = reopen(&o);
            end = log_end_offset(l);
            assert_int_equal(end, round % batch < 8 ? 0 : 2); /* a wrong offset puts all in doubt */
            assert_int_equal(log_recovery_point(l),
                             o.clean || o.recovery_point > end ? end : o.recovery_point);
            assert_int_equal(lowered, o.recovery_point > end ? end : -1);
            assert_int_equal(fs_size(file.text), batch * end);
        } else {
            assert_ok(log_truncate(l, 2));
        }
        assert_ok(log_close(l, false));
    }
}

static void after_a_new_start_of_the_machine_only_the_promise_counts(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct path file = path_of(dir, 0, FILE_LOG, FILE_LIVE);
    struct log *l = reopen(&o);
    int64_t whole;

    (void)state;
    for (int i = 0; i < 5; i++)
        append(l, 1, 30, i, 0);
    assert_ok(log_close(l, false));
    whole = fs_size(file.text);
    flip(file.text, whole / 5 * 2 + 70);
    o.rebooted = true;
    o.recovery_point = 3;
    assert_int_equal(log_new(&o, &l, NULL), ERR_CORRUPT);
    o.recovery_point = 2;
    l = reopen(&o);
    assert_int_equal(log_end_offset(l), 2);
    assert_int_equal(log_recovered(l)->cut_bytes, whole / 5 * 3);
    assert_int_equal(fs_size(file.text), whole / 5 * 2);
    append(l, 1, 30, 9, 0);
    assert_ok(log_close(l, false));
}

static void truncation_cuts_batches_epochs_and_indexes(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log *l;
    size_t n;

    (void)state;
    o.config.segment_bytes = 20000;
    o.config.index_interval_bytes = 500;
    l = reopen(&o);
    for (int i = 0; i < 400; i++)
        append(l, 2, 100, i, i / 50);
    for (int64_t cut = 790; cut > 0; cut -= 37) {
        assert_ok(log_truncate(l, cut));
        log_check(l);
        assert_int_equal(log_end_offset(l), cut / 2 * 2);
        assert_int_equal(log_last_epoch(l), (cut / 2 - 1) / 50);
        for (int64_t i = cut > 50 ? cut - 50 : 0; i < cut / 2 * 2; i++)
            assert_int_equal(read_base(l, i, 1, &n), i / 2 * 2);
    }
    assert_ok(log_restart_at(l, 5000));
    log_check(l);
    assert_int_equal(append(l, 1, 10, 1, 20), 5000);
    assert_ok(log_close(l, true));
    o.clean = true;
    l = reopen(&o);
    assert_int_equal(log_start_offset(l), 5000);
    assert_int_equal(log_end_offset(l), 5001);
    assert_ok(log_close(l, false));
}

static void a_follower_takes_only_whole_good_batches_in_order(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log *l = reopen(&o);
    OWNED_BUF b = { 0 };

    (void)state;
    test_batch_put(&b, &(struct test_batch){ 10, 5, 3, 1, 20, 1 });
    test_batch_put(&b, &(struct test_batch){ 15, 5, 4, 2, 20, 2 });
    assert_ok(log_append_as_is(l, b.p, b.n - 1));
    assert_int_equal(log_end_offset(l), 15);
    assert_int_equal(log_append_as_is(l, b.p, b.n), ERR_OUT_OF_RANGE);
    b.p[b.n - 1] ^= 1;
    assert_int_equal(log_append_as_is(l, b.p + b.n / 2, b.n / 2), ERR_CORRUPT);
    b.p[b.n - 1] ^= 1;
    assert_ok(log_append_as_is(l, b.p + b.n / 2, b.n / 2));
    assert_int_equal(log_end_offset(l), 20);
    assert_int_equal(log_epoch_of(l, 14), 3);
    assert_int_equal(log_epoch_of(l, 15), 4);
    log_check(l);
    assert_ok(log_close(l, false));
}

static void retention_frees_whole_segments_below_the_high_watermark(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log_span s;
    struct log *l;
    int64_t freed, size;

    (void)state;
    o.config.segment_bytes = 10000;
    o.config.retention_bytes = 30000;
    o.config.retention_ms = -1;
    l = reopen(&o);
    for (int i = 0; i < 500; i++)
        append(l, 1, 100, i, 0);
    assert_ok(log_read(l, 0, 1000, 500, true, &s));
    assert_ok(log_retain(l, 1000, 0, &freed));
    assert_int_equal(freed, 0);
    size = log_size_bytes(l);
    assert_ok(log_retain(l, 1000, 500, &freed));
    assert_int_equal(log_size_bytes(l), size - freed);
    assert_in_range(log_size_bytes(l), 30000, 40000);
    log_check(l);
    assert_true(log_start_offset(l) > 0);
    assert_true(log_span_valid(&s));
    mem_free(span_bytes(&s)); /* retired, but still readable */
    log_span_done(&s);
    o.config.retention_ms = 10;
    log_reconfigure(l, &o.config);
    assert_ok(log_retain(l, 1000, 500, &freed));
    assert_int_equal(log_start_offset(l), 500);
    assert_int_equal(log_size_bytes(l), 0);
    log_check(l);
    assert_ok(log_close(l, true));
}

static void timestamps_lead_to_the_first_record_that_reaches_them(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    int64_t offset, timestamp;
    int32_t epoch;
    struct log *l;

    (void)state;
    o.config.segment_bytes = 20000;
    o.config.index_interval_bytes = 500;
    l = reopen(&o);
    assert_ok(log_offset_for_time(l, 0, &offset, &timestamp, &epoch));
    assert_int_equal(offset, -1);
    for (int i = 0; i < 300; i++) /* records at 1000 + 10 i, + 1, + 2 */
        append(l, 3, 50, 1000 + 10 * i, i / 100);
    for (int64_t t = 990; t < 1000 + 10 * 299 + 3; t++) {
        int64_t i = t < 1000 ? 0 : (t - 1000) / 10, within = t < 1000 ? 0 : (t - 1000) % 10;
        int64_t want = within < 3 ? 3 * i + within : 3 * (i + 1);

        assert_ok(log_offset_for_time(l, t, &offset, &timestamp, &epoch));
        assert_int_equal(offset, want);
        assert_int_equal(epoch, want / 300);
        assert_true(timestamp >= t);
    }
    assert_ok(log_offset_for_time(l, 1000 + 10 * 299 + 3, &offset, &timestamp, &epoch));
    assert_int_equal(offset, -1);
    assert_ok(log_max_timestamp(l, &offset, &timestamp, &epoch));
    assert_int_equal(offset, 899);
    assert_ok(log_raise_start(l, 450));
    assert_ok(log_offset_for_time(l, 0, &offset, &timestamp, &epoch));
    assert_int_equal(offset, 450);
    assert_ok(log_close(l, false));
}

static void put_snapshot(const char *dir, int64_t offset)
{
    struct path p = path_of(dir, offset, FILE_SNAPSHOT, FILE_LIVE);

    assert_ok(fs_replace(fs_posix(), p.text, slice_make("x", 1), 0644));
}

static bool has_snapshot(const char *dir, int64_t offset)
{
    return fs_exists(path_of(dir, offset, FILE_SNAPSHOT, FILE_LIVE).text);
}

static void producer_snapshots_live_as_long_as_they_are_true(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    struct log *l;

    (void)state;
    o.config.segment_bytes = 1000;
    l = reopen(&o);
    for (int i = 0; i < 40; i++)
        append(l, 1, 100, i, 0);
    put_snapshot(dir, 0);
    put_snapshot(dir, 3); /* of an earlier close */
    put_snapshot(dir, 31);
    put_snapshot(dir, 40);
    assert_ok(log_close(l, true));
    o.clean = true;
    l = reopen(&o);
    assert_true(has_snapshot(dir, 0) && has_snapshot(dir, 40));
    assert_false(has_snapshot(dir, 3) || has_snapshot(dir, 31));
    put_snapshot(dir, 31);
    assert_ok(log_truncate(l, 35));
    assert_true(has_snapshot(dir, 31) && !has_snapshot(dir, 40));
    assert_ok(log_truncate(l, 20));
    assert_false(has_snapshot(dir, 31));
    assert_true(has_snapshot(dir, 0));
    assert_ok(log_close(l, false));
}

/* A batch of `n` offsets whose records compaction has taken. */
static void put_hollow(struct buf *b, int64_t base, int32_t n)
{
    size_t at = b->n;

    test_batch_put(b, &(struct test_batch){ .base = base, .count = 1 });
    b->n = at + HEAD_BYTES;
    be32_put(b->p + at + 8, HEAD_BYTES - HEAD_OVERHEAD);
    be32_put(b->p + at + 23, (uint32_t)n - 1);
    be32_put(b->p + at + 57, 0);
    be32_put(b->p + at + 17, crc32c(0, b->p + at + HEAD_CRC_FROM, HEAD_BYTES - HEAD_CRC_FROM));
}

static int64_t hollow_end(struct log *l, int64_t offset)
{
    struct log_span s;
    int64_t end;

    assert_ok(log_read(l, offset, 1 << 20, INT64_MAX, true, &s));
    end = log_span_hollow_end(&s);
    log_span_done(&s);
    return end;
}

static void a_span_without_records_tells_where_to_read_on(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    OWNED_BUF b = { 0 };
    struct log *l;

    (void)state;
    o.config.segment_bytes = 2 * HEAD_BYTES;
    l = reopen(&o);
    for (int i = 0; i < 5; i++) { /* two, two, one */
        buf_clear(&b);
        put_hollow(&b, 10 * i, 10);
        assert_ok(log_append_as_is(l, b.p, b.n));
    }
    assert_int_equal(hollow_end(l, 0), 20);
    assert_int_equal(hollow_end(l, 15), 20);
    assert_int_equal(hollow_end(l, 20), 40);
    assert_int_equal(hollow_end(l, 40), 50);
    assert_int_equal(hollow_end(l, 50), -1); /* nothing there */
    assert_int_equal(append(l, 1, 1, 0, 0), 50);
    assert_int_equal(hollow_end(l, 50), -1);
    assert_ok(log_close(l, false));
}

static int open_files(void)
{
    OWNED_MEM char *names = NULL;
    int n = 0;

    assert_ok(fs_list("/proc/self/fd", &names));
    for (const char *s = names; *s; s += strlen(s) + 1)
        n++;
    return n;
}

static void a_long_backlog_is_read_through_few_descriptors(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct log_open o = options(dir);
    int64_t offset, timestamp, freed;
    int before = open_files();
    struct log *l;
    int32_t epoch;
    size_t n;

    (void)state;
    o.config.segment_bytes = 1000;
    o.config.retention_ms = -1;
    l = reopen(&o);
    for (int i = 0; i < 1000; i++)
        append(l, 1, 100, i, 0);
    assert_ok(log_close(l, true));
    o.clean = true;
    l = reopen(&o);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(read_base(l, i, 1, &n), i);
    for (int i = 0; i < 1000; i += 50)
        assert_ok(log_offset_for_time(l, i, &offset, &timestamp, &epoch));
    assert_ok(log_max_timestamp(l, &offset, &timestamp, &epoch));
    assert_in_range(open_files() - before, 1, 20);
    assert_ok(log_retain(l, 1, 0, &freed));
    assert_ok(log_retain(l, 1, 0, &freed)); /* silent since the last one: nothing stays open */
    assert_int_equal(open_files(), before);
    assert_ok(log_close(l, false));
}

TEST_MAIN(TEST(what_was_appended_is_read_back_after_a_clean_reopen), TEST(reads_respect_limit_and_range),
          TEST(segments_roll_and_reads_go_across_them), TEST(a_torn_tail_is_cut_wherever_it_tore),
          TEST(a_flipped_byte_in_the_middle_is_refused_and_kept),
          TEST(a_repair_cuts_at_the_damage_and_takes_the_promise_back),
          TEST(room_is_made_ahead_of_a_growing_segment_and_given_back),
          TEST(after_a_new_start_of_the_machine_only_the_promise_counts),
          TEST(truncation_cuts_batches_epochs_and_indexes),
          TEST(a_follower_takes_only_whole_good_batches_in_order),
          TEST(retention_frees_whole_segments_below_the_high_watermark),
          TEST(producer_snapshots_live_as_long_as_they_are_true),
          TEST(a_span_without_records_tells_where_to_read_on),
          TEST(a_long_backlog_is_read_through_few_descriptors),
          TEST(timestamps_lead_to_the_first_record_that_reaches_them))
