#include "tests/lib/test.h"

#include "broker/log/head.h"
#include "broker/server/producers.h"
#include "tests/lib/batches.h"

enum { PRODUCER = 77 };

/* A partition that follows, with its log in a directory of its own. */
struct follower {
    char *path;
    struct topic topic;
    struct partition p;
};

static void begin(struct follower *f)
{
    struct log_open o = { .fs = fs_posix(), .config = log_config_default(), .log_start = -1 };
    struct why because = { "" };

    *f = (struct follower){ .path = test_dir() };
    f->p.topic = &f->topic;
    o.dir = f->path;
    assert_ok(log_new(&o, &f->p.log, &because));
}

static void end(struct follower *f)
{
    producer_state_done(&f->p.producers);
    assert_ok(log_close(f->p.log, true));
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
    return producer_decide(&f->p.producers, &b, &old);
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
          TEST(a_part_of_a_batch_at_the_end_is_not_counted))
