#include "tests/lib/test.h"

#include "broker/log/checkpoint.h"
#include "broker/log/log_dir.h"
#include "broker/log/names.h"
#include "common/clock.h"
#include "common/limits.h"
#include "tests/lib/batches.h"

static const struct uuid topic_a = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
static const struct uuid topic_b = { { 9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };

static struct log_dir *open_dir(const char *path)
{
    struct log_dir_options o = { .fs = fs_posix(), .path = path };
    struct log_dir *d = NULL;
    struct why because = { "" };
    err_t e = log_dir_new(&o, &d, &because);

    if (e)
        fail_msg("%s: %s", err_name(e), because.text);
    return d;
}

static struct log *open_log(struct log_dir *d, const char *topic, int32_t partition, bool create)
{
    struct log_config config = log_config_default();
    struct log *l = NULL;
    struct why because = { "" };
    err_t e = log_dir_open_partition(d, str_of(topic), partition, &topic_a, &config, create, &l, &because);

    if (e)
        fail_msg("%s: %s", err_name(e), because.text);
    return l;
}

static void append(struct log *l, int n)
{
    for (int i = 0; i < n; i++) {
        OWNED_BUF b = { 0 };
        struct log_appended ret;

        test_batch_put(&b, &(struct test_batch){ .count = 1, .value_bytes = 100, .timestamp = 1000 + i });
        assert_ok(log_append_leader(l, b.p, b.n, 0, 1000, &ret));
    }
}

static void a_clean_directory_comes_back_as_it_was(void **state)
{
    OWNED_MEM char *path = test_dir();
    struct log_dir *d = open_dir(path);
    struct log *l = open_log(d, "orders", 3, true);
    struct log_dir_entry entry;
    size_t at = 0;

    (void)state;
    assert_false(log_dir_was_clean(d));
    append(l, 20);
    log_set_high_watermark(l, 15);
    assert_ok(log_raise_start(l, 4));
    assert_ok(log_dir_close_partition(d, l, true));
    assert_ok(log_dir_free(d, true, 77));

    d = open_dir(path);
    assert_true(log_dir_was_clean(d));
    assert_int_equal(log_dir_broker_epoch(d), 77);
    assert_true(log_dir_entry(d, &at, &entry));
    assert_true(str_is(entry.topic, "orders"));
    assert_int_equal(entry.partition, 3);
    assert_true(uuid_eq(&entry.topic_id, &topic_a));
    assert_false(log_dir_entry(d, &at, &entry));
    l = open_log(d, "orders", 3, false);
    assert_int_equal(log_start_offset(l), 4);
    assert_int_equal(log_high_watermark(l), 15);
    assert_int_equal(log_end_offset(l), 20);
    assert_int_equal(log_recovery_point(l), 20);
    assert_ok(log_dir_close_partition(d, l, false));
    assert_ok(log_dir_free(d, false, -1));

    d = open_dir(path); /* the word "clean" is good for one start */
    assert_false(log_dir_was_clean(d));
    assert_int_equal(log_dir_broker_epoch(d), -1);
    assert_ok(log_dir_free(d, false, -1));
}

static void one_broker_per_directory(void **state)
{
    OWNED_MEM char *path = test_dir();
    struct log_dir *d = open_dir(path), *second = NULL;
    struct log_dir_options o = { .fs = fs_posix(), .path = path };
    struct why because;

    (void)state;
    assert_int_equal(log_dir_new(&o, &second, &because), ERR_BUSY);
    assert_non_null(strstr(because.text, ".lock"));
    assert_ok(log_dir_free(d, false, -1));
}

static void a_foreign_directory_stops_the_start_and_files_do_not(void **state)
{
    OWNED_MEM char *path = test_dir();
    OWNED_MEM char *foreign = mem_printf("%s/holiday", path);
    OWNED_MEM char *lost = mem_printf("%s/lost+found", path);
    OWNED_MEM char *file = mem_printf("%s/notes.txt", path);
    struct log_dir_options o = { .fs = fs_posix(), .path = path };
    struct log_dir *d = NULL;
    struct why because;

    (void)state;
    assert_ok(fs_mkdir(fs_posix(), lost, 0755));
    assert_ok(fs_replace(fs_posix(), file, slice_make("x", 1), 0644));
    assert_ok(log_dir_free(open_dir(path), false, -1));
    assert_ok(fs_mkdir(fs_posix(), foreign, 0755));
    assert_int_equal(log_dir_new(&o, &d, &because), ERR_INVALID);
    assert_non_null(strstr(because.text, "holiday"));
}

static void another_topics_directory_is_not_opened(void **state)
{
    OWNED_MEM char *path = test_dir();
    struct log_dir *d = open_dir(path);
    struct log *l = open_log(d, "t", 0, true);
    struct log_config config = log_config_default();
    struct why because;

    (void)state;
    append(l, 1);
    assert_ok(log_dir_close_partition(d, l, true));
    assert_int_equal(log_dir_open_partition(d, str_of("t"), 0, &topic_b, &config, true, &l, &because),
                     ERR_CONFLICT);
    assert_int_equal(log_dir_open_partition(d, str_of("u"), 0, &topic_b, &config, false, &l, &because),
                     ERR_NOT_FOUND);
    assert_ok(log_dir_set_aside(d, str_of("t"), 0, true));
    assert_ok(log_dir_open_partition(d, str_of("t"), 0, &topic_b, &config, true, &l, &because));
    assert_int_equal(log_end_offset(l), 0);
    assert_ok(log_dir_close_partition(d, l, true));
    assert_ok(log_dir_free(d, true, 1));
    d = open_dir(path); /* with a -stray beside it */
    assert_ok(log_dir_free(d, true, 1));
}

static void a_deleted_partition_goes_now_and_its_bytes_later(void **state)
{
    OWNED_MEM char *path = test_dir();
    OWNED_MEM char *names = NULL;
    OWNED_MEM char *gone = mem_printf("%s/t-1", path);
    struct log_dir *d = open_dir(path);
    struct log *l = open_log(d, "t", 1, true);
    struct log_span span;

    (void)state;
    append(l, 3);
    assert_ok(log_read(l, 0, 100, 3, true, &span));
    assert_ok(log_dir_delete_partition(d, l));
    assert_false(fs_exists(gone));
    l = open_log(d, "t", 1, true);
    assert_int_equal(log_end_offset(l), 0);
    assert_ok(log_dir_close_partition(d, l, true));
    assert_false(log_dir_sweep(d, clock_wall_ms() + 1));
    log_span_done(&span);
    assert_ok(log_dir_free(d, true, 1));
    assert_ok(fs_list(path, &names));
    for (const char *s = names; *s; s += strlen(s) + 1)
        assert_null(strstr(s, "-delete"));
}

static void appends_are_refused_below_the_floor_and_reads_go_on(void **state)
{
    OWNED_MEM char *path = test_dir();
    struct log_dir_options o = { .fs = fs_posix(), .path = path, .space_floor_bytes = INT64_MAX / 2 };
    struct log_dir *d = NULL;
    struct log_appended ret;
    struct log_span span;
    OWNED_BUF b = { 0 };
    struct log *l;

    (void)state;
    assert_ok(log_dir_new(&o, &d, NULL));
    l = open_log(d, "t", 0, true);
    append(l, 2);
    assert_ok(log_dir_space_check(d, NULL, NULL));
    assert_true(log_dir_no_space(d));
    test_batch_put(&b, &(struct test_batch){ .count = 1 });
    assert_int_equal(log_append_leader(l, b.p, b.n, 0, 1, &ret), ERR_NO_SPACE);
    assert_int_equal(log_append_as_is(l, b.p, b.n), ERR_NO_SPACE);
    assert_ok(log_read(l, 0, 1000, 2, true, &span));
    assert_true(span.n > 0);
    log_span_done(&span);
    assert_ok(log_dir_close_partition(d, l, true));
    assert_ok(log_dir_free(d, true, 1));
}

static void refuse_at(struct log_dir *d, const char *path, const char *limit, bool refuses)
{
    int64_t free_bytes, total;

    assert_ok(fs_replace(fs_posix(), path, slice_make(limit, strlen(limit)), 0600));
    assert_ok(log_dir_space_check(d, &free_bytes, &total));
    assert_int_equal(log_dir_no_space(d), refuses);
}

static void a_limit_refuses_appends_and_a_larger_one_takes_them_again_at_once(void **state)
{
    OWNED_MEM char *path = test_dir(), *limits = test_dir(), *limit = mem_printf("%s/limit", limits);
    struct log_dir_options o = { .fs = fs_posix(), .path = path, .space_floor_bytes = 1000,
                                 .limit_file = limit };
    struct log_dir *d = NULL;
    int64_t free_bytes, total;
    struct log *l;

    (void)state;
    assert_ok(log_dir_new(&o, &d, NULL));
    l = open_log(d, "t", 0, true);
    append(l, 2);
    assert_ok(log_dir_space_check(d, NULL, NULL)); /* there is no file yet */
    assert_false(log_dir_no_space(d));
    refuse_at(d, limit, "1001\n", true);
    refuse_at(d, limit, "nonsense", true); /* changes nothing */
    refuse_at(d, limit, "100000\n", false);
    assert_ok(log_dir_space_check(d, &free_bytes, &total));
    assert_int_equal(total, 100000);
    assert_int_equal(free_bytes, 100000 - log_size_bytes(l));
    append(l, 2);
    refuse_at(d, limit, "1001\n", true);
    assert_ok(log_dir_close_partition(d, l, true));
    assert_ok(log_dir_free(d, true, 1));
}

static void spoil(const char *path, const char *name, const char *content)
{
    struct path p = path_in(path, name);

    assert_ok(fs_replace(fs_posix(), p.text, slice_make(content, strlen(content)), 0644));
}

/* The first batch of t-`partition` is no batch any more, and one lies behind it. */
static void damage_first(const char *path, int32_t partition)
{
    OWNED_MEM char *file = mem_printf("%s/t-%d/00000000000000000000.log", path, partition);
    int fd = -1;

    assert_ok(fs_open(fs_posix(), file, 02, 0, &fd));
    assert_ok(fs_pwrite(fs_posix(), fd, "damage", 6, 70));
    assert_ok(fs_close(fs_posix(), fd));
}

static err_t open_damaged(struct log_dir *d, int32_t partition, struct log **ret)
{
    struct log_config config = log_config_default();

    return log_dir_open_partition(d, str_of("t"), partition, &topic_a, &config, false, ret, NULL);
}

/* Until all that lay there is recovered, also by a later process of the same boot. */
static void a_new_start_of_the_machine_is_remembered_until_all_is_recovered(void **state)
{
    OWNED_MEM char *path = test_dir();
    struct log_dir *d = open_dir(path);
    struct log *l;

    (void)state;
    for (int32_t i = 0; i < 2; i++) {
        l = open_log(d, "t", i, true);
        append(l, 2);
        assert_ok(log_dir_close_partition(d, l, false));
    }
    assert_ok(log_dir_free(d, false, -1));
    spoil(path, ".boot_id", "another machine's or another day's..\n");
    spoil(path, "recovery-point-offset-checkpoint", "0\n0\n");

    d = open_dir(path);
    damage_first(path, 0);
    l = open_log(d, "t", 0, false);
    assert_int_equal(log_end_offset(l), 0);
    append(l, 2);
    assert_ok(log_dir_close_partition(d, l, false));
    damage_first(path, 0); /* written in this boot: damage */
    assert_int_equal(open_damaged(d, 0, &l), ERR_CORRUPT);
    assert_ok(log_dir_free(d, false, -1));

    d = open_dir(path); /* t-1 was never opened: a power cut may have been there */
    damage_first(path, 1);
    for (int32_t i = 0; i < 2; i++) {
        l = open_log(d, "t", i, false);
        append(l, 2);
        assert_ok(log_dir_close_partition(d, l, false));
    }
    assert_ok(log_dir_free(d, false, -1));

    d = open_dir(path);
    damage_first(path, 1);
    assert_int_equal(open_damaged(d, 1, &l), ERR_CORRUPT);
    assert_ok(log_dir_free(d, false, -1));
}

/* partition.metadata is flushed with the first records, and before they count as flushed. */
static void what_a_power_cut_left_without_a_topic_id_begins_anew(void **state)
{
    OWNED_MEM char *path = test_dir();
    OWNED_MEM char *id = mem_printf("%s/t-0/" PARTITION_METADATA, path);
    struct log_dir *d = open_dir(path);
    struct log *l = open_log(d, "t", 0, true);

    (void)state;
    append(l, 3);
    assert_ok(log_dir_close_partition(d, l, false));
    assert_ok(log_dir_free(d, false, -1));
    assert_ok(fs_unlink(fs_posix(), id));
    d = open_dir(path); /* no power cut: the records may be another topic's */
    assert_int_equal(open_damaged(d, 0, &l), ERR_CONFLICT);
    assert_ok(log_dir_free(d, false, -1));

    spoil(path, ".boot_id", "another machine's or another day's..\n");
    d = open_dir(path);
    l = open_log(d, "t", 0, false);
    assert_int_equal(log_end_offset(l), 0);
    append(l, 2);
    assert_ok(log_sync(l));
    assert_ok(log_dir_close_partition(d, l, false));
    assert_ok(log_dir_free(d, false, -1));

    assert_ok(fs_unlink(fs_posix(), id));
    spoil(path, ".boot_id", "another machine's or another day's..\n");
    d = open_dir(path); /* the checkpoint promises 2 */
    assert_int_equal(open_damaged(d, 0, &l), ERR_CONFLICT);
    assert_ok(log_dir_free(d, false, -1));
}

static void what_was_opened_ahead_is_taken_once_or_closed(void **state)
{
    static const char *const topics[] = { "a", "b", "c" };
    OWNED_MEM char *path = test_dir();
    struct log_dir *d = open_dir(path);
    struct log_config config = log_config_default();
    struct log_dir_entry entry;
    struct log *l = NULL;
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        l = open_log(d, topics[i], 0, true);
        append(l, 3);
        assert_ok(log_dir_close_partition(d, l, true));
    }
    assert_ok(log_dir_free(d, true, 7));

    d = open_dir(path);
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        assert_ok(log_dir_open_ahead(d, str_of(topics[i]), 0, &topic_a, &config));
        assert_int_equal(log_dir_open_ahead(d, str_of(topics[i]), 0, &topic_a, &config), ERR_BUSY);
    }
    assert_int_equal(log_dir_open_ahead(d, str_of("d"), 0, &topic_a, &config), ERR_NOT_FOUND);
    config.segment_bytes = 12345678;
    assert_ok(log_dir_open_partition(d, str_of("a"), 0, &topic_a, &config, true, &l, NULL));
    assert_int_equal(log_end_offset(l), 3);
    assert_int_equal(log_config(l)->segment_bytes, 12345678);
    assert_ok(log_dir_close_partition(d, l, true));
    assert_int_equal(log_dir_open_partition(d, str_of("b"), 0, &topic_b, &config, true, &l, NULL),
                     ERR_CONFLICT);
    log_dir_close_ahead(d);
    while (log_dir_entry(d, &at, &entry))
        at = log_dir_set_aside(d, entry.topic, entry.partition, true);
    assert_ok(log_dir_free(d, true, 8));
}

static void directory_names_parse_as_kafkas(void **state)
{
    static const struct {
        const char *name, *topic;
        int32_t partition;
        enum dir_kind kind;
    } good[] = {
        { "a-0", "a", 0, DIR_PARTITION },
        { "a-b-12", "a-b", 12, DIR_PARTITION },
        { "a.b-7", "a.b", 7, DIR_PARTITION },
        { "x-delete-1", "x-delete", 1, DIR_PARTITION },
        { "a-0.0123456789abcdef0123456789abcdef-delete", "a", 0, DIR_DELETE },
        { "a.b-3.0123456789abcdef0123456789abcdef-stray", "a.b", 3, DIR_STRAY },
        { "a-3.0123456789abcdef0123456789abcdef-future", "a", 3, DIR_FUTURE },
    };
    static const char *const bad[] = { "", "-", "a", "a-", "-1", "a-x", "a-99999999999", "a/b-1", "a b-1" };
    struct dir_name n;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(dir_name_parse(str_of(good[i].name), &n));
        assert_true(str_is(n.topic, good[i].topic));
        assert_int_equal(n.partition, good[i].partition);
        assert_int_equal(n.kind, good[i].kind);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(dir_name_parse(str_of(bad[i]), &n));
    for (int kind = DIR_PARTITION; kind <= DIR_FUTURE; kind++) {
        struct dir_name_text t;
        char topic[TOPIC_NAME_MAX + 1];

        memset(topic, 'a', TOPIC_NAME_MAX);
        t = dir_name_print(str_make(topic, TOPIC_NAME_MAX), 2147483647, (enum dir_kind)kind);
        assert_true(strlen(t.text) <= 255);
        assert_true(kind == DIR_PARTITION ? true : dir_name_parse(str_of(t.text), &n));
    }
}

TEST_MAIN(TEST(a_clean_directory_comes_back_as_it_was), TEST(one_broker_per_directory),
          TEST(a_foreign_directory_stops_the_start_and_files_do_not),
          TEST(another_topics_directory_is_not_opened),
          TEST(a_deleted_partition_goes_now_and_its_bytes_later),
          TEST(a_new_start_of_the_machine_is_remembered_until_all_is_recovered),
          TEST(what_a_power_cut_left_without_a_topic_id_begins_anew),
          TEST(what_was_opened_ahead_is_taken_once_or_closed),
          TEST(appends_are_refused_below_the_floor_and_reads_go_on),
          TEST(a_limit_refuses_appends_and_a_larger_one_takes_them_again_at_once),
          TEST(directory_names_parse_as_kafkas))
