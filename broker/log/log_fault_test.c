/* What the log promises when the disk fails, tears, or forgets: fault sweeps, and random
 * histories against a model. */
#include "tests/lib/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "broker/log/log.h"
#include "common/endian.h"
#include "common/mem.h"
#include "tests/lib/batches.h"
#include "tests/lib/fault_fs.h"

enum { MODEL_MAX = 4096 };

/* What must be in the log. */
struct model_batch {
    int64_t base, last;
    struct buf bytes;
};

struct model {
    struct model_batch batches[MODEL_MAX];
    int n;
    int64_t start, end;
    int64_t recovery_point; /* as the checkpoint on disk says */
};

static void model_clear(struct model *m, int from)
{
    while (m->n > from)
        buf_done(&m->batches[--m->n].bytes);
    m->end = m->n > 0 ? m->batches[m->n - 1].last + 1 : m->start;
}

static void model_add(struct model *m, int64_t base, int64_t last, const struct buf *b)
{
    struct model_batch *at = &m->batches[m->n];

    assert_true(m->n < MODEL_MAX);
    *at = (struct model_batch){ base, last, { 0 } };
    buf_put(&at->bytes, b->p, b->n);
    m->n++;
    m->end = last + 1;
}

static void model_truncate(struct model *m, int64_t offset)
{
    int keep = 0;

    while (keep < m->n && m->batches[keep].last < offset)
        keep++;
    model_clear(m, keep);
    if (m->end < m->start || offset < m->start)
        m->start = m->end = offset;
    if (m->recovery_point > m->end)
        m->recovery_point = m->end;
}

static bool holds(struct log *l, const struct model_batch *b)
{
    struct log_span s;
    uint8_t *p;
    bool same;

    if (b->last >= log_end_offset(l))
        return false;
    assert_ok(log_read(l, b->last, 1, INT64_MAX, true, &s));
    p = mem_zero(s.n + 1);
    assert_int_equal(pread(s.fd, p, s.n, s.position), s.n);
    same = s.n == b->bytes.n && !memcmp(p, b->bytes.p, s.n);
    mem_free(p);
    log_span_done(&s);
    return same;
}

/* Every batch of the model is in the log with its bytes. */
static void compare(struct log *l, const struct model *m)
{
    for (int i = 0; i < m->n; i++)
        assert_true(m->batches[i].last < log_start_offset(l) || holds(l, &m->batches[i]));
}

static struct log_open small_segments(struct fs *fs, const char *dir)
{
    struct log_open o = { .fs = fs, .dir = dir, .config = log_config_default(), .log_start = -1 };

    o.config.segment_bytes = 3000;
    o.config.index_interval_bytes = 300;
    return o;
}

static err_t append_one(struct log *l, struct model *m, int64_t timestamp, size_t value_bytes, int32_t epoch)
{
    OWNED_BUF b = { 0 };
    struct log_appended ret;
    err_t e;

    test_batch_put(&b, &(struct test_batch){ .count = 2, .value_bytes = value_bytes, .timestamp = timestamp,
                                             .seed = (uint64_t)timestamp });
    e = log_append_leader(l, b.p, b.n, epoch, timestamp, &ret);
    if (!e)
        model_add(m, ret.base_offset, ret.last_offset, &b);
    return e;
}

/* A history that touches every changing path; stops at the first failure. */
static err_t history(struct log *l, struct model *m)
{
    err_t e = ERR_OK;

    for (int i = 0; !e && i < 30; i++)
        e = append_one(l, m, 1000 + i, 80, i / 10);
    if (!e)
        e = log_sync(l);
    if (!e)
        m->recovery_point = log_recovery_point(l);
    if (!e) {
        int64_t cut = m->batches[20].base;

        e = log_truncate(l, cut);
        if (!e)
            model_truncate(m, cut);
        else
            model_clear(m, 20); /* some of it may be gone */
    }
    for (int i = 0; !e && i < 20; i++)
        e = append_one(l, m, 2000 + i, 120, 5);
    if (!e)
        e = log_raise_start(l, m->batches[8].base);
    if (!e)
        e = log_sync(l);
    for (int i = 0; !e && i < 10; i++)
        e = append_one(l, m, 3000 + i, 60, 6);
    return e;
}

static err_t keep_point(void *arg, struct log *l, int64_t recovery_point)
{
    struct model *m = arg;

    (void)l;
    m->recovery_point = recovery_point;
    return ERR_OK;
}

/* One run with the n-th change failing; false once nothing failed any more. */
static bool sweep_once(const char *dir, int n, int64_t torn, bool dead, err_t error)
{
    struct model *m = mem_new(struct model);
    struct fault_fs f;
    struct log_open o;
    struct log *l = NULL;
    struct why because = { "" };
    err_t e;
    bool failed;

    fault_fs_init(&f);
    f.fail_at = n;
    f.torn = torn;
    f.dead = dead;
    f.error = error;
    o = small_segments(&f.fs, dir);
    o.lowered = keep_point;
    o.arg = m;
    e = log_new(&o, &l, NULL);
    if (!e) {
        e = history(l, m);
        log_check(l);
        if (!log_broken(l) && !dead)
            compare(l, m); /* it failed, but what was acknowledged is served */
        e = log_close(l, !e);
    }
    failed = f.failed;
    assert_true(failed || !e);
    o.fs = fs_posix();
    o.recovery_point = m->recovery_point;
    e = log_new(&o, &l, &because);
    if (e)
        fail_msg("call %d, torn %lld: %s %s", n, (long long)torn, err_name(e), because.text);
    assert_true(log_end_offset(l) >= m->end);
    compare(l, m);
    (void)append_one(l, m, 9000, 10, 9);
    compare(l, m);
    assert_ok(log_close(l, false));
    model_clear(m, 0);
    mem_free(m);
    fault_fs_done(&f);
    assert_ok(fs_remove_tree(fs_posix(), dir));
    return failed;
}

static void whichever_call_fails_what_was_acknowledged_stays(void **state)
{
    static const int64_t torn[] = { 0, 40, 1 << 20 };
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);

    (void)state;
    for (size_t t = 0; t < ARRAY_LEN(torn); t++)
        for (int dead = 0; dead < 2; dead++)
            for (int n = 1; sweep_once(dir, n, torn[t], dead, t % 2 ? ERR_IO : ERR_NO_SPACE); n++)
                continue;
}

static void a_full_disk_refuses_and_goes_on_when_there_is_room_again(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct model *m = mem_new(struct model);
    struct fault_fs f;
    struct log_open o;
    struct log *l = NULL;

    (void)state;
    fault_fs_init(&f);
    f.error = ERR_NO_SPACE;
    f.torn = 33;
    o = small_segments(&f.fs, dir);
    assert_ok(log_new(&o, &l, NULL));
    for (int i = 0; i < 200; i++) {
        if (i % 2) {
            f.fail_at = f.calls + 1 + i % 3;
            f.failed = false;
        }
        (void)append_one(l, m, 1000 + i, 50, i / 30);
        assert_false(log_broken(l));
        log_check(l);
        assert_int_equal(log_end_offset(l), m->end);
        compare(l, m);
    }
    assert_true(m->n > 100);
    f.fail_at = 0;
    assert_ok(log_close(l, true));
    o.clean = true;
    assert_ok(log_new(&o, &l, NULL));
    compare(l, m);
    assert_ok(log_close(l, false));
    model_clear(m, 0);
    mem_free(m);
    fault_fs_done(&f);
}

static void after_a_failed_sync_the_log_refuses_work(void **state)
{
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    struct model *m = mem_new(struct model);
    struct fault_fs f;
    struct log_open o;
    struct log *l = NULL;

    (void)state;
    fault_fs_init(&f);
    o = small_segments(&f.fs, dir);
    assert_ok(log_new(&o, &l, NULL));
    assert_ok(append_one(l, m, 1, 10, 0));
    f.fail_at = f.calls + 3; /* two flushes of indexes, then the sync */
    assert_int_equal(log_sync(l), ERR_IO);
    assert_true(log_broken(l));
    assert_int_equal(append_one(l, m, 1, 10, 0), ERR_IO);
    assert_int_equal(log_sync(l), ERR_IO);
    assert_int_equal(log_recovery_point(l), 0);
    assert_int_equal(log_close(l, true), ERR_IO);
    model_clear(m, 0);
    mem_free(m);
    fault_fs_done(&f);
}

/* --- random histories --- */

struct world {
    struct fault_fs f;
    struct rng r;
    struct model m;
    struct log_open o;
    struct log *l;
    int64_t now;
    int32_t epoch;
};

static void world_open(struct world *w, bool clean)
{
    struct why because = { "" };
    err_t e;

    w->o.clean = clean;
    w->o.recovery_point = w->m.recovery_point;
    w->o.log_start = w->m.start;
    e = log_new(&w->o, &w->l, &because);
    if (e)
        fail_msg("%s %s", err_name(e), because.text);
}

/* The process dies: the page cache lives on. */
static void world_kill(struct world *w)
{
    assert_ok(log_close(w->l, false));
    world_open(w, false);
    assert_int_equal(log_end_offset(w->l), w->m.end);
}

/* The machine dies: everything below the recovery point is there, and a prefix above it. What
 * was truncated there may be back, as any follower's log may hold what its leader has not:
 * it is truncated again, as the leader would make it do. */
static void world_power_cut(struct world *w)
{
    struct why because = { "" };
    err_t e;
    int keep = 0;

    assert_ok(log_close(w->l, false));
    fault_fs_power_cut(&w->f, &w->r);
    w->o.clean = false;
    w->o.recovery_point = w->m.recovery_point;
    w->o.log_start = w->m.start;
    w->o.rebooted = true;
    e = log_new(&w->o, &w->l, &because);
    w->o.rebooted = false;
    if (e)
        fail_msg("%s %s", err_name(e), because.text);
    assert_true(log_end_offset(w->l) >= w->m.recovery_point);
    while (keep < w->m.n && (w->m.batches[keep].last < log_start_offset(w->l) ||
                             holds(w->l, &w->m.batches[keep])))
        keep++;
    assert_true(keep == w->m.n || w->m.batches[keep].last >= w->m.recovery_point);
    model_clear(&w->m, keep);
    if (w->m.end < w->m.start)
        w->m.end = w->m.start;
    assert_true(log_end_offset(w->l) >= w->m.end);
    assert_ok(log_truncate(w->l, w->m.end));
    assert_int_equal(log_end_offset(w->l), w->m.end);
}

static void world_append(struct world *w)
{
    w->now += (int64_t)rng_below(&w->r, 20);
    if (!rng_below(&w->r, 20))
        w->epoch++;
    assert_ok(append_one(w->l, &w->m, w->now, rng_below(&w->r, 300), w->epoch));
}

static void world_truncate(struct world *w)
{
    int64_t span = w->m.end - w->m.start;
    int64_t cut = w->m.end - (span ? (int64_t)rng_below(&w->r, (uint64_t)(span < 20 ? span : 20)) : 0);

    if (w->m.n)
        for (int i = 0; i < w->m.n; i++) /* to a batch's begin */
            if (w->m.batches[i].base < cut && w->m.batches[i].last >= cut)
                cut = w->m.batches[i].base;
    if (cut <= w->m.start)
        return;
    assert_ok(log_truncate(w->l, cut));
    model_truncate(&w->m, cut);
    assert_int_equal(log_end_offset(w->l), w->m.end);
}

static void world_step(struct world *w)
{
    uint64_t dice = rng_below(&w->r, 100);

    if (dice < 70) {
        world_append(w);
    } else if (dice < 80) {
        assert_ok(log_sync(w->l));
        w->m.recovery_point = log_recovery_point(w->l);
    } else if (dice < 86) {
        world_truncate(w);
    } else if (dice < 92) {
        world_kill(w);
    } else if (dice < 95) {
        world_power_cut(w);
    } else if (dice < 98) {
        int64_t span = w->m.end - w->m.start;

        w->m.start += (int64_t)rng_below(&w->r, (uint64_t)span / 2 + 1);
        assert_ok(log_raise_start(w->l, w->m.start));
    } else {
        assert_ok(log_close(w->l, true));
        w->m.recovery_point = w->m.end;
        world_open(w, true);
    }
    log_check(w->l);
}

static void random_histories_agree_with_the_model(void **state)
{
    const char *seeds = getenv("KLAMM_SEEDS");
    OWNED_MEM char *top = test_dir();
    OWNED_MEM char *dir = mem_printf("%s/t-0", top);
    int n = seeds ? (int)strtol(seeds, NULL, 10) : 25;

    (void)state;
    for (int seed = 1; seed <= n; seed++) {
        struct world *w = mem_new(struct world);

        fault_fs_init(&w->f);
        w->f.remember = true;
        rng_seed(&w->r, (uint64_t)seed);
        w->o = small_segments(&w->f.fs, dir);
        w->o.lowered = keep_point;
        w->o.arg = &w->m;
        world_open(w, false);
        for (int i = 0; i < 250; i++) {
            world_step(w);
            if (i % 10 == 0)
                compare(w->l, &w->m);
        }
        compare(w->l, &w->m);
        assert_ok(log_close(w->l, false));
        model_clear(&w->m, 0);
        fault_fs_done(&w->f);
        assert_ok(fs_remove_tree(fs_posix(), dir));
        mem_free(w);
    }
}

TEST_MAIN(TEST(whichever_call_fails_what_was_acknowledged_stays),
          TEST(a_full_disk_refuses_and_goes_on_when_there_is_room_again),
          TEST(after_a_failed_sync_the_log_refuses_work), TEST(random_histories_agree_with_the_model))
