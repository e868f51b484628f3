/* Directories as Kafka's deletion and compaction leave them when they are interrupted. */
#include "tests/lib/test.h"

#include "broker/log/log.h"
#include "broker/log/names.h"
#include "common/mem.h"
#include "tests/lib/batches.h"

struct place {
    char *top, *dir;
    struct log_open o;
};

static void place_init(struct place *p)
{
    p->top = test_dir();
    p->dir = mem_printf("%s/t-0", p->top);
    p->o = (struct log_open){ .fs = fs_posix(), .dir = p->dir, .config = log_config_default(),
                              .log_start = -1 };
    p->o.config.compact = true;
    assert_ok(fs_mkdir(fs_posix(), p->dir, 0755));
}

static void place_done(struct place *p)
{
    mem_free(p->dir);
    mem_free(p->top);
}

/* A file of `count` batches of two records, offsets from `first`, in steps of `step`. */
static void put_batches(struct place *p, int64_t base, enum file_state state, int64_t first, int count,
                        int64_t step)
{
    OWNED_BUF b = { 0 };

    for (int i = 0; i < count; i++)
        test_batch_put(&b, &(struct test_batch){ .base = first + step * i, .count = 2, .timestamp = 1 });
    assert_ok(fs_replace(fs_posix(), path_of(p->dir, base, FILE_LOG, state).text, buf_slice(&b), 0644));
}

static void put_empty(struct place *p, int64_t base, enum file_kind kind, enum file_state state)
{
    assert_ok(fs_replace(fs_posix(), path_of(p->dir, base, kind, state).text, slice_make("", 0), 0644));
}

static bool has(const struct place *p, int64_t base, enum file_kind kind, enum file_state state)
{
    return fs_exists(path_of(p->dir, base, kind, state).text);
}

static struct log *open_log(struct place *p)
{
    struct log *l = NULL;
    struct why because = { "" };
    err_t e = log_new(&p->o, &l, &because);

    if (e)
        fail_msg("%s: %s", err_name(e), because.text);
    log_check(l);
    return l;
}

static void deleted_files_go(void **state)
{
    struct place p;
    struct log *l;

    (void)state;
    place_init(&p);
    put_batches(&p, 0, FILE_DELETED, 0, 5, 2);
    put_empty(&p, 0, FILE_INDEX, FILE_DELETED);
    put_batches(&p, 10, FILE_LIVE, 10, 5, 2);
    l = open_log(&p);
    assert_int_equal(log_start_offset(l), 10);
    assert_int_equal(log_end_offset(l), 20);
    assert_false(has(&p, 0, FILE_LOG, FILE_DELETED) || has(&p, 0, FILE_INDEX, FILE_DELETED));
    assert_ok(log_close(l, true));
    place_done(&p);
}

static void a_finished_compaction_is_swapped_in(void **state)
{
    struct place p;
    struct log *l;

    (void)state;
    place_init(&p);
    put_batches(&p, 0, FILE_LIVE, 0, 5, 2); /* 0..9 */
    put_batches(&p, 10, FILE_LIVE, 10, 5, 2);
    put_batches(&p, 20, FILE_LIVE, 20, 5, 2);
    put_batches(&p, 0, FILE_SWAP, 0, 4, 6); /* 0,6,12,18: replaces the first two */
    put_empty(&p, 0, FILE_INDEX, FILE_SWAP);
    l = open_log(&p);
    assert_int_equal(log_start_offset(l), 0);
    assert_int_equal(log_end_offset(l), 30);
    assert_false(has(&p, 10, FILE_LOG, FILE_LIVE) || has(&p, 0, FILE_LOG, FILE_SWAP));
    assert_true(has(&p, 0, FILE_LOG, FILE_LIVE) && has(&p, 20, FILE_LOG, FILE_LIVE));
    assert_int_equal(fs_size(path_of(p.dir, 0, FILE_LOG, FILE_LIVE).text) * 5,
                     fs_size(path_of(p.dir, 20, FILE_LOG, FILE_LIVE).text) * 4);
    assert_ok(log_close(l, true));
    place_done(&p);
}

static void an_unfinished_compaction_never_was(void **state)
{
    struct place p;
    struct log *l;

    (void)state;
    place_init(&p);
    put_batches(&p, 0, FILE_LIVE, 0, 5, 2);
    put_batches(&p, 10, FILE_LIVE, 10, 5, 2);
    put_batches(&p, 0, FILE_CLEANED, 0, 1, 2);
    put_batches(&p, 10, FILE_SWAP, 10, 1, 2); /* of a split whose first half is not complete */
    l = open_log(&p);
    assert_int_equal(log_end_offset(l), 20);
    assert_false(has(&p, 0, FILE_LOG, FILE_CLEANED) || has(&p, 10, FILE_LOG, FILE_SWAP));
    assert_int_equal(log_size_bytes(l) / 10, fs_size(path_of(p.dir, 0, FILE_LOG, FILE_LIVE).text) / 5);
    assert_ok(log_close(l, true));
    place_done(&p);
}

static void indexes_without_a_log_go_and_logs_without_an_index_get_one(void **state)
{
    struct place p;
    struct log *l;

    (void)state;
    place_init(&p);
    p.o.clean = true;
    p.o.config.index_interval_bytes = 1;
    put_batches(&p, 0, FILE_LIVE, 0, 5, 2);
    put_batches(&p, 10, FILE_LIVE, 10, 5, 2);
    put_empty(&p, 5, FILE_INDEX, FILE_LIVE);
    put_empty(&p, 5, FILE_TIMEINDEX, FILE_LIVE);
    put_empty(&p, 5, FILE_TXNINDEX, FILE_LIVE);
    put_empty(&p, 6, FILE_INDEX, FILE_LIVE);
    put_empty(&p, 6, FILE_TIMEINDEX, FILE_LIVE);
    l = open_log(&p);
    assert_false(has(&p, 5, FILE_INDEX, FILE_LIVE) || has(&p, 5, FILE_TXNINDEX, FILE_LIVE));
    assert_int_equal(fs_size(path_of(p.dir, 0, FILE_INDEX, FILE_LIVE).text), 4 * 8);
    assert_ok(log_close(l, true));
    assert_int_equal(fs_size(path_of(p.dir, 10, FILE_INDEX, FILE_LIVE).text), 4 * 8);
    place_done(&p);
}

static void a_preallocated_index_of_a_crashed_kafka_is_made_anew(void **state)
{
    static const uint8_t zeros[4096];
    struct place p;
    struct log *l;

    (void)state;
    place_init(&p);
    p.o.config.index_interval_bytes = 1;
    put_batches(&p, 0, FILE_LIVE, 0, 50, 2);
    for (int kind = FILE_INDEX; kind <= FILE_TIMEINDEX; kind++)
        assert_ok(fs_replace(fs_posix(), path_of(p.dir, 0, (enum file_kind)kind, FILE_LIVE).text,
                             slice_make(zeros, sizeof(zeros)), 0644));
    l = open_log(&p);
    assert_int_equal(log_end_offset(l), 100);
    assert_ok(log_close(l, true));
    assert_int_equal(fs_size(path_of(p.dir, 0, FILE_INDEX, FILE_LIVE).text), 49 * 8);
    assert_int_equal(fs_size(path_of(p.dir, 0, FILE_TIMEINDEX, FILE_LIVE).text), 12);
    place_done(&p);
}

static void offsets_lost_between_segments_end_the_log_unless_it_is_compacted(void **state)
{
    struct place p;
    struct log *l;

    (void)state;
    place_init(&p);
    put_batches(&p, 0, FILE_LIVE, 0, 4, 2); /* 0..7, and 8, 9 are gone */
    put_batches(&p, 10, FILE_LIVE, 10, 5, 2);
    l = open_log(&p);
    assert_int_equal(log_end_offset(l), 20);
    assert_ok(log_close(l, false));
    p.o.config.compact = false;
    l = open_log(&p);
    assert_int_equal(log_end_offset(l), 8);
    assert_true(log_recovered(l)->cut_bytes > 0);
    assert_ok(log_close(l, false));
    place_done(&p);
}

TEST_MAIN(TEST(deleted_files_go), TEST(a_finished_compaction_is_swapped_in),
          TEST(an_unfinished_compaction_never_was),
          TEST(indexes_without_a_log_go_and_logs_without_an_index_get_one),
          TEST(a_preallocated_index_of_a_crashed_kafka_is_made_anew),
          TEST(offsets_lost_between_segments_end_the_log_unless_it_is_compacted))
