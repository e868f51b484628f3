#include "tests/lib/test.h"

#include "broker/log/batch_file.h"
#include "broker/log/checkpoint.h"
#include "broker/log/epochs.h"
#include "broker/log/head.h"
#include "broker/log/meta.h"
#include "common/mem.h"

static void meta_properties_round_trip(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct meta m = { .cluster_id = "5L6g3nShT-eMCtK--X86sw", .node_id = 7, .directory_id = uuid_random() };
    struct meta back;

    (void)state;
    assert_int_equal(meta_read(fs_posix(), dir, &back, NULL), ERR_NOT_FOUND);
    assert_ok(meta_write(fs_posix(), dir, &m));
    assert_ok(meta_read(fs_posix(), dir, &back, NULL));
    assert_string_equal(back.cluster_id, m.cluster_id);
    assert_int_equal(back.node_id, 7);
    assert_true(uuid_eq(&back.directory_id, &m.directory_id));
}

static void what_java_writes_is_read(void **state)
{
    static const char text[] = "#\n#Tue Nov 24 03:00:00 UTC 2026\ncluster.id=ab\\:c\\=d\r\n"
                               "  directory.id = Ia0tXGQQTTaNlPSkUpNxGw\n\nnode.id:3\nversion=1";
    struct meta m;

    (void)state;
    assert_ok(meta_parse(str_of(text), &m, NULL));
    assert_string_equal(m.cluster_id, "ab:c=d");
    assert_int_equal(m.node_id, 3);
    assert_false(uuid_is_zero(&m.directory_id));
    assert_ok(meta_parse(str_of("version=1\nnode.id=0\ncluster.id=x\n"), &m, NULL));
    assert_true(uuid_is_zero(&m.directory_id));
}

static void bad_meta_properties_name_the_field(void **state)
{
    static const struct {
        const char *text, *names;
    } bad[] = {
        { "version=0\nbroker.id=1\n", "version" },
        { "version=1\nnode.id=-1\ncluster.id=x\n", "node.id" },
        { "version=1\nnode.id=99999999999\ncluster.id=x\n", "node.id" },
        { "version=1\ncluster.id=x\n", "node.id" },
        { "version=1\nnode.id=1\n", "cluster.id" },
        { "node.id=1\ncluster.id=x\n", "version" },
        { "version=1\nnode.id=1\ncluster.id=\n", "cluster.id" },
        { "version=1\nnode.id=1\ncluster.id=x\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n", "directory.id" },
        { "version=1\nnode.id=1\ncluster.id=x\ndirectory.id=zz\n", "directory.id" },
    };
    struct meta m = { .cluster_id = "one", .node_id = 1 };
    struct why because;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct meta ignored;

        assert_int_equal(meta_parse(str_of(bad[i].text), &ignored, &because), ERR_CORRUPT);
        assert_non_null(strstr(because.text, bad[i].names));
    }
    assert_int_equal(meta_check(&m, "/d", "two", 1, &because), ERR_CONFLICT);
    assert_non_null(strstr(because.text, "cluster.id"));
    assert_int_equal(meta_check(&m, "/d", "one", 2, &because), ERR_CONFLICT);
    assert_non_null(strstr(because.text, "node.id"));
    assert_ok(meta_check(&m, "/d", NULL, 1, &because));
}

static void directories_of_one_node_agree(void **state)
{
    static const char *const dirs[] = { "/a", "/b" };
    struct meta m[2] = { { .cluster_id = "c", .node_id = 1, .directory_id = uuid_random() } };
    struct why because;

    (void)state;
    m[1] = m[0];
    assert_int_equal(meta_check_together(m, dirs, 2, &because), ERR_CONFLICT);
    assert_non_null(strstr(because.text, "directory.id"));
    m[1].directory_id = uuid_random();
    assert_ok(meta_check_together(m, dirs, 2, &because));
    m[1].node_id = 2;
    assert_int_equal(meta_check_together(m, dirs, 2, &because), ERR_CONFLICT);
}

static void the_clean_shutdown_mark_is_kafkas_json(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = mem_printf("%s/.kafka_cleanshutdown", dir);
    OWNED_BUF text = { 0 };
    int64_t epoch;

    (void)state;
    assert_int_equal(clean_shutdown_read(fs_posix(), dir, &epoch), ERR_NOT_FOUND);
    assert_ok(clean_shutdown_write(fs_posix(), dir, 1234567890123));
    assert_ok(clean_shutdown_read(fs_posix(), dir, &epoch));
    assert_true(epoch == 1234567890123);
    assert_ok(fs_read_all(fs_posix(), path, 1000, &text));
    assert_string_equal(buf_text(&text), "{\"version\":0,\"brokerEpoch\":1234567890123}");
    assert_ok(fs_replace(fs_posix(), path, slice_make("{\"version\":", 11), 0644));
    assert_int_equal(clean_shutdown_read(fs_posix(), dir, &epoch), ERR_CORRUPT);
    assert_ok(clean_shutdown_remove(fs_posix(), dir));
    assert_ok(clean_shutdown_remove(fs_posix(), dir));
}

struct got {
    int n;
    int64_t sum;
};

static void count_entry(void *arg, struct str topic, int32_t partition, int64_t offset)
{
    struct got *g = arg;

    g->n++;
    g->sum += offset + partition + (int64_t)topic.n;
}

static void checkpoints_parse_to_the_letter(void **state)
{
    static const char *const bad[] = {
        "1\n0\n", "0\n", "0\n1\n", "0\n2\na 0 1\n", "0\n0\na 0 1\n", "0\n1\na 0\n", "0\n1\na x 1\n",
        "0\n1\na 0 1 2\n", "0\n99999999\na 0 1\n", "0\n-1\n", "0\n1\n 0 1\n",
    };
    struct got g = { 0 };
    struct why because;

    (void)state;
    assert_ok(offset_checkpoint_parse(str_of("0\n2\nabc 1 100\nde 0 5\n"), count_entry, &g, &because));
    assert_int_equal(g.n, 2);
    assert_int_equal(g.sum, 111);
    assert_ok(offset_checkpoint_parse(str_of("0\n0\n"), count_entry, &g, &because));
    assert_ok(offset_checkpoint_parse(str_of(""), count_entry, &g, &because)); /* Kafka's new file */
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        because.text[0] = '\0';
        assert_int_equal(offset_checkpoint_parse(str_of(bad[i]), count_entry, &g, &because), ERR_CORRUPT);
        assert_non_null(strstr(because.text, "line"));
    }
}

static void epochs_answer_as_kafkas_cache(void **state)
{
    struct epochs c = { 0 };
    int32_t epoch;
    int64_t offset;

    (void)state;
    epochs_end_offset(&c, 0, 0, &epoch, &offset);
    assert_int_equal(epoch, -1);
    epochs_assign(&c, 2, 10);
    epochs_assign(&c, 2, 15);
    epochs_assign(&c, 4, 20);
    epochs_assign(&c, 7, 30);
    epochs_check(&c);
    assert_int_equal(c.n, 3);
    epochs_end_offset(&c, 7, 40, &epoch, &offset);
    assert_int_equal(epoch, 7);
    assert_int_equal(offset, 40);
    epochs_end_offset(&c, 8, 40, &epoch, &offset);
    assert_int_equal(offset, -1);
    epochs_end_offset(&c, 5, 40, &epoch, &offset);
    assert_int_equal(epoch, 4);
    assert_int_equal(offset, 30);
    epochs_end_offset(&c, 1, 40, &epoch, &offset);
    assert_int_equal(epoch, 1);
    assert_int_equal(offset, 10);
    epochs_truncate_start(&c, 25);
    assert_int_equal(c.entries[0].epoch, 4);
    assert_int_equal(c.entries[0].start, 25);
    epochs_assign(&c, 5, 27);
    assert_int_equal(epochs_last(&c), 5);
    assert_int_equal(c.n, 2);
    epochs_truncate_end(&c, 27);
    assert_int_equal(epochs_last(&c), 4);
    epochs_done(&c);
}

static void a_batch_file_is_whole_or_refused(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = mem_printf("%s/bootstrap.checkpoint", dir);
    struct batch_record r[2] = { { .value = slice_make("one", 3) }, { .value = slice_make("two", 3) } };
    struct batch_file_writer w;
    OWNED_BUF file = { 0 };
    OWNED_BUF back = { 0 };
    struct slice batch;
    struct why because;
    size_t at = 0, n = 0;

    (void)state;
    batch_file_begin(&w, &file, 0, 1000);
    batch_file_put_header(&w, 0, NULL, 0);
    batch_file_put(&w, r, 2, false);
    batch_file_put_footer(&w);
    assert_int_equal(w.next_offset, 4);
    assert_ok(batch_file_write(fs_posix(), path, buf_slice(&file)));
    assert_ok(batch_file_read(fs_posix(), path, &back, &because));
    while (batch_file_next(buf_slice(&back), &at, &batch))
        n++;
    assert_int_equal(n, 3);
    for (size_t cut = 0; cut < file.n; cut++)
        assert_int_equal(batch_file_check(slice_make(file.p, cut), &because), ERR_CORRUPT);
    for (size_t i = HEAD_CRC_FROM; i < (size_t)HEAD_BYTES; i++) { /* what the checksum covers */
        file.p[i] ^= 1;
        assert_int_equal(batch_file_check(buf_slice(&file), &because), ERR_CORRUPT);
        file.p[i] ^= 1;
    }
}

TEST_MAIN(TEST(meta_properties_round_trip), TEST(what_java_writes_is_read),
          TEST(bad_meta_properties_name_the_field), TEST(directories_of_one_node_agree),
          TEST(the_clean_shutdown_mark_is_kafkas_json), TEST(checkpoints_parse_to_the_letter),
          TEST(epochs_answer_as_kafkas_cache), TEST(a_batch_file_is_whole_or_refused))
