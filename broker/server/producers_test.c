#include <unistd.h>

#include "tests/lib/test.h"

#include "broker/log/aborted.h"
#include "broker/log/names.h"
#include "broker/replica/txn_marker.h"
#include "broker/server/producers.h"
#include "tests/lib/batches.h"

enum { PRODUCER = 77 };

/* A partition that follows, with its log in a directory of its own. */
struct follower {
    char *path;
    struct topic topic;
    struct partition p;
};

/* Opens the log as a start finds it: `recovery_point` -1 after a clean close. */
static void start(struct follower *f, int64_t recovery_point)
{
    struct log_open o = { .fs = fs_posix(), .config = log_config_default(), .log_start = -1,
                          .dir = f->path, .clean = recovery_point < 0, .recovery_point = recovery_point };
    struct why because = { "" };

    o.config.segment_bytes = 4096;
    f->p.topic = &f->topic;
    assert_ok(log_new(&o, &f->p.log, &because));
    log_set_owner(f->p.log, &f->p);
    producers_opened(&f->p);
}

static void begin(struct follower *f)
{
    *f = (struct follower){ .path = test_dir() };
    start(f, 0);
}

static void stop(struct follower *f, bool clean)
{
    if (clean)
        assert_ok(producers_save(&f->p));
    assert_ok(log_close(f->p.log, clean));
    producer_state_done(&f->p.producers);
    f->p = (struct partition){ .topic = &f->topic };
}

static void end(struct follower *f)
{
    stop(f, false);
    mem_free(f->path);
}

/* A batch of two records; with a producer (id >= 0) of `sequence`. */
static void put(struct buf *b, int64_t base, int64_t id, int32_t sequence)
{
    size_t at = b->n;
    uint8_t *p;

    test_batch_put(b, &(struct test_batch){ .base = base, .count = 2, .value_bytes = 10,
                                            .timestamp = 1000 });
    p = b->p + at;
    be64_put(p + 43, (uint64_t)id);
    be16_put(p + 51, 0);
    be32_put(p + 53, (uint32_t)sequence);
    be32_put(p + 17, crc32c(0, p + HEAD_CRC_FROM, b->n - at - HEAD_CRC_FROM));
}

static void follow(struct follower *f, const struct buf *b)
{
    assert_ok(log_append_as_is(f->p.log, b->p, b->n));
    producers_followed(&f->p, b->p, b->n);
}

/* What this partition would say as leader to two records at `sequence`. */
static enum producer_verdict verdict(struct follower *f, int32_t sequence)
{
    struct producer_batch old, b = { .producer_id = PRODUCER, .first_sequence = sequence,
                                     .last_sequence = sequence + 1 };

    assert_ok(producers_ready(&f->p));
    producer_state_check(&f->p.producers);
    return producer_decide(&f->p.producers, &b, true, 0, &old);
}

static void a_follower_knows_the_producers_of_what_it_fetched(void **state)
{
    OWNED_BUF one = { 0 };
    OWNED_BUF two = { 0 };
    struct follower f;

    (void)state;
    begin(&f);
    put(&one, 0, PRODUCER, 0);
    put(&two, 2, PRODUCER, 2);
    put(&two, 4, PRODUCER, 4);
    follow(&f, &one);
    assert_true(f.p.producers_ready);
    follow(&f, &two);
    assert_int_equal(f.p.producers.next_offset, 6);
    assert_int_equal(verdict(&f, 4), PRODUCER_DUPLICATE);
    assert_int_equal(verdict(&f, 6), PRODUCER_APPEND);
    assert_int_equal(verdict(&f, 8), PRODUCER_OUT_OF_ORDER);
    end(&f);
}

static void a_log_without_such_producers_keeps_no_state(void **state)
{
    OWNED_BUF b = { 0 };
    struct follower f;

    (void)state;
    begin(&f);
    put(&b, 0, -1, -1);
    follow(&f, &b);
    assert_int_equal(producer_state_n(&f.p.producers), 0);
    stop(&f, false);
    start(&f, 0);
    assert_false(f.p.producers_ready);
    buf_clear(&b);
    put(&b, 2, -1, -1);
    follow(&f, &b);
    assert_false(f.p.producers_ready);
    end(&f);
}

static void what_was_truncated_is_forgotten(void **state)
{
    OWNED_BUF b = { 0 };
    struct follower f;

    (void)state;
    begin(&f);
    put(&b, 0, PRODUCER, 0);
    put(&b, 2, PRODUCER, 2);
    follow(&f, &b);
    assert_ok(log_truncate(f.p.log, 2));
    producers_truncated(&f.p);
    assert_int_equal(verdict(&f, 2), PRODUCER_APPEND);
    assert_int_equal(verdict(&f, 0), PRODUCER_DUPLICATE);
    assert_ok(log_restart_at(f.p.log, 100));
    producers_truncated(&f.p);
    assert_int_equal(verdict(&f, 50), PRODUCER_APPEND);
    end(&f);
}

/* --- transactions --- */

/* One batch of a transaction: two records; every second producer's is sealed by its marker. */
static void put_txn(struct buf *b, int64_t base, int64_t id)
{
    size_t at = b->n;
    uint8_t *p;

    put(b, base, id, 0);
    p = b->p + at;
    be16_put(p + 21, HEAD_ATTR_TRANSACTIONAL);
    be32_put(p + 17, crc32c(0, p + HEAD_CRC_FROM, b->n - at - HEAD_CRC_FROM));
}

static void put_marker(struct buf *b, int64_t base, int64_t id, bool commit)
{
    struct producer_marker m = { .producer_id = id, .commit = commit, .coordinator_epoch = 1,
                                 .timestamp = 1000 };
    size_t at = b->n;

    txn_marker_put(&m, b);
    be64_put(b->p + at, (uint64_t)base);
}

static size_t aborted_n(struct follower *f, int64_t from, int64_t to)
{
    OWNED_BUF found = { 0 };

    assert_ok(log_aborted(f->p.log, from, to, &found));
    return found.n / TXN_ENTRY;
}

static int64_t last_stable(struct follower *f)
{
    int64_t ret;

    log_set_high_watermark(f->p.log, log_end_offset(f->p.log));
    assert_ok(producers_last_stable(&f->p, &ret));
    return ret;
}

/* `n` transactions of three offsets each, the odd ones aborted; the last one stays open. */
static void write_txns(struct follower *f, int n)
{
    for (int i = 0; i < n; i++) {
        OWNED_BUF b = { 0 };

        put_txn(&b, 3 * i, i);
        if (i + 1 < n)
            put_marker(&b, 3 * i + 2, i, i % 2 == 0);
        follow(f, &b);
    }
}

static void aborted_transactions_are_noted_and_last_stable_waits(void **state)
{
    struct follower f;

    (void)state;
    begin(&f);
    write_txns(&f, 101);
    assert_int_equal(last_stable(&f), 300);
    assert_int_equal(aborted_n(&f, 0, 300), 50);
    assert_int_equal(aborted_n(&f, 3, 4), 1);
    assert_int_equal(aborted_n(&f, 6, 9), 0);
    assert_true(fs_size(path_of(f.path, 0, FILE_TXNINDEX, FILE_LIVE).text) > 0);
    end(&f);
}

static void a_snapshot_is_written_as_a_segment_begins(void **state)
{
    OWNED_MEM char *names = NULL;
    int logs = 0, snapshots = 0;
    enum file_state live;
    enum file_kind kind;
    struct follower f;
    int64_t base;

    (void)state;
    begin(&f);
    write_txns(&f, 101);
    assert_ok(fs_list(f.path, &names));
    for (const char *s = names; *s; s += strlen(s) + 1)
        if (file_name_parse(s, &base, &kind, &live)) {
            logs += kind == FILE_LOG;
            snapshots += kind == FILE_SNAPSHOT;
        }
    assert_true(logs > 3);
    assert_int_equal(snapshots, logs - 1); /* none at the log's begin */
    end(&f);
}

static void a_clean_start_has_the_state_at_once(void **state)
{
    struct follower f;

    (void)state;
    begin(&f);
    write_txns(&f, 101);
    stop(&f, true);
    start(&f, -1);
    assert_true(f.p.producers_ready);
    assert_int_equal(last_stable(&f), 300);
    assert_int_equal(aborted_n(&f, 0, 300), 50);
    end(&f);
}

/* What a power cut may do to the files beside the batches above the recovery point. */
static void damage(struct follower *f, int64_t from)
{
    OWNED_MEM char *names = NULL;
    enum file_state live;
    enum file_kind kind;
    int64_t base;

    assert_ok(fs_list(f->path, &names));
    for (const char *s = names; *s; s += strlen(s) + 1) {
        struct path p = path_in(f->path, s);

        if (!file_name_parse(s, &base, &kind, &live) || base < from)
            continue;
        if (kind == FILE_TXNINDEX)
            assert_int_equal(truncate(p.text, TXN_ENTRY + 3), 0);
        if (kind == FILE_SNAPSHOT)
            assert_int_equal(truncate(p.text, 5), 0);
    }
}

static void after_a_crash_state_and_indexes_are_read_from_the_log(void **state)
{
    struct follower f;

    (void)state;
    for (int64_t point = 0; point < 301; point += 50) {
        begin(&f);
        write_txns(&f, 101);
        stop(&f, false);
        damage(&f, point);
        start(&f, point);
        assert_int_equal(last_stable(&f), 300);
        assert_int_equal(aborted_n(&f, 0, 300), 50);
        assert_int_equal(producer_state_n(&f.p.producers), 101);
        end(&f);
    }
}

static void a_truncation_takes_the_ends_of_transactions_back(void **state)
{
    struct follower f;

    (void)state;
    begin(&f);
    write_txns(&f, 101);
    assert_ok(log_truncate(f.p.log, 3 * 51 + 2)); /* the marker of number 51, an abort */
    producers_truncated(&f.p);
    assert_int_equal(last_stable(&f), 3 * 51);
    assert_int_equal(aborted_n(&f, 0, 300), 25);
    end(&f);
}

static void a_part_of_a_batch_at_the_end_is_not_counted(void **state)
{
    OWNED_BUF b = { 0 };
    struct follower f;

    (void)state;
    begin(&f);
    put(&b, 0, PRODUCER, 0);
    put(&b, 2, PRODUCER, 2);
    b.n -= 5;
    follow(&f, &b);
    assert_int_equal(verdict(&f, 2), PRODUCER_APPEND);
    assert_int_equal(f.p.producers.next_offset, 2);
    end(&f);
}

TEST_MAIN(TEST(a_follower_knows_the_producers_of_what_it_fetched),
          TEST(a_log_without_such_producers_keeps_no_state),
          TEST(what_was_truncated_is_forgotten),
          TEST(a_part_of_a_batch_at_the_end_is_not_counted),
          TEST(aborted_transactions_are_noted_and_last_stable_waits),
          TEST(a_snapshot_is_written_as_a_segment_begins), TEST(a_clean_start_has_the_state_at_once),
          TEST(after_a_crash_state_and_indexes_are_read_from_the_log),
          TEST(a_truncation_takes_the_ends_of_transactions_back))
