#include "broker/share/share_partition.h"

#include "api/kafka/errors.h"
#include "common/mem.h"
#include "tests/lib/test.h"

/* One share partition over a log of batches of `batch` records. */
struct world {
    struct share_partition *p;
    struct share_limits l;
    struct buf got; /* of the last acquisition */
    int64_t now_ms, log_end, batch;
};

static void begin(struct world *w)
{
    *w = (struct world){ .p = share_partition_new(),
                         .l = { .lock_ms = 1000, .locks_max = 200, .count_max = 5 },
                         .now_ms = 1, .log_end = 100, .batch = 10 };
    share_partition_load(w->p, 0, 3, NULL, 0);
}

static void end(struct world *w)
{
    share_partition_check(w->p);
    buf_done(&w->got);
    share_partition_free(w->p);
}

static int32_t chunks_of(const struct world *w, struct share_chunk *ret, int32_t room)
{
    int64_t at = share_partition_next(w->p, &w->l);
    int32_t n = 0;

    for (at -= at < 0 ? 0 : at % w->batch; at >= 0 && at < w->log_end && n < room; at += w->batch)
        ret[n++] = (struct share_chunk){ at, at + w->batch - 1, true };
    return n;
}

static const struct share_acquired *acquire(struct world *w, uint64_t owner, int32_t records_max,
                                            bool strict, size_t ranges)
{
    struct share_chunk chunks[64];
    struct share_acquire q = { .owner = owner, .chunks = chunks, .records_max = records_max,
                               .strict = strict, .now_ms = w->now_ms };

    q.chunks_n = chunks_of(w, chunks, 64);
    buf_clear(&w->got);
    (void)share_partition_acquire(w->p, &q, &w->l, &w->got);
    share_partition_check(w->p);
    assert_int_equal(w->got.n / sizeof(struct share_acquired), ranges);
    return (const struct share_acquired *)(const void *)w->got.p;
}

static int16_t ack(struct world *w, uint64_t owner, int64_t first, int64_t last, int8_t type)
{
    struct share_ack a = { first, last, &type, 1 };
    uint64_t write;
    int16_t error = share_partition_ack(w->p, owner, &a, 1, true, &w->l, w->now_ms, &write);

    share_partition_check(w->p);
    return error;
}

static struct share_outgoing write_all(struct world *w, bool ok)
{
    struct share_outgoing out = share_partition_write_begin(w->p);

    share_partition_write_done(w->p, ok);
    share_partition_check(w->p);
    share_batches_check(&out.batches);
    return out;
}

static void a_batch_goes_to_one_member_and_is_done_when_written(void **state)
{
    struct share_outgoing out;
    struct world w;

    (void)state;
    begin(&w);
    assert_int_equal(acquire(&w, 1, 20, false, 1)[0].last, 19);
    assert_int_equal(acquire(&w, 2, 20, false, 1)[0].first, 20);
    assert_int_equal(ack(&w, 2, 0, 9, SHARE_ACK_ACCEPT), KF_ERR_INVALID_RECORD_STATE);
    assert_int_equal(ack(&w, 1, 0, 19, SHARE_ACK_ACCEPT), 0);
    assert_int_equal(ack(&w, 1, 0, 19, SHARE_ACK_ACCEPT), KF_ERR_INVALID_RECORD_STATE);
    assert_int_equal(w.p->start, 0);
    out = write_all(&w, true);
    assert_int_equal(out.start, 20);
    assert_int_equal(out.batches.n, 0); /* the start says it all */
    assert_int_equal(w.p->start, 20);
    share_batches_done(&out.batches);
    end(&w);
}

static void soft_limits_end_at_batches_and_strict_ones_at_records(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    assert_int_equal(acquire(&w, 1, 5, false, 1)[0].last, 9);
    assert_int_equal(acquire(&w, 1, 5, true, 1)[0].last, 14);
    assert_int_equal(acquire(&w, 1, 11, true, 1)[0].last, 25);
    assert_int_equal(ack(&w, 1, 12, 16, SHARE_ACK_RELEASE), 0);
    assert_int_equal(share_partition_next(w.p, &w.l), 26); /* not before it is written */
    write_all(&w, true);
    assert_int_equal(share_partition_next(w.p, &w.l), 12);
    assert_int_equal(acquire(&w, 2, 4, true, 2)[1].last, 15);
    end(&w);
}

static void a_failed_write_leaves_the_records_acquired(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    acquire(&w, 1, 10, false, 1);
    assert_int_equal(ack(&w, 1, 0, 4, SHARE_ACK_ACCEPT), 0);
    write_all(&w, false);
    assert_int_equal(w.p->start, 0);
    assert_int_equal(ack(&w, 1, 0, 4, SHARE_ACK_ACCEPT), 0);
    w.now_ms += 2000;
    write_all(&w, false);
    assert_true(share_partition_expire(w.p, &w.l, w.now_ms));
    assert_int_equal(acquire(&w, 2, 100, false, 3)[0].count, 2);
    end(&w);
}

/* The write that failed may have been done, and with its start the counts below were forgotten. */
static void after_a_failed_write_the_next_says_the_counts_of_what_is_acquired(void **state)
{
    struct share_outgoing out;
    struct world w;

    (void)state;
    begin(&w);
    acquire(&w, 1, 10, false, 1);
    assert_int_equal(ack(&w, 1, 0, 9, SHARE_ACK_RELEASE), 0);
    out = write_all(&w, true);
    share_batches_done(&out.batches);
    assert_int_equal(acquire(&w, 1, 10, false, 1)[0].count, 2);
    assert_int_equal(ack(&w, 1, 0, 9, SHARE_ACK_ACCEPT), 0);
    out = write_all(&w, false);
    assert_int_equal(out.start, 10);
    assert_int_equal(out.batches.n, 0);
    assert_true(share_partition_write_due(w.p, false));
    out = write_all(&w, true);
    assert_int_equal(out.start, 0);
    assert_int_equal(out.batches.n, 1);
    assert_int_equal(out.batches.v[0].last, 9);
    assert_int_equal(out.batches.v[0].state, SHARE_AVAILABLE);
    assert_int_equal(out.batches.v[0].count, 1);
    share_batches_done(&out.batches);
    end(&w);
}

static void a_lock_that_ends_frees_and_one_that_is_renewed_does_not(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    acquire(&w, 1, 10, false, 1);
    w.now_ms = 900;
    assert_int_equal(ack(&w, 1, 5, 9, SHARE_ACK_RENEW), 0);
    w.now_ms = 1001;
    assert_int_equal(share_partition_next_lock(w.p), 1001);
    assert_true(share_partition_expire(w.p, &w.l, w.now_ms));
    assert_int_equal(ack(&w, 1, 0, 4, SHARE_ACK_ACCEPT), KF_ERR_INVALID_RECORD_STATE);
    assert_int_equal(ack(&w, 1, 5, 9, SHARE_ACK_ACCEPT), 0);
    assert_int_equal(acquire(&w, 2, 5, true, 1)[0].last, 4);
    end(&w);
}

static void what_somebody_leaves_behind_is_delivered_again(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    acquire(&w, 1, 10, false, 1);
    share_partition_release(w.p, 1, &w.l);
    share_partition_check(w.p);
    assert_true(share_partition_write_due(w.p, false));
    assert_false(share_partition_write_due(w.p, true));
    assert_int_equal(acquire(&w, 2, 10, false, 1)[0].count, 2);
    end(&w);
}

static void what_was_delivered_too_often_is_archived(void **state)
{
    struct world w;
    int64_t last[] = { 9, 9, 9, 4, 0 }; /* from the fourth on in ever smaller parts */

    (void)state;
    begin(&w);
    w.log_end = 10;
    for (int i = 0; i < 5; i++) {
        const struct share_acquired *got = acquire(&w, 1, 100, false, 1);

        assert_int_equal(got->first, 0);
        assert_int_equal(got->count, i + 1);
        assert_int_equal(got->last, last[i]);
        w.now_ms += 1001;
        share_partition_expire(w.p, &w.l, w.now_ms);
        share_partition_check(w.p);
    }
    assert_int_equal(w.p->start, 1);
    end(&w);
}

static void a_full_window_waits(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.log_end = 1000;
    w.l.locks_max = 100;
    acquire(&w, 1, 1000, false, 1);
    assert_int_equal(w.p->end, 100);
    assert_int_equal(share_partition_next(w.p, &w.l), -1);
    assert_int_equal(ack(&w, 1, 50, 59, SHARE_ACK_ACCEPT), 0);
    write_all(&w, true);
    assert_int_equal(share_partition_next(w.p, &w.l), -1);
    assert_int_equal(ack(&w, 1, 0, 0, SHARE_ACK_REJECT), 0);
    write_all(&w, true);
    assert_int_equal(share_partition_next(w.p, &w.l), 100);
    end(&w);
}

static void illegal_acknowledgements_change_nothing(void **state)
{
    static const int8_t types[] = { 1, 1, 5, 2 };
    struct share_ack acks[] = { { 0, 4, types, 1 }, { 3, 5, types, 1 }, { 5, 7, types, 2 },
                                { 5, 8, types, 4 }, { 9, 8, types, 1 }, { 5, 6, types, 0 },
                                { 5, 99, types, 1 }, { 4, 5, types, 1 } };
    uint64_t write;
    struct world w;

    (void)state;
    begin(&w);
    acquire(&w, 1, 10, false, 1);
    for (size_t i = 1; i < ARRAY_LEN(acks); i++) {
        struct share_ack two[] = { acks[0], acks[i] };

        assert_int_equal(share_partition_ack(w.p, 1, two, 2, true, &w.l, w.now_ms, &write),
                         i == 7 ? KF_ERR_INVALID_RECORD_STATE : KF_ERR_INVALID_REQUEST);
        share_partition_check(w.p);
        assert_int_equal(w.p->n, 1);
    }
    assert_int_equal(share_partition_ack(w.p, 1, &(struct share_ack){ 0, 0, types + 3, 1 }, 1,
                                         false, &w.l, w.now_ms, &write),
                     0);
    end(&w);
}

static void what_holds_no_record_is_passed_over(void **state)
{
    struct share_chunk chunks[] = { { 5, 9, true }, { 10, 10, false }, { 11, 19, true },
                                    { 30, 39, true } };
    struct share_acquire q = { .owner = 1, .chunks = chunks, .chunks_n = 4, .records_max = 100 };
    const struct share_acquired *got;
    struct world w;

    (void)state;
    begin(&w);
    assert_int_equal(share_partition_acquire(w.p, &q, &w.l, &w.got), 24);
    share_partition_check(w.p);
    got = (const struct share_acquired *)(const void *)w.got.p;
    assert_int_equal(w.got.n / sizeof(*got), 3);
    assert_int_equal(w.p->start, 5);
    assert_int_equal(ack(&w, 1, 5, 9, SHARE_ACK_ACCEPT), 0);
    assert_int_equal(ack(&w, 1, 11, 19, SHARE_ACK_ACCEPT), 0);
    write_all(&w, true);
    assert_int_equal(w.p->start, 30);
    share_partition_log_begins(w.p, 35);
    share_partition_check(w.p);
    assert_int_equal(ack(&w, 1, 30, 39, SHARE_ACK_ACCEPT), 0);
    share_partition_log_begins(w.p, 70);
    assert_int_equal(share_partition_next(w.p, &w.l), 70);
    end(&w);
}

static void what_is_loaded_goes_on_where_it_was(void **state)
{
    static const struct share_batch kept[] = { { 10, 14, SHARE_ACKNOWLEDGED, 1 },
                                               { 20, 24, SHARE_ARCHIVED, 5 },
                                               { 30, 31, SHARE_AVAILABLE, 2 } };
    struct world w;

    (void)state;
    begin(&w);
    share_partition_free(w.p);
    w.p = share_partition_new();
    share_partition_load(w.p, 10, 1, kept, 3);
    share_partition_check(w.p);
    assert_int_equal(w.p->start, 15);
    assert_int_equal(acquire(&w, 1, 5, true, 1)[0].first, 15);
    assert_int_equal(acquire(&w, 1, 5, true, 1)[0].first, 25);
    assert_int_equal(acquire(&w, 1, 2, true, 1)[0].count, 3);
    assert_int_equal(acquire(&w, 1, 2, true, 1)[0].first, 32);
    end(&w);
}

TEST_MAIN(TEST(a_batch_goes_to_one_member_and_is_done_when_written),
          TEST(soft_limits_end_at_batches_and_strict_ones_at_records),
          TEST(a_failed_write_leaves_the_records_acquired),
          TEST(after_a_failed_write_the_next_says_the_counts_of_what_is_acquired),
          TEST(a_lock_that_ends_frees_and_one_that_is_renewed_does_not),
          TEST(what_somebody_leaves_behind_is_delivered_again),
          TEST(what_was_delivered_too_often_is_archived), TEST(a_full_window_waits),
          TEST(illegal_acknowledgements_change_nothing), TEST(what_holds_no_record_is_passed_over),
          TEST(what_is_loaded_goes_on_where_it_was))
