#include "tests/lib/test.h"

#include "broker/log/log_dir.h"
#include "broker/log/names.h"
#include "tests/lib/batches.h"
#include "tests/lib/fault_fs.h"

/* A replica of topic "t" in directory `from` and its future one in `to`, moved as a broker does it.
 */
enum { RECORDS = 30, SEGMENT_BYTES = 2000 };

static const struct uuid topic_id = { { 7 } };

struct pair {
    char *path[2];
    struct log_dir *dir[2];
};

static struct log_config config(void)
{
    struct log_config c = log_config_default();

    c.segment_bytes = SEGMENT_BYTES;
    return c;
}

static err_t open_dirs(struct pair *p, struct fs *fs)
{
    err_t e = ERR_OK;

    for (int i = 0; i < 2 && !e; i++)
        e = log_dir_new(&(struct log_dir_options){ .fs = fs, .path = p->path[i] }, &p->dir[i],
                        NULL);
    return e;
}

static void close_dirs(struct pair *p, bool clean)
{
    for (int i = 0; i < 2; i++) {
        if (p->dir[i])
            (void)log_dir_free(p->dir[i], clean, 1);
        p->dir[i] = NULL;
    }
}

static void make_pair(struct pair *p, const char *top)
{
    *p = (struct pair){ { mem_printf("%s/a", top), mem_printf("%s/b", top) }, { NULL, NULL } };
    for (int i = 0; i < 2; i++)
        assert_ok(fs_mkdirs(fs_posix(), p->path[i], 0755));
}

static void pair_done(struct pair *p)
{
    for (int i = 0; i < 2; i++)
        mem_free(p->path[i]);
}

static err_t open_here(struct pair *p, int i, bool create, struct log **ret)
{
    struct log_config c = config();

    return log_dir_open_partition(p->dir[i], str_of("t"), 0, &topic_id, &c, create, ret, NULL);
}

static err_t open_future(struct pair *p, int i, struct log **ret)
{
    struct log_config c = config();

    return log_dir_open_future(p->dir[i], str_of("t"), 0, &topic_id, &c, ret, NULL);
}

static err_t append_one(struct log *l, int64_t at)
{
    struct log_appended where;
    OWNED_BUF b = { 0 };

    test_batch_put(
        &b, &(struct test_batch){
                .count = 1, .value_bytes = 100, .timestamp = 1000 + at, .seed = (uint64_t)at });
    return log_append_leader(l, b.p, b.n, 3, 1000, &where);
}

static err_t fill(struct log *l, int n)
{
    err_t e = ERR_OK;

    for (int i = 0; i < n && !e; i++)
        e = append_one(l, log_end_offset(l));
    return e;
}

static err_t copy(struct log *from, struct log *to)
{
    struct log_span span;
    err_t e = ERR_OK;

    while (!e && log_end_offset(to) < log_end_offset(from)) {
        OWNED_BUF bytes = { 0 };

        e = log_read(from, log_end_offset(to), 700, log_end_offset(from), true, &span);
        if (e)
            return e;
        assert_true(span.n > 0);
        e = fs_pread(fs_posix(), span.fd, buf_reserve(&bytes, span.n), span.n, span.position);
        if (!e)
            e = log_append_as_is(to, bytes.p, span.n);
        log_span_done(&span);
    }
    return e;
}

/* From the first directory to the second, as the broker orders it. */
static err_t move(struct pair *p, struct log **from, struct log **to)
{
    err_t e = open_future(p, 1, to);

    if (!e)
        e = copy(*from, *to);
    if (!e)
        e = log_sync(*to);
    if (!e)
        e = log_dir_promote_future(p->dir[1], *to);
    if (!e) {
        e = log_dir_delete_partition(p->dir[0], *from);
        *from = NULL;
    }
    return e;
}

static void assert_values(struct log *l, int64_t n)
{
    assert_int_equal(log_start_offset(l), 0);
    assert_int_equal(log_end_offset(l), n);
    for (int64_t at = 0; at < n; at++) {
        OWNED_BUF want = { 0 };
        struct log_span span;
        uint8_t got[512];

        test_batch_put(&want, &(struct test_batch){ .count = 1,
                                                    .value_bytes = 100,
                                                    .timestamp = 1000 + at,
                                                    .seed = (uint64_t)at });
        assert_ok(log_read(l, at, 1, n, true, &span));
        assert_int_equal(span.n, want.n);
        assert_ok(fs_pread(fs_posix(), span.fd, got, span.n, span.position));
        assert_memory_equal(got + 21, want.p + 21, want.n - 21);
        log_span_done(&span);
    }
}

static void a_future_replica_takes_the_place_of_the_other(void **state)
{
    OWNED_MEM char *top = test_dir();
    struct log *from = NULL, *to = NULL;
    struct pair p;

    (void)state;
    make_pair(&p, top);
    assert_ok(open_dirs(&p, fs_posix()));
    assert_ok(open_here(&p, 0, true, &from));
    assert_ok(fill(from, RECORDS));
    assert_ok(move(&p, &from, &to));
    assert_true(log_dir_has(p.dir[1], str_of("t"), 0, false));
    assert_false(log_dir_has(p.dir[1], str_of("t"), 0, true));
    assert_false(log_dir_has(p.dir[0], str_of("t"), 0, false));
    assert_ok(fill(to, RECORDS)); /* it rolls under its new name */
    assert_values(to, 2 * RECORDS);
    assert_string_equal(strrchr(log_path(to), '/'), "/t-0");
    assert_ok(log_dir_close_partition(p.dir[1], to, true));
    close_dirs(&p, true);

    assert_ok(open_dirs(&p, fs_posix()));
    assert_int_equal(open_here(&p, 0, false, &from), ERR_NOT_FOUND);
    assert_ok(open_here(&p, 1, false, &to));
    assert_values(to, 2 * RECORDS);
    assert_ok(log_dir_close_partition(p.dir[1], to, true));
    close_dirs(&p, true);
    pair_done(&p);
}

static void a_future_replica_is_found_again(void **state)
{
    OWNED_MEM char *top = test_dir();
    struct log *from = NULL, *to = NULL, *none;
    struct log_dir_entry entry;
    struct pair p;
    size_t at = 0;

    (void)state;
    make_pair(&p, top);
    assert_ok(open_dirs(&p, fs_posix()));
    assert_ok(open_here(&p, 0, true, &from));
    assert_ok(fill(from, RECORDS));
    assert_ok(open_future(&p, 1, &to));
    assert_int_equal(open_here(&p, 1, false, &none), ERR_NOT_FOUND); /* it is not the replica, */
    assert_int_equal(open_future(&p, 0, &none), ERR_EXISTS);         /* which lies there */
    assert_int_equal(open_future(&p, 1, &none), ERR_BUSY);
    assert_ok(fill(to, 5)); /* half of it */
    assert_ok(log_dir_close_partition(p.dir[0], from, true));
    assert_ok(log_dir_close_partition(p.dir[1], to, true));
    close_dirs(&p, true);

    assert_ok(open_dirs(&p, fs_posix()));
    assert_true(log_dir_entry(p.dir[1], &at, &entry));
    assert_true(entry.future && str_is(entry.topic, "t") && entry.partition == 0);
    assert_true(uuid_eq(&entry.topic_id, &topic_id));
    assert_ok(open_future(&p, 1, &to));
    assert_int_equal(log_end_offset(to), 5);
    assert_int_equal(log_recovery_point(to), 5);
    assert_ok(log_dir_delete_partition(p.dir[1], to)); /* given up */
    assert_false(log_dir_has(p.dir[1], str_of("t"), 0, true));
    close_dirs(&p, true);
    pair_done(&p);
}

static int directories(const char *path, const char *suffix)
{
    OWNED_MEM char *names = NULL;
    int n = 0;

    assert_ok(fs_list(path, &names));
    for (const char *s = names; *s; s += strlen(s) + 1)
        n += strlen(s) > strlen(suffix) && !strcmp(s + strlen(s) - strlen(suffix), suffix);
    return n;
}

static void a_copy_beside_the_replica_goes_and_one_that_is_in_its_way_is_kept(void **state)
{
    OWNED_MEM char *top = test_dir();
    struct log *l = NULL;
    struct pair p;

    (void)state;
    make_pair(&p, top);
    assert_ok(open_dirs(&p, fs_posix()));
    assert_ok(open_future(&p, 1, &l));
    assert_ok(fill(l, 5));
    assert_ok(log_dir_close_partition(p.dir[1], l, true));
    close_dirs(&p, true);

    assert_ok(open_dirs(&p, fs_posix()));
    assert_ok(open_here(&p, 1, true,
                        &l)); /* the replica is to be here, and nobody has asked for the copy */
    assert_int_equal(log_end_offset(l), 0);
    assert_int_equal(directories(p.path[1], "-stray"), 1);
    assert_ok(log_dir_close_partition(p.dir[1], l, true));
    {
        OWNED_MEM char *copy =
            mem_printf("%s/t-0.0123456789abcdef0123456789abcdef-future", p.path[1]);

        assert_ok(fs_mkdir(fs_posix(), copy, 0755));
        close_dirs(&p, true);
        assert_ok(open_dirs(&p, fs_posix()));
        assert_true(log_dir_has(p.dir[1], str_of("t"), 0, false));
        while (log_dir_sweep(p.dir[1], INT64_MAX))
            continue;
        assert_false(fs_exists(copy));
    }
    close_dirs(&p, true);
    pair_done(&p);
}

/* Where a broker would find the replica: the one of two that has more. */
static int64_t found(struct pair *p)
{
    int64_t best = -1;

    assert_ok(open_dirs(p, fs_posix()));
    for (int i = 0; i < 2; i++) {
        struct log *l;
        err_t e = open_here(p, i, false, &l);

        if (e == ERR_NOT_FOUND)
            continue;
        assert_ok(e);
        if (log_end_offset(l) > best)
            best = log_end_offset(l);
        if (log_end_offset(l) == RECORDS)
            assert_values(l, RECORDS);
        assert_ok(log_dir_close_partition(p->dir[i], l, false));
    }
    close_dirs(p, false);
    return best;
}

/* The n-th change fails, and when `dead` all after it: a process that was killed there. */
static bool sweep_once(const char *top, int n, bool dead, bool power_cut)
{
    struct log *from = NULL, *to = NULL;
    struct rng rng;
    struct fault_fs f;
    struct pair p;
    bool failed;
    err_t e;

    make_pair(&p, top);
    fault_fs_init(&f);
    f.remember = power_cut;
    rng_seed(&rng, (uint64_t)n);
    assert_ok(open_dirs(&p, &f.fs));
    assert_ok(open_here(&p, 0, true, &from));
    assert_ok(fill(from, RECORDS));
    assert_ok(log_sync(from)); /* acknowledged */
    assert_ok(log_dir_checkpoint(p.dir[0]));
    f.fail_at = f.calls + n;
    f.error = ERR_IO;
    f.torn = 40;
    f.dead = dead;
    e = move(&p, &from, &to);
    failed = f.failed;
    assert_true(failed || !e);
    if (from)
        (void)log_dir_close_partition(p.dir[0], from, false);
    if (to)
        (void)log_dir_close_partition(p.dir[1], to, false);
    close_dirs(&p, false);
    if (power_cut)
        fault_fs_power_cut(&f, &rng);
    assert_int_equal(found(&p), RECORDS);
    assert_int_equal(found(&p), RECORDS); /* and again */
    fault_fs_done(&f);
    pair_done(&p);
    assert_ok(fs_remove_tree(fs_posix(), top));
    return failed;
}

static void whichever_call_fails_the_replica_is_found_whole(void **state)
{
    OWNED_MEM char *base = test_dir();
    OWNED_MEM char *top = mem_printf("%s/w", base);

    (void)state;
    for (int kind = 0; kind < 4; kind++)
        for (int n = 1; sweep_once(top, n, kind & 1, kind & 2); n++)
            continue;
}

static void a_name_without_room_for_the_suffix_is_refused(void **state)
{
    OWNED_MEM char *top = test_dir();
    char name[250];
    struct log_config c = config();
    struct log *l;
    struct pair p;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    make_pair(&p, top);
    assert_ok(open_dirs(&p, fs_posix()));
    assert_int_equal(log_dir_open_future(p.dir[1], str_of(name), 0, &topic_id, &c, &l, NULL),
                     ERR_TOO_LARGE);
    assert_true(log_dir_future_name_fits(str_make(name, 213), 0));
    assert_false(log_dir_future_name_fits(str_make(name, 213), 10));
    close_dirs(&p, true);
    pair_done(&p);
}

TEST_MAIN(TEST(a_future_replica_takes_the_place_of_the_other),
          TEST(a_future_replica_is_found_again),
          TEST(a_copy_beside_the_replica_goes_and_one_that_is_in_its_way_is_kept),
          TEST(whichever_call_fails_the_replica_is_found_whole),
          TEST(a_name_without_room_for_the_suffix_is_refused))
