/* Compaction against a model: of every key the newest committed record stays, at its offset;
 * whatever fails, and whenever the process dies. */
#include "broker/log/clean.h"

#include <unistd.h>

#include "api/kafka/batch.h"
#include "broker/log/aborted.h"
#include "common/mem.h"
#include "tests/lib/fault_fs.h"
#include "tests/lib/test.h"

enum { KEYS = 40, NOW = 1000000, PRODUCERS = 3 };

/* What must be there: of every key, where its newest record is (-1: none, or a tombstone). */
struct model {
    int64_t newest[KEYS];
    bool tombstone[KEYS];
    int64_t end;
};

struct world {
    char *path;
    struct fault_fs f;
    struct log *l;
    struct rng rng;
    struct model m;
    int64_t first_dirty, now_ms;
    uint64_t map_bytes_max;
};

static void start(struct world *w)
{
    struct log_open o = { .fs = &w->f.fs, .dir = w->path, .config = log_config_default(),
                          .log_start = -1, .recovery_point = 0 };
    struct why because = { "" };

    o.config.segment_bytes = 4000;
    o.config.index_interval_bytes = 200;
    o.config.compact = true;
    o.config.delete_ = false;
    o.config.delete_retention_ms = 100;
    if (log_new(&o, &w->l, &because))
        fail_msg("%s", because.text);
}

static void begin(struct world *w, uint64_t seed)
{
    static char *dir;

    if (!dir)
        dir = test_dir();
    assert_ok(fs_remove_tree(fs_posix(), dir));
    *w = (struct world){ .path = dir, .first_dirty = -1, .now_ms = NOW, .map_bytes_max = 1 << 20 };
    fault_fs_init(&w->f);
    rng_seed(&w->rng, seed);
    memset(w->m.newest, 0xff, sizeof(w->m.newest));
    start(w);
}

static void end(struct world *w)
{
    assert_ok(log_close(w->l, false));
    fault_fs_done(&w->f);
}

/* `n` records of random keys in one batch; of a transaction when `id` >= 0. */
static void put(struct world *w, int n, int64_t id, bool counts)
{
    int64_t base = log_end_offset(w->l);
    struct kf_batch_builder b;
    OWNED_BUF bytes = { 0 };

    kf_batch_begin(
        &b, &bytes, base, 0,
        (int16_t)(rng_below(&w->rng, KF_CODECS) | (id >= 0 ? KF_ATTR_TRANSACTIONAL : 0)));
    kf_batch_producer(&b, id, id >= 0 ? 0 : -1, id >= 0 ? 0 : -1);
    for (int i = 0; i < n; i++) {
        uint8_t key = (uint8_t)rng_below(&w->rng, KEYS), value[64] = { key };
        bool tombstone = rng_below(&w->rng, 8) == 0;
        int64_t offset = base + i;

        memcpy(value + 1, &offset, sizeof(offset));
        kf_batch_put(&b, w->now_ms, slice_make(&key, 1),
                     slice_make(tombstone ? NULL : value, tombstone ? 0 : sizeof(value)), NULL, 0);
        if (counts) {
            w->m.newest[key] = offset;
            w->m.tombstone[key] = tombstone;
        }
    }
    assert_ok(kf_batch_end(&b));
    assert_ok(log_append_as_is(w->l, bytes.p, bytes.n));
    w->m.end = log_end_offset(w->l);
}

static void mark(struct world *w, int64_t id, bool commit, int64_t first)
{
    int64_t base = log_end_offset(w->l);
    struct kf_control_key key = kf_control_key(commit ? KF_CONTROL_COMMIT : KF_CONTROL_ABORT);
    struct kf_batch_builder b;
    OWNED_BUF bytes = { 0 };

    kf_batch_begin(&b, &bytes, base, 0, KF_ATTR_TRANSACTIONAL | KF_ATTR_CONTROL);
    kf_batch_producer(&b, id, 0, -1);
    kf_batch_put(&b, w->now_ms, slice_make(key.b, sizeof(key.b)), slice_make("\0\0\0\0\0\0", 6),
                 NULL, 0);
    assert_ok(kf_batch_end(&b));
    assert_ok(log_append_as_is(w->l, bytes.p, bytes.n));
    if (!commit)
        assert_ok(log_note_aborted(w->l, &(struct aborted_txn){ id, first, base, base + 1 }));
    w->m.end = log_end_offset(w->l);
}

/* Batches with and without transactions, some of them aborted. */
static void fill(struct world *w, int steps)
{
    for (int i = 0; i < steps; i++) {
        int64_t first = log_end_offset(w->l), id = (int64_t)rng_below(&w->rng, PRODUCERS);
        bool commit = rng_below(&w->rng, 3);

        w->now_ms += (int64_t)rng_below(&w->rng, 20);
        if (rng_below(&w->rng, 3)) {
            put(w, 1 + (int)rng_below(&w->rng, 6), -1, true);
            continue;
        }
        put(w, 1 + (int)rng_below(&w->rng, 4), id, commit);
        if (rng_below(&w->rng, 2))
            put(w, 2, -1, true);
        mark(w, id, commit, first);
    }
}

/* Reads everything; what the model wants is there, nothing is there that was not written. */
static void check(struct world *w)
{
    bool found[KEYS] = { false };
    int64_t at = log_start_offset(w->l), last = -1;
    OWNED_BUF aborted = { 0 };

    assert_int_equal(log_end_offset(w->l), w->m.end);
    log_check(w->l);
    while (at < w->m.end) {
        OWNED_BUF bytes = { 0 };
        OWNED_BUF scratch = { 0 };
        struct kf_records records;
        struct kf_record r;
        struct kf_batch b;
        struct log_span s;

        assert_ok(log_read(w->l, at, 1, INT64_MAX, true, &s));
        if (!s.n)
            break;
        assert_int_equal(pread(s.fd, buf_reserve(&bytes, s.n), s.n, s.position), s.n);
        bytes.n = s.n;
        log_span_done(&s);
        assert_ok(kf_batch_parse(buf_slice(&bytes), &b));
        assert_true(kf_batch_crc_ok(&b) && b.last_offset >= at && b.base_offset > last);
        last = b.last_offset;
        assert_ok(kf_records_open(&b, &scratch, 1 << 20, &records));
        while (!kf_records_next(&records, &r)) {
            if (b.attributes & KF_ATTR_CONTROL)
                continue;
            assert_true(r.key.n == 1 && r.key.p[0] < KEYS && r.offset >= b.base_offset);
            if (r.value.p)
                assert_memory_equal(r.value.p + 1, &r.offset, sizeof(r.offset));
            found[r.key.p[0]] |= w->m.newest[r.key.p[0]] == r.offset;
        }
        at = b.last_offset + 1;
    }
    for (int i = 0; i < KEYS; i++)
        if (w->m.newest[i] >= 0 && !w->m.tombstone[i])
            assert_true(found[i]);
    assert_ok(log_aborted(w->l, log_start_offset(w->l), w->m.end, &aborted));
}

static err_t clean(struct world *w, struct clean_result *ret)
{
    struct clean_state s = log_clean_state(w->l, w->first_dirty, w->m.end, w->now_ms);
    struct clean_producer p = { .id = 1, .last_offset = -1, .epoch = 0 };
    struct clean_options o = { .now_ms = w->now_ms, .producers = &p, .producers_n = 1,
                               .map_bytes_max = w->map_bytes_max };
    struct clean *c;
    err_t e;

    e = log_clean_begin(w->l, &s, &o, &c);
    if (e)
        return e;
    e = log_clean_end(w->l, c, log_clean_run(c), ret);
    w->first_dirty = ret->first_dirty;
    return e;
}

static void the_newest_record_of_every_key_stays_at_its_offset(void **state)
{
    struct clean_result r;
    struct world w;

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        begin(&w, seed);
        for (int round = 0; round < 6; round++) {
            int64_t size = log_size_bytes(w.l);

            fill(&w, 60);
            size = log_size_bytes(w.l);
            assert_ok(clean(&w, &r));
            assert_int_equal(r.freed_bytes, size - log_size_bytes(w.l));
            assert_true(r.first_dirty > 0);
            check(&w);
            if (round % 3 == 2) { /* a start finds the same */
                assert_ok(log_close(w.l, false));
                start(&w);
                check(&w);
            }
        }
        assert_true(log_size_bytes(w.l) < 14000); /* of about 45,000 written */
        end(&w);
    }
}

static void tombstones_and_markers_go_when_their_time_is_over(void **state)
{
    struct clean_result r;
    struct world w;
    int64_t size;

    (void)state;
    begin(&w, 5);
    fill(&w, 200);
    assert_ok(clean(&w, &r));
    check(&w);
    size = log_size_bytes(w.l);
    w.now_ms += 1000;
    w.first_dirty = 0; /* all over again */
    assert_ok(clean(&w, &r));
    check(&w);
    assert_true(log_size_bytes(w.l) < size);
    end(&w);
}

static void a_map_that_is_too_small_cleans_a_part(void **state)
{
    struct clean_result r;
    struct world w;
    int rounds = 0;

    (void)state;
    begin(&w, 6);
    w.map_bytes_max = 1; /* 64 slots: for all keys; so only fewer keys fit than */
    fill(&w, 300);
    while (clean(&w, &r) == ERR_OK && ++rounds < 100)
        check(&w);
    assert_true(rounds >= 1 && rounds < 100);
    end(&w);
}

static void what_is_not_decided_or_too_young_is_left(void **state)
{
    struct clean_state s;
    struct log_config c;
    struct world w;

    (void)state;
    begin(&w, 7);
    fill(&w, 200);
    s = log_clean_state(w.l, -1, 50, w.now_ms);
    assert_int_equal(s.limit, 50);
    assert_int_equal(s.first_dirty, 0);
    assert_true(log_clean_due(w.l, &s));
    s = log_clean_state(w.l, 50, 50, w.now_ms);
    assert_false(log_clean_due(w.l, &s));
    c = *log_config(w.l);
    c.min_compaction_lag_ms = 1000000;
    log_reconfigure(w.l, &c);
    s = log_clean_state(w.l, -1, w.m.end, w.now_ms);
    assert_int_equal(s.limit, 0);
    assert_false(log_clean_due(w.l, &s));
    c.min_compaction_lag_ms = 0;
    c.min_cleanable_dirty_ratio = 1;
    log_reconfigure(w.l, &c);
    s = log_clean_state(w.l, -1, w.m.end, w.now_ms);
    assert_false(log_clean_due(w.l, &s));
    c.max_compaction_lag_ms = 10;
    log_reconfigure(w.l, &c);
    s = log_clean_state(w.l, -1, w.m.end, w.now_ms);
    assert_true(s.overdue && log_clean_due(w.l, &s));
    end(&w);
}

/* The n-th change fails, for every n; after each the log is whole, or whole again after a start. */
static void a_change_that_fails_leaves_the_old_or_the_new(void **state)
{
    struct clean_result r;
    struct world w;
    int done = 0;
    err_t e;

    (void)state;
    for (int n = 1; !done; n++) {
        for (int dead = 0; dead < 2; dead++) {
            begin(&w, 8);
            fill(&w, 40);
            assert_ok(clean(&w, &r));
            fill(&w, 30);
            w.f.fail_at = w.f.calls + n;
            w.f.error = ERR_IO;
            w.f.dead = dead;
            e = clean(&w, &r);
            done += e == ERR_OK && !w.f.failed;
            assert_true(e == ERR_OK || e == ERR_IO);
            w.f.fail_at = 0;
            w.f.dead = w.f.failed = false;
            if (!log_broken(w.l))
                check(&w);
            assert_ok(log_close(w.l, false));
            start(&w);
            check(&w);
            e = clean(&w, &r);
            assert_true(e == ERR_OK || e == ERR_AGAIN);
            check(&w);
            end(&w);
        }
    }
}

/* The log is cut, or deleted from, between begin and end. */
static void what_changed_meanwhile_makes_the_result_void(void **state)
{
    struct clean_options o = { .now_ms = NOW, .map_bytes_max = 1 << 20 };
    struct clean_result r;
    struct clean_state s;
    struct clean *c;
    struct world w;

    (void)state;
    for (int how = 0; how < 3; how++) {
        err_t run;

        begin(&w, 9);
        fill(&w, 200);
        s = log_clean_state(w.l, -1, w.m.end, w.now_ms);
        assert_ok(log_clean_begin(w.l, &s, &o, &c));
        run = log_clean_run(c);
        assert_ok(run);
        if (how == 0)
            assert_ok(log_truncate(w.l, s.limit / 2));
        else if (how == 1)
            assert_ok(log_raise_start(w.l, s.limit / 2));
        else
            assert_ok(log_restart_at(w.l, 7));
        assert_int_equal(log_clean_end(w.l, c, run, &r), ERR_STALE);
        assert_int_equal(r.first_dirty, s.first_dirty);
        log_check(w.l);
        end(&w);
    }
}

static void a_cleaning_can_be_told_to_stop(void **state)
{
    struct clean_options o = { .now_ms = NOW, .map_bytes_max = 1 << 20 };
    struct clean_result r;
    struct clean_state s;
    struct clean *c;
    struct world w;
    bool stop = true;
    err_t run;

    (void)state;
    begin(&w, 10);
    fill(&w, 200);
    o.stop = &stop;
    s = log_clean_state(w.l, -1, w.m.end, w.now_ms);
    assert_ok(log_clean_begin(w.l, &s, &o, &c));
    run = log_clean_run(c);
    assert_int_equal(run, ERR_CLOSED);
    assert_int_equal(log_clean_end(w.l, c, run, &r), ERR_CLOSED);
    check(&w);
    end(&w);
}

TEST_MAIN(TEST(the_newest_record_of_every_key_stays_at_its_offset),
          TEST(tombstones_and_markers_go_when_their_time_is_over),
          TEST(a_map_that_is_too_small_cleans_a_part),
          TEST(what_is_not_decided_or_too_young_is_left),
          TEST(a_change_that_fails_leaves_the_old_or_the_new),
          TEST(what_changed_meanwhile_makes_the_result_void), TEST(a_cleaning_can_be_told_to_stop))
