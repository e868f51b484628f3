#include "broker/share/share_states.h"

#include "api/kafka/errors.h"
#include "broker/share/share_record.h"
#include "common/cursor.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/lib/test.h"

enum { OFFSETS = 60, WRITES = 4000 };

/* A coordinator with its log: every decision that writes is appended and applied at once. */
struct world {
    struct share_states *s;
    struct buf log; /* key length, key, value length (0 is null), value */
    int64_t end;
};

static const struct uuid topic = { "0123456789abcde" };

static struct share_key key_of(int32_t partition)
{
    return (struct share_key){ STR_LIT("group"), topic, partition };
}

static void world_begin(struct world *w, int32_t updates_max)
{
    *w = (struct world){ .s = share_states_new(updates_max) };
}

static struct share_states *replay(const struct world *w, int64_t from)
{
    struct share_states *s = share_states_new(w->s->updates_max);
    struct cursor c = cursor_over(buf_slice(&w->log));

    for (int64_t at = 0; cursor_left(&c); at++) {
        uint32_t key_n = cursor_be32(&c);
        struct slice key = slice_make(cursor_take(&c, key_n), key_n);
        uint32_t value_n = cursor_be32(&c);
        const uint8_t *value = value_n ? cursor_take(&c, value_n) : NULL;

        if (at >= from)
            assert_ok(share_states_apply(s, key, slice_make(value, value_n), at));
    }
    share_states_check(s);
    return s;
}

static void assert_loads_alike(const struct world *w, int64_t from)
{
    struct share_states *loaded = replay(w, from);
    OWNED_BUF live = { 0 };
    OWNED_BUF other = { 0 };

    share_states_dump(w->s, &live);
    share_states_dump(loaded, &other);
    assert_string_equal(buf_text(&live), buf_text(&other));
    share_states_free(loaded);
}

static void world_end(struct world *w)
{
    share_states_check(w->s);
    assert_loads_alike(w, 0);
    buf_done(&w->log);
    share_states_free(w->s);
}

static int16_t take(struct world *w, struct share_decision d)
{
    int16_t error = d.error;

    if (d.write) {
        buf_put_be32(&w->log, (uint32_t)d.key.n);
        buf_put(&w->log, d.key.p, d.key.n);
        buf_put_be32(&w->log, (uint32_t)d.value.n);
        buf_put(&w->log, d.value.p, d.value.n);
        assert_ok(share_states_apply(w->s, buf_slice(&d.key),
                                     slice_make(d.value.n ? d.value.p : NULL, d.value.n),
                                     w->end++));
        share_states_check(w->s);
    }
    share_decision_done(&d);
    return error;
}

static int16_t initialize(struct world *w, int32_t partition, int32_t state_epoch, int64_t start)
{
    struct share_key k = key_of(partition);

    return take(w, share_states_decide_initialize(w->s, &k, state_epoch, start, 1000));
}

static int16_t write_one(struct world *w, int32_t partition, int32_t leader_epoch, int64_t start,
                         struct share_batch b)
{
    struct share_key k = key_of(partition);
    struct share_write q = { .state_epoch = 1, .leader_epoch = leader_epoch, .start = start,
                             .complete_n = 3, .batches = &b, .batches_n = 1 };

    return take(w, share_states_decide_write(w->s, &k, &q, 2000));
}

static void what_was_never_initialised_is_refused(void **state)
{
    struct share_key k = key_of(0), bad = key_of(-1), none = { STR_LIT("g"), { { 0 } }, 0 };
    struct world w;

    (void)state;
    world_begin(&w, 500);
    assert_int_equal(write_one(&w, 0, 0, 0, (struct share_batch){ 0, 1, 2, 1 }),
                     KF_ERR_INVALID_REQUEST);
    assert_int_equal(take(&w, share_states_decide_read(w.s, &k, 0)), KF_ERR_INVALID_REQUEST);
    assert_int_equal(take(&w, share_states_decide_summary(w.s, &bad)), KF_ERR_INVALID_REQUEST);
    assert_int_equal(take(&w, share_states_decide_summary(w.s, &none)), KF_ERR_INVALID_REQUEST);
    assert_int_equal(share_states_decide_summary(w.s, &k).start, -1);
    assert_int_equal(take(&w, share_states_decide_delete(w.s, &k)), 0);
    assert_int_equal(w.end, 0);
    world_end(&w);
}

static void older_epochs_are_fenced(void **state)
{
    struct share_key k = key_of(0);
    struct world w;

    (void)state;
    world_begin(&w, 500);
    assert_int_equal(initialize(&w, 0, 1, -1), 0);
    assert_int_equal(take(&w, share_states_decide_read(w.s, &k, 7)), 0);
    assert_int_equal(w.end, 2); /* the leader epoch is remembered */
    assert_int_equal(take(&w, share_states_decide_read(w.s, &k, 6)), KF_ERR_FENCED_LEADER_EPOCH);
    assert_int_equal(write_one(&w, 0, 6, 0, (struct share_batch){ 0, 1, 2, 1 }),
                     KF_ERR_FENCED_LEADER_EPOCH);
    assert_int_equal(initialize(&w, 0, 2, 40), 0);
    assert_int_equal(write_one(&w, 0, 7, 0, (struct share_batch){ 0, 1, 2, 1 }),
                     KF_ERR_FENCED_STATE_EPOCH);
    assert_int_equal(initialize(&w, 0, 1, 0), KF_ERR_FENCED_STATE_EPOCH);
    assert_int_equal(share_states_find(w.s, &k)->start, 40);
    world_end(&w);
}

/* By the next coordinator, or late: the group has begun. */
static void what_has_begun_does_not_begin_again(void **state)
{
    struct share_key k = key_of(0);
    struct world w;

    (void)state;
    world_begin(&w, 500);
    assert_int_equal(initialize(&w, 0, 1, -1), 0);
    assert_int_equal(write_one(&w, 0, 0, 5, (struct share_batch){ 7, 9, 2, 1 }), 0);
    assert_int_equal(initialize(&w, 0, 1, -1), 0);
    assert_int_equal(initialize(&w, 0, 4, -1), 0);
    assert_int_equal(w.end, 2);
    assert_int_equal(share_states_find(w.s, &k)->start, 5);
    assert_int_equal(share_states_find(w.s, &k)->batches.n, 1);
    assert_int_equal(initialize(&w, 0, 4, 2), 0); /* an administrator wants it so */
    assert_int_equal(share_states_find(w.s, &k)->start, 2);
    assert_int_equal(share_states_find(w.s, &k)->batches.n, 0);
    assert_int_equal(initialize(&w, 0, 4, 2), 0); /* the same question, late */
    assert_int_equal(w.end, 3);
    world_end(&w);
}

static void illegal_batches_are_refused(void **state)
{
    static const struct share_batch bad[] = {
        { 5, 4, 2, 1 }, { -1, 4, 2, 1 }, { 0, 4, 1, 1 }, { 0, 4, 3, 1 }, { 0, 4, 2, -1 },
        { 0, INT64_MAX, 2, 1 },
    };
    struct world w;

    (void)state;
    world_begin(&w, 500);
    assert_int_equal(initialize(&w, 0, 1, 0), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(write_one(&w, 0, 0, 0, bad[i]), KF_ERR_INVALID_REQUEST);
    world_end(&w);
}

/* Offset by offset what the ranges must say. */
struct model {
    int64_t start;
    int16_t cell[OFFSETS + 10]; /* -1: nothing, else state * 100 + count */
};

static void model_write(struct model *m, int64_t start, const struct share_batch *b)
{
    for (int64_t o = b->first; o <= b->last; o++)
        m->cell[o] = (int16_t)(b->state * 100 + b->count);
    if (start >= 0)
        m->start = start;
    for (int64_t o = 0; o < m->start; o++)
        m->cell[o] = -1;
}

static void assert_as_model(const struct model *m, const struct share_kept *k)
{
    int32_t at = 0;

    assert_int_equal(k->start, m->start);
    for (int64_t o = 0; o < OFFSETS + 10; o++) {
        while (at < k->batches.n && k->batches.v[at].last < o)
            at++;
        if (at < k->batches.n && k->batches.v[at].first <= o)
            assert_int_equal(m->cell[o], k->batches.v[at].state * 100 + k->batches.v[at].count);
        else
            assert_int_equal(m->cell[o], -1);
    }
}

static struct share_batch any_batch(struct rng *r)
{
    static const int8_t states[] = { SHARE_AVAILABLE, SHARE_ACKNOWLEDGED, SHARE_ARCHIVED };
    int64_t first = (int64_t)rng_below(r, OFFSETS);

    return (struct share_batch){ first, first + (int64_t)rng_below(r, 9), states[rng_below(r, 3)],
                                 (int16_t)rng_below(r, 3) };
}

/* Writes at random: as an array of offsets would have it; a load of the log, of all of it or from
 * what is needed on, gives the same. */
static void random_writes_merge_as_offset_by_offset(void **state)
{
    struct rng r = { 0 };
    struct model m = { .start = 0 };
    struct share_key k = key_of(0);
    struct world w;

    (void)state;
    rng_seed(&r, 7);
    world_begin(&w, 9);
    memset(m.cell, -1, sizeof(m.cell));
    assert_int_equal(initialize(&w, 0, 1, 0), 0);
    for (int i = 0; i < WRITES; i++) {
        struct share_batch b = any_batch(&r);
        int64_t start = rng_below(&r, 8) ? -1 : (int64_t)rng_below(&r, OFFSETS / 3);

        assert_int_equal(write_one(&w, 0, i / 100, start, b), 0);
        model_write(&m, start, &b);
        assert_as_model(&m, share_states_find(w.s, &k));
        if (i % 97 == 0)
            assert_loads_alike(&w, share_states_needed(w.s));
    }
    assert_true(share_states_needed(w.s) > WRITES - 12);
    world_end(&w);
}

static void a_deleted_key_is_gone_and_needs_nothing(void **state)
{
    struct share_key k = key_of(1);
    struct world w;

    (void)state;
    world_begin(&w, 500);
    assert_int_equal(initialize(&w, 1, 1, 0), 0);
    assert_int_equal(initialize(&w, 2, 1, 0), 0);
    assert_int_equal(share_states_needed(w.s), 0);
    assert_int_equal(take(&w, share_states_decide_snapshot(w.s, &k, 5)), 0);
    assert_int_equal(share_states_needed(w.s), 1);
    assert_int_equal(share_states_find(w.s, &k)->snapshot_epoch, 1);
    assert_int_equal(take(&w, share_states_decide_delete(w.s, &k)), 0);
    assert_null(share_states_find(w.s, &k));
    k = key_of(2);
    assert_int_equal(take(&w, share_states_decide_delete(w.s, &k)), 0);
    assert_int_equal(share_states_needed(w.s), INT64_MAX);
    world_end(&w);
}

static void damaged_records_are_told(void **state)
{
    struct share_key k = key_of(1);
    struct share_states *s = share_states_new(500);
    struct share_decision d = share_states_decide_initialize(s, &k, 1, 0, 0);

    (void)state;
    for (size_t n = 0; n < d.value.n; n++)
        assert_int_not_equal(
            share_states_apply(s, buf_slice(&d.key), slice_make(d.value.p, n), 0), ERR_OK);
    for (size_t n = 0; n < d.key.n; n++)
        assert_int_equal(share_states_apply(s, slice_make(d.key.p, n), buf_slice(&d.value), 0),
                         ERR_CORRUPT);
    d.key.p[1] = 9;
    assert_int_equal(share_states_apply(s, buf_slice(&d.key), buf_slice(&d.value), 0),
                     ERR_UNSUPPORTED);
    d.key.p[1] = 1; /* an update of nothing; its value is another message */
    assert_int_equal(share_states_apply(s, buf_slice(&d.key), buf_slice(&d.value), 0), ERR_CORRUPT);
    share_decision_done(&d);
    share_states_free(s);
}

TEST_MAIN(TEST(what_was_never_initialised_is_refused), TEST(older_epochs_are_fenced),
          TEST(what_has_begun_does_not_begin_again),
          TEST(illegal_batches_are_refused), TEST(random_writes_merge_as_offset_by_offset),
          TEST(a_deleted_key_is_gone_and_needs_nothing), TEST(damaged_records_are_told))
