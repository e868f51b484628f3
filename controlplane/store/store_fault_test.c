#include "tests/lib/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controlplane/store/store_private.h"
#include "tests/lib/fault_vfs.h"

static char *path_in(const char *dir)
{
    return mem_printf("%s/klammd.db", dir);
}

static err_t open_at(const char *dir, struct store **ret, struct why *reterr)
{
    OWNED_MEM char *path = path_in(dir);

    *ret = NULL;
    return store_open(path, ret, reterr);
}

static struct store *must_open(const char *dir)
{
    struct store *s;
    struct why reason;

    if (open_at(dir, &s, &reason))
        fail_msg("%s", reason.text);
    return s;
}

static struct process *put_cluster(struct store *s, const char *name, const char *address)
{
    OWNED_MEM char *arn = mem_printf("arn:%s", name), *uuid = mem_printf("uuid-%s", name);
    struct cluster *c = store_cluster_new(s, arn, name, json_object(), json_object());
    struct process *p = store_process_new(c, PROCESS_BROKER, 1);

    store_set_text(&c->uuid, uuid);
    store_set_text(&c->kafka_id, "k");
    store_set_text(&c->current_version, "v");
    store_set_text(&p->host, "h");
    store_set_text(&p->zone, "z");
    store_set_text(&p->subnet_id, "s");
    store_set_text(&p->address, address);
    p->revision = store_next_revision(s);
    store_put_cluster(s, c);
    store_put_process(s, p);
    return p;
}

/* What `name` looks like after opening anew: never a cluster without its process. */
static bool whole(struct store *s, const char *name)
{
    struct cluster *c = store_cluster_named(s, str_of(name));

    assert_true(!c || !list_empty(&c->processes));
    return c != NULL;
}

/* Every write and sync fails once, and all after it: a commit that said ok is there, one that
 * failed is there whole or not at all, and the store opens again when the disk is well. */
static bool one_run(struct fault_vfs *disk, int fail_at, int code)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s;
    struct why reason;
    bool told = false, told_second = false, failed;

    *disk = (struct fault_vfs){ 0, fail_at, code };
    if (!open_at(dir, &s, &reason)) {
        store_begin(s);
        (void)put_cluster(s, "one", "127.0.0.1");
        told = store_commit(s, &reason) == ERR_OK;
        if (!told) {
            assert_non_null(strstr(reason.text, "the store: "));
            store_begin(s); /* broken: nothing more is taken */
            assert_int_not_equal(store_commit(s, &reason), ERR_OK);
        } else {
            store_begin(s);
            (void)put_cluster(s, "two", "127.0.0.2");
            told_second = store_commit(s, &reason) == ERR_OK;
        }
        s = store_free(s);
    }
    failed = disk->calls >= fail_at;
    *disk = (struct fault_vfs){ 0 };
    s = must_open(dir);
    assert_true(whole(s, "one") || !told);
    assert_true(whole(s, "two") || !told_second);
    store_free(s);
    return failed;
}

static void every_write_and_sync_may_fail(void **state)
{
    struct fault_vfs *disk = fault_vfs_install();
    int n = 0;

    (void)state;
    do
        n++;
    while (one_run(disk, n, n % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE));
    assert_true(n > 10);
}

static void a_full_disk_is_told_as_one(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = must_open(dir);
    struct why reason;
    err_t e = ERR_OK;

    (void)state;
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA max_page_count = 30", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; !e && i < 2000; i++) {
        OWNED_MEM char *name = mem_printf("n-%d", i);

        store_begin(s);
        (void)put_cluster(s, name, name);
        e = store_commit(s, &reason);
    }
    assert_int_equal(e, ERR_NO_SPACE);
    assert_string_equal(reason.text, "the store: database or disk is full");
    store_free(s);
}

static void a_database_that_another_holds_is_told_as_busy(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = path_in(dir);
    struct store *s = must_open(dir);
    struct why reason;
    sqlite3 *other;

    (void)state;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_busy_timeout(s->db, 1);
    store_begin(s);
    (void)put_cluster(s, "one", "127.0.0.1");
    assert_int_equal(store_commit(s, &reason), ERR_BUSY);
    assert_string_equal(reason.text, "the store: database is locked");
    sqlite3_close(other);
    store_free(s);
}

/* An address belongs to one process: a second one is a failure, never the loss of the first. */
static void a_doubled_address_is_refused_and_drops_nobody(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *s = must_open(dir);
    struct why reason;

    (void)state;
    store_begin(s);
    (void)put_cluster(s, "one", "127.0.0.1");
    assert_ok(store_commit(s, &reason));
    store_begin(s);
    (void)put_cluster(s, "two", "127.0.0.1");
    assert_int_equal(store_commit(s, &reason), ERR_IO);
    store_free(s);
    s = must_open(dir);
    assert_true(whole(s, "one"));
    assert_false(whole(s, "two"));
    store_free(s);
}

static void a_token_made_beside_klammd_does_not_set_the_revision_back(void **state)
{
    OWNED_MEM char *dir = test_dir();
    struct store *klammd = must_open(dir), *beside = must_open(dir);
    struct why reason;
    int64_t before;

    (void)state;
    store_begin(klammd);
    for (int i = 0; i < 10; i++)
        (void)store_next_revision(klammd);
    assert_ok(store_commit(klammd, &reason));
    before = store_next_revision(klammd);
    store_begin(beside);
    (void)store_next_revision(beside);
    store_put_token(beside, "t", INT64_MAX);
    assert_ok(store_commit(beside, &reason));
    store_free(beside);
    store_begin(klammd);
    assert_true(store_take_token(klammd, "t", "k", 0));
    assert_ok(store_commit(klammd, &reason));
    store_free(klammd);
    klammd = must_open(dir);
    assert_true(store_next_revision(klammd) >= before);
    store_free(klammd);
}

static void a_file_that_is_no_database_is_corrupt_and_left_alone(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = path_in(dir);
    static const char text[] = "this file was somebody's letter, and it is long enough to be a header "
                               "of a database, which it is not, as everybody can read";
    char again[sizeof(text)] = { 0 };
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    struct store *s;
    struct why reason;

    (void)state;
    assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
    assert_int_equal(open_at(dir, &s, &reason), ERR_CORRUPT);
    assert_int_equal(pread(fd, again, sizeof(again), 0), sizeof(again));
    assert_string_equal(again, text);
    close(fd);
}

static void stored_values_out_of_range_are_corrupt(void **state)
{
    static const char *const harms[] = {
        "UPDATE cluster SET state = 9", "UPDATE cluster SET spec = '{'", "UPDATE cluster SET tags = '[]'",
        "UPDATE process SET seen = -1", "UPDATE process SET kind = 7",   "UPDATE operation SET state = 4",
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(harms); i++) {
        OWNED_MEM char *dir = test_dir();
        struct store *s = must_open(dir);
        struct why reason;

        store_begin(s);
        (void)put_cluster(s, "one", "127.0.0.1");
        store_put_operation(s, store_operation_new(s, "op", "arn:one", "CREATE_CLUSTER"));
        assert_ok(store_commit(s, &reason));
        assert_int_equal(sqlite3_exec(s->db, harms[i], NULL, NULL, NULL), SQLITE_OK);
        store_free(s);
        assert_int_equal(open_at(dir, &s, &reason), ERR_CORRUPT);
    }
}

static void the_file_is_for_its_owner_alone(void **state)
{
    OWNED_MEM char *dir = test_dir();
    OWNED_MEM char *path = path_in(dir);
    mode_t mask = umask(0);
    struct stat st;

    (void)state;
    store_free(must_open(dir));
    umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* klammd and `klammd token create` may both be the first. */
static void many_may_open_a_new_store_at_once(void **state)
{
    OWNED_MEM char *dir = test_dir();
    enum { OPENERS = 8 };
    pid_t children[OPENERS];

    (void)state;
    for (int i = 0; i < OPENERS; i++) {
        children[i] = fork();
        if (!children[i]) {
            struct store *s;
            struct why reason;
            err_t e = open_at(dir, &s, &reason);

            if (e)
                (void)!write(2, reason.text, strlen(reason.text));
            _exit(e);
        }
    }
    for (int i = 0; i < OPENERS; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

TEST_MAIN(TEST(every_write_and_sync_may_fail), TEST(a_full_disk_is_told_as_one),
          TEST(a_database_that_another_holds_is_told_as_busy),
          TEST(a_doubled_address_is_refused_and_drops_nobody),
          TEST(a_token_made_beside_klammd_does_not_set_the_revision_back),
          TEST(a_file_that_is_no_database_is_corrupt_and_left_alone),
          TEST(stored_values_out_of_range_are_corrupt), TEST(the_file_is_for_its_owner_alone),
          TEST(many_may_open_a_new_store_at_once))
